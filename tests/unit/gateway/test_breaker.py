"""Is it upstream as a whole: what counts, when retries stop, when nobody is sent, and who finds out."""

from __future__ import annotations

import pytest

from grok2api.canonical.fault import FaultKind, FaultScope
from grok2api.errors import UpstreamError
from grok2api.gateway.breaker import Breaker
from grok2api.kit.clock import ManualClock
from support.faults import make_fault

DOWN = make_fault(FaultKind.UNAVAILABLE, scope=FaultScope.UPSTREAM, upstream_status=503)
POOL = 10


class Bench:
    """A breaker over a pool of ten, on a clock that stands still."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.breaker = Breaker(self.clock)

    def fail(self, times: int = 1, *, spread: int = POOL, load: int = 8, pool_size: int = POOL) -> None:
        for number in range(times):
            self.breaker.failed(DOWN, f"c{number % spread}", pool_size=pool_size, load=load)

    def admits(self) -> bool:
        try:
            self.breaker.admit()
        except UpstreamError:
            return False
        return True


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize(
    ("times", "spread", "doubts"), [(4, 10, False), (5, 10, True), (40, 4, False), (40, 5, True)]
)
def test_a_row_of_failures_on_much_of_the_pool_ends_retries(
    bench: Bench, times: int, spread: int, doubts: bool
) -> None:
    bench.fail(times, spread=spread)
    assert bench.breaker.doubts(POOL) is doubts


@pytest.mark.parametrize(("pool_size", "enough"), [(0, 1), (1, 1), (2, 2), (3, 2), (4, 2), (10, 5)])
def test_how_much_of_a_pool_is_much(bench: Bench, pool_size: int, enough: int) -> None:
    bench.fail(10, spread=enough, pool_size=pool_size)
    assert bench.breaker.doubts(pool_size)
    if enough > 1:
        other = Bench()
        other.fail(10, spread=enough - 1, pool_size=pool_size)
        assert not other.breaker.doubts(pool_size)


def test_an_answer_ends_the_row(bench: Bench) -> None:
    bench.fail(19)
    bench.breaker.answered()
    assert not bench.breaker.doubts(POOL)
    bench.fail(19)
    assert bench.admits()


def test_ten_quiet_seconds_end_the_row(bench: Bench) -> None:
    bench.fail(19)
    bench.clock.advance(10.1)
    bench.fail(1)
    assert not bench.breaker.doubts(POOL)


@pytest.mark.parametrize(
    ("kind", "scope"),
    [
        (FaultKind.PROXY_DOWN, FaultScope.PROXY),
        (FaultKind.STALE_CONNECTION, FaultScope.UPSTREAM),
    ],
)
def test_what_says_nothing_about_upstream_leaves_the_row(
    bench: Bench, kind: FaultKind, scope: FaultScope
) -> None:
    bench.fail(5)
    for number in range(100):
        bench.breaker.failed(make_fault(kind, scope=scope), f"c{number % 10}", pool_size=POOL, load=100)
    assert bench.breaker.doubts(POOL)
    assert bench.admits()


@pytest.mark.parametrize(
    "scope", [FaultScope.REQUEST, FaultScope.CREDENTIAL, FaultScope.ACCOUNT, FaultScope.ACCOUNT_MODEL]
)
def test_a_refusal_is_an_answer(bench: Bench, scope: FaultScope) -> None:
    bench.fail(30)
    assert not bench.admits()
    bench.breaker.failed(make_fault(FaultKind.BLOCKED, scope=scope), "c1", pool_size=POOL, load=9)
    assert bench.admits()
    assert not bench.breaker.doubts(POOL)


def test_it_shuts_only_under_load(bench: Bench) -> None:
    bench.fail(500, load=3)
    assert not bench.breaker.shut
    assert bench.admits()
    bench.fail(1, load=4)
    assert bench.breaker.shut


def test_a_few_bad_credentials_never_shut_it(bench: Bench) -> None:
    bench.fail(500, spread=4)
    assert not bench.breaker.shut


def test_while_it_is_shut_clients_are_told_when_to_come_again(bench: Bench) -> None:
    bench.fail(20)
    with pytest.raises(UpstreamError) as caught:
        bench.breaker.admit()
    assert (caught.value.status, caught.value.code, caught.value.retry_after) == (503, "overloaded", 1.0)


def test_one_at_a_time_finds_out_and_more_seldom_each_time(bench: Bench) -> None:
    bench.fail(20)
    pauses = []
    for _ in range(5):
        waited = 0.0
        while not bench.admits():
            bench.clock.advance(0.5)
            waited += 0.5
        assert not bench.admits()
        bench.fail(1)
        pauses.append(waited)
    assert pauses == [1.0, 1.0, 2.0, 4.0, 5.0]


def test_a_probe_that_is_answered_opens_the_way_for_all(bench: Bench) -> None:
    bench.fail(20)
    bench.clock.advance(1.0)
    assert bench.admits()
    bench.breaker.answered()
    assert all(bench.admits() for _ in range(20))
    bench.fail(20)
    bench.clock.advance(1.0)
    assert bench.admits()


def test_a_probe_that_nobody_hears_of_again_is_followed_by_another(bench: Bench) -> None:
    bench.fail(20)
    bench.clock.advance(1.0)
    assert bench.admits()
    bench.clock.advance(1.0)
    assert bench.admits()


def test_it_does_not_open_by_itself(bench: Bench) -> None:
    bench.fail(20)
    bench.clock.advance(86_400.0)
    assert bench.admits()
    assert not bench.admits()
