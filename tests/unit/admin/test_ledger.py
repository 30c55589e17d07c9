"""The request log, usage over time, prices and what runs now, as an operator asks for them."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from grok2api.accounting.running import Seen, Sight
from grok2api.accounting.traces import written_trace
from grok2api.canonical.trace import AttemptTrace, Decision, RequestTrace
from grok2api.storage.records import SettingOverride, TraceRecord, UsageRecord
from support.admin_client import Browser
from support.admin_server import AdminServer
from support.usage_rows import completed

BASE = completed(
    request_id="req_000",
    upstream_model="grok-4.7",
    credential_id="cred_1",
    attempts=1,
    input_tokens=100,
    cached_tokens=40,
    output_tokens=10,
    usage_source="upstream",
    cost_ticks=10_000_000_000,
    cost_source="upstream",
    price_ticks=10_000_000_000,
    saved_ticks=500,
    first_byte_ms=150.0,
    total_ms=700.0,
)
HOUR = 3600


def row(number: int, **fields: object) -> UsageRecord:
    at = BASE.started_at + number
    return replace(BASE, request_id=f"req_{number:03}", started_at=at, **fields)  # type: ignore[arg-type]


async def keep(admin: AdminServer, *rows: UsageRecord) -> None:
    await admin.world.records.usage.append(rows)


async def test_the_log_is_paged_and_narrowed(operator: Browser, admin: AdminServer) -> None:
    rows = [row(n, status=502 if n % 4 == 0 else 200, key_id=f"key_{n % 2}") for n in range(30)]
    await keep(admin, *rows)
    found, cursor = [], ""
    while True:
        page = (await operator.get(f"/requests?limit=7&status=2xx&key=key_1&cursor={cursor}")).json
        found += [each["id"] for each in page["data"]]
        if page["next_cursor"] is None:
            break
        cursor = page["next_cursor"]
    assert found == [each.request_id for each in reversed(rows) if each.key_id == "key_1"]
    one = (await operator.get("/requests?text=req_004&from=2026-11-18T00:00:00Z")).json["data"]
    assert [(each["status"], each["cost_usd"]) for each in one] == [(502, "1.00")]
    assert (await operator.get("/requests?slower_than=701")).json["data"] == []
    assert (await operator.get("/requests?end=cut")).json == {"data": [], "next_cursor": None}


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("status=6xx", "status"),
        ("limit=0", "limit"),
        ("from=yesterday", "from"),
        ("to=1795000000", "to"),
        ("from=17950101", "from"),
        ("from=2026-11-18T02:10:00Z&to=2026-11-18T01:40:00Z", "from"),
        ("from=2026-11-18T01:40:00Z&to=2026-11-18T02:40:00%2B01:00", "from"),
        ("cursor=nonsense", "cursor"),
        ("order=asc", "order"),
        ("end=anyhow", "end"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused_by_name(
    operator: Browser, query: str, param: str
) -> None:
    got = await operator.get(f"/requests?{query}")
    assert (got.status, got.error["param"]) == (400, param)


async def test_a_span_of_minutes_is_paged_without_its_end(operator: Browser, admin: AdminServer) -> None:
    at = 1_794_966_000.0  # 2026-11-18T01:40:00Z
    rows = [replace(row(n), started_at=at + (n // 3 - 2) * 600) for n in range(18)]
    await keep(admin, *rows)
    for span in (
        "from=2026-11-18T01:40:00Z&to=2026-11-18T02:10:00Z",
        "from=2026-11-18T02:40:00%2B01:00&to=2026-11-18T02:10:00",
    ):
        found, cursor = [], ""
        while True:
            page = (await operator.get(f"/requests?{span}&limit=2&cursor={cursor}")).json
            found += [each["started_at"] for each in page["data"]]
            if page["next_cursor"] is None:
                break
            cursor = page["next_cursor"]
        assert found == [f"2026-11-18T{each}:00Z" for each in ("02:00", "01:50", "01:40") for _ in range(3)]
        exported = (await operator.get(f"/requests/export?{span}&format=jsonl")).raw
        assert exported.count(b"\n") == 9
    sums = (await operator.get("/usage?from=2026-11-18T01:40:00Z&to=2026-11-18T02:10:00Z")).json
    assert (sums["start"], sums["end"]) == ("2026-11-18T01:00:00Z", "2026-11-18T03:00:00Z")


@pytest.mark.parametrize("path", ["/usage", "/usage/summary", "/requests/export"])
async def test_a_span_that_ends_before_it_begins_is_refused_by_name(operator: Browser, path: str) -> None:
    got = await operator.get(f"{path}?from=2026-11-18T02:10:00Z&to=2026-11-18T01:40:00Z")
    assert (got.status, got.error["message"]) == (400, "'from' has to lie before 'to'.")
    assert (await operator.get(f"{path}?to=soon")).error["param"] == "to"


async def test_a_request_is_shown_with_what_happened_in_order(operator: Browser, admin: AdminServer) -> None:
    chosen = Decision("least_busy", 2, {}, (), 2, chosen="cred_1", because="turn", waited=0.02)
    first = AttemptTrace(chosen, at=0.03, model="grok-4.7", surface="responses", sent=0.031, ended=0.05)
    first.fault, first.status = "rate_limited", 429
    second = AttemptTrace(chosen._replace(chosen="cred_2", waited=0.0), at=0.06, model="grok-4.7", sent=0.061)
    second.connected = 0.004
    trace = written_trace(RequestTrace(attempts=[first, second]))
    held = row(1, credential_id="cred_2", attempts=2)
    kept = TraceRecord(request_id=held.request_id, started_at=held.started_at, content=trace)
    await admin.world.records.usage.append([held], [kept])
    told = (await operator.get("/requests/req_001")).json
    assert [(each["event"], each["at_ms"]) for each in told["timeline"]] == [
        ("received", 0.0),
        ("queued", 10.0),
        ("chosen", 30.0),
        ("sent", 31.0),
        ("failed", 50.0),
        ("chosen", 60.0),
        ("sent", 61.0),
        ("connected", 65.0),
        ("first_byte", 150.0),
        ("ended", 700.0),
    ]
    failed = told["timeline"][4]
    assert (failed["credential_id"], failed["fault"], failed["status"]) == ("cred_1", "rate_limited", 429)
    got = await operator.get("/requests/req_none")
    assert (got.status, got.error["code"]) == (404, "not_found")


async def test_an_export_holds_every_row_and_no_formula(operator: Browser, admin: AdminServer) -> None:
    rows = [row(n) for n in range(1_203)]
    rows[7] = replace(
        rows[7], model='=HYPERLINK("http://x")', upstream_request_id="@SUM(1)", account_id="a,b"
    )
    await keep(admin, *rows)
    lines = (await operator.get("/requests/export?format=jsonl")).raw.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [each.request_id for each in reversed(rows)]
    got = await operator.get("/requests/export?format=csv&text=req_00")
    assert got.headers["content-type"] == "text/csv; charset=utf-8"
    table = list(csv.DictReader(io.StringIO(got.raw.decode(), newline="")))
    assert len(table) == 10
    told = next(each for each in table if each["id"] == "req_007")
    assert (told["model"], told["upstream_request_id"]) == ('\'=HYPERLINK("http://x")', "'@SUM(1)")
    assert told["account_id"] == "a,b"


async def test_usage_is_parted_and_the_rest_is_joined(operator: Browser, admin: AdminServer) -> None:
    rows = [row(n * 120, credential_id=f"cred_{n % 5}", cost_ticks=(n % 5) * 100) for n in range(100)]
    await keep(admin, *rows)
    span = "from=2026-11-18T00:00:00Z&to=2026-11-20T00:00:00Z"
    told = (await operator.get(f"/usage?{span}&step=day&by=credential&top=2")).json
    assert [(each["name"], each["others"], each["requests"]) for each in told["data"]] == [
        ("cred_3", False, 20),
        ("cred_4", False, 20),
        ("", True, 60),
    ]
    hours = (await operator.get(f"/usage?{span}&by=model")).json["data"]
    assert sum(each["requests"] for each in hours) == 100
    assert {each["name"] for each in hours} == {"grok-4"}
    assert hours[0]["first_byte_ms_p50"] == 150.0
    refused = await operator.get("/usage?from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z")
    assert (refused.status, refused.error["param"]) == (400, "step")


async def test_a_summary_holds_now_against_before_and_tells_of_prices_that_are_off(
    operator: Browser, admin: AdminServer
) -> None:
    now = admin.world.clock.now()
    fresh = [replace(row(n), started_at=now - 60 - n) for n in range(30)]
    fresh = [replace(each, price_ticks=8_000_000_000) for each in fresh]
    fresh[0] = replace(fresh[0], end="failed", status=502)
    old = replace(row(99), started_at=now - 25 * HOUR)
    await keep(admin, *fresh, old)
    told = (await operator.get("/usage/summary")).json
    assert (told["now"]["requests"], told["before"]["requests"]) == (30, 1)
    assert told["now"]["success_rate"] == pytest.approx(29 / 30, abs=1e-4)
    assert told["now"]["cost_usd"] == "30.00"
    assert [(each["model"], each["percent"]) for each in told["drift"]] == [("grok-4.7", 25.0)]


async def test_a_price_is_set_and_taken_away(operator: Browser, admin: AdminServer) -> None:
    body = {
        "input_usd_per_million": "3",
        "cached_usd_per_million": "0.75",
        "output_usd_per_million": "15.0",
    }
    before = {each["model"]: each for each in (await operator.get("/prices")).json["data"]}
    assert (before["grok-4.7"]["source"], before["grok-4.7"]["input_usd_per_million"]) == ("list", "2")
    got = await operator.send("PUT", "/prices/grok-4.7", body)
    assert (got.status, got.json["source"], got.json["output_usd_per_million"]) == (200, "own", "15")
    assert got.json["list"]["output_usd_per_million"] == "6"
    assert (await operator.send("PUT", "/prices/mine", body)).status == 200
    (kept,) = await admin.world.records.settings.list()
    assert (kept.path, json.loads(kept.value)) == (
        "ledger.prices",
        ["grok-4.7 3 0.75 15.0", "mine 3 0.75 15.0"],
    )
    assert (await operator.send("DELETE", "/prices/grok-4.7")).status == 204
    assert (await operator.send("DELETE", "/prices/grok-4.7")).status == 404
    wrong = await operator.send("PUT", "/prices/x", body | {"input_usd_per_million": "1.23456"})
    assert (wrong.status, "four decimal places" in wrong.error["message"]) == (400, True)


async def test_what_runs_is_listed_and_ended(operator: Browser, admin: AdminServer) -> None:
    sight = Sight(
        id="mine#0a1b2c",
        key_id="key_1",
        operation="chat",
        model="grok-4",
        stream=True,
        state="answering",
        age_ms=1_500.0,
        attempts=1,
    )
    admin.world.running = [Seen(sight, "worker_2", 0.5)]
    (told,) = (await operator.get("/requests/live")).json["data"]
    assert (told["request_id"], told["worker"], told["age_ms"]) == ("mine", "worker_2", 2_000.0)
    assert (await operator.send("POST", "/requests/live/mine%230a1b2c/cancel")).status == 202
    assert (await operator.send("POST", "/requests/live/req_none/cancel")).status == 404
    assert admin.world.cancelled == ["mine#0a1b2c", "req_none"]


async def test_ids_have_the_names_of_now(operator: Browser, admin: AdminServer) -> None:
    await admin.world.records.settings.put(SettingOverride(path="x", value="1", updated_at=1.0))
    await keep(admin, row(1))
    (told,) = (await operator.get("/requests")).json["data"]
    assert (told["key_name"], told["credential_name"]) == (None, None)
