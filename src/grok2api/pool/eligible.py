"""Who may serve one kind of demand: sorted out once, and brought up to date by who came, went or changed.

To sort out ten thousand anew at every change would hold up each request of the seconds in which thousands of
credentials come in. Must never differ from what sorting everybody out anew would give.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from grok2api.canonical.plan import WHOLE_POOL, Demand, PoolScope, Surface, Tier
from grok2api.pool.member import Member
from grok2api.pool.rank import Rank, ranked

Kind = tuple[str, Tier | None, Surface, PoolScope | None]
"""What credentials are indexed by: model, tier, surface, and the scope of the client key, if it has one."""


@dataclass(frozen=True, slots=True)
class Eligible:
    """The credentials that may serve one kind of demand, and what rules took the others out."""

    ranks: tuple[Rank, ...]
    removed: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Move:
    """A member as it was when the index was last right, and as it is; None where it was not or is not there.

    `before` and `after` are the rules that kept and keep it out; empty if none did or does.
    """

    former: Member | None
    present: Member | None
    before: str
    after: str


def kind_of(demand: Demand) -> Kind:
    """Return the kind of a demand that is not pinned."""
    scope = None if demand.scope is WHOLE_POOL else demand.scope
    return (demand.upstream_id, demand.tier, demand.surface, scope)


def demand_of(kind: Kind) -> Demand:
    """Return a demand of a kind."""
    upstream_id, tier, surface, scope = kind
    return Demand(upstream_id, tier=tier, surface=surface, scope=WHOLE_POOL if scope is None else scope)


def sorted_out(
    members: Iterable[Member], unfit: Callable[[Member], str]
) -> tuple[list[Member], Counter[str]]:
    """Return those that are fit, and how many are not, by rule."""
    fit, removed = list[Member](), Counter[str]()
    for member in members:
        rule = unfit(member)
        if rule:
            removed[rule] += 1
        else:
            fit.append(member)
    return fit, removed


def renewed(held: Eligible, moves: Iterable[Move]) -> Eligible:
    """Return what has become of an index; whoever stays in it keeps his turn."""
    removed, gone, come = Counter(held.removed), set[str](), list[Member]()
    for each in moves:
        was = None if each.former is None or each.before else each.former
        now = None if each.present is None or each.after else each.present
        removed[each.before] -= bool(each.before)
        removed[each.after] += bool(each.after)
        if was is not None and now is not None and was.priority == now.priority:
            continue
        if was is not None:
            gone.add(was.id)
        if now is not None:
            come.append(now)
    return Eligible(_moved(held.ranks, gone, come), +removed)


def _moved(ranks: tuple[Rank, ...], gone: set[str], come: list[Member]) -> tuple[Rank, ...]:
    kept = [rank for rank in ranks if not gone or rank.drop(gone)]
    by_priority = {rank.priority: rank for rank in kept}
    for new in ranked(come):
        if new.priority in by_priority:
            by_priority[new.priority].join(new.members)
        else:
            by_priority[new.priority] = new
    return tuple(by_priority[priority] for priority in sorted(by_priority, reverse=True))
