"""Which credential serves next: strategies as plain functions over what is in memory.

Candidates come ranked by priority; within a rank whoever waited longest comes first, so that equals
take turns. A choice looks at no more of them than it needs: everybody in a small pool, a window of those
whose turn it is in a large one. Must never build an object per candidate of a large pool, never wait, and
never change a credential.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Final, Literal, NamedTuple

from grok2api.canonical.trace import SHOWN_CANDIDATES, Candidate
from grok2api.pool.health import Status
from grok2api.pool.member import Member
from grok2api.pool.obstacles import Barriers, obstacle, passes_soon
from grok2api.pool.rank import Rank

Strategy = Literal["least_busy", "weighted", "round_robin", "most_quota"]
Draw = Callable[[], float]
"""A random number in [0, 1)."""

_WINDOW: Final = 64
"""How many open candidates are compared at most."""
_NEIGHBOURS: Final = 32
"""How many candidates compete for a conversation."""
_PATIENCE: Final = 8
"""Calls that the home of a conversation may have more under way than the one whose turn it is."""
_MIXER: Final = 0x9E3779B97F4A7C15
_64_BITS: Final = 2**64 - 1
_NOBODY: Final[Mapping[str, int]] = {}
_ON_PROBATION: Final = 1000
"""What a call under way weighs on a credential that has just rested: one probe before the crowd."""


class Chosen(NamedTuple):
    """Who serves, and among whom it was chosen."""

    member: Member
    because: str
    considered: tuple[Candidate, ...]
    looked_at: int
    removed: Mapping[str, int]
    """How many each rule took out, in this rank and those above it."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """No candidate can serve now."""

    reasons: Mapping[str, int]
    """How many candidates are kept by what."""
    retry_after: float | None
    """Seconds until the first one can serve; None when waiting alone helps nobody."""
    all_out_of_credit: bool
    unfit: Mapping[str, int] = field(default_factory=dict)
    """How many were no candidates at all, by rule."""


def choose(
    ranks: Sequence[Rank],
    barriers: Barriers,
    strategy: Strategy,
    draw: Draw,
    affinity: str | None = None,
    unfit: Mapping[str, int] = _NOBODY,
    preferred: Sequence[Member] = (),
) -> Chosen | Nothing:
    """Return the member whose turn it is, from the highest priority that has one; else why there is none.

    Args:
        affinity: The conversation; it goes home as long as its home is open and not much busier.
        preferred: Those of the ranks that come before all others of their rank, if they can serve now.
        unfit: How many were left out of the ranks, by rule; told again with the choice.
    """
    removed = {**unfit}
    for rank in ranks:
        opened = _survey(rank, barriers, removed)
        if not opened:
            continue
        member, because = _STRATEGIES[strategy](opened, draw), "turn"
        home = None if affinity is None else _home(rank, barriers, affinity)
        own = _first_open(rank, barriers, preferred) if preferred else None
        if own is not None:
            member, because = own, "preferred account"
        elif home is not None and load(home)[0] <= member.in_flight + _PATIENCE:
            member, because = home, "home of the conversation"
        elif strategy == "weighted":
            rank.turn(len(opened))
        else:
            rank.pass_turn(member)
        return Chosen(member, because, _shown(opened, member, strategy), len(opened), removed)
    return replace(_explain(ranks, barriers), unfit=unfit)


def has_open(ranks: Sequence[Rank], barriers: Barriers) -> bool:
    """Tell whether anybody could serve right now."""
    for rank in ranks:
        rank.wake_due(barriers.now)
        if any(obstacle(member, barriers) is None for member in rank.ready):
            return True
    return False


def terms(member: Member) -> Candidate:
    """Return the terms by which a member is compared."""
    return Candidate(member.id, member.in_flight, member.health.failures, member.weight, member.quota)


def load(member: Member) -> tuple[int, int]:
    """Return how busy a member is, and how often it failed of late; the least comes first."""
    calls = member.in_flight
    if calls and member.health.until:
        calls += _ON_PROBATION
    return calls, member.health.failures


def _survey(rank: Rank, barriers: Barriers, removed: dict[str, int]) -> list[Member]:
    """Return the open members that are compared, in the order of their turn; park those that rest."""
    rank.wake_due(barriers.now)
    ready, opened, passed, idle = rank.ready, list[Member](), 0, False
    for _ in range(len(ready)):
        member = ready[0]
        found = obstacle(member, barriers)
        if found is not None and found.lasting:
            ready.popleft()
            rank.park(member, found)
            continue
        ready.rotate(-1)
        passed += 1
        if found is not None:
            removed[found.rule] = removed.get(found.rule, 0) + 1
            continue
        opened.append(member)
        idle = idle or not (member.in_flight or member.health.failures)
        if len(opened) >= (SHOWN_CANDIDATES if idle else _WINDOW):
            break
    ready.rotate(passed)
    for rule, count in rank.parked.items():
        removed[rule] = removed.get(rule, 0) + count
    return opened


def _shown(opened: Sequence[Member], chosen: Member, strategy: Strategy) -> tuple[Candidate, ...]:
    """Return the best of those compared; the one that was chosen is always among them."""
    if len(opened) > SHOWN_CANDIDATES:
        opened = heapq.nsmallest(SHOWN_CANDIDATES, opened, key=_ORDERS[strategy])
    shown = [terms(member) for member in opened]
    if chosen not in opened:
        shown[-1:] = [terms(chosen)] if len(shown) == SHOWN_CANDIDATES else [*shown[-1:], terms(chosen)]
    return tuple(shown)


def _home(rank: Rank, barriers: Barriers, affinity: str) -> Member | None:
    """Return the open member that this conversation falls to, the same one in every worker.

    Highest random weight, so that a credential that comes or goes moves its own conversations only; over
    a few neighbours, so that a large pool costs no more than a small one.
    Source: Thaler and Ravishankar, "Using name-based mappings to increase hit rates" (1998).
    """
    mark = int.from_bytes(blake2b(affinity.encode("utf-8", "surrogatepass"), digest_size=8).digest())
    groups = -(-len(rank.members) // _NEIGHBOURS)
    first = mark % groups * _NEIGHBOURS
    home, highest = None, -1
    for member in rank.members[first : first + _NEIGHBOURS]:
        mixed = (member.seed ^ mark) * _MIXER & _64_BITS
        weight = (mixed ^ mixed >> 32) * _MIXER & _64_BITS
        if weight > highest and obstacle(member, barriers) is None:
            home, highest = member, weight
    return home


def _first_open(rank: Rank, barriers: Barriers, preferred: Sequence[Member]) -> Member | None:
    """Return the least busy open one of those preferred that are of this rank."""
    priority = rank.priority
    own = [
        member for member in preferred if member.priority == priority and obstacle(member, barriers) is None
    ]
    return min(own, key=load) if own else None


def _round_robin(opened: Sequence[Member], _draw: Draw) -> Member:
    return opened[0]


def _least_busy(opened: Sequence[Member], _draw: Draw) -> Member:
    """Fewest calls under way, then fewest recent failures, then whose turn it is."""
    return min(opened, key=load)


def _weighted(opened: Sequence[Member], draw: Draw) -> Member:
    """Draw by weight; the least busy if nobody has any."""
    mark = draw() * sum(max(member.weight, 0) for member in opened)
    for member in opened:
        mark -= max(member.weight, 0)
        if mark < 0:
            return member
    return _least_busy(opened, draw)


def _most_quota(opened: Sequence[Member], draw: Draw) -> Member:
    """Most allowance left; least busy as long as any allowance is unknown."""
    if any(member.quota is None for member in opened):
        return _least_busy(opened, draw)
    return min(opened, key=_spent)


def _spent(member: Member) -> float:
    return -(member.quota or 0.0)


_STRATEGIES: Final[Mapping[Strategy, Callable[[Sequence[Member], Draw], Member]]] = {
    "least_busy": _least_busy,
    "weighted": _weighted,
    "round_robin": _round_robin,
    "most_quota": _most_quota,
}
_ORDERS: Final[Mapping[Strategy, Callable[[Member], tuple[int, int] | float]]] = {
    "least_busy": load,
    "weighted": lambda member: -member.weight,
    "round_robin": lambda _member: 0.0,
    "most_quota": _spent,
}


def _explain(ranks: Sequence[Rank], barriers: Barriers) -> Nothing:
    """Look at everybody, because nobody is open: what keeps whom, and for how long at least."""
    reasons: Counter[str] = Counter()
    waits: list[float] = []
    for rank in ranks:
        for member in rank:
            found = obstacle(member, barriers)
            if found is None:
                continue
            reasons[found.rule] += 1
            wait = passes_soon(found, barriers.now)
            if wait is not None:
                waits.append(wait)
    unpaid = reasons[Status.EXHAUSTED.value]
    may_serve = sum(reasons.values()) - reasons["not allowed"]
    return Nothing(reasons, min(waits, default=None), all_out_of_credit=0 < unpaid == may_serve)
