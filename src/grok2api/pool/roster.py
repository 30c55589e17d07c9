"""All credentials of one upstream in memory, indexed by what they may serve.

The index changes only when a credential comes, goes or changes for long; what changes by the second
(rests, calls under way) is read from the members. Must never do I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Final

from grok2api.canonical.plan import Demand
from grok2api.kit.sealedid import SealedIds
from grok2api.pool.eligible import Eligible, Kind, Move, demand_of, kind_of, renewed, sorted_out
from grok2api.pool.health import Restriction, Scope
from grok2api.pool.member import Member
from grok2api.pool.obstacles import Barriers
from grok2api.pool.rank import ranked

_NOBODY: Final[Mapping[str, Restriction]] = {}
_MOST_INDEXES: Final = 512
_ADDS_BETWEEN_SWEEPS: Final = 256
_MOST_RENEWED: Final = 32
"""Kinds of demand up to which changes are carried into each; of more, those asked for are made anew."""
_MOST_MOVES: Final = 1000


class Restrictions:
    """Who is barred from which model or surface; forgets what is over."""

    __slots__ = ("_adds", "_barred")

    def __init__(self) -> None:
        self._barred: dict[tuple[Scope, str], dict[str, Restriction]] = {}
        self._adds = 0

    def on(self, scope: Scope, what: str) -> Mapping[str, Restriction]:
        """Return who is barred from `what`; some of it may be over."""
        return self._barred.get((scope, what), _NOBODY)

    def add(self, what: str, who: str, restriction: Restriction, now: float) -> None:
        """Bar `who` from `what`; a longer bar that stands is kept."""
        barred = self._barred.setdefault((restriction.scope, what), {})
        standing = barred.get(who)
        if standing is None or standing.until < restriction.until:
            barred[who] = restriction
        self._adds += 1
        if self._adds % _ADDS_BETWEEN_SWEEPS == 0:
            self._keep(lambda _who, standing: standing.until > now)

    def move(self, former: str, account_id: str) -> None:
        """Let the bars of an account hold for it under its new id too."""
        for (scope, _), barred in self._barred.items():
            standing = barred.get(former) if scope is Scope.ACCOUNT_MODEL else None
            known = barred.get(account_id)
            if standing is not None and (known is None or known.until < standing.until):
                barred[account_id] = standing

    def lift(self, *gone: str) -> None:
        """Forget every bar of these credentials or accounts."""
        self._keep(lambda who, _standing: who not in gone)

    def of(self, member: Member, now: float) -> list[tuple[str, Restriction]]:
        """Return (what, restriction) of all that bars one credential now."""
        return [
            (what, standing)
            for (scope, what), barred in self._barred.items()
            for standing in (barred.get(member.account_id if scope is Scope.ACCOUNT_MODEL else member.id),)
            if standing is not None and standing.until > now
        ]

    def _keep(self, wanted: Callable[[str, Restriction], bool]) -> None:
        swept = {
            key: {who: standing for who, standing in barred.items() if wanted(who, standing)}
            for key, barred in self._barred.items()
        }
        self._barred = {key: barred for key, barred in swept.items() if barred}


class Roster:
    """The credentials that reach one base URL.

    Args:
        base_url: Where their calls go.
        sandbox: Whether that is the built-in sandbox.
        sign_ins: Whether sign-ins may serve, which the operator has to allow.
    """

    __slots__ = (
        "_eligible",
        "_listed",
        "_live",
        "_of_account",
        "_touched",
        "base_url",
        "members",
        "restrictions",
        "sandbox",
        "sign_ins",
    )

    def __init__(self, base_url: str, *, sandbox: bool = False, sign_ins: bool = True) -> None:
        self.base_url = base_url
        self.sandbox = sandbox
        self.sign_ins = sign_ins
        self.members: dict[str, Member] = {}
        self.restrictions = Restrictions()
        self._listed: dict[str, frozenset[str]] = {}
        self._live: tuple[Member, ...] | None = None
        self._of_account: dict[bytes, tuple[Member, ...]] | None = None
        self._eligible: dict[Kind, Eligible] = {}
        self._touched: dict[str, Member | None] = {}
        """Who has changed since the index was right, each as it was then."""

    def put(self, members: Iterable[Member]) -> None:
        """Take members in, in place of those with the same ids."""
        for member in members:
            known = self.members.get(member.id)
            self.members[member.id] = member
            if known is not None:
                self.changed()
            self._touch(member.id, None)
            if self._of_account is not None:
                for each in dict.fromkeys(member.account_hashes):
                    self._of_account[each] = (*self._of_account.get(each, ()), member)

    def remove(self, identifiers: Iterable[str]) -> None:
        """Let members go; calls they have under way end undisturbed."""
        for identifier in identifiers:
            member = self.members.pop(identifier, None)
            if member is not None:
                self.restrictions.lift(member.id)
                self._touch(identifier, member)
                self._of_account = None

    def moved_from(self, former: Member) -> None:
        """Note that a member stands differently now; `former` is a copy of it from before."""
        present = self.members[former.id]
        self._touch(former.id, former)
        if self._of_account is not None and present.account_hashes != former.account_hashes:
            for each in former.account_hashes:
                own = self._of_account.get(each, ())
                self._of_account[each] = tuple(member for member in own if member is not present)
            for each in dict.fromkeys(present.account_hashes):
                self._of_account[each] = (*self._of_account.get(each, ()), present)

    def changed(self) -> None:
        """Build the index anew when it is next needed."""
        self._live = None
        self._of_account = None
        self._forget_index()

    def settle(self) -> None:
        """Bring the index up to date with whoever came, went or changed; dear for thousands at once."""
        touched, self._touched = self._touched, {}
        if len(self._eligible) > _MOST_RENEWED or len(touched) > _MOST_MOVES:
            self._eligible.clear()
        pairs = [(former, self.members.get(who)) for who, former in touched.items()]
        for kind, held in self._eligible.items():
            rule = partial(self._rule, demand=demand_of(kind))
            moves = [Move(former, present, rule(former), rule(present)) for former, present in pairs]
            self._eligible[kind] = renewed(held, moves)

    @property
    def unsettled(self) -> int:
        """How many changes the index has not seen yet."""
        return len(self._touched)

    def _rule(self, member: Member | None, demand: Demand) -> str:
        return "" if member is None else self.unfit(member, demand)

    def _touch(self, identifier: str, former: Member | None) -> None:
        self._live = None
        if self._eligible:
            self._touched.setdefault(identifier, former)

    def _forget_index(self) -> None:
        self._eligible.clear()
        self._touched.clear()

    def moved(self, former: str, account_id: str) -> None:
        """Take over what is known of an account that turned out to have another id."""
        self.restrictions.move(former, account_id)
        listed = self._listed.get(former)
        if listed is not None and account_id not in self._listed:
            self._listed[account_id] = listed
            self._forget_index()

    def wake(self, member: Member) -> None:
        """Let a member be looked at again, because what kept it may be over before its time."""
        for eligible in self._eligible.values():
            for rank in eligible.ranks:
                rank.wake(member.id)

    def forgive(self, member: Member) -> None:
        """End every bar of a member and of its account, and let whoever they kept be looked at again."""
        self.restrictions.lift(member.id, member.account_id)
        for each in self.of_account(member.account_hashes[0]):
            self.wake(each)

    def wake_all(self) -> None:
        """Let everybody be looked at again."""
        self._forget_index()

    def learn_models(self, account_id: str, upstream_ids: Collection[str] | None) -> None:
        """Limit an account to the models that upstream lists for it; None lifts the limit."""
        listed = None if upstream_ids is None else frozenset(upstream_ids)
        if listed == self._listed.get(account_id):
            return
        self.settle()
        own = [
            each
            for each in self.of_account(SealedIds.account_hash(account_id))
            if each.account_id == account_id
        ]
        before = {kind: [self.unfit(each, demand_of(kind)) for each in own] for kind in self._eligible}
        if listed is None:
            self._listed.pop(account_id, None)
        else:
            self._listed[account_id] = listed
        for kind, held in self._eligible.items():
            demand = demand_of(kind)
            moves = [
                Move(each, each, rule, self.unfit(each, demand))
                for each, rule in zip(own, before[kind], strict=True)
            ]
            self._eligible[kind] = renewed(held, moves)

    def listing(self, account_id: str) -> frozenset[str] | None:
        """Return the models that upstream lists for an account; None while unknown."""
        return self._listed.get(account_id)

    @property
    def live(self) -> tuple[Member, ...]:
        """The members that can serve sooner or later without anybody acting."""
        if self._live is None:
            self._live = tuple(member for member in self.members.values() if member.live)
        return self._live

    def eligible(self, demand: Demand) -> Eligible:
        """Return who may serve a demand at all, by priority. A pinned one is looked up, not indexed."""
        if demand.account_pin is not None:
            return self._sort_out(demand)
        if self._touched:
            self.settle()
        key = kind_of(demand)
        found = self._eligible.get(key)
        if found is None:
            if len(self._eligible) >= _MOST_INDEXES:
                self._eligible.clear()
            found = self._eligible[key] = self._sort_out(demand)
        return found

    def of_account(self, account_hash: bytes) -> tuple[Member, ...]:
        """Return all members of the account with this hash, live or not."""
        if self._of_account is None:
            gathered: dict[bytes, list[Member]] = {}
            for member in self.members.values():
                for each in dict.fromkeys(member.account_hashes):
                    gathered.setdefault(each, []).append(member)
            self._of_account = {account: tuple(members) for account, members in gathered.items()}
        return self._of_account.get(account_hash, ())

    def preferred(self, demand: Demand) -> Sequence[Member]:
        """Return the members of the account that a demand prefers, as far as they may serve it."""
        if demand.preferred_account is None:
            return ()
        own = self.of_account(demand.preferred_account)
        return [member for member in own if not self.unfit(member, demand)]

    def barriers(
        self, demand: Demand, now: float, excluded: Collection[str], proxies: Mapping[str | None, float]
    ) -> Barriers:
        """Return what keeps members from serving the demand at `now`."""
        on = self.restrictions.on
        return Barriers(
            now,
            excluded,
            on(Scope.ACCOUNT_MODEL, demand.counted_as),
            on(Scope.CREDENTIAL_MODEL, demand.upstream_id),
            on(Scope.CREDENTIAL_SURFACE, demand.surface),
            proxies,
        )

    def may_serve(self, demand: Demand, now: float) -> bool:
        """Tell whether some live member is allowed this, now or after a rest."""
        denied = self.restrictions.on(Scope.CREDENTIAL_MODEL, demand.upstream_id)
        return any(
            (bar := denied.get(member.id)) is None or bar.until <= now
            for rank in self.eligible(demand).ranks
            for member in rank
        )

    def unfit(self, member: Member, demand: Demand) -> str:
        """Return the rule by which a member may not serve a demand at all; empty if it may."""
        tags, tier = demand.scope.tags, demand.scope.tier
        if not member.enabled:
            return "disabled"
        if member.token is None:
            return "secret does not open"
        if member.kind == "oauth" and not self.sign_ins:
            return "sign-ins are switched off"
        if not member.live:
            return member.health.status.value
        if demand.account_pin is not None and demand.account_pin not in member.account_hashes:
            return "another account"
        if (demand.tier == "super" and member.tier != "super") or (tier is not None and member.tier != tier):
            return "tier"
        if tags is not None and tags.isdisjoint(member.tags):
            return "tags"
        return self._lacks(member, demand.upstream_id) if demand.upstream_id else ""

    def _lacks(self, member: Member, upstream_id: str) -> str:
        if member.models is not None and upstream_id not in member.models:
            return "model not among its own"
        if member.acl is not None and upstream_id not in member.acl:
            return "model not in xAI's access list"
        listed = self._listed.get(member.account_id)
        return "" if listed is None or upstream_id in listed else "model not listed by xAI"

    def _sort_out(self, demand: Demand) -> Eligible:
        pin = demand.account_pin
        pinned = None if pin is None else self.of_account(pin)
        chosen = self.members.values() if pinned is None else pinned
        fit, removed = sorted_out(chosen, partial(self.unfit, demand=demand))
        if pinned is not None and len(self.members) > len(pinned):
            removed["another account"] += len(self.members) - len(pinned)
        return Eligible(ranked(fit), removed)
