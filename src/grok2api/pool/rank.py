"""Credentials of one priority that may serve one kind of demand, in the order of their turn.

Those that rest are parked with the time at which they are worth another look, so that a choice among
ten thousand looks only at those that may be open. Must never decide who serves.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from grok2api.pool.member import Member
from grok2api.pool.obstacles import Obstacle


class Rank:
    """Candidates of one priority; there is always one at least."""

    __slots__ = ("_heap", "_members", "_parked", "_sorted", "_tickets", "parked", "priority", "ready")

    def __init__(self, members: Sequence[Member]) -> None:
        self.priority = members[0].priority
        self._members = {member.id: member for member in members}
        self._sorted: tuple[Member, ...] | None = None
        self.ready: deque[Member] = deque(members)
        """Those that may be open; whoever waited longest comes first."""
        self.parked: Counter[str] = Counter()
        """How many are parked, by rule."""
        self._parked: dict[str, tuple[int, Member, str]] = {}
        self._heap: list[tuple[float, int, str]] = []
        self._tickets = 0

    def __iter__(self) -> Iterator[Member]:
        """Give all of them, in no order."""
        return iter(self._members.values())

    @property
    def members(self) -> tuple[Member, ...]:
        """All of them, by id."""
        if self._sorted is None:
            self._sorted = tuple(self._members[identifier] for identifier in sorted(self._members))
        return self._sorted

    def park(self, member: Member, found: Obstacle) -> None:
        """Put a member aside that was just taken from `ready`, until its obstacle is over."""
        self._tickets += 1
        self._parked[member.id] = (self._tickets, member, found.rule)
        self.parked[found.rule] += 1
        heapq.heappush(self._heap, (found.until, self._tickets, member.id))

    def wake_due(self, now: float) -> None:
        """Bring back everybody whose time has come."""
        while self._heap and self._heap[0][0] <= now:
            _, ticket, identifier = heapq.heappop(self._heap)
            entry = self._parked.get(identifier)
            if entry is not None and entry[0] == ticket:
                self.wake(identifier)

    def wake(self, identifier: str) -> None:
        """Bring one back at once, if it is parked here."""
        entry = self._parked.pop(identifier, None)
        if entry is None:
            return
        _, member, rule = entry
        self.parked[rule] -= 1
        if not self.parked[rule]:
            del self.parked[rule]
        self.ready.append(member)

    def pass_turn(self, member: Member) -> None:
        """Let a member that serves now wait longest for its next turn."""
        self.ready.remove(member)
        self.ready.append(member)

    def turn(self, places: int) -> None:
        """Let the first `places` members wait longest, whoever of them serves."""
        self.ready.rotate(-places)

    def join(self, members: Sequence[Member]) -> None:
        """Take more members in; they come after those whose turn it is."""
        self._members.update((member.id, member) for member in members)
        self._sorted = None
        self.ready.extend(members)

    def drop(self, identifiers: set[str]) -> bool:
        """Let members go; tell whether there are others left."""
        here = identifiers & self._members.keys()
        if not here:
            return True
        self._sorted = None
        for identifier in here:
            self.wake(identifier)
            del self._members[identifier]
        self.ready = deque(member for member in self.ready if member.id not in identifiers)
        return bool(self._members)


def ranked(members: Iterable[Member]) -> tuple[Rank, ...]:
    """Return the members by falling priority."""
    ordered = sorted(members, key=lambda member: (-member.priority, member.id))
    return tuple(Rank(tuple(group)) for _, group in groupby(ordered, key=lambda member: member.priority))
