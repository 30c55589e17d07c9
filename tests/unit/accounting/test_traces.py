"""How a request came to its credentials, kept as text: it reads back, and gives nothing away."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.accounting.ledger import Ledger
from grok2api.accounting.pricing import load
from grok2api.accounting.settlement import Settlement
from grok2api.accounting.traces import demand_in, told_trace, written_trace
from grok2api.canonical.dispatch import Lease
from grok2api.canonical.plan import Demand, PoolScope, Target
from grok2api.canonical.trace import AttemptTrace, Candidate, Decision, RequestTrace
from grok2api.kit.clock import ManualClock
from grok2api.upstream.xai.faults import classify_response
from support.memory_records import MemoryRecords

CANARY = "canary-f81d"
LEASE = Lease(
    credential_id="cred_1",
    account_id="acct_1",
    token=f"xai-{CANARY}",
    base_url="https://api.x.ai/v1",
    proxy=f"http://u:{CANARY}@p",
)
DEMANDS = st.builds(
    Demand,
    st.text(max_size=20),
    tier=st.sampled_from([None, "basic", "super"]),
    account_pin=st.none() | st.binary(max_size=8),
    affinity=st.none() | st.text(max_size=20),
    surface=st.sampled_from(["responses", "chat"]),
    scope=st.builds(
        PoolScope,
        tags=st.none() | st.frozensets(st.text(max_size=8), max_size=3),
        tier=st.sampled_from([None, "basic", "super"]),
    ),
)
NUMBERS = st.floats(0, 1e6)
ATTEMPTS = st.builds(
    AttemptTrace,
    st.builds(
        Decision,
        st.sampled_from(["least_busy", "weighted"]),
        st.integers(0, 10_000),
        st.dictionaries(st.sampled_from(["cooling", "tier", "busy"]), st.integers(0, 10_000)),
        st.lists(
            st.builds(
                Candidate,
                st.text(max_size=8),
                st.integers(0, 9),
                st.integers(0, 9),
                st.integers(0, 9),
                st.none() | st.floats(0, 1),
            ),
            max_size=3,
        ).map(tuple),
        st.integers(0, 64),
        waited=NUMBERS,
    ),
    NUMBERS,
    sent=st.none() | NUMBERS,
    ended=st.none() | NUMBERS,
    detail=st.text(max_size=20),
)


@given(st.builds(RequestTrace, DEMANDS, st.lists(ATTEMPTS, max_size=3)))
def test_a_trace_reads_back_all_but_who_asked(trace: RequestTrace) -> None:
    content = told_trace(written_trace(trace))
    asked = trace.demand
    assert asked is not None
    kept = demand_in(content)
    assert kept == Demand(asked.upstream_id, asked.tier, surface=asked.surface, scope=asked.scope)
    attempts = content["attempts"]
    assert isinstance(attempts, list)
    for written, attempt in zip(attempts, trace.attempts, strict=True):
        assert written["removed"] == dict(attempt.decision.removed)
        assert [row["credential_id"] for row in written["considered"]] == [
            each.credential_id for each in attempt.decision.considered
        ]
        assert (written["sent_ms"] is None) is (attempt.sent is None)


@pytest.mark.parametrize(
    "told",
    [
        None,
        7,
        {},
        {"upstream_id": 3},
        {"upstream_id": "grok-4.3", "tier": "diamond"},
        {"upstream_id": "grok-4.3", "surface": "carrier pigeon"},
        {"upstream_id": "grok-4.3", "scope": "all"},
    ],
)
def test_what_another_version_wrote_is_no_demand(told: object) -> None:
    assert demand_in({"demand": told}) is None


@pytest.mark.parametrize(
    "text", ["", "7", "[]", "{}", '{"attempts":[{}]}', '{"attempts":[{"decision":[1]}]}']
)
def test_a_text_that_cannot_be_understood_tells_nothing(text: str) -> None:
    assert told_trace(text) == {"demand": None, "attempts": [], "rescued_after": None}


def test_what_an_earlier_version_did_not_write_is_as_it_was_then() -> None:
    assert demand_in({"demand": {"upstream_id": "grok-4.3", "future": 1}}) == Demand("grok-4.3")


class Books:
    """A ledger, and one request on it."""

    def __init__(self, *, keeps: bool = True) -> None:
        self.records = MemoryRecords()
        self.ledger = Ledger(self.records.usage, flush_seconds=0.0, max_queue=10, traces=lambda: keeps)
        self.clock = ManualClock()

    def settlement(self, request_id: str = "req_1") -> Settlement:
        return Settlement(
            ledger=self.ledger,
            prices=load(),
            clock=self.clock,
            request_id=request_id,
            key_id="key_1",
            operation="chat",
            model="grok-4",
        )

    async def kept(self) -> dict[str, Any] | None:
        await self.ledger.flush()
        trace = await self.records.usage.trace((0.0, "req_1"))
        return None if trace is None else told_trace(trace.content)


DECIDED = Decision(
    "least_busy", 3, {"cooling": 2}, (Candidate("cred_1", 0, 0, 1, None),), 1, "cred_1", "turn"
)


async def test_a_request_with_two_attempts_tells_both() -> None:
    books = Books()
    settlement = books.settlement()
    settlement.demanded(Demand("grok-4.7"))
    settlement.decided(DECIDED)
    settlement.attempt(LEASE, Target("grok-4.7"))
    books.clock.advance(0.5)
    settlement.failed(classify_response(429, b'{"code":"resource-exhausted","error":"slow down"}', {}, 0.0))
    settlement.decided(DECIDED)
    settlement.attempt(LEASE, Target("grok-4.3", surface="chat"))
    settlement.close(end="completed", status=200)
    kept = await books.kept()
    assert kept is not None
    first, second = kept["attempts"]
    assert (first["fault"], first["status"], first["failed_ms"]) == ("rate_limit", 429, 500.0)
    assert (second["model"], second["surface"], second["failed_ms"]) == ("grok-4.3", "chat", None)
    assert second["at_ms"] == 500.0
    assert (first["chosen"], first["because"], first["removed"]) == ("cred_1", "turn", {"cooling": 2})


async def test_a_rescued_request_tells_where_it_was_rebuilt_and_what_was_asked_then() -> None:
    books = Books()
    settlement = books.settlement()
    settlement.demanded(Demand("grok-4.7", account_pin=b"account"))
    settlement.decided(DECIDED)
    settlement.rescued(Demand("grok-4.7"))
    settlement.decided(DECIDED)
    settlement.close(end="completed", status=200)
    kept = await books.kept()
    assert kept is not None
    assert (kept["rescued_after"], len(kept["attempts"]), kept["demand"]["pinned"]) == (1, 2, False)


async def test_a_trace_holds_no_secret_and_nothing_that_tells_whose_conversation_it_was() -> None:
    books = Books()
    settlement = books.settlement()
    demand = Demand("grok-4.7", account_pin=CANARY.encode(), affinity=CANARY)
    settlement.demanded(demand)
    settlement.decided(DECIDED)
    settlement.attempt(LEASE, Target("grok-4.7"))
    said = f"Team 0f3a5b1c-1111-2222-3333-444455556666, key xai-{CANARY}, Bearer {CANARY}, https://u:{CANARY}@x.ai/"
    body = json.dumps({"code": "permission-denied", "error": said}).encode()
    settlement.failed(classify_response(403, body, {}, 0.0))
    settlement.close(end="failed", status=502)
    kept = await books.kept()
    assert kept is not None
    assert kept["demand"]["pinned"] is True
    assert kept["demand"]["conversation"] is True
    written = await books.records.usage.trace((0.0, "req_1"))
    text = json.dumps(kept) + repr(written) + repr(await books.records.usage.get("req_1"))
    assert CANARY not in text
    assert "444455556666" not in text


async def test_what_upstream_quotes_of_a_bad_request_is_not_kept() -> None:
    """xAI's reason for a 400 can hold a piece of the prompt; the client has read it, nobody else shall."""
    books = Books()
    settlement = books.settlement()
    settlement.decided(DECIDED)
    settlement.attempt(LEASE, Target("grok-4.7"))
    said = f'Failed to deserialize the JSON body: messages[3].content: invalid type: string "{CANARY}"'
    settlement.failed(classify_response(400, json.dumps({"error": said}).encode(), {}, 0.0))
    settlement.close(end="failed", status=400)
    kept = await books.kept()
    assert kept is not None
    assert kept["attempts"][0]["fault"] == "invalid_request"
    assert CANARY not in json.dumps(kept)


@pytest.mark.parametrize(("keeps", "decides"), [(False, True), (True, False)])
async def test_no_trace_is_kept_where_none_is_wanted_or_nothing_was_decided(
    keeps: bool, decides: bool
) -> None:
    books = Books(keeps=keeps)
    settlement = books.settlement()
    settlement.demanded(Demand("grok-4.7"))
    if decides:
        settlement.decided(DECIDED)
    settlement.close(end="failed", status=400)
    assert await books.kept() is None
    assert await books.records.usage.get("req_1") is not None
