"""The pool's one door: lease a credential, say how it went, give it back.

Everything a request does here is done in memory. Lasting changes of health are handed to `persist`,
which must not wait. Calls are counted from lease to release, and a lease is released once however often
it is said. Must never give a credential out that cannot serve, and never the sandbox's beside a real one.
"""

from __future__ import annotations

import math
import secrets
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from grok2api.canonical.dispatch import Lease
from grok2api.canonical.fault import Fault, FaultScope
from grok2api.canonical.plan import Demand, Tier
from grok2api.errors import AllCoolingDown, NoCredential, NotFound, OutOfCredit, PoolError
from grok2api.kit.clock import Clock
from grok2api.pool.health import (
    BLAMED_ONCE,
    MANUAL,
    SHARED,
    CooldownRules,
    Health,
    Scope,
    lasting,
    restrict,
    step,
    succeed,
)
from grok2api.pool.health_writer import HealthChange
from grok2api.pool.member import Member
from grok2api.pool.roster import Roster
from grok2api.pool.selection import Draw, Nothing, Rank, Strategy, choose, is_open

_REMEMBERED_REQUESTS: Final = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRules:
    """The settings that the pool goes by; replaced as a whole when they change."""

    strategy: Strategy = "least_busy"
    cooldown: CooldownRules = field(default_factory=CooldownRules)


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialStatus:
    """How one credential fares, for people. Times are wall seconds."""

    id: str
    name: str
    kind: str
    account_id: str
    tier: Tier
    hint: str
    status: str
    reason: str
    cooldown_until: float | None
    in_flight: int
    failures: int
    restrictions: tuple[tuple[str, str, float], ...] = ()
    """(model or surface, reason, until) of all that it is kept from now."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A lease that was not given back yet. Holding it keeps its identity from being used again."""

    lease: Lease
    member: Member
    demand: Demand
    roster: Roster


class Pool:
    """Leases credentials.

    Args:
        roster: The real credentials, kept in step with the store by a `View`.
        clock: Where time comes from.
        persist: Takes a change of health that should outlive the process; must not wait.
        rules: The settings to begin with.
        draw: Random numbers for the weighted strategy.
    """

    def __init__(
        self,
        roster: Roster,
        *,
        clock: Clock,
        persist: Callable[[HealthChange], None],
        rules: PoolRules | None = None,
        draw: Draw | None = None,
    ) -> None:
        self.rules = rules or PoolRules()
        self._real = roster
        self._practice: Roster | None = None
        self._clock = clock
        self._persist = persist
        self._draw = draw or secrets.SystemRandom().random
        self._held: dict[int, _Held] = {}
        self._blamed: OrderedDict[str, None] = OrderedDict()

    async def lease(self, demand: Demand, *, exclude: Collection[str] = ()) -> Lease:
        """Return the right to use the credential whose turn it is; give it back with `release`.

        Args:
            demand: What the credential must offer.
            exclude: Ids of credentials that this request has tried.

        Raises:
            NoCredential: nothing in the pool can serve this, and waiting helps nobody.
            AllCoolingDown: what can serve rests or is busy; `retry_after` says for how long.
            OutOfCredit: all that can serve is out of credit.
            NotFound: the account that the demand is pinned to has left the pool.
        """
        roster, now = self._roster, self._clock.monotonic()
        pin = demand.account_pin
        if pin is not None and not roster.of_account(pin):
            raise NotFound("The account that holds this object is no longer in the pool.")
        ranks = self._ranks(roster, demand)
        barriers = roster.barriers(demand, now, exclude)
        chosen = choose(ranks, barriers, self.rules.strategy, self._draw, demand.affinity)
        if isinstance(chosen, Nothing):
            raise _refusal(chosen)
        return self._take(roster, chosen, demand)

    def has_other(self, demand: Demand, *, exclude: Collection[str] = ()) -> bool:
        """Tell whether a credential that is not excluded could serve this right now."""
        return self._anybody(self._roster, demand, exclude)

    def account_leases(self) -> Iterator[Lease]:
        """Yield one lease per account that has a usable credential, to ask something of each account.

        Every lease is taken when it is yielded, and must be given back with `release`.
        """
        roster, seen = self._roster, set[str]()
        for member in roster.live:
            if (
                member.account_id in seen
                or not member.live
                or not member.health.usable(self._clock.monotonic())
            ):
                continue
            seen.add(member.account_id)
            yield self._take(roster, member, Demand(""))

    def release(self, lease: Lease, ok: bool) -> None:
        """Give a lease back; `ok` when upstream answered on it. Saying it again changes nothing."""
        held = self._held.pop(id(lease), None)
        if held is None:
            return
        member = held.member
        member.in_flight -= 1
        if ok and member.health != Health():
            self._move(held.roster, member, succeed(member.health, self._clock.monotonic()))

    def report(self, lease: Lease, fault: Fault, *, request_id: str) -> None:
        """Say that a call on a held lease failed. Must come before its release."""
        held = self._held.get(id(lease))
        if held is None:
            return
        now, rules = self._clock.monotonic(), self.rules.cooldown
        demand, roster = held.demand, held.roster
        bar = restrict(fault, now, rules, model=demand.upstream_id, surface=demand.surface)
        if bar is not None and (demand.upstream_id or bar.scope is Scope.CREDENTIAL_SURFACE):
            what = demand.surface if bar.scope is Scope.CREDENTIAL_SURFACE else demand.upstream_id
            who = lease.account_id if bar.scope is Scope.ACCOUNT_MODEL else lease.credential_id
            roster.restrictions.add(what, who, bar, now)
        if fault.kind in BLAMED_ONCE and not self._first_blame(request_id):
            return
        last = not self._anybody(roster, demand, (held.member.id,))
        for member in self._hit(held, fault):
            self._move(roster, member, step(member.health, fault, now, rules, last_usable=last))

    def usable(self) -> int:
        """Return how many credentials could serve something right now."""
        now = self._clock.monotonic()
        return sum(member.health.usable(now) for member in self._roster.live)

    @property
    def empty(self) -> bool:
        """Whether nothing here will ever serve unless somebody acts."""
        return not self._roster.live

    @property
    def in_flight(self) -> int:
        """How many leases are out."""
        return len(self._held)

    @property
    def practising(self) -> bool:
        """Whether requests go to the sandbox."""
        return self._roster.sandbox

    def may_serve(self, upstream_id: str, tier: Tier | None) -> bool:
        """Tell whether some credential is allowed this model, be it now or after a rest."""
        return self._roster.may_serve(upstream_id, tier, self._clock.monotonic())

    def set_sandbox(self, base_url: str, keys: Sequence[str]) -> None:
        """Serve from the sandbox at `base_url` for as long as there is no real credential."""
        practice = Roster(base_url, sandbox=True)
        practice.put(
            Member(
                id=f"cred_sandbox_{place}",
                name=f"sandbox {place}",
                account_id=f"acct_sandbox_{place}",
                token=key,
            )
            for place, key in enumerate(keys, start=1)
        )
        self._practice = practice

    def clear_sandbox(self) -> None:
        """Forget the sandbox; leases on it end undisturbed."""
        self._practice = None

    def learn_models(self, account_id: str, upstream_ids: Collection[str] | None) -> None:
        """Limit an account to the models that upstream lists for it; None lifts the limit."""
        for roster in filter(None, (self._real, self._practice)):
            roster.learn_models(account_id, upstream_ids)

    def clear(self, credential_id: str) -> bool:
        """End every rest and bar of one credential; tell whether it is there."""
        roster = self._roster
        member = roster.members.get(credential_id)
        if member is None:
            return False
        roster.restrictions.lift(member.id, member.account_id)
        self._move(roster, member, Health())
        return True

    def status(self) -> list[CredentialStatus]:
        """Return how every credential fares."""
        roster = self._roster
        return [self._row(roster, member) for member in roster.members.values()]

    @property
    def _roster(self) -> Roster:
        """The credentials in use: the sandbox's only while there is no real one."""
        if self._practice is not None and not self._real.members:
            return self._practice
        return self._real

    def _first_blame(self, request_id: str) -> bool:
        """Remember that this request made somebody rest; tell whether it is the first time."""
        if request_id in self._blamed:
            return False
        self._blamed[request_id] = None
        if len(self._blamed) > _REMEMBERED_REQUESTS:
            self._blamed.popitem(last=False)
        return True

    def _take(self, roster: Roster, member: Member, demand: Demand) -> Lease:
        """Count a call on this member and return its lease."""
        lease = Lease(
            credential_id=member.id,
            account_id=member.account_id,
            token=member.token or "",
            base_url=roster.base_url,
            proxy=member.proxy,
            sandbox=roster.sandbox,
        )
        member.in_flight += 1
        self._held[id(lease)] = _Held(lease, member, demand, roster)
        return lease

    @staticmethod
    def _ranks(roster: Roster, demand: Demand) -> tuple[Rank, ...]:
        if demand.account_pin is not None:
            return roster.pinned(demand, demand.account_pin)
        return roster.ranks(demand.upstream_id, demand.tier)

    def _anybody(self, roster: Roster, demand: Demand, excluded: Collection[str]) -> bool:
        """Tell whether anybody else could serve this demand now."""
        barriers = roster.barriers(demand, self._clock.monotonic(), excluded)
        return any(
            is_open(member, barriers) for rank in self._ranks(roster, demand) for member in rank.members
        )

    @staticmethod
    def _hit(held: _Held, fault: Fault) -> Iterable[Member]:
        """Return the credentials that a fault speaks of."""
        if fault.kind in SHARED and fault.scope is FaultScope.ACCOUNT:
            return held.roster.of_account(held.member.account_hash) or (held.member,)
        return (held.member,)

    def _move(self, roster: Roster, member: Member, health: Health) -> None:
        """Give a member its new health, and tell the store if it should know."""
        before, member.health = member.health, health
        if (before.status in MANUAL) != (health.status in MANUAL):
            roster.changed()
        if roster.sandbox or roster.members.get(member.id) is not member:
            return
        if (health.status, health.until) == (before.status, before.until):
            return
        now = self._clock.monotonic()
        if not lasting(health, now):
            kept = (member.written or member.stored)[0]
            if kept == "active" or not health.usable(now):
                return
            health = Health()
        triple = (health.status.value, health.reason, self._wall(health, now))
        if triple != member.written:
            member.written = triple
            self._persist(HealthChange(member.id, *triple))

    def _wall(self, health: Health, now: float) -> float | None:
        """Return when a rest ends on the wall clock, to the millisecond; None if it names no end."""
        if math.isinf(health.until) or health.until <= now:
            return None
        return round(self._clock.now() + health.until - now, 3)

    def _row(self, roster: Roster, member: Member) -> CredentialStatus:
        now = self._clock.monotonic()
        status, reason, until = _shown(member, now)
        offset = self._clock.now() - now
        return CredentialStatus(
            id=member.id,
            name=member.name,
            kind=member.kind,
            account_id=member.account_id,
            tier=member.tier,
            hint=member.hint,
            status=status,
            reason=reason,
            cooldown_until=None if until is None else until + offset,
            in_flight=member.in_flight,
            failures=member.health.failures,
            restrictions=tuple(
                (what, bar.reason, bar.until + offset) for what, bar in roster.restrictions.of(member, now)
            ),
        )


def _shown(member: Member, now: float) -> tuple[str, str, float | None]:
    """Return status, reason and end of the rest in monotonic seconds, as people should read them."""
    if not member.enabled:
        return "disabled", member.health.reason or "switched off", None
    if member.token is None:
        return "blocked", "its secret does not open with this server's secret key", None
    if member.health.usable(now):
        return "active", "", None
    until = member.health.until
    return member.health.status.value, member.health.reason, None if math.isinf(until) else until


def _refusal(nothing: Nothing) -> PoolError:
    """Return the error that says why nobody can serve."""
    error: PoolError
    if nothing.all_out_of_credit:
        error = OutOfCredit("Every credential that may serve this is out of credit.")
    elif nothing.retry_after is not None:
        error = AllCoolingDown(
            "Every credential that may serve this is resting or busy; try again shortly.",
            retry_after=nothing.retry_after,
        )
    else:
        error = NoCredential("No credential in the pool can serve this request.")
    if nothing.reasons:
        error.add_note(", ".join(f"{count} {reason}" for reason, count in sorted(nothing.reasons.items())))
    return error
