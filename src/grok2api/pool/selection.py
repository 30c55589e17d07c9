"""Which credential serves next: strategies as plain functions over what is in memory.

Candidates come ranked by priority; within a rank a cursor goes round, so that equals take turns, and
a search ends at the first one that cannot be beaten. Must never build an object per candidate: a pool
may hold ten thousand. Must never wait, and must never change a credential.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import accumulate, chain, groupby
from typing import Final, Literal

from grok2api.pool.health import Restriction, Status
from grok2api.pool.member import Member

Strategy = Literal["least_busy", "weighted", "round_robin", "most_quota"]
Draw = Callable[[], float]
"""A random number in [0, 1)."""

_BUSY_SECONDS: Final = 1.0
_DRAWS: Final = 16
_NEIGHBOURS: Final = 32
"""How many candidates compete for a conversation."""
_PATIENCE: Final = 8
"""Calls that the home of a conversation may have more under way than the one whose turn it is."""


@dataclass(slots=True)
class Rank:
    """Candidates of one priority, and where the turn is."""

    members: Sequence[Member]
    cursor: int = 0
    heights: list[int] = field(init=False, repr=False)
    """Running sums of the weights."""

    def __post_init__(self) -> None:
        self.heights = list(accumulate(max(member.weight, 0) for member in self.members))

    def places(self) -> Iterator[int]:
        """Yield the places of all, beginning where the turn is."""
        return chain(range(self.cursor, len(self.members)), range(self.cursor))

    def pass_turn(self, place: int) -> None:
        """Let the turn go to the one after `place`."""
        self.cursor = (place + 1) % len(self.members)


@dataclass(frozen=True, slots=True)
class Barriers:
    """What keeps a candidate from serving this demand now."""

    now: float
    excluded: Collection[str] = ()
    limited: Mapping[str, Restriction] = field(default_factory=dict)
    """By account id: rate limits of the model."""
    denied: Mapping[str, Restriction] = field(default_factory=dict)
    """By credential id: models it is not allowed."""
    shut: Mapping[str, Restriction] = field(default_factory=dict)
    """By credential id: the surface it is not allowed."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """No candidate can serve now."""

    reasons: Mapping[str, int]
    """How many candidates are kept by what."""
    retry_after: float | None
    """Seconds until the first one can serve; None when waiting alone helps nobody."""
    all_out_of_credit: bool


def ranked(members: Iterable[Member]) -> tuple[Rank, ...]:
    """Return the members by falling priority."""
    ordered = sorted(members, key=lambda member: (-member.priority, member.id))
    return tuple(Rank(tuple(group)) for _, group in groupby(ordered, key=lambda member: member.priority))


def choose(
    ranks: Sequence[Rank], barriers: Barriers, strategy: Strategy, draw: Draw, affinity: str | None = None
) -> Member | Nothing:
    """Return the member whose turn it is, from the highest priority that has one; else why there is none.

    Args:
        affinity: The conversation; it goes home as long as its home is open and not much busier.
    """
    for rank in ranks:
        place = _STRATEGIES[strategy](rank, barriers, draw)
        if place is None:
            continue
        chosen = rank.members[place]
        home = None if affinity is None else _home(rank, barriers, affinity)
        if home is not None and home.in_flight <= chosen.in_flight + _PATIENCE:
            return home
        rank.pass_turn(place)
        return chosen
    return _explain(ranks, barriers)


def is_open(member: Member, barriers: Barriers) -> bool:
    """Tell whether nothing keeps this candidate from serving now."""
    now = barriers.now
    if member.health.until > now or 0 < member.max_concurrency <= member.in_flight:
        return False
    if barriers.limited and _bars(barriers.limited.get(member.account_id), now):
        return False
    if barriers.denied and _bars(barriers.denied.get(member.id), now):
        return False
    if barriers.shut and _bars(barriers.shut.get(member.id), now):
        return False
    return member.id not in barriers.excluded


def _home(rank: Rank, barriers: Barriers, affinity: str) -> Member | None:
    """Return the open member that this conversation falls to, the same one in every worker.

    Highest random weight, so that a credential that comes or goes moves its own conversations only; over
    a few neighbours, so that a large pool costs no more than a small one.
    Source: Thaler and Ravishankar, "Using name-based mappings to increase hit rates" (1998).
    """
    mark = blake2b(affinity.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    groups = -(-len(rank.members) // _NEIGHBOURS)
    first = int.from_bytes(mark) % groups * _NEIGHBOURS
    neighbours = rank.members[first : first + _NEIGHBOURS]
    return max(
        (member for member in neighbours if is_open(member, barriers)),
        key=lambda member: blake2b(member.id.encode(), digest_size=8, key=mark).digest(),
        default=None,
    )


def _bars(restriction: Restriction | None, now: float) -> bool:
    return restriction is not None and restriction.until > now


def _round_robin(rank: Rank, barriers: Barriers, _draw: Draw) -> int | None:
    return next((place for place in rank.places() if is_open(rank.members[place], barriers)), None)


def _least_busy(rank: Rank, barriers: Barriers, _draw: Draw) -> int | None:
    """Fewest calls under way, then fewest recent failures, then whose turn it is."""
    best, calls, failures = None, 0, 0
    for place in rank.places():
        member = rank.members[place]
        if best is not None and (
            member.in_flight > calls or (member.in_flight == calls and member.health.failures >= failures)
        ):
            continue
        if is_open(member, barriers):
            best, calls, failures = place, member.in_flight, member.health.failures
            if calls == 0 and failures == 0:
                break
    return best


def _weighted(rank: Rank, barriers: Barriers, draw: Draw) -> int | None:
    """Draw by weight; should mostly closed ones be drawn, the least busy stands in."""
    total = rank.heights[-1]
    for _ in range(_DRAWS if total else 0):
        place = bisect_right(rank.heights, int(draw() * total))
        if is_open(rank.members[place], barriers):
            return place
    return _least_busy(rank, barriers, draw)


def _most_quota(rank: Rank, barriers: Barriers, draw: Draw) -> int | None:
    """Most allowance left; least busy as long as any allowance is unknown."""
    best, most = None, -1.0
    for place in rank.places():
        member = rank.members[place]
        if not is_open(member, barriers):
            continue
        if member.quota is None:
            return _least_busy(rank, barriers, draw)
        if member.quota > most:
            best, most = place, member.quota
    return best


_STRATEGIES: Final[Mapping[Strategy, Callable[[Rank, Barriers, Draw], int | None]]] = {
    "least_busy": _least_busy,
    "weighted": _weighted,
    "round_robin": _round_robin,
    "most_quota": _most_quota,
}


def _explain(ranks: Sequence[Rank], barriers: Barriers) -> Nothing:
    reasons: Counter[str] = Counter()
    waits: list[float] = []
    for rank in ranks:
        for member in rank.members:
            reason, wait = _obstacle(member, barriers)
            reasons[reason] += 1
            if wait is not None:
                waits.append(wait)
    unpaid = reasons[Status.EXHAUSTED.value]
    may_serve = sum(reasons.values()) - reasons["not allowed"]
    return Nothing(reasons, min(waits, default=None), all_out_of_credit=0 < unpaid == may_serve)


def _obstacle(member: Member, barriers: Barriers) -> tuple[str, float | None]:
    """Return what keeps a member from serving, and for how many seconds if that passes by itself."""
    now, health = barriers.now, member.health
    if _bars(barriers.denied.get(member.id), now) or _bars(barriers.shut.get(member.id), now):
        return "not allowed", None
    if not health.usable(now):
        wait = health.until - now if health.status is Status.COOLING else None
        return health.status.value, wait
    limit = barriers.limited.get(member.account_id)
    if limit is not None and limit.until > now:
        return "rate limited", limit.until - now
    if 0 < member.max_concurrency <= member.in_flight:
        return "busy", _BUSY_SECONDS
    return "tried already", None
