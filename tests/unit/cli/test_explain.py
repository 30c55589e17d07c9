"""`explain` tells from the store why a request got its credential."""

from __future__ import annotations

import asyncio

from grok2api.accounting.traces import written_trace
from grok2api.canonical.plan import Demand
from grok2api.canonical.trace import AttemptTrace, Candidate, Decision, RequestTrace
from grok2api.storage.open import open_records
from grok2api.storage.records import TraceRecord
from support.command_line import CommandLine
from support.usage_rows import completed

ROW = completed(
    request_id="mine#0a1b",
    attempts=1,
    total_ms=12.0,
    upstream_model="grok-4.7",
    input_tokens=1_300,
    cached_tokens=1_024,
    output_tokens=40,
    usage_source="upstream",
    cost_ticks=13_040_000,
    saved_ticks=15_360_000,
)


def keep(run: CommandLine, credential_id: str) -> None:
    """Store a request and its trace, as a server would."""
    decision = Decision(
        strategy="least_busy",
        members=2,
        removed={"tier": 1},
        considered=(Candidate(credential_id, 0, 0, 1, None),),
        looked_at=1,
        chosen=credential_id,
        because="turn",
    )
    attempt = AttemptTrace(decision, 0.001, model="grok-4.7", surface="responses", sent=0.002)
    trace = RequestTrace(demand=Demand("grok-4.7"), attempts=[attempt])
    kept = TraceRecord(request_id=ROW.request_id, started_at=ROW.started_at, content=written_trace(trace))

    async def store() -> None:
        records = await open_records("local", "", run.data)
        await records.usage.append([ROW], [kept])
        await records.close()

    asyncio.run(store())


def test_a_request_is_explained_by_the_id_that_its_client_chose(run: CommandLine) -> None:
    credential_id = run.add()
    keep(run, credential_id)
    told = run.json("explain", "mine")
    assert told["decisions"][0]["chosen"] == credential_id
    assert [row["id"] for row in told["now"]["credentials"]] == [credential_id]
    text = run("explain", "mine").stdout
    assert "(turn)" in text
    assert "1 tier" in text
    assert "used      1,300 input tokens, 40 output tokens, $0.001304\n" in text
    assert "cache     1,024 of 1,300 input tokens came from the cache: saved $0.001536\n" in text


def test_an_unknown_request_is_told(run: CommandLine) -> None:
    assert "x-request-id" in run.error("explain", "nobody-sent-this")
