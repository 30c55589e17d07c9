"""Shared state within one process: what Redis does for many, with the same words.

It is never away, and nothing here waits. What has ended is forgotten when it is met, and swept when much has
come since the last sweep. Must never be taken for exact by several processes: each has its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping
from typing import Final, TypeVar

from grok2api.kit.clock import Clock
from grok2api.storage.rates import Line, corrected, judge
from grok2api.storage.state import FREED, GAP, Fleet, Grant, Notice, Rate, Receipt, Verdict

_SWEEP_AFTER: Final = 1024
_LONGEST_BACKLOG: Final = 1000
_MICROSECONDS: Final = 1_000_000
_EMPTY: Final = Line()
Value = TypeVar("Value")
Ending = dict[str, tuple[Value, float]]
"""Values by name, each with the monotonic seconds at which it ends."""


class MemoryState:
    """Shared state of one process; see `SharedState`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._slots: dict[str, dict[str, float]] = {}
        self._refused: dict[str, float] = {}
        self._workers: dict[str, float] = {}
        self._lines: dict[str, Line] = {}
        self._counters: Ending[int] = {}
        self._pins: Ending[str] = {}
        self._listeners: dict[asyncio.Queue[Notice], frozenset[str]] = {}
        self._written = 0

    @property
    def away(self) -> bool:
        """Whether it is away, which it never is."""
        return False

    async def acquire(self, slot: str, lease: str, *, limit: int, ttl: float) -> Grant:
        """Take a place of a slot."""
        taken = self._taken(slot)
        if lease not in taken and len(taken) >= limit:
            self._refused[slot] = self._clock.monotonic() + ttl
            return Grant(False, len(taken))
        taken[lease] = self._clock.monotonic() + ttl
        self._slots[slot] = taken
        return Grant(True, len(taken))

    def release(self, slot: str, lease: str) -> None:
        """Give a place back."""
        taken = self._taken(slot)
        if taken.pop(lease, None) is not None and self._refused.pop(slot, 0.0) > self._clock.monotonic():
            self.publish(FREED, slot.encode())
        if not taken:
            self._slots.pop(slot, None)

    async def renew(
        self, worker: str, leases: Mapping[str, Collection[str]], *, slots: Collection[str] = (), ttl: float
    ) -> Fleet:
        """Say that a worker lives and what it holds."""
        now = self._clock.monotonic()
        self._workers[worker] = now + ttl
        self._workers = {name: until for name, until in self._workers.items() if until > now}
        for slot, held in leases.items():
            if held:
                self._slots.setdefault(slot, {}).update(dict.fromkeys(held, now + ttl))
        taken = {slot: len(self._taken(slot)) for slot in {*leases, *slots}}
        return Fleet(tuple(sorted(self._workers)), taken)

    async def leave(self, worker: str) -> None:
        """Say that a worker has ended."""
        self._workers.pop(worker, None)

    async def count(self, slot: str) -> int:
        """Return how many places of a slot are taken."""
        return len(self._taken(slot))

    async def spend(self, name: str, rate: Rate, cost: int = 1) -> Verdict:
        """Spend units of a rate."""
        line, verdict = judge(self._lines.get(name, _EMPTY), self._now(), rate, cost)
        if verdict.allowed:
            self._lines[name] = line
            self._sweep()
        return verdict

    def correct(self, name: str, rate: Rate, receipt: Receipt, *, cost: int, true: int) -> None:
        """Put right what was spent."""
        kept = self._lines.get(name, _EMPTY)
        self._lines[name] = corrected(kept, self._now(), rate, receipt, cost=cost, true=true)
        self._sweep()

    async def add(self, name: str, amount: int, *, ttl: float) -> int:
        """Add to a counter."""
        now = self._clock.monotonic()
        total, until = self._counters.get(name, (0, 0.0))
        kept = (total + amount, until) if until > now else (amount, now + ttl)
        self._counters[name] = kept
        self._sweep()
        return kept[0]

    async def pin(self, name: str, value: str, *, ttl: float) -> str:
        """Return what a name is pinned to from now on."""
        kept = await self.pinned(name) or value
        self._pins[name] = (kept, self._clock.monotonic() + ttl)
        self._sweep()
        return kept

    async def pinned(self, name: str) -> str | None:
        """Return what a name is pinned to."""
        value, until = self._pins.get(name, ("", 0.0))
        return value if until > self._clock.monotonic() else None

    async def unpin(self, name: str) -> None:
        """Forget a pin."""
        self._pins.pop(name, None)

    def publish(self, topic: str, payload: bytes) -> None:
        """Tell everybody who listens."""
        for queue, topics in self._listeners.items():
            if topic in topics:
                _put(queue, Notice(topic, payload))

    async def listen(self, *topics: str) -> AsyncGenerator[Notice, None]:
        """Yield what is told of these topics from now on."""
        queue: asyncio.Queue[Notice] = asyncio.Queue(_LONGEST_BACKLOG)
        self._listeners[queue] = frozenset(topics)
        try:
            yield Notice(GAP, b"")
            while True:
                yield await queue.get()
        finally:
            del self._listeners[queue]

    def _taken(self, slot: str) -> dict[str, float]:
        """Return the leases of a slot that last, by their end."""
        now = self._clock.monotonic()
        known = self._slots.get(slot)
        if known is None:
            return {}
        for lease in [lease for lease, until in known.items() if until <= now]:
            del known[lease]
        return known

    def _now(self) -> int:
        """Return the moment in microseconds."""
        return int(self._clock.monotonic() * _MICROSECONDS)

    def _sweep(self) -> None:
        """Forget what has ended, once in a while."""
        self._written += 1
        if self._written < _SWEEP_AFTER:
            return
        self._written, now = 0, self._clock.monotonic()
        self._lines = {name: line for name, line in self._lines.items() if line.due > now * _MICROSECONDS}
        self._counters = _lasting(self._counters, now)
        self._pins = _lasting(self._pins, now)


def _lasting(kept: Ending[Value], now: float) -> Ending[Value]:
    return {name: (value, until) for name, (value, until) in kept.items() if until > now}


def _put(queue: asyncio.Queue[Notice], notice: Notice) -> None:
    """Hand a notice over; whoever lags too far behind is told that it has missed some."""
    if queue.full():
        while not queue.empty():
            queue.get_nowait()
        notice = Notice(GAP, b"")
    queue.put_nowait(notice)
