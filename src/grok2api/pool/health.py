"""What a failure does to a credential: a pure state machine, and the one place where it is decided.

A fault either moves the credential itself (`step`) or bars it from something for a while (`restrict`);
a fault of the request does neither. Times are monotonic seconds. Must never punish anybody for what
the request, the network or a proxy did.
Source: xAI's error bodies as classified in `upstream`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from grok2api.canonical.fault import Fault, FaultKind

LASTING_SECONDS: Final = 20.0
"""A rest longer than this is worth telling the other processes."""
_FOREVER: Final = math.inf
_LONGEST_DETAIL: Final = 200


class Status(StrEnum):
    """How a credential fares."""

    ACTIVE = "active"
    COOLING = "cooling"
    EXHAUSTED = "exhausted"
    EXPIRED = "expired"
    BLOCKED = "blocked"
    DISABLED = "disabled"


_STATUSES: Final[Mapping[str, Status]] = MappingProxyType({each.value: each for each in Status})

HEALTHY: Final[Mapping[str, object]] = MappingProxyType(
    {"status": Status.ACTIVE.value, "reason": "", "cooldown_until": None}
)
"""The health of a credential that is well, as its record holds it."""

MANUAL: Final = frozenset({Status.EXPIRED, Status.BLOCKED, Status.DISABLED})
"""States that end only when somebody acts."""

BLAMED_ONCE: Final = frozenset({FaultKind.UNREADABLE, FaultKind.NOT_AUTHENTICATED})
"""Faults for which one request may make at most one credential rest."""

BOUNDED: Final = frozenset(
    {
        *(FaultKind.UNREADABLE, FaultKind.NOT_AUTHENTICATED, FaultKind.OVERLOADED, FaultKind.UNAVAILABLE),
        *(FaultKind.TIMEOUT, FaultKind.BROKEN_STREAM),
    }
)
"""Faults of which the same one may make only a share of the pool rest: it may not be theirs."""

SHARED: Final = frozenset({FaultKind.NO_CREDIT, FaultKind.QUOTA, FaultKind.BLOCKED})
"""Faults that hit every credential of the account when their scope is the account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CooldownRules:
    """How long each failure makes a credential rest, in seconds."""

    rate_limit: float = 2.0
    retry_after_cap: float = 900.0
    upstream_error: float = 10.0
    upstream_error_cap: float = 60.0
    unreadable: float = 30.0
    no_credit: float = 3600.0
    quota: float = 21_600.0
    quota_cap: float = 86_400.0
    denied: float = 3600.0
    model_missing: float = 300.0
    proxy: float = 5.0
    proxy_cap: float = 60.0
    blast_share: float = 0.35
    """Share of the pool that failures with the same body may make rest within a minute."""
    last_usable: float = 5.0
    """Longest rest of the last usable credential after a fault that may be upstream's own."""
    fail_threshold: int = 5
    """Unclassified 401 or 403 in a row after which a credential is taken out."""

    def longest(self, status: Status) -> float:
        """Return the longest rest that a status can have, so that no clock can make it longer."""
        if status is Status.EXHAUSTED:
            return max(self.no_credit, self.quota, self.quota_cap)
        return max(self.retry_after_cap, self.upstream_error_cap, self.unreadable)


@dataclass(frozen=True, slots=True)
class Health:
    """The state of one credential."""

    status: Status = Status.ACTIVE
    reason: str = ""
    until: float = 0.0
    """When it may serve again; infinite when somebody has to act."""
    failures: int = 0
    """Failures of upstream in a row."""
    refusals: int = 0
    """Unclassified 401 or 403 in a row."""

    def usable(self, now: float) -> bool:
        """Tell whether it may serve at `now`."""
        return self.until <= now

    def shown(self, now: float) -> Status:
        """Return the state for people: a rest that is over is none."""
        return Status.ACTIVE if self.usable(now) else self.status


class Scope(StrEnum):
    """What a restriction is about: who is barred from what."""

    ACCOUNT_MODEL = "account_model"
    CREDENTIAL_MODEL = "credential_model"
    CREDENTIAL_SURFACE = "credential_surface"


@dataclass(frozen=True, slots=True)
class Restriction:
    """Somebody is barred from one model or surface for a while."""

    scope: Scope
    until: float
    reason: str


def step(
    state: Health, fault: Fault, now: float, rules: CooldownRules, *, last_usable: bool = False
) -> Health:
    """Return the state after `fault`. A rest is never shortened, and a manual state never left."""
    move = _MOVES.get(fault.kind)
    if move is None or state.status in MANUAL:
        return state
    moved = move(state, fault, now, rules, last_usable)
    if moved.until >= state.until:
        return moved
    return replace(state, failures=moved.failures, refusals=moved.refusals)


def succeed(state: Health, now: float) -> Health:
    """Return the state after an answer; a rest that began after the request was sent goes on."""
    return Health() if state.usable(now) else state


def restrict(
    fault: Fault, now: float, rules: CooldownRules, *, model: str, surface: str
) -> Restriction | None:
    """Return what `fault` bars its sender from, if it does."""
    match fault.kind:
        case FaultKind.RATE_LIMIT:
            rest = _rest(fault.retry_after, rules.rate_limit, rules.retry_after_cap)
            return Restriction(Scope.ACCOUNT_MODEL, now + rest, _said(f"rate limit of {model}", fault))
        case FaultKind.ACCESS_DENIED:
            said = _said(f"xAI does not allow it {model}", fault)
            return Restriction(Scope.CREDENTIAL_MODEL, now + rules.denied, said)
        case FaultKind.MODEL_MISSING:
            said = _said(f"xAI has no {model} for it", fault)
            return Restriction(Scope.CREDENTIAL_MODEL, now + rules.model_missing, said)
        case FaultKind.SURFACE_DENIED:
            said = _said(f"xAI does not allow it the {surface} surface", fault)
            return Restriction(Scope.CREDENTIAL_SURFACE, now + rules.denied, said)
        case _:
            return None


def lasting(health: Health, now: float) -> bool:
    """Tell whether this state is worth keeping beyond the process."""
    return health.status in MANUAL or health.until - now > LASTING_SECONDS


def recall(
    status: str, reason: str, rest: float | None, now: float, rules: CooldownRules | None = None
) -> Health:
    """Return the state that a record tells; `rest` is seconds from now, None if it names no end.

    A status that this version does not know keeps the credential out, for it was put there on purpose.
    """
    state = recalled_status(status, rest)
    if state in MANUAL:
        known = state.value == status
        return Health(state, reason if known else f"unknown state {status!r}: {reason}", _FOREVER)
    if state is Status.ACTIVE or rest is None:
        return Health()
    return Health(state, reason, now + min(rest, (rules or CooldownRules()).longest(state)))


def recalled_status(status: str, rest: float | None) -> Status:
    """Return the status alone of the state that `recall` gives, for those who count many."""
    state = _STATUSES.get(status, Status.BLOCKED)
    if state in MANUAL:
        return state
    return Status.ACTIVE if rest is None or rest <= 0 else state


def _rest(asked: float | None, default: float, cap: float) -> float:
    """Return the seconds that upstream asks for, capped; the default when it asks for nothing sensible."""
    if asked is None or not math.isfinite(asked) or asked < 0:
        return default
    return min(asked, cap)


def _said(what: str, fault: Fault) -> str:
    detail = fault.detail.strip()[:_LONGEST_DETAIL]
    return f"{what}: {detail}" if detail else what


def _take_out(_state: Health, fault: Fault, _now: float, _rules: CooldownRules, _last: bool) -> Health:
    status, reason = _TAKEN_OUT[fault.kind]
    return Health(status, _said(reason, fault), _FOREVER)


def _exhaust(_state: Health, fault: Fault, now: float, rules: CooldownRules, _last: bool) -> Health:
    if fault.kind is FaultKind.NO_CREDIT:
        return Health(Status.EXHAUSTED, _said("out of credit at xAI", fault), now + rules.no_credit)
    rest = _rest(fault.retry_after or None, rules.quota, rules.quota_cap)
    return Health(Status.EXHAUSTED, _said("allowance at xAI used up", fault), now + rest)


def _doubt(state: Health, fault: Fault, now: float, rules: CooldownRules, last: bool) -> Health:
    """Rest after an answer that nobody understands; out after too many that look like refusals."""
    refused = fault.upstream_status in {401, 403}
    refusals = state.refusals + 1 if refused else state.refusals
    if refusals >= rules.fail_threshold and not last:
        return Health(Status.BLOCKED, _said(f"{refusals} unclear refusals in a row", fault), _FOREVER)
    rest = min(rules.unreadable, rules.last_usable) if last else rules.unreadable
    said = _said(f"an unclear answer (HTTP {fault.upstream_status})", fault)
    return Health(Status.COOLING, said, now + rest, state.failures, refusals)


def _strain(state: Health, fault: Fault, now: float, rules: CooldownRules, last: bool) -> Health:
    """Count a failure of upstream; from the second in a row on, rest for longer each time.

    The last usable credential rests only if upstream asks for it: with nobody else to turn to, trying it
    again is all that can be done.
    """
    failures = state.failures + 1
    grown = 0.0 if failures < 2 or last else rules.upstream_error * 2.0 ** min(failures - 2, 16)
    rest = max(min(grown, rules.upstream_error_cap), _rest(fault.retry_after, 0.0, rules.retry_after_cap))
    if last:
        rest = min(rest, rules.last_usable)
    if rest <= 0:
        return replace(state, failures=failures)
    said = _said(f"{failures} failed calls in a row ({fault.kind.value})", fault)
    return Health(Status.COOLING, said, now + rest, failures, state.refusals)


_TAKEN_OUT: Final[Mapping[FaultKind, tuple[Status, str]]] = {
    FaultKind.BAD_KEY: (Status.BLOCKED, "xAI does not know this key"),
    FaultKind.BLOCKED: (Status.BLOCKED, "xAI blocked this key, its team or its user"),
    FaultKind.TOKEN_EXPIRED: (Status.EXPIRED, "xAI no longer accepts this sign-in"),
}

_Move = Callable[[Health, Fault, float, CooldownRules, bool], Health]
_MOVES: Final[Mapping[FaultKind, _Move]] = {
    FaultKind.BAD_KEY: _take_out,
    FaultKind.BLOCKED: _take_out,
    FaultKind.TOKEN_EXPIRED: _take_out,
    FaultKind.NO_CREDIT: _exhaust,
    FaultKind.QUOTA: _exhaust,
    FaultKind.UNREADABLE: _doubt,
    FaultKind.NOT_AUTHENTICATED: _doubt,
    FaultKind.OVERLOADED: _strain,
    FaultKind.UNAVAILABLE: _strain,
    FaultKind.TIMEOUT: _strain,
    FaultKind.BROKEN_STREAM: _strain,
}
