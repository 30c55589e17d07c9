"""What runs on four workers is seen by whichever is asked, and ends when an operator says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from support.observing import Caller, eventually, ledger_of
from support.operator import SIGNED, Operator
from support.processes import Gateway, Sandbox

COUNTING = "count to 3000"
CODE = "cancelled_by_operator"


@pytest.fixture
def fleet(sandbox: Sandbox, tmp_path: Path) -> Iterator[Gateway]:
    environment = SIGNED | {"SERVER_WORKERS": "4", "GROK2API_LEDGER__FLUSH_MS": "10"}
    keys = ("xai-sandbox-one", "xai-sandbox-two")
    gateway = Gateway.start(tmp_path, upstream=sandbox.base_url, keys=keys, environment=environment)
    sandbox.scenario("trickle", delay=0.05)
    yield gateway
    gateway.stop()


def running(operator: Operator, count: int) -> list[dict[str, Any]]:
    """Return what runs once so many requests are seen to answer."""

    def look() -> list[dict[str, Any]] | None:
        rows: list[dict[str, Any]] = operator.get("/requests/live")["data"]
        return rows if sum(row["attempts"] > 0 for row in rows) == count else None

    found: list[dict[str, Any]] = eventually(look, f"{count} running requests", tries=100)
    return found


def test_each_running_request_is_seen_and_can_be_ended(fleet: Gateway, sandbox: Sandbox) -> None:
    chat = {"model": "grok-3", "messages": [{"role": "user", "content": COUNTING}]}
    streams = [
        ("/chat/completions", chat | {"stream": True}),
        ("/responses", {"model": "grok-3", "input": COUNTING, "stream": True}),
        ("/messages", chat | {"stream": True, "max_tokens": 9_000}),
    ]
    whole: list[tuple[int, dict[str, str], bytes]] = []
    operator = Operator(fleet)
    with ExitStack() as stack:
        callers = [stack.enter_context(Caller(fleet, path, body)) for path, body in streams * 2]
        for caller in callers:
            caller.read_until(b"delta")
        sandbox.clear()
        sandbox.scenario("hang", delay=100)
        asking = Thread(target=lambda: whole.append(fleet.post("/chat/completions", chat)))
        asking.start()
        rows = running(operator, 7)
        assert {row["operation"] for row in rows} == {"chat", "responses", "messages"}
        assert all(row["key_id"] and row["credential_id"] and row["worker"] for row in rows)
        assert all(row["model"] == "grok-3" and row["upstream_model"] for row in rows)
        ages = [row["age_ms"] for row in rows]
        assert ages == sorted(ages, reverse=True)
        assert sum(row["state"] == "answering" for row in rows) == 6
        assert COUNTING not in json.dumps(rows)
        for row in rows:
            assert operator.send("POST", f"/requests/live/{row['id']}/cancel")[0] == 202
        ends = [caller.answer.read() for caller in callers]
        asking.join()
    for (path, _), end in zip(streams * 2, ends, strict=True):
        assert b"An operator ended this request" in end, path
        assert b"[DONE]" not in end or path == "/responses", "it does not look like a success"
    status, headers, body = whole[0]
    assert (status, json.loads(body)["error"]["code"]) == (403, CODE)
    assert headers["x-should-retry"] == "false"
    kept = ledger_of(fleet.directory, 7)
    assert [row["end"] for row in kept] == [CODE] * 7
    assert eventually(lambda: operator.get("/requests/live")["data"] == [], "nothing running")
    listed = operator.get(f"/requests?end={CODE}")["data"]
    assert {row["id"] for row in listed} == {row["request_id"] for row in kept}


def test_a_background_response_is_ended_too(fleet: Gateway) -> None:
    body = {"model": "grok-3", "input": COUNTING, "background": True}
    status, _, answer = fleet.post("/responses", body)
    assert status == 200, answer
    identifier = json.loads(answer)["id"]
    operator = Operator(fleet)
    (row,) = running(operator, 1)
    assert operator.send("POST", f"/requests/live/{row['id']}/cancel")[0] == 202

    def ended() -> dict[str, Any] | None:
        told: dict[str, Any] = json.loads(fleet.get(f"/responses/{identifier}")[2])
        return told if told["status"] != "in_progress" else None

    told = eventually(ended, "the response's end")
    assert told["status"] == "failed"
    assert "An operator ended this request" in told["error"]["message"]
    (kept,) = ledger_of(fleet.directory, 1)
    assert kept["end"] == CODE


def test_what_does_not_run_cannot_be_ended(fleet: Gateway) -> None:
    assert Operator(fleet).send("POST", "/requests/live/req_none/cancel")[0] == 404
