"""How every credential fares in this process, for people: states, rests, and the list behind a choice.

Must never change anything, and must never show a secret.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from grok2api.canonical.plan import Demand, Tier
from grok2api.kit.clock import Clock
from grok2api.pool.health import Scope
from grok2api.pool.member import Member
from grok2api.pool.obstacles import Barriers, obstacle
from grok2api.pool.pool import Pool
from grok2api.pool.roster import Roster
from grok2api.pool.selection import load, terms

_BARS: Final[Mapping[str, frozenset[Scope]]] = {
    "rate limited": frozenset({Scope.ACCOUNT_MODEL}),
    "not allowed": frozenset({Scope.CREDENTIAL_MODEL, Scope.CREDENTIAL_SURFACE}),
}
"""By rule: the bars that it stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialStatus:
    """How one credential fares. Times are wall seconds."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateStatus:
    """What keeps one credential from serving a demand now, or by which terms it competes."""

    id: str
    name: str
    priority: int
    rule: str
    """What keeps it out; empty if it is open."""
    seconds: float | None
    """How long that lasts, if it is known."""
    reason: str
    in_flight: int
    failures: int
    weight: int
    quota: float | None


def status_of(pool: Pool, clock: Clock) -> list[CredentialStatus]:
    """Return how every credential fares."""
    return [_row(pool.roster, member, clock) for member in pool.roster.members.values()]


def status_of_one(pool: Pool, clock: Clock, identifier: str) -> CredentialStatus | None:
    """Return how one credential fares; None if this process does not know it."""
    member = pool.roster.members.get(identifier)
    return None if member is None else _row(pool.roster, member, clock)


def candidates(pool: Pool, clock: Clock, demand: Demand) -> list[CandidateStatus]:
    """Return every credential as it stands to a demand now, those that could serve first."""
    roster, now = pool.roster, clock.monotonic()
    barriers = roster.barriers(demand, now, (), pool.proxies.until)
    rows = [_candidate(roster, member, demand, barriers) for member in roster.members.values()]
    order = {member.id: load(member) for member in roster.members.values()}
    return sorted(rows, key=lambda row: (bool(row.rule), -row.priority, order[row.id], row.id))


def _candidate(roster: Roster, member: Member, demand: Demand, barriers: Barriers) -> CandidateStatus:
    rule, seconds, now = roster.unfit(member, demand), None, barriers.now
    if not rule:
        found = obstacle(member, barriers)
        if found is not None:
            rule = found.rule
            seconds = None if math.isinf(found.until) else max(0.0, found.until - now)
    named = terms(member)
    return CandidateStatus(
        id=member.id,
        name=member.name,
        priority=member.priority,
        rule=rule,
        seconds=seconds,
        reason=_why(roster, member, demand, rule, now),
        in_flight=named.in_flight,
        failures=named.failures,
        weight=named.weight,
        quota=named.quota,
    )


def _why(roster: Roster, member: Member, demand: Demand, rule: str, now: float) -> str:
    """Return the words behind a rule: those of the bar, or of the health that keeps a credential out."""
    if rule == member.health.status.value:
        return member.health.reason
    wanted, scopes = {demand.counted_as, demand.surface}, _BARS.get(rule, frozenset())
    bars = roster.restrictions.of(member, now)
    return next((bar.reason for what, bar in bars if what in wanted and bar.scope in scopes), "")


def _row(roster: Roster, member: Member, clock: Clock) -> CredentialStatus:
    now = clock.monotonic()
    status, reason, until = _shown(member, now)
    offset = clock.now() - now
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
