"""How credentials fare and stand to a demand, for people: always with a reason, never with a secret."""

from __future__ import annotations

from typing import Any

import pytest

from grok2api.canonical.fault import Fault, FaultKind, FaultScope
from grok2api.canonical.plan import Demand, PoolScope
from grok2api.errors import NoCredential
from grok2api.pool.status import CandidateStatus, candidates, status_of_one
from support.faults import make_fault
from support.pool_bench import Bench

PROXY = "http://user:canary-password@proxy.test:3128"


async def refuse(bench: Bench, demand: Demand, fault: Fault) -> None:
    """Lease, fail and give back."""
    lease = await bench.pool.lease(demand)
    bench.pool.report(lease, fault, request_id=fault.kind.value)
    bench.pool.release(lease, ok=False)


def only(bench: Bench, demand: Demand) -> CandidateStatus:
    (row,) = candidates(bench.pool, bench.clock, demand)
    return row


FAULTS = [
    (
        make_fault(FaultKind.RATE_LIMIT, scope=FaultScope.ACCOUNT_MODEL),
        "rate limited",
        2.0,
        "rate limit of grok-4.3",
    ),
    (make_fault(FaultKind.ACCESS_DENIED), "not allowed", 3600.0, "xAI does not allow it grok-4.3"),
    (make_fault(FaultKind.MODEL_MISSING), "not allowed", 300.0, "xAI has no grok-4.3 for it"),
    (
        make_fault(FaultKind.SURFACE_DENIED),
        "not allowed",
        3600.0,
        "xAI does not allow it the responses surface",
    ),
    (make_fault(FaultKind.NO_CREDIT, scope=FaultScope.ACCOUNT), "exhausted", 3600.0, "out of credit at xAI"),
    (make_fault(FaultKind.BLOCKED), "blocked", None, "xAI blocked this key, its team or its user"),
    (make_fault(FaultKind.UNREADABLE, upstream_status=403), "cooling", 5.0, "an unclear answer (HTTP 403)"),
    (make_fault(FaultKind.PROXY_DOWN, scope=FaultScope.PROXY), "proxy down", 5.0, ""),
]


@pytest.mark.parametrize(("fault", "rule", "seconds", "reason"), FAULTS, ids=lambda each: str(each)[:20])
async def test_every_obstacle_is_told_with_its_end_and_its_reason(
    bench: Bench, demand: Demand, fault: Fault, rule: str, seconds: float | None, reason: str
) -> None:
    await bench.add("xai-1", proxy=PROXY)
    await refuse(bench, demand, fault)
    row = only(bench, demand)
    assert (row.rule, row.seconds, row.reason) == (rule, seconds, reason)
    assert "canary" not in repr(row)


async def test_the_reason_is_that_of_the_rule_which_is_told(bench: Bench, demand: Demand) -> None:
    """A key that may not use the model and rests as well is told to rest, for the reason of its rest."""
    await bench.add("xai-1")
    first, second = await bench.pool.lease(demand), await bench.pool.lease(demand)
    bench.pool.report(first, make_fault(FaultKind.ACCESS_DENIED), request_id="r1")
    bench.pool.report(second, make_fault(FaultKind.NO_CREDIT, scope=FaultScope.ACCOUNT), request_id="r2")
    row = only(bench, demand)
    assert (row.rule, row.reason) == ("exhausted", "out of credit at xAI")
    bench.clock.advance(3600.0)
    assert only(bench, Demand("grok-4.7")).reason == ""


UNFIT: list[tuple[dict[str, Any], Demand, str]] = [
    ({"enabled": False}, Demand("grok-4.3"), "disabled"),
    ({"secret": "v1:of:another:server"}, Demand("grok-4.3"), "secret does not open"),
    ({"tier": "basic"}, Demand("grok-4.3", "super"), "tier"),
    ({"models": ("grok-3",)}, Demand("grok-4.3"), "model not among its own"),
    ({"acls": ("api-key:model:grok-3",)}, Demand("grok-4.3"), "model not in xAI's access list"),
    ({}, Demand("grok-4.3", account_pin=b"nobodys"), "another account"),
    ({"status": "blocked", "reason": "by xAI"}, Demand("grok-4.3"), "blocked"),
]


@pytest.mark.parametrize(("traits", "demand", "rule"), UNFIT)
async def test_who_may_not_serve_at_all_is_told_why(
    bench: Bench, traits: dict[str, Any], demand: Demand, rule: str
) -> None:
    await bench.add("xai-1", **traits)
    assert only(bench, demand).rule == rule


SCOPES = [
    (PoolScope(), {"a", "b", "basic"}),
    (PoolScope(tags=frozenset({"team-a"})), {"a"}),
    (PoolScope(tags=frozenset({"team-a", "team-b"})), {"a", "b"}),
    (PoolScope(tags=frozenset({"nobodys"})), set[str]()),
    (PoolScope(tags=frozenset()), set[str]()),
    (PoolScope(tier="basic"), {"basic"}),
    (PoolScope(tags=frozenset({"team-a"}), tier="basic"), set[str]()),
]


@pytest.mark.parametrize(("scope", "may"), SCOPES)
async def test_the_scope_of_a_client_key_fails_closed(bench: Bench, scope: PoolScope, may: set[str]) -> None:
    """A key that is bound to tags nobody has serves nobody, and never the rest of the pool."""
    names = {
        (await bench.add("xai-a", tags=("team-a",))).id: "a",
        (await bench.add("xai-b", tags=("team-b", "x"))).id: "b",
        (await bench.add("xai-basic", tier="basic")).id: "basic",
    }
    demand = Demand("grok-4.3", scope=scope)
    rows = candidates(bench.pool, bench.clock, demand)
    assert {names[row.id] for row in rows if not row.rule} == may
    assert bench.pool.may_serve(demand) is bool(may)
    served = set[str]()
    for _ in range(9 if may else 0):
        served.add(names[(await bench.pool.lease(demand)).credential_id])
    assert served == may
    if not may:
        with pytest.raises(NoCredential):
            await bench.pool.lease(demand)


async def test_a_pin_does_not_widen_a_scope(bench: Bench) -> None:
    record = await bench.add("xai-a", tags=("team-a",))
    pin = bench.pool.roster.members[record.id].account_hashes[0]
    scope = PoolScope(tags=frozenset({"team-b"}))
    with pytest.raises(NoCredential):
        await bench.pool.lease(Demand("grok-4.3", account_pin=pin, scope=scope))


async def test_those_who_could_serve_come_first_by_priority_and_load(bench: Bench, demand: Demand) -> None:
    low = await bench.add("xai-low")
    busy = await bench.add("xai-busy", priority=5)
    idle = await bench.add("xai-idle", priority=5)
    off = await bench.add("xai-off", priority=9, enabled=False)
    leased = await bench.pool.lease(demand, exclude=[idle.id])
    assert leased.credential_id == busy.id
    rows = candidates(bench.pool, bench.clock, demand)
    assert [row.id for row in rows] == [idle.id, busy.id, low.id, off.id]


async def test_looking_changes_nothing(bench: Bench, demand: Demand) -> None:
    for number in range(4):
        await bench.add(f"xai-{number}")
    await refuse(bench, demand, make_fault(FaultKind.NO_CREDIT, scope=FaultScope.ACCOUNT))
    before = (bench.rows(), bench.pool.verdict(demand), list(bench.wanted))
    for _ in range(5):
        candidates(bench.pool, bench.clock, demand)
    assert (bench.rows(), bench.pool.verdict(demand), bench.wanted) == before


async def test_one_is_found_by_its_id(bench: Bench, demand: Demand) -> None:
    record = await bench.add("xai-1")
    assert status_of_one(bench.pool, bench.clock, record.id) == bench.rows()[0]
    assert status_of_one(bench.pool, bench.clock, "cred_nobody") is None
