"""Puts reader and writer together for a turn; forward mode needs neither.

Two readers and three writers replace a translator for each pair. Must never know a dialect's words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from grok2api.canonical.call import Call
from grok2api.canonical.dispatch import Lease
from grok2api.canonical.events import TurnEvent, TurnFailed, TurnFinished
from grok2api.canonical.plan import Plan, Surface, Target
from grok2api.canonical.price import Price
from grok2api.canonical.usage import Usage
from grok2api.dialects.base import Answer, Dialect, Ending, Heard, Presenter, TurnReader, View, Writer
from grok2api.errors import Grok2ApiError
from grok2api.gateway.tally import Guess, Tally
from grok2api.kit.sse import Frame

Readers = Mapping[Surface, Callable[[], TurnReader]]


class TurnPresenter:
    """A presenter made of a reader and a writer."""

    __slots__ = ("_guess", "_price", "_reader", "_tally", "_writer", "answering", "ending")

    def __init__(
        self, reader: TurnReader, writer: Writer, price: Price | None = None, guess: Guess | None = None
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._price = price
        self._guess = guess
        self._tally = Tally()
        self.answering = False
        self.ending: Ending | None = None

    @property
    def answer(self) -> Answer | None:
        """Return nothing: a turn's answer is kept by nobody."""
        return None

    @property
    def heard(self) -> Heard:
        """Return what has come of the answer."""
        return self._tally.heard

    def feed(self, frames: Sequence[Frame]) -> bytes:
        """Return the client's bytes for these frames."""
        return self._present(self._reader.feed(frames))

    def finish(self) -> bytes:
        """Return the client's bytes for a stream that ended, if its end can still be told as a success."""
        return self._present(self._reader.end())

    def _present(self, events: list[TurnEvent]) -> bytes:
        events = self._until_failure(events)
        self._tally.hear(events)
        written = self._writer.write(events) if events else b""
        if self.ending is None and self._writer.stopped:
            usage = self._estimate()
            self.ending = Ending("completed", usage)
            written += self._writer.finish_stopped(usage)
        if written:
            self.answering = True
        return written

    def _estimate(self) -> Usage | None:
        """Return about what an answer used that was not heard to its end."""
        usage = self._guess(self.heard) if self._guess is not None else None
        return usage if usage is None or self._price is None else self._price.told(usage)

    def _until_failure(self, events: list[TurnEvent]) -> list[TurnEvent]:
        """Take down how the turn ended; leave a failure, and what follows it, to whoever tells it."""
        for index, event in enumerate(events):
            if isinstance(event, TurnFinished):
                priced = events[index] = self._priced(event)
                self.ending = Ending("incomplete" if event.reason == "length" else "completed", priced.usage)
            elif isinstance(event, TurnFailed):
                self.ending = Ending("failed", failure=event.error)
                return events[:index]
        return events

    def _priced(self, event: TurnFinished) -> TurnFinished:
        if self._price is None or event.usage is None:
            return event
        return replace(event, usage=self._price.told(event.usage))

    def fail(self, error: Grok2ApiError) -> bytes:
        """Return the bytes that end the stream after an error."""
        return self._writer.fail(error)

    def whole(self, content: bytes) -> bytes:
        """Return the body for a non-streamed answer; empty at a failure, which `ending` tells."""
        events = self._until_failure(self._reader.whole(content))
        self._tally.hear(events)
        if self.ending is None or self.ending.failure is not None:
            return b""
        return self._writer.whole(events)


def compose(
    call: Call,
    plan: Plan,
    target: Target,
    lease: Lease,
    *,
    dialect: Dialect,
    readers: Readers,
    view: View,
    guess: Guess | None = None,
) -> Presenter:
    """Return the presenter for one attempt.

    Args:
        call: The request.
        plan: What was decided about it.
        target: The upstream model and surface of this attempt.
        lease: The account that answers.
        dialect: What the client speaks.
        readers: Read upstream's surfaces.
        view: Names the account and the price of this attempt.
        guess: Tells about how much was used, where the answer ends before upstream says so.
    """
    if plan.mode == "forward":
        presenter = dialect.forwarder(call, lease, view)
        if presenter is not None:
            return presenter
    writer = dialect.writer(call, plan, view)
    if writer is None:
        raise LookupError(f"dialect {dialect.name} has no writer for mode {plan.mode}")
    return TurnPresenter(readers[target.surface](), writer, view.price, guess)
