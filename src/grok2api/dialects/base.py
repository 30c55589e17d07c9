"""What a dialect is to the gateway: four verbs going in, one object per answer coming out.

Each attempt starts again from the client's untouched bytes, so a retry cannot inherit anything from the
attempt before. Must never hold the state of a request in the dialect itself: dialects are shared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, Protocol, TypeGuard, runtime_checkable

from grok2api.canonical.amendments import UNAMENDED, Amendments
from grok2api.canonical.call import Call, Caller, DialectName, Thinking
from grok2api.canonical.dispatch import Dispatch, Lease
from grok2api.canonical.enclosures import Content, Enclosure
from grok2api.canonical.events import TurnEvent
from grok2api.canonical.plan import Plan, Target
from grok2api.canonical.price import Price
from grok2api.canonical.usage import End, Usage
from grok2api.errors import Grok2ApiError
from grok2api.kit.sse import Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What is known of a request beside its body."""

    request_id: str
    caller: Caller
    received_at: float
    """Monotonic seconds."""
    conversation: str | None = None
    """`x-grok-conv-id` or a client's own session header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What an answer must show that the call alone does not tell."""

    created: int
    """Unix seconds at which the gateway took the request."""
    thinking: Thinking = "reasoning_content"
    account: str = ""
    """Id of the account that answers; empty as long as none was chosen."""
    price: Price | None = None
    """What the model of this attempt costs; None when it has no price."""
    address: str = ""
    """Where the client reaches this server, for links; empty where none are given."""
    choice: int | None = None
    """Which of several answers to one request this is, from 0; None for the only one."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How upstream ended its answer."""

    end: End
    usage: Usage | None = None
    failure: Mapping[str, object] | None = None
    """Upstream's error object when it reported one in its stream; for the classifier only."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What of an answer has come so far, as text: what was said or called, and what was thought aloud."""

    said: str = ""
    thought: str = ""


RecordedState = Literal["running", "completed", "incomplete", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished response in the client's form, for those who keep it."""

    response_id: str
    output: Sequence[Mapping[str, Any]]
    upstream: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The response in upstream's own form."""


class Presenter(Protocol):
    """Turns what upstream sends in one attempt into what the client reads."""

    @property
    def answer(self) -> Answer | None:
        """Return the finished response; None before its end, at a failure, and where nobody can keep it."""
        ...

    @property
    def answering(self) -> bool:
        """Whether something of the answer itself has come (not only that upstream began)."""
        ...

    @property
    def heard(self) -> Heard:
        """Return what has come of the answer; for an estimate, where upstream does not tell its size."""
        ...

    @property
    def ending(self) -> Ending | None:
        """How the answer ended; None while it has not. At a failure nothing of it is written yet."""
        ...

    def feed(self, frames: Sequence[Frame]) -> bytes:
        """Return the client's bytes for these frames: whole events only, possibly none.

        Raises:
            ValueError: upstream sent what cannot be read (msgspec's errors are ValueErrors).
        """
        ...

    def finish(self) -> bytes:
        """Return what is left to write when upstream's stream is over; sets `ending` if that was its end."""
        ...

    def fail(self, error: Grok2ApiError) -> bytes:
        """Return the bytes that end a stream after an error. Never a sign of success."""
        ...

    def whole(self, content: bytes) -> bytes:
        """Return the body for upstream's non-streamed answer, and set `ending`.

        Raises:
            ValueError: upstream sent what cannot be read.
        """
        ...


class TurnReader(Protocol):
    """Reads one upstream surface into turn events."""

    def feed(self, frames: Sequence[Frame]) -> list[TurnEvent]:
        """Return the events of these frames.

        Raises:
            ValueError: a frame cannot be read.
        """
        ...

    def end(self) -> list[TurnEvent]:
        """Return the ending of a stream that is over without saying so, if it can still be told."""
        ...

    def whole(self, content: bytes) -> list[TurnEvent]:
        """Return the events of a non-streamed answer."""
        ...


class Writer(Protocol):
    """Writes turn events in a dialect's words. Keeps what the dialect needs to number and to end."""

    @property
    def may_stop(self) -> bool:
        """Whether the answer ends at a stop string, so that upstream may not be heard to its end."""
        ...

    @property
    def stopped(self) -> bool:
        """Whether a stop string was met: what upstream still sends is not wanted."""
        ...

    def finish_stopped(self, usage: Usage | None) -> bytes:
        """Return the ending after a stop string; empty if it was written already."""
        ...

    def write(self, events: Sequence[TurnEvent]) -> bytes:
        """Return the stream's bytes for these events, the ending included."""
        ...

    def whole(self, events: Sequence[TurnEvent]) -> bytes:
        """Return the one JSON body for a finished turn."""
        ...

    def fail(self, error: Grok2ApiError) -> bytes:
        """Return the bytes that end a stream after an error."""
        ...


class Recording(Protocol):
    """What the frames of a kept stream tell of their response, in the order in which they are noted."""

    @property
    def public_id(self) -> str:
        """Return the response's id; empty before its first frame."""
        ...

    @property
    def state(self) -> RecordedState:
        """Return how far the response is."""
        ...

    def note(self, frames: Sequence[bytes]) -> None:
        """Take down what matters of further frames, each a whole event."""
        ...

    def opened(self) -> bytes:
        """Return the response object as it stood at the beginning, as a body."""
        ...

    def body(self) -> bytes:
        """Return the response object as it stands, as a body; while it runs, with the finished items."""
        ...

    def ending(self, number: int, error: Grok2ApiError | None) -> bytes:
        """Return the frames that end a stream which has no end of its own.

        Args:
            number: How many frames came before.
            error: Why it failed; None if it was cancelled.
        """
        ...


class Dialect(Protocol):
    """One public API."""

    @property
    def name(self) -> DialectName:
        """Return the dialect's name; when it equals the plan's surface, bytes can be forwarded."""
        ...

    @property
    def keep_alive(self) -> bytes:
        """Return what is written into a stream that has been silent for long."""
        ...

    def parse(self, raw: bytes, envelope: Envelope) -> Call:
        """Check a request body.

        Raises:
            InvalidRequest: something is missing or malformed.
            Unsupported: something is asked for that Grok cannot do.
        """
        ...

    def translate(
        self, call: Call, target: Target, lease: Lease, amendments: Amendments = UNAMENDED
    ) -> Dispatch:
        """Write the request for one attempt, from the client's bytes.

        Args:
            call: The request.
            target: The upstream model and surface.
            lease: Whose account serves: what only another account can read is left out.
            amendments: What upstream refused before.
        """
        ...

    def forwarder(self, call: Call, lease: Lease, view: View) -> Presenter | None:
        """Return the presenter for upstream's own bytes; None where this dialect cannot forward."""
        ...

    def writer(self, call: Call, plan: Plan, view: View) -> Writer | None:
        """Return the writer for a turn; None where this dialect only forwards."""
        ...

    def error_body(self, error: Grok2ApiError, request_id: str) -> bytes:
        """Return the body of an error that comes before a stream."""
        ...

    def opened_failure(self, call: Call, view: View, error: Grok2ApiError) -> bytes:
        """Return the bytes that end a stream of which nothing but keep-alives was sent."""
        ...


@runtime_checkable
class Enclosing(Protocol):
    """A dialect whose requests may hold pictures, documents and sounds (`Call.enclosures`)."""

    def enclosed(self, call: Call, contents: Mapping[Enclosure, Content]) -> Call:
        """Return the call with what Grok can take in the place of what it encloses."""
        ...


@runtime_checkable
class Drawing(Protocol):
    """A dialect in which one can talk to models that make pictures and clips."""

    def conversation(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """Return the conversation as items of the Responses API, ids of files as the client knows them."""
        ...


def encloses(dialect: Dialect) -> TypeGuard[Enclosing]:
    """Tell whether requests of this dialect may hold pictures, documents and sounds."""
    return _is_able(type(dialect), Enclosing)


def draws(dialect: Dialect) -> TypeGuard[Drawing]:
    """Tell whether one can talk to models that make pictures and clips in this dialect."""
    return _is_able(type(dialect), Drawing)


@cache
def _is_able(dialect: type, ability: type) -> bool:
    """Look at every member of a class once: for each request that cost more than the choice of its model."""
    return issubclass(dialect, ability)


@runtime_checkable
class Choral(Protocol):
    """A dialect that has words for several answers to one request (`Call.choices`).

    Each of them is a turn of its own whose writer knows by `View.choice` that it is not alone: it writes its
    own answer, and leaves to these verbs what belongs to the request.
    """

    def coda(self, call: Call, view: View, usage: Usage | None) -> bytes:
        """Return the end of a stream whose answers have all ended; `usage` is the sum of theirs."""
        ...

    def gathered(self, call: Call, view: View, bodies: Sequence[bytes], usage: Usage | None) -> bytes:
        """Return the one JSON body made of the answers' own, in their order; `usage` is the sum of theirs."""
        ...
