"""Places that credentials have for all workers together: leased before a call, renewed while it runs.

The count is exact as long as shared state answers. When it does not, each worker goes by its own share of
the limit, and never beyond what it last knew the others to hold; what it holds is registered again as soon
as shared state is back. A worker that dies leaves its places behind for `LEASE_SECONDS` at most.
Must never be asked for a credential without a limit, and never let more through than its share while it
cannot ask.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from itertools import count, islice
from typing import Final, Protocol

from grok2api.kit.clock import Clock
from grok2api.storage.state import Grant, SharedState, StateAway

LEASE_SECONDS: Final = 20.0
BEAT_SECONDS: Final = 1.0
_FULL_SECONDS: Final = 1.0
"""How long a credential that was found full is left alone, unless a place is told to be free."""
_SETTLING: Final = 10.0
"""Seconds after the last answer for which it is believed what others held then."""
_RETURNING: Final = 3.0
"""Seconds after a return in which others may not have registered yet; so long the shares go on to hold."""
_WATCHED_SECONDS: Final = 60.0
_MOST_WATCHED: Final = 512


@dataclass(slots=True)
class _Slot:
    """What this worker knows of one credential's places."""

    held: set[str]
    elsewhere: int = 0
    """Places that others held when shared state last answered."""
    used_at: float = -math.inf


class Limited(Protocol):
    """Whatever has places: a credential of the pool, or a client key."""

    @property
    def id(self) -> str:
        """Return what it is called among all that have places."""
        ...

    @property
    def max_concurrency(self) -> int:
        """Return how many places it has."""
        ...

    full_until: float
    """Monotonic seconds until which all of them are known to be taken."""


class Slots:
    """This worker's part in the shared limits.

    Args:
        state: Where the places are counted.
        worker: This worker, among all that share the state.
        clock: Where time comes from.
        workers: How many there are at least, whatever shared state has told.
    """

    def __init__(self, state: SharedState, *, worker: str, clock: Clock, workers: int = 1) -> None:
        self._state = state
        self._worker = worker
        self._clock = clock
        self._least = workers
        self._fleet: tuple[str, ...] = (worker,)
        self._slots: dict[str, _Slot] = {}
        self._numbers = count(1)
        self._acquainted = False
        """Whether the others are known by name, so that exactly some of them may have none of few places."""
        self._answered_at = -math.inf
        self._returned_at = -math.inf
        self.refused = 0
        """How often all places were found taken."""
        self.unshared = 0
        """How often this worker decided by its share alone."""

    @property
    def away(self) -> bool:
        """Whether limits go by this worker's share at the moment."""
        return self._state.away

    @property
    def workers(self) -> int:
        """How many workers share the limits, as far as is known."""
        return max(self._least, len(self._fleet))

    @property
    def held(self) -> int:
        """How many places this worker holds."""
        return sum(len(slot.held) for slot in self._slots.values())

    async def take(self, member: Limited) -> str | None:
        """Return the ticket of a place on what has a limit; None if it is full."""
        now = self._clock.monotonic()
        slot = self._slots.setdefault(member.id, _Slot(set()))
        slot.used_at = now
        ticket, given = f"{self._worker}/{next(self._numbers)}", True
        try:
            grant = await self._state.acquire(
                member.id, ticket, limit=member.max_concurrency, ttl=LEASE_SECONDS
            )
        except StateAway:
            ok = self._spare(member, slot)
            self.unshared += 1
        except BaseException:
            self._state.release(member.id, ticket)
            raise
        else:
            ok, given = self._believed(member, slot, grant), grant.ok
        slot = self._slots.setdefault(member.id, slot)  # it may have been forgotten meanwhile
        if ok:
            slot.held.add(ticket)
            return ticket
        if given:  # or may have been, without our hearing of it
            self._state.release(member.id, ticket)
        self.refused += 1
        member.full_until = self._clock.monotonic() + _FULL_SECONDS
        return None

    def give_back(self, member: Limited, ticket: str) -> None:
        """Give a place back; somebody else may have it at once."""
        slot = self._slots.get(member.id)
        if slot is not None:
            slot.held.discard(ticket)
        member.full_until = 0.0
        self._state.release(member.id, ticket)

    async def beat(self, limited: Iterable[str] = ()) -> None:
        """Say that this worker lives and what it holds, and hear what the others do.

        Args:
            limited: Credentials with a limit, used here or not; the first ones are asked about.

        Raises:
            StateAway: nobody answers; the shares go on to hold.
        """
        self._forget()
        leases = {name: tuple(slot.held) for name, slot in self._slots.items() if slot.held}
        asked = tuple({**dict.fromkeys(self._slots), **dict.fromkeys(islice(limited, _MOST_WATCHED))})
        away = self._state.away
        fleet = await self._state.renew(self._worker, leases, slots=asked, ttl=LEASE_SECONDS)
        self._answered_at = now = self._clock.monotonic()
        if away:
            self._returned_at = now
        known = self._fleet if now - self._returned_at < _RETURNING else ()
        self._fleet = tuple(sorted({self._worker, *known, *fleet.workers}))
        self._acquainted = self._acquainted or len(self._fleet) >= self._least
        for name, taken in fleet.taken.items():
            others = max(0, taken - len(leases.get(name, ())))
            if others or name in self._slots:
                slot = self._slots.setdefault(name, _Slot(set()))
                slot.elsewhere = others
                slot.used_at = max(slot.used_at, now if others else -math.inf)

    def doubt(self) -> None:
        """Note that others may have been cut off: for a moment this worker keeps to its share."""
        self._returned_at = self._clock.monotonic()

    async def leave(self) -> None:
        """Say that this worker has ended; if nobody answers, its time says so."""
        try:
            await self._state.leave(self._worker)
        except StateAway:
            return

    def _believed(self, member: Limited, slot: _Slot, grant: Grant) -> bool:
        """Tell whether a grant counts: while others may not have registered, only within the share."""
        self._answered_at = now = self._clock.monotonic()
        slot.elsewhere = max(0, grant.taken - len(slot.held) - grant.ok)
        if grant.ok and grant.taken <= len(slot.held):
            self._returned_at = now  # shared state was emptied: it does not know what is held here
        if now - self._returned_at >= _RETURNING:
            return grant.ok
        return grant.ok and len(slot.held) < self._share(member)

    def _share(self, member: Limited) -> int:
        share = share_of(member.max_concurrency, self.workers, self._place(member.id))
        return share if self._acquainted else max(1, share)

    def _spare(self, member: Limited, slot: _Slot) -> bool:
        """Tell whether this worker's share of a limit has room."""
        room = self._share(member)
        if self._clock.monotonic() - self._answered_at < _SETTLING:
            room = min(room, member.max_concurrency - slot.elsewhere)
        return len(slot.held) < room

    def _place(self, name: str) -> int:
        """Return where this worker stands for one credential: the odd places go to others for another."""
        mine = self._fleet.index(self._worker) if self._worker in self._fleet else 0
        turned = int.from_bytes(blake2b(name.encode(), digest_size=4).digest())
        return (mine + turned) % self.workers

    def _forget(self) -> None:
        """Forget credentials that were not used for a while, and the longest unused of too many."""
        now = self._clock.monotonic()
        idle = [name for name, slot in self._slots.items() if not slot.held]
        idle.sort(key=lambda name: self._slots[name].used_at)
        spare = len(idle) - _MOST_WATCHED
        for number, name in enumerate(idle):
            if number < spare or now - self._slots[name].used_at > _WATCHED_SECONDS:
                del self._slots[name]


def share_of(limit: int, workers: int, place: int) -> int:
    """Return how many of `limit` places one of several workers may have by itself; all shares are the limit.

    Args:
        limit: Places, 1 or more.
        workers: How many workers there are.
        place: Where this one stands among them, from 0; the first ones have what does not divide.
    """
    return limit // workers + (place < limit % workers)
