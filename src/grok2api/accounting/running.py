"""The requests of this worker that are not settled yet: what an operator sees of them, and how one is found.

Per process and never stored by itself. Must never hold what was said or answered, nor where a client is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from grok2api.canonical.request_ids import is_of

RunningState = Literal["preparing", "waiting", "sent", "answering"]
"""How far a request is: being read, before its first call or between two, waiting for upstream, answering."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What is seen of one running request.

    Attributes:
        id: Its id in the ledger.
        age_ms: Milliseconds since it came.
        upstream_model: Empty until a call has begun; so is `credential_id`.
        output_tokens: What is known to have come so far; None while nobody knows.
    """

    id: str
    key_id: str
    operation: str
    model: str
    stream: bool
    state: RunningState
    age_ms: float
    upstream_model: str = ""
    credential_id: str = ""
    attempts: int = 0
    first_byte_ms: float | None = None
    output_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A running request, the worker that has it, and seconds since that worker looked."""

    sight: Sight
    worker: str
    seen_ago: float


@dataclass(frozen=True, slots=True)
class Survey:
    """What all workers have in hand.

    Attributes:
        seen: What runs, the oldest first.
        begun: How many requests each worker that told has begun since its start. One that is idle for long
            tells nothing, and nobody misses it: its count stands still.
    """

    seen: Sequence[Seen]
    begun: Mapping[str, int]


class Watched(Protocol):
    """An account that is open."""

    @property
    def request_id(self) -> str:
        """Its id in the ledger."""
        ...

    def sight(self) -> Sight:
        """Return what is seen of it now."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """A running request, and the task that it came in."""

    account: Watched
    task: asyncio.Task[object] | None


class Running:
    """All open accounts of this process, the oldest first."""

    def __init__(self) -> None:
        self._open: dict[str, Found] = {}
        self._begun = 0

    @property
    def begun(self) -> int:
        """How many accounts were opened since the process began."""
        return self._begun

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[Sight]:
        return (each.account.sight() for each in tuple(self._open.values()))

    def opened(self, account: Watched) -> None:
        """Take in an account that was opened by the current task."""
        self._open[account.request_id] = Found(account, _current_task())
        self._begun += 1

    def closed(self, request_id: str) -> None:
        """Forget an account."""
        self._open.pop(request_id, None)

    def find(self, request_id: str) -> tuple[Found, ...]:
        """Return the request of this id, or those that a client gave it."""
        own = self._open.get(request_id)
        if own is not None:
            return (own,)
        return tuple(each for name, each in self._open.items() if is_of(name, request_id))


def _current_task() -> asyncio.Task[object] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None
