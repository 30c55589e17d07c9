"""Why this credential: what is told of a request long after it, and what is never told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grok2api.accounting.traces import written_trace
from grok2api.canonical.fault import FaultKind, FaultScope
from grok2api.canonical.plan import Demand, PoolScope
from grok2api.canonical.trace import AttemptTrace, Candidate, Decision, RequestTrace
from grok2api.kit.secretbox import KeyRing, SecretBox
from grok2api.operations.explaining import explain, stored_pool
from grok2api.storage.records import TraceRecord
from support.faults import make_fault
from support.pool_bench import Bench
from support.usage_rows import completed

CANARY = "canary-f81d"
PROXY = f"http://u:{CANARY}@proxy.test:1"


@pytest.fixture
def bench() -> Bench:
    return Bench(SecretBox(KeyRing("a secret key of more than thirty-two characters")))


async def remember(
    bench: Bench, request_id: str, demand: Demand | None, *, traced: bool = True, status: int = 200
) -> None:
    """Keep a request as the ledger would."""
    row = completed(
        request_id=request_id,
        started_at=bench.clock.now(),
        status=status,
        upstream_model="grok-4.7",
        input_tokens=1_300,
        cached_tokens=1_000,
        output_tokens=40,
        usage_source="upstream",
        cost_ticks=13_400_000,
        saved_ticks=15_000_000,
        total_ms=5.0,
    )
    decided = Decision(
        "least_busy", 2, {"cooling": 1}, (Candidate("cred_1", 0, 0, 1, None),), 1, "cred_1", "turn"
    )
    content = written_trace(RequestTrace(demand, [AttemptTrace(decided, 0.001)]))
    trace = TraceRecord(request_id=request_id, started_at=row.started_at, content=content)
    await bench.records.usage.append([row], [trace] if traced else [])


async def told(bench: Bench, request_id: str = "req_1") -> dict[str, Any]:
    found = await explain(bench.records, bench.pool, bench.clock, request_id)
    assert found is not None
    return found


async def test_a_request_is_told_with_what_was_decided_and_how_all_stand_now(bench: Bench) -> None:
    ready = await bench.add("xai-1")
    tired = await bench.add("xai-2")
    demand = Demand("grok-4.3")
    await remember(bench, "req_1", demand)
    lease = await bench.pool.lease(demand, exclude=[ready.id])
    fault = make_fault(FaultKind.NO_CREDIT, scope=FaultScope.ACCOUNT, detail="no more")
    bench.pool.report(lease, fault, request_id="r2")
    found = await told(bench)
    assert found["request"]["model"] == "grok-4"
    assert found["decisions"][0]["removed"] == {"cooling": 1}
    rows = found["now"]["credentials"]
    assert [(row["id"], row["rule"]) for row in rows] == [(ready.id, ""), (tired.id, "exhausted")]
    assert (rows[1]["reason"], rows[1]["seconds"]) == ("out of credit at xAI: no more", 3600.0)
    assert json.loads(json.dumps(found)) == found


async def test_what_a_request_used_and_what_the_cache_saved_is_told(bench: Bench) -> None:
    await remember(bench, "req_1", None)
    request = (await told(bench))["request"]
    assert (request["input_tokens"], request["cached_tokens"], request["output_tokens"]) == (1_300, 1_000, 40)
    assert request["cost_in_usd_ticks"] == 13_400_000
    assert request["cache_savings_in_usd_ticks"] == 15_000_000


async def test_the_list_is_whole_however_large_the_pool(bench: Bench) -> None:
    for number in range(60):
        await bench.add(f"xai-{number}")
    await remember(bench, "req_1", Demand("grok-4.3"))
    assert len((await told(bench))["now"]["credentials"]) == 60


async def test_the_scope_of_the_key_that_asked_counts(bench: Bench) -> None:
    theirs = await bench.add("xai-1", tags=("team-a",))
    others = await bench.add("xai-2")
    await remember(bench, "req_1", Demand("grok-4.3", scope=PoolScope(tags=frozenset({"team-a"}))))
    rows = {row["id"]: row["rule"] for row in (await told(bench))["now"]["credentials"]}
    assert rows == {theirs.id: "", others.id: "tags"}


async def test_nothing_is_told_of_a_request_that_nobody_knows(bench: Bench) -> None:
    assert await explain(bench.records, bench.pool, bench.clock, "req_none") is None


async def test_a_request_whose_trace_is_forgotten_is_told_without_a_list(bench: Bench) -> None:
    await remember(bench, "req_1", None, traced=False, status=401)
    found = await told(bench)
    assert (found["request"]["status"], found["demand"], found["decisions"], found["now"]) == (
        401,
        None,
        [],
        None,
    )


async def test_a_trace_of_another_version_is_shown_as_it_is(bench: Bench) -> None:
    await remember(bench, "req_1", Demand("grok-4.3"), traced=False)
    content = json.dumps({"demand": {"upstream_id": "grok-9", "surface": "telepathy"}, "future": True})
    trace = TraceRecord(request_id="req_1", started_at=bench.clock.now(), content=content)
    await bench.records.usage.append([], [trace])
    found = await told(bench)
    assert (found["demand"]["surface"], found["decisions"], found["now"]) == ("telepathy", [], None)


async def test_no_secret_is_told(bench: Bench) -> None:
    await bench.add(f"xai-{CANARY}", proxy=PROXY)
    demand = Demand("grok-4.3", account_pin=CANARY.encode(), affinity=CANARY)
    await remember(bench, "req_1", demand)
    text = json.dumps(await told(bench))
    assert CANARY not in text
    assert '"pinned": true' in text


async def test_from_outside_a_server_the_store_tells(bench: Bench) -> None:
    ready = await bench.add("xai-1")
    await bench.add("xai-2", status="blocked", reason="xAI blocked this key, its team or its user")
    await bench.add("xai-3", enabled=False)
    await remember(bench, "req_1", Demand("grok-4.3"))
    pool = await stored_pool(
        bench.records, bench.box, bench.clock, base_url="https://api.x.ai/v1", sign_ins=False
    )
    found = await explain(bench.records, pool, bench.clock, "req_1")
    assert found is not None
    now: Any = found["now"]
    assert [row["rule"] for row in now["credentials"]][:1] == [""]
    assert {row["rule"] for row in now["credentials"]} == {"", "blocked", "disabled"}
    assert now["credentials"][0]["id"] == ready.id
