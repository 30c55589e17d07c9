"""A wall clock that jumps: F22 of the promises. Upstream's clock, an hour before or behind ours, and our own.

The machine's own clock cannot be set here, so our side is shown on a clock moved by hand; upstream's is
moved in the sandbox, which is the same step seen from the other end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.canonical.fault import FaultKind
from grok2api.canonical.plan import Demand
from grok2api.errors import PoolError
from grok2api.kit.secretbox import KeyRing, SecretBox
from grok2api.pool.health import CooldownRules, restrict
from grok2api.upstream.xai.faults import classify_response
from support.faults import make_fault
from support.observing import eventually
from support.pool_bench import Bench
from support.pool_faults import SURFACE, Drill, drilling, forget_orders
from support.processes import Sandbox, request

HOUR = 3600.0
STEPS = pytest.mark.parametrize("step", [HOUR, -HOUR, 86_400.0, -86_400.0])


@pytest.fixture
def bench() -> Bench:
    return Bench(SecretBox(KeyRing("a secret key of more than thirty-two characters")))


async def _rest(bench: Bench, kind: FaultKind, seconds: float | None = None) -> str:
    """Let the only credential fail so that it rests; return its id."""
    record = await bench.add("xai-clock")
    lease = await bench.pool.lease(Demand("grok-4.3"))
    bench.pool.report(lease, make_fault(kind, retry_after=seconds, upstream_status=429), request_id="r1")
    bench.pool.release(lease, ok=False)
    await bench.writer.flush()
    return record.id


async def _serves(bench: Bench) -> bool:
    """Tell whether the pool would serve now."""
    try:
        lease = await bench.pool.lease(Demand("grok-4.3"))
    except PoolError:
        return False
    bench.pool.release(lease, ok=True)
    return True


@STEPS
async def test_a_step_of_our_clock_changes_no_rest(bench: Bench, step: float) -> None:
    await _rest(bench, FaultKind.RATE_LIMIT, 600)
    bench.clock.wall += step
    await bench.view.refresh(bench.records)
    bench.clock.advance(599)
    assert not await _serves(bench)
    bench.clock.advance(2)
    assert await _serves(bench)


@STEPS
async def test_an_allowance_comes_back_once_whatever_the_clock_does(bench: Bench, step: float) -> None:
    await _rest(bench, FaultKind.NO_CREDIT)
    bench.clock.wall += step
    await bench.view.refresh(bench.records)
    bench.clock.advance(3599)
    assert not await _serves(bench), "not before its time"
    bench.clock.advance(2)
    assert await _serves(bench)
    bench.clock.wall -= step
    await bench.view.refresh(bench.records)
    assert await _serves(bench), "and it is not taken away again"


@STEPS
async def test_a_process_that_starts_after_a_step_lets_nobody_rest_beyond_the_cap(
    bench: Bench, step: float
) -> None:
    await _rest(bench, FaultKind.NO_CREDIT)
    bench.clock.wall += step
    later = Bench(bench.box, records=bench.records, clock=bench.clock)
    await later.view.refresh(later.records)
    longest = max(CooldownRules().no_credit, CooldownRules().quota_cap)
    bench.clock.advance(longest + 1)
    assert await _serves(later)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40), st.floats(-1e12, 1e12))
def test_no_retry_after_makes_anybody_rest_beyond_the_cap(value: str, now: float) -> None:
    rules = CooldownRules()
    for name in ("retry-after", "retry-after-ms"):
        for header in (value, formatdate(max(0.0, now), usegmt=True) if 0 <= now < 2e11 else value):
            fault = classify_response(429, b"", {name: header}, 1_795_000_000.0)
            bar = restrict(fault, 0.0, rules, model="grok-4.3", surface="responses")
            assert bar is not None
            assert 0 <= bar.until <= rules.retry_after_cap


@pytest.fixture(scope="module")
def shared_drill(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    issuer = shared_sandbox.base_url.removesuffix("/v1")
    with drilling(
        tmp_path_factory.mktemp("clock"),
        shared_sandbox,
        OAUTH__ENABLED="true",
        OAUTH__ISSUER=issuer,
        PERFORMANCE__QUEUE_WAIT="10",
    ) as drill:
        yield drill
    forget_orders(shared_sandbox)


@pytest.mark.parametrize("offset", [HOUR, -HOUR])
def test_a_date_of_an_upstream_whose_clock_is_wrong_stays_within_the_cap(
    shared_drill: Drill, offset: float
) -> None:
    drill, name = shared_drill, f"date{offset:+.0f}".replace("+", "p").replace("-", "m")
    forget_orders(drill.sandbox)
    drill.fill([name])
    date = formatdate(1_795_000_000 + offset if offset < 0 else 4_000_000_000, usegmt=True)
    drill.sandbox.scenario("status", status=429, retry_after=date, match=SURFACE, times=1)
    answer = drill.ask()
    if offset < 0:
        eventually(lambda: drill.ask().status == 200, "a date that is over")
        return
    assert answer.status == 429
    rows = drill.explain(answer)["now"]["credentials"]
    assert 0 < rows[0]["seconds"] <= 900


@pytest.mark.parametrize("offset", [HOUR, -HOUR])
def test_a_sign_in_serves_though_the_clocks_differ_by_an_hour(
    sandbox: Sandbox, tmp_path: Path, shared_drill: Drill, offset: float
) -> None:
    """The token ends, by upstream's clock, before or after we think so; a refusal is one refresh, no more."""
    del tmp_path
    drill, account = shared_drill, f"clock{abs(offset):.0f}{'p' if offset > 0 else 'm'}"
    forget_orders(sandbox)
    control = sandbox.control_url
    drill.fill(())
    status, _, content = request(
        "POST", control + "/oauth/issue", {"account": account, "expires_in": 1800, "tier": "supergrok"}
    )
    assert status == 200, content
    told = json.loads(content)
    tokens = {"name": account, "access_token": told["access_token"], "refresh_token": told["refresh_token"]}
    drill.admin("POST", "/credentials/import", {"content": json.dumps([tokens]), "format": "json"})
    eventually(lambda: account in drill.live(), "the sign-in")
    request("POST", control + "/clock", {"set_wall_offset": offset})
    try:
        assert [drill.ask(f"question {number}").status for number in range(4)] == [200] * 4
        refreshes = [call for call in sandbox.calls("/oauth2/token") if call["account"] == account]
        assert len(refreshes) == (1 if offset > 0 else 0)
        assert drill.live()[account] == "active"
    finally:
        request("POST", control + "/clock", {"set_wall_offset": 0})
