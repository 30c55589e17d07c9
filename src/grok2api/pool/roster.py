"""All credentials of one upstream in memory, indexed by what they may serve.

The index is rebuilt only when a credential comes, goes or changes for long; what changes by the second
(rests, calls under way) is read from the members. Must never do I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

from grok2api.canonical.plan import Demand, Tier
from grok2api.pool.health import Restriction, Scope
from grok2api.pool.member import Member
from grok2api.pool.selection import Barriers, Rank, ranked

_NOBODY: Final[Mapping[str, Restriction]] = {}
_MOST_INDEXES: Final = 512
_ADDS_BETWEEN_SWEEPS: Final = 256


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
    """The credentials that reach one base URL."""

    __slots__ = (
        "_listed",
        "_live",
        "_of_account",
        "_ranks",
        "base_url",
        "members",
        "restrictions",
        "sandbox",
    )

    def __init__(self, base_url: str, *, sandbox: bool = False) -> None:
        self.base_url = base_url
        self.sandbox = sandbox
        self.members: dict[str, Member] = {}
        self.restrictions = Restrictions()
        self._listed: dict[str, frozenset[str]] = {}
        self._live: tuple[Member, ...] | None = None
        self._of_account: dict[bytes, tuple[Member, ...]] | None = None
        self._ranks: dict[tuple[str, Tier | None], tuple[Rank, ...]] = {}

    def put(self, members: Iterable[Member]) -> None:
        """Take members in, in place of those with the same ids."""
        for member in members:
            self.members[member.id] = member
        self.changed()

    def remove(self, identifiers: Iterable[str]) -> None:
        """Let members go; calls they have under way end undisturbed."""
        for identifier in identifiers:
            member = self.members.pop(identifier, None)
            if member is not None:
                self.restrictions.lift(member.id)
        self.changed()

    def changed(self) -> None:
        """Build the index anew when it is next needed."""
        self._live = None
        self._of_account = None
        self._ranks.clear()

    def learn_models(self, account_id: str, upstream_ids: Collection[str] | None) -> None:
        """Limit an account to the models that upstream lists for it; None lifts the limit."""
        if upstream_ids is None:
            self._listed.pop(account_id, None)
        else:
            self._listed[account_id] = frozenset(upstream_ids)
        self._ranks.clear()

    @property
    def live(self) -> tuple[Member, ...]:
        """The members that can serve sooner or later without anybody acting."""
        if self._live is None:
            self._live = tuple(member for member in self.members.values() if member.live)
        return self._live

    def ranks(self, upstream_id: str, tier: Tier | None) -> tuple[Rank, ...]:
        """Return the live members that may serve this model, by priority."""
        key = (upstream_id, tier)
        found = self._ranks.get(key)
        if found is None:
            if len(self._ranks) >= _MOST_INDEXES:
                self._ranks.clear()
            found = ranked(member for member in self.live if self._may(member, upstream_id, tier))
            self._ranks[key] = found
        return found

    def of_account(self, account_hash: bytes) -> tuple[Member, ...]:
        """Return all members of the account with this hash, live or not."""
        if self._of_account is None:
            gathered: dict[bytes, list[Member]] = {}
            for member in self.members.values():
                gathered.setdefault(member.account_hash, []).append(member)
            self._of_account = {account: tuple(members) for account, members in gathered.items()}
        return self._of_account.get(account_hash, ())

    def pinned(self, demand: Demand, account_hash: bytes) -> tuple[Rank, ...]:
        """Return the live members of one account that may serve the demand."""
        return ranked(
            member
            for member in self.of_account(account_hash)
            if member.live and self._may(member, demand.upstream_id, demand.tier)
        )

    def barriers(self, demand: Demand, now: float, excluded: Collection[str]) -> Barriers:
        """Return what keeps members from serving the demand at `now`."""
        on = self.restrictions.on
        return Barriers(
            now,
            excluded,
            on(Scope.ACCOUNT_MODEL, demand.upstream_id),
            on(Scope.CREDENTIAL_MODEL, demand.upstream_id),
            on(Scope.CREDENTIAL_SURFACE, demand.surface),
        )

    def may_serve(self, upstream_id: str, tier: Tier | None, now: float) -> bool:
        """Tell whether some live member is allowed this model, now or after a rest."""
        denied = self.restrictions.on(Scope.CREDENTIAL_MODEL, upstream_id)
        return any(
            (bar := denied.get(member.id)) is None or bar.until <= now
            for rank in self.ranks(upstream_id, tier)
            for member in rank.members
        )

    def _may(self, member: Member, upstream_id: str, tier: Tier | None) -> bool:
        if tier == "super" and member.tier != "super":
            return False
        if not upstream_id:
            return True
        if member.models is not None and upstream_id not in member.models:
            return False
        listed = self._listed.get(member.account_id)
        return listed is None or upstream_id in listed
