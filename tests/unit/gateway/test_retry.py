"""Whether a failed attempt is worth another: the whole table, the back-off, and the shared budget."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.canonical.fault import Acceptance, Fault, FaultKind, FaultScope
from grok2api.gateway.retry import Again, RetryBudget, RetryRules, Stop, decide
from grok2api.kit.clock import ManualClock
from support.faults import make_fault

FLOOR = 8
RULES = RetryRules(
    max_retry=3,
    status_codes=frozenset({401, 403, 429, 500, 502, 503, 504, 529}),
    backoff_base=0.5,
    backoff_factor=2.0,
    backoff_max=3.0,
    budget=0.2,
)
NONE_LISTED = replace(RULES, status_codes=frozenset())
THEIRS = [FaultScope.CREDENTIAL, FaultScope.ACCOUNT, FaultScope.ACCOUNT_MODEL]


def fault(
    scope: FaultScope, status: int = 503, *, retryable: bool = True, accepted: Acceptance = "no"
) -> Fault:
    made = make_fault(FaultKind.UNAVAILABLE, scope=scope, upstream_status=status)
    return replace(made, retryable=retryable, accepted=accepted)


def again(
    failed: Fault,
    *,
    attempt: int = 1,
    repeatable: bool = True,
    others_left: bool = True,
    rules: RetryRules = RULES,
    repeats_failed: bool = False,
) -> bool:
    verdict = decide(
        failed,
        attempt=attempt,
        repeatable=repeatable,
        others_left=others_left,
        rules=rules,
        repeats_failed=repeats_failed,
    )
    assert isinstance(verdict, Again) or verdict.reason
    return isinstance(verdict, Again)


@pytest.mark.parametrize("scope", FaultScope)
def test_what_is_not_retryable_is_never_tried_again(scope: FaultScope) -> None:
    assert not again(fault(scope, retryable=False))


@pytest.mark.parametrize("scope", FaultScope)
@pytest.mark.parametrize("attempt", range(1, 6))
def test_no_more_than_max_retry(scope: FaultScope, attempt: int) -> None:
    assert again(fault(scope), attempt=attempt) is (attempt <= 3)
    assert not again(fault(scope), attempt=attempt, rules=replace(RULES, max_retry=0))


@pytest.mark.parametrize("scope", FaultScope)
def test_what_upstream_may_have_begun_is_sent_twice_only_if_that_does_no_harm(scope: FaultScope) -> None:
    begun = fault(scope, accepted="maybe")
    assert again(begun, repeatable=True)
    assert not again(begun, repeatable=False)
    assert again(fault(scope), repeatable=False)


@pytest.mark.parametrize(
    ("accepted", "repeats_failed", "sent_again"),
    [
        ("no", False, True),
        ("no", True, True),
        ("failed", False, False),
        ("failed", True, True),
        ("maybe", False, False),
        ("maybe", True, False),
    ],
)
def test_what_upstream_itself_called_failed_is_sent_again_where_that_is_allowed(
    accepted: Acceptance, repeats_failed: bool, sent_again: bool
) -> None:
    failed = fault(FaultScope.UPSTREAM, accepted=accepted)
    assert again(failed, repeatable=False, repeats_failed=repeats_failed) is sent_again
    assert again(failed, repeatable=True, repeats_failed=repeats_failed)


@pytest.mark.parametrize("scope", [*THEIRS, FaultScope.PROXY])
def test_who_is_to_blame_is_not_asked_again(scope: FaultScope) -> None:
    assert again(fault(scope, 403), others_left=True)
    assert not again(fault(scope, 403), others_left=False)


@pytest.mark.parametrize(("scope", "status"), [*product(THEIRS, [400, 401, 402, 403, 404, 429])])
def test_the_list_of_statuses_can_leave_out_three_of_a_credentials(scope: FaultScope, status: int) -> None:
    assert again(fault(scope, status))
    assert again(fault(scope, status), rules=NONE_LISTED) is (status in {400, 402, 404})


@pytest.mark.parametrize("status", [0, 200, 302, 408, 500, 502, 503, 504, 520, 521, 524, 527, 529])
def test_the_list_of_statuses_can_leave_out_any_of_upstreams(status: int) -> None:
    assert again(fault(FaultScope.UPSTREAM, status), others_left=False)
    assert not again(fault(FaultScope.UPSTREAM, status), rules=NONE_LISTED)


def test_trouble_of_the_network_in_between_counts_as_a_bad_gateway() -> None:
    only = replace(RULES, status_codes=frozenset({502}))
    assert [
        status for status in range(500, 530) if again(fault(FaultScope.UPSTREAM, status), rules=only)
    ] == [
        502,
        *range(520, 528),
    ]


def test_another_credential_is_asked_at_once_and_only_then_after_a_pause() -> None:
    def delay(attempt: int, others_left: bool) -> float:
        failed = fault(FaultScope.UPSTREAM)
        verdict = decide(failed, attempt=attempt, repeatable=True, others_left=others_left, rules=RULES)
        assert isinstance(verdict, Again)
        return verdict.delay

    assert delay(1, others_left=True) == 0.0
    for attempt, ceiling in ((1, 0.5), (2, 1.0), (3, 2.0)):
        delays = {delay(attempt, others_left=attempt > 1) for _ in range(50)}
        assert all(ceiling / 2 <= each <= ceiling for each in delays)
        assert len(delays) > 1
    for scope in (*THEIRS, FaultScope.PROXY):
        assert decide(fault(scope), attempt=2, repeatable=True, others_left=True, rules=RULES) == Again()


@given(
    st.sampled_from(FaultScope),
    st.integers(0, 600),
    st.booleans(),
    st.sampled_from(["no", "failed", "maybe"]),
    st.integers(1, 400),
    st.booleans(),
    st.booleans(),
)
def test_no_case_is_left_out_and_no_pause_is_longer_than_the_longest(
    scope: FaultScope,
    status: int,
    retryable: bool,
    accepted: Acceptance,
    attempt: int,
    repeatable: bool,
    others: bool,
) -> None:
    failed = fault(scope, status, retryable=retryable, accepted=accepted)
    rules = replace(RULES, max_retry=400)
    verdict = decide(failed, attempt=attempt, repeatable=repeatable, others_left=others, rules=rules)
    assert isinstance(verdict, Stop) or 0.0 <= verdict.delay <= RULES.backoff_max


# The budget


def test_a_quiet_gateway_may_retry_a_few_times_for_each_failure() -> None:
    budget = RetryBudget(ManualClock())
    assert [budget.take(0.2, "x", FLOOR) for _ in range(10)] == [True] * 8 + [False] * 2
    assert budget.take(0.2, "another failure", FLOOR)


def test_a_busy_one_may_retry_a_share_of_its_requests() -> None:
    budget = RetryBudget(ManualClock())
    for _ in range(1000):
        budget.note_request()
    assert sum(budget.take(0.2, "x", FLOOR) for _ in range(1000)) == 200


def test_no_share_leaves_the_floor() -> None:
    budget = RetryBudget(ManualClock())
    for _ in range(1000):
        budget.note_request()
    assert sum(budget.take(0.0, "x", FLOOR) for _ in range(100)) == 8


def test_ten_seconds_later_all_is_forgotten() -> None:
    clock = ManualClock()
    budget = RetryBudget(clock)
    for _ in range(100):
        budget.note_request()
    assert sum(budget.take(0.2, "x", FLOOR) for _ in range(100)) == 20
    clock.advance(10.1)
    assert sum(budget.take(0.2, "x", FLOOR) for _ in range(100)) == 8


@given(
    st.lists(
        st.tuples(st.booleans(), st.sampled_from("xyz"), st.sampled_from([0.0, 0.5, 11.0])), max_size=200
    )
)
def test_no_ten_seconds_have_more_than_the_share_and_the_floors(steps: list[tuple[bool, str, float]]) -> None:
    clock = ManualClock()
    budget, requests, retries = RetryBudget(clock), list[float](), list[float]()
    for is_request, signature, pause in steps:
        clock.advance(pause)
        now = clock.monotonic()
        if is_request:
            budget.note_request()
            requests.append(now)
        elif budget.take(0.2, signature, FLOOR):
            retries.append(now)
        recent = sum(at >= now - 10 for at in retries)
        before = sum(at >= now - 20 for at in requests)
        assert recent <= 0.2 * before + 1 + 3 * 8
