"""How long upstream's faults are felt, and how much load they make: the pool's promises in milliseconds.

F1, F4 and F27 of the reliability promises. The bounds are those of the promises, with what a loaded machine
of two cores adds where milliseconds are promised; the figures that count are the ones printed.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from support.load import Outcome
from support.measured import measured, share_below
from support.observing import eventually
from support.pool_faults import SURFACE, Drill, asks, drilling, fail_some_calls, forget_orders
from support.processes import Sandbox

POOL = tuple(f"long{number}" for number in range(20))
STORM = {"GROK__RETRY_BUDGET": "0.2", "GROK__RETRY_BACKOFF_BASE": "0.5"}
REQUESTS = 3000
RECOVERY = 35.0
"""Seconds, as promised."""
SLACK = 2.0
"""What milliseconds may be multiplied by on a machine that does other things as well."""


def timed(drill: Drill, text: str) -> tuple[int, float]:
    """Send one request; return its status and its milliseconds."""
    begun = time.perf_counter()
    status = drill.ask(text).status
    return status, (time.perf_counter() - begun) * 1000


def successes(outcomes: list[Outcome]) -> float:
    """Return the share of whole answers."""
    return sum(outcome.whole for outcome in outcomes) / len(outcomes)


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("sick", "well"), [(6, 14), (2, 5), (1, 3)])
def test_three_in_ten_credentials_fail_for_long(
    sandbox: Sandbox, tmp_path: Path, sick: int, well: int
) -> None:
    forget_orders(sandbox)
    with drilling(tmp_path, sandbox, **STORM) as drill:
        drill.fill(POOL[: sick + well])
        for place, name in enumerate(POOL[:sick]):
            status = (500, 502, 503, 529)[place % 4]
            sandbox.scenario("status", status=status, match=SURFACE | {"key": name})
        outcomes = drill.load(asks("sick", REQUESTS), at_once=32)
        calls = len(sandbox.calls()) / REQUESTS
    measured(
        "sick credentials",
        sick=sick,
        well=well,
        requests=REQUESTS,
        success=successes(outcomes),
        calls_per_request=calls,
    )
    assert successes(outcomes) >= 0.995
    assert calls <= 1.2


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_three_in_ten_calls_fail_for_long(sandbox: Sandbox, tmp_path: Path) -> None:
    forget_orders(sandbox)
    with drilling(tmp_path, sandbox, **STORM) as drill:
        drill.fill(POOL)
        fail_some_calls(sandbox, share=0.3, calls=2400, seed=11)
        outcomes = drill.load(asks("some", 1800), at_once=16)
        calls = len(sandbox.calls()) / 1800
        usable = drill.statuses()["active"]
    told = {outcome.status for outcome in outcomes}
    measured("failing calls", success=successes(outcomes), calls_per_request=calls, usable=usable)
    assert told <= {200, 502, 503}
    assert all(outcome.whole for outcome in outcomes if outcome.status == 200)
    assert calls <= 1.2


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_an_outage_is_told_fast_and_over_soon(sandbox: Sandbox, tmp_path: Path) -> None:
    forget_orders(sandbox)
    with drilling(tmp_path, sandbox, **STORM) as drill:
        drill.fill(POOL)
        sandbox.scenario("status", status=503, match=SURFACE)
        outcomes = drill.load(asks("down", REQUESTS), at_once=32)
        amplification = len(sandbox.calls()) / REQUESTS
        refusals = [took for status, took in (timed(drill, f"{n}") for n in range(200)) if status == 503]
        begun = time.perf_counter()
        sandbox.clear()
        eventually(lambda: drill.ask().status == 200, "recovery", tries=3000)
        recovery = time.perf_counter() - begun
        eventually(lambda: drill.statuses()["active"] == len(POOL), "the whole pool", tries=6000)
        whole_pool = time.perf_counter() - begun
        after = drill.load(asks("well", 300), at_once=16)
    measured(
        "outage",
        requests=REQUESTS,
        amplification=amplification,
        refusal_median_ms=share_below(refusals, 0.5),
        refusal_p95_ms=share_below(refusals, 0.95),
        first_answer_s=recovery,
        whole_pool_s=whole_pool,
        success_after=successes(after),
    )
    assert {outcome.status for outcome in outcomes} <= {502, 503}
    assert amplification <= 1.1
    assert recovery <= RECOVERY
    assert whole_pool <= 2 * RECOVERY
    assert successes(after) == 1.0


@pytest.mark.chaos
def test_a_refused_credential_costs_one_round_trip(sandbox: Sandbox, tmp_path: Path) -> None:
    forget_orders(sandbox)
    extra = []
    with drilling(tmp_path, sandbox) as drill:
        for turn in range(20):
            drill.fill([f"first{turn}", f"second{turn}"])
            plain = share_below([timed(drill, f"question {n}")[1] for n in range(9)], 0.5)
            word = "abcdefghijklmnopqrst"[turn]
            sandbox.scenario("status", status=401, body=f"odd {word}", match=SURFACE, times=1)
            status, took = timed(drill, "the refused one")
            assert status == 200
            extra.append(took - 2 * plain)
    slow = share_below(extra, 0.95)
    measured(
        "a refused credential",
        turns=len(extra),
        median_ms_beyond_one_more_call=share_below(extra, 0.5),
        p95_ms=slow,
    )
    assert slow <= 50 * SLACK


@pytest.mark.chaos
def test_a_pool_without_anybody_says_so_at_once(sandbox: Sandbox, tmp_path: Path) -> None:
    forget_orders(sandbox)
    with drilling(tmp_path, sandbox) as drill:
        empty = [timed(drill, f"question {number}") for number in range(200)]
        drill.fill(POOL, lambda _: {"enabled": False})
        dead = [timed(drill, f"question {number}") for number in range(200)]
    assert {status for status, _ in empty + dead} == {503}
    slow = {what: share_below([took for _, took in told], 0.95) for what, told in (("e", empty), ("d", dead))}
    measured("nobody there", empty_p95_ms=slow["e"], dead_p95_ms=slow["d"])
    assert max(slow.values()) <= 20 * SLACK
