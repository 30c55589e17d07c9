"""Proxies that are out of order rest, and nobody behind them is blamed."""

from __future__ import annotations

import pytest

from grok2api.canonical.fault import FaultKind, FaultScope
from grok2api.canonical.plan import Demand
from grok2api.errors import NoCredential
from grok2api.kit.clock import ManualClock
from grok2api.pool.proxies import Proxies
from support.faults import make_fault
from support.pool_bench import Bench

PROXY = "http://user:canary-password@proxy.test:3128"
DOWN = make_fault(FaultKind.PROXY_DOWN, scope=FaultScope.PROXY, detail="connection refused")


def test_a_proxy_rests_longer_each_time_up_to_the_cap() -> None:
    clock = ManualClock()
    proxies = Proxies(clock)
    rests = []
    for _ in range(12):
        proxies.failed(PROXY, "refused", rest=5.0, cap=60.0)
        rest = proxies.until[PROXY] - clock.monotonic()
        rests.append(rest)
        clock.advance(rest)
    assert rests[:5] == [5.0, 10.0, 20.0, 40.0, 60.0]
    assert set(rests[4:]) == {60.0}


def test_calls_that_failed_together_count_once() -> None:
    proxies = Proxies(ManualClock())
    for _ in range(50):
        proxies.failed(PROXY, "refused", rest=5.0, cap=60.0)
    assert proxies.resting[PROXY].failures == 1


def test_one_answer_makes_a_proxy_well_and_forgets_its_failures() -> None:
    clock = ManualClock()
    proxies = Proxies(clock)
    for _ in range(3):
        proxies.failed(PROXY, "refused", rest=5.0, cap=60.0)
        clock.advance(100.0)
    assert proxies.well(PROXY)
    assert not proxies.well(PROXY)
    assert not proxies.until
    proxies.failed(PROXY, "refused", rest=5.0, cap=60.0)
    assert proxies.resting[PROXY].failures == 1


def test_the_ways_are_apart() -> None:
    proxies = Proxies(ManualClock())
    proxies.failed(None, "refused", rest=5.0, cap=60.0)
    assert not proxies.well(PROXY)
    assert list(proxies.until) == [None]


async def test_a_dead_proxy_takes_out_those_behind_it_and_blames_none(bench: Bench, demand: Demand) -> None:
    behind = [await bench.add(f"xai-behind-{number}", proxy=PROXY) for number in range(3)]
    free = await bench.add("xai-free")
    lease = await bench.pool.lease(demand, exclude=[free.id])
    bench.pool.report(lease, DOWN, request_id="r1")
    bench.pool.release(lease, ok=False)
    assert {row.status for row in bench.rows()} == {"active"}
    assert {row.failures for row in bench.rows()} == {0}
    assert {(await bench.pool.lease(demand)).credential_id for _ in range(8)} == {free.id}
    bench.clock.advance(5.0)
    assert {(await bench.pool.lease(demand)).credential_id for _ in range(8)} >= {each.id for each in behind}


async def test_a_pool_behind_one_dead_proxy_says_so_without_naming_it(bench: Bench, demand: Demand) -> None:
    await bench.add("xai-behind", proxy=PROXY)
    lease = await bench.pool.lease(demand)
    bench.pool.report(lease, DOWN, request_id="r1")
    bench.pool.release(lease, ok=False)
    with pytest.raises(NoCredential, match="proxies") as caught:
        await bench.pool.lease(demand)
    assert caught.value.retry_after == 5.0
    assert "canary" not in f"{caught.value} {caught.value.__notes__} {bench.rows()}"


async def test_an_answer_through_a_proxy_ends_its_rest_at_once(bench: Bench, demand: Demand) -> None:
    record = await bench.add("xai-behind", proxy=PROXY)
    lucky, unlucky = await bench.pool.lease(demand), await bench.pool.lease(demand)
    bench.pool.report(unlucky, DOWN, request_id="r1")
    with pytest.raises(NoCredential):
        await bench.pool.lease(demand)
    bench.pool.answered(lucky)
    assert (await bench.pool.lease(demand)).credential_id == record.id


async def test_the_proxy_that_failed_is_blamed_and_not_the_one_in_its_place(
    bench: Bench, demand: Demand
) -> None:
    record = await bench.add("xai-moved", proxy=PROXY)
    lease = await bench.pool.lease(demand)
    await bench.records.credentials.change(record.id, {"proxy": ""})
    await bench.view.refresh(bench.records)
    bench.pool.report(lease, DOWN, request_id="r1")
    bench.pool.release(lease, ok=False)
    assert set(bench.pool.proxies.resting) == {PROXY}
    assert (await bench.pool.lease(demand)).proxy is None
