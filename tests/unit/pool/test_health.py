"""What each failure does to a credential, and what it never does."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.canonical.fault import FaultKind
from grok2api.pool.health import (
    MANUAL,
    CooldownRules,
    Health,
    Scope,
    Status,
    lasting,
    recall,
    restrict,
    step,
    succeed,
)
from support.faults import make_fault

NOW = 1000.0
RULES = CooldownRules()
FOREVER = math.inf

MOVED = {
    FaultKind.BAD_KEY: (Status.BLOCKED, FOREVER),
    FaultKind.BLOCKED: (Status.BLOCKED, FOREVER),
    FaultKind.TOKEN_EXPIRED: (Status.EXPIRED, FOREVER),
    FaultKind.NO_CREDIT: (Status.EXHAUSTED, 3600.0),
    FaultKind.QUOTA: (Status.EXHAUSTED, 21_600.0),
    FaultKind.UNREADABLE: (Status.COOLING, 30.0),
    FaultKind.NOT_AUTHENTICATED: (Status.COOLING, 30.0),
}
BARRED = {
    FaultKind.RATE_LIMIT: (Scope.ACCOUNT_MODEL, 2.0),
    FaultKind.ACCESS_DENIED: (Scope.CREDENTIAL_MODEL, 3600.0),
    FaultKind.MODEL_MISSING: (Scope.CREDENTIAL_MODEL, 300.0),
    FaultKind.SURFACE_DENIED: (Scope.CREDENTIAL_SURFACE, 3600.0),
}
STRAINED = {
    FaultKind.OVERLOADED,
    FaultKind.UNAVAILABLE,
    FaultKind.TIMEOUT,
    FaultKind.BROKEN_STREAM,
}
FORGIVEN = {
    FaultKind.SAFETY,
    FaultKind.CONTEXT_LENGTH,
    FaultKind.UNSUPPORTED_ARGUMENT,
    FaultKind.ENCRYPTED_MISMATCH,
    FaultKind.INVALID_REQUEST,
    FaultKind.TOO_LARGE,
    FaultKind.OBJECT_MISSING,
    FaultKind.UNREACHABLE,
    FaultKind.PROXY_DOWN,
    FaultKind.STALE_CONNECTION,
}


def test_every_kind_of_fault_has_its_row() -> None:
    assert set(MOVED) | set(BARRED) | STRAINED | FORGIVEN == set(FaultKind)


@pytest.mark.parametrize("kind", list(FaultKind))
def test_the_first_fault_of_each_kind(kind: FaultKind) -> None:
    moved = step(Health(), make_fault(kind), NOW, RULES)
    status, rest = MOVED.get(kind, (Status.ACTIVE, 0.0))
    assert moved.status is status
    assert moved.until == (NOW + rest if rest else 0.0)
    assert bool(moved.reason) is (status is not Status.ACTIVE)
    assert moved.failures == (1 if kind in STRAINED else 0)
    bar = restrict(make_fault(kind), NOW, RULES, model="grok-4.3", surface="chat")
    if kind in BARRED:
        assert bar is not None
        assert (bar.scope, bar.until - NOW) == BARRED[kind]
    else:
        assert bar is None


@pytest.mark.parametrize(
    ("asked", "rest"),
    [(None, 2.0), (7.0, 7.0), (0.0, 0.0), (86_400.0, 900.0), (-5.0, 2.0), (math.inf, 2.0), (math.nan, 2.0)],
)
def test_the_rest_that_upstream_asks_for_is_capped(asked: float | None, rest: float) -> None:
    bar = restrict(make_fault(FaultKind.RATE_LIMIT, retry_after=asked), NOW, RULES, model="m", surface="chat")
    assert bar is not None
    assert bar.until == NOW + rest


@pytest.mark.parametrize(("asked", "rest"), [(None, 21_600.0), (60.0, 60.0), (1e9, 86_400.0)])
def test_an_allowance_comes_back_within_a_day(asked: float | None, rest: float) -> None:
    moved = step(Health(), make_fault(FaultKind.QUOTA, retry_after=asked), NOW, RULES)
    assert moved.until == NOW + rest


@pytest.mark.parametrize("kind", sorted(STRAINED))
def test_repeated_failures_of_upstream_rest_longer_and_longer(kind: FaultKind) -> None:
    state, rests = Health(), []
    for _ in range(6):
        now = max(state.until, NOW)
        state = step(state, make_fault(kind), now, RULES)
        rests.append(max(state.until - now, 0.0))
    assert rests == [0.0, 10.0, 20.0, 40.0, 60.0, 60.0]
    assert succeed(state, state.until) == Health()


def test_a_wait_that_upstream_names_is_kept_even_the_first_time() -> None:
    moved = step(Health(), make_fault(FaultKind.OVERLOADED, retry_after=25.0), NOW, RULES)
    assert moved.until == NOW + 25.0


@pytest.mark.parametrize("kind", [FaultKind.UNREADABLE, FaultKind.UNAVAILABLE])
def test_the_last_usable_one_rests_only_shortly(kind: FaultKind) -> None:
    state = step(Health(failures=8), make_fault(kind, retry_after=600.0), NOW, RULES, last_usable=True)
    assert state.until == NOW + 5.0


def test_unclear_refusals_in_a_row_take_a_credential_out() -> None:
    state, fault = Health(), make_fault(FaultKind.UNREADABLE, upstream_status=403)
    for _ in range(4):
        state = step(state, fault, max(state.until, NOW), RULES)
    assert state.status is Status.COOLING
    assert step(state, fault, state.until, RULES).status is Status.BLOCKED
    assert step(state, fault, state.until, RULES, last_usable=True).status is Status.COOLING
    assert step(succeed(state, state.until), fault, state.until, RULES).refusals == 1


def test_an_answer_does_not_end_a_rest_that_began_after_it_was_asked_for() -> None:
    cooling = step(Health(), make_fault(FaultKind.UNREADABLE), NOW, RULES)
    assert succeed(cooling, NOW + 1) is cooling
    blocked = step(Health(), make_fault(FaultKind.BAD_KEY), NOW, RULES)
    assert succeed(blocked, NOW + 1e9) is blocked


def test_a_later_lesser_fault_does_not_shorten_a_rest() -> None:
    exhausted = step(Health(), make_fault(FaultKind.NO_CREDIT), NOW, RULES)
    after = step(exhausted, make_fault(FaultKind.UNREADABLE), NOW + 1, RULES)
    assert (after.status, after.until) == (Status.EXHAUSTED, exhausted.until)


def test_the_reason_tells_what_upstream_said() -> None:
    moved = step(Health(), make_fault(FaultKind.NO_CREDIT, detail="monthly limit reached"), NOW, RULES)
    assert moved.reason == "out of credit at xAI: monthly limit reached"
    assert len(step(Health(), make_fault(FaultKind.BLOCKED, detail="x" * 9999), NOW, RULES).reason) < 300


@pytest.mark.parametrize(
    ("status", "rest", "expected"),
    [
        ("active", None, (Status.ACTIVE, 0.0)),
        ("cooling", 60.0, (Status.COOLING, NOW + 60)),
        ("cooling", -1.0, (Status.ACTIVE, 0.0)),
        ("exhausted", 60.0, (Status.EXHAUSTED, NOW + 60)),
        ("exhausted", None, (Status.ACTIVE, 0.0)),
        ("blocked", None, (Status.BLOCKED, FOREVER)),
        ("expired", 5.0, (Status.EXPIRED, FOREVER)),
        ("disabled", None, (Status.DISABLED, FOREVER)),
        ("paused by a later version", None, (Status.BLOCKED, FOREVER)),
    ],
)
def test_a_record_is_recalled(status: str, rest: float | None, expected: tuple[Status, float]) -> None:
    state = recall(status, "why", rest, NOW)
    assert (state.status, state.until) == expected


@given(
    kinds=st.lists(st.sampled_from(FaultKind)),
    gaps=st.lists(st.floats(0, 4000)),
    last=st.booleans(),
)
def test_no_state_is_both_usable_and_resting(kinds: list[FaultKind], gaps: list[float], last: bool) -> None:
    state, now = Health(), NOW
    for kind, gap in zip(kinds, gaps, strict=False):
        before = state
        state = step(state, make_fault(kind, upstream_status=403), now, RULES, last_usable=last)
        assert state.usable(now) is (state.shown(now) is Status.ACTIVE)
        assert state.until >= before.until
        assert state.status not in MANUAL or (state.until == FOREVER and lasting(state, now))
        now += gap
