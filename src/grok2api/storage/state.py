"""Shared state: what must be fast and may be lost, one protocol for memory and for Redis.

Who holds which place right now, how fast somebody may go on, which session met which credential. All of it
ends by itself, so that a process that died leaves nothing behind for long. Verbs say what is wanted; no
type of a backend leaks through.
Must never hold what has to be exact after a crash: that is the role of Records.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

GAP: Final = "gap"
"""Topic of the notice that says: some notices may have been lost, so look for yourself."""
FREED: Final = "freed"
"""Topic of the notice that a place became free after somebody was refused one; it names the slot."""


class StateAway(Exception):
    """Shared state did not answer in time, or is not asked at the moment. Never leaves the process."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast somebody may go on: `count` units in `period` seconds, and `burst` of them at once.

    Raises:
        ValueError: one of them is not positive.
    """

    count: int
    period: float
    burst: int

    def __post_init__(self) -> None:
        if self.count < 1 or self.period <= 0 or self.burst < 1:
            raise ValueError("a rate needs a positive count, period and burst")

    @property
    def unit(self) -> int:
        """Microseconds that one unit costs, rounded up: a limit is never exceeded by rounding."""
        return max(1, -(-round(self.period * 1_000_000) // self.count))

    @property
    def depth(self) -> int:
        """Microseconds that may be spent ahead."""
        return self.unit * self.burst


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was spent, so that it can be put right later. Both numbers are the state's own.

    Args:
        began: When the rate was last unused, in microseconds: what was spent before that is past.
        mark: Where the spending ends among all that was spent since.
    """

    began: int
    mark: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rate says to one request.

    Args:
        allowed: Whether it was let through; only then it was counted.
        retry_after: Seconds after which the same request is let through, if nobody else comes; 0 when it
            was, infinite when it costs more than the burst.
        left: Whole units that may be spent at once now.
        at: The moment, in microseconds on the clock of the state.
        full_after: Seconds after which the whole burst may be spent again, if nobody else comes.
        receipt: For `SharedState.correct`; None if it was not let through.
    """

    allowed: bool
    retry_after: float
    left: int
    at: int
    full_after: float = 0.0
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """Whether a place was given, and how many of the slot are taken now, that one included."""

    ok: bool
    taken: int


@dataclass(frozen=True, slots=True)
class Fleet:
    """What a renewal tells.

    Args:
        workers: All that have renewed within their time, in order; the caller is among them.
        taken: Places taken, by each slot that was asked for.
    """

    workers: tuple[str, ...]
    taken: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Notice:
    """A word from another process. It may be lost, and it may be one's own."""

    topic: str
    payload: bytes


class SharedState(Protocol):
    """The verbs. Times to live are seconds; every verb that waits raises `StateAway` and nothing else."""

    @property
    def away(self) -> bool:
        """Whether only `renew` is asked at the moment; all others raise at once."""
        ...

    async def acquire(self, slot: str, lease: str, *, limit: int, ttl: float) -> Grant:
        """Take a place of a slot for a lease, unless `limit` are taken. A lease takes one place only."""
        ...

    def release(self, slot: str, lease: str) -> None:
        """Give a place back, before anything that is asked later. Never waits.

        If that gets lost, it is said again with the next `renew`; in any case the place ends by its time.
        """
        ...

    async def renew(
        self, worker: str, leases: Mapping[str, Collection[str]], *, slots: Collection[str] = (), ttl: float
    ) -> Fleet:
        """Say that a worker lives and what it holds, whatever is taken already; then away is over.

        Args:
            worker: Who says so.
            leases: All that it holds, by slot.
            slots: Further slots of which it wants to know how many places are taken.
            ttl: How long both are believed.
        """
        ...

    async def leave(self, worker: str) -> None:
        """Say that a worker has ended."""
        ...

    async def count(self, slot: str) -> int:
        """Return how many places of a slot are taken."""
        ...

    async def spend(self, name: str, rate: Rate, cost: int = 1) -> Verdict:
        """Spend `cost` units of a rate, if it allows that much now; a cost of 0 only asks."""
        ...

    def correct(self, name: str, rate: Rate, receipt: Receipt, *, cost: int, true: int) -> None:
        """Put right what was spent, once it is known that it was `true` units and not `cost`.

        Never waits, and may be lost. What was too little is spent now, whatever the rate allows, and those
        who come next wait for it; what was too much is given back as far as time has not done so already.
        """
        ...

    async def add(self, name: str, amount: int, *, ttl: float) -> int:
        """Add to a counter and return its sum; it ends `ttl` seconds after its first addition."""
        ...

    async def pin(self, name: str, value: str, *, ttl: float) -> str:
        """Return what a name is pinned to: `value`, unless somebody was first. The time begins anew."""
        ...

    async def pinned(self, name: str) -> str | None:
        """Return what a name is pinned to."""
        ...

    async def unpin(self, name: str) -> None:
        """Forget a pin."""
        ...

    def publish(self, topic: str, payload: bytes) -> None:
        """Tell everybody who listens. Never waits, and may be lost."""
        ...

    def listen(self, *topics: str) -> AsyncGenerator[Notice, None]:
        """Yield what is told of these topics from now on; ends only when it is closed.

        A `GAP` comes first, and whenever some may be missed from now on, or may have been.
        """
        ...
