"""The ledger: one row per request, however it ended, with upstream's own figures."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from support.observing import Caller, eventually, ledger, ledger_of
from support.processes import CLIENT_KEY, Gateway, Sandbox

CHAT, RESPONSES = "/chat/completions", "/responses"
KEYS = ("xai-sandbox-one", "xai-sandbox-two")
AT_ONCE = {"GROK2API_LEDGER__FLUSH_MS": "10"}
LATE = 1500


def asking(path: str, text: str, **more: Any) -> dict[str, Any]:
    said: dict[str, Any] = {"input": text}
    if path == CHAT:
        said = {"messages": [{"role": "user", "content": text}]}
    return {"model": "grok-3", **said, **more}


def mixed_run(gateway: Gateway, sandbox: Sandbox) -> None:
    """Send eleven requests that end in all the ways there are, one after the other."""
    for path in (CHAT, RESPONSES):
        for stream in (False, True):
            assert gateway.post(path, asking(path, "say exactly: one two", stream=stream))[0] == 200
    assert gateway.post(RESPONSES, asking(RESPONSES, "count to 100", max_output_tokens=5))[0] == 200
    assert gateway.post(CHAT, asking(CHAT, "hello", temperature="warm"))[0] == 400
    assert gateway.post(CHAT, asking(CHAT, "hello") | {"model": "no-such-model"})[0] == 404
    sandbox.scenario("safety", match={"path": RESPONSES}, times=1)
    assert gateway.post(CHAT, asking(CHAT, "hello"))[0] == 400
    sandbox.scenario("status", status=500, match={"path": RESPONSES}, times=1)
    assert gateway.post(CHAT, asking(CHAT, "hello", stream=True))[0] == 200
    sandbox.scenario("cut", after_events=LATE, match={"path": RESPONSES}, times=1)
    assert gateway.post(CHAT, asking(CHAT, "count to 2000", stream=True))[0] == 200
    sandbox.scenario("trickle", match={"path": RESPONSES}, times=1)
    with Caller(gateway, RESPONSES, asking(RESPONSES, "count to 500", stream=True)) as caller:
        caller.read_until(b"output_text.delta")
    ledger_of(gateway.directory, 11)
    sandbox.scenario("status", status=500, match={"path": RESPONSES})
    assert gateway.post(RESPONSES, asking(RESPONSES, "hello"))[0] == 502


EXPECTED = [
    # operation, stream, end, status, error code, attempts, usage
    ("chat", 0, "completed", 200, "", 1, "upstream"),
    ("chat", 1, "completed", 200, "", 1, "upstream"),
    ("responses", 0, "completed", 200, "", 1, "upstream"),
    ("responses", 1, "completed", 200, "", 1, "upstream"),
    ("responses", 0, "incomplete", 200, "", 1, "upstream"),
    ("chat", 0, "refused", 400, "invalid_value", 0, "none"),
    ("chat", 0, "refused", 404, "model_not_found", 0, "none"),
    ("chat", 0, "refused", 400, "content_policy_violation", 1, "none"),
    ("chat", 1, "completed", 200, "", 2, "upstream"),
    ("chat", 1, "cut", 200, "upstream_error", 1, "estimated"),
    ("responses", 1, "client_gone", 200, "", 1, "estimated"),
    ("responses", 0, "failed", 502, "upstream_error", 4, "none"),
]
COLUMNS = ("operation", "stream", "end", "status", "error_code", "attempts", "usage_source")


def test_every_request_has_one_row(sandbox: Sandbox, tmp_path: Path) -> None:
    environment = AT_ONCE | {"GROK2API_GROK__RETRY_BACKOFF_BASE": "0"}
    gateway = Gateway.start(tmp_path, upstream=sandbox.base_url, keys=KEYS, environment=environment)
    try:
        mixed_run(gateway, sandbox)
        rows = ledger_of(tmp_path, len(EXPECTED))
    finally:
        gateway.stop()
    assert ledger(tmp_path) == rows, "stopping adds nothing"
    assert [tuple(row[name] for name in COLUMNS) for row in rows] == EXPECTED
    check_figures(rows, sandbox.calls())
    check_times(rows)
    assert len({row["request_id"] for row in rows}) == len(rows)
    assert len({row["key_id"] for row in rows}) == 1
    kept = "".join(path.read_bytes().decode("latin-1") for path in (tmp_path / "data").glob("grok2api.db*"))
    assert "say exactly" not in kept, "what was asked is not stored"
    assert CLIENT_KEY not in kept
    assert "xai-sandbox-" not in kept


def check_figures(rows: list[dict[str, Any]], calls: list[dict[str, Any]]) -> None:
    """Compare tokens and ticks with what upstream told; of several attempts the last one counts."""
    assert sum(row["attempts"] for row in rows) == len(calls)
    remaining = iter(calls)
    for row in rows:
        last = [next(remaining) for _ in range(row["attempts"])][-1:]
        if row["usage_source"] == "none":
            assert (row["input_tokens"], row["output_tokens"], row["cost_ticks"]) == (0, 0, 0)
            continue
        if row["usage_source"] == "estimated":
            assert (row["cost_source"], row["cost_ticks"]) == ("list", row["price_ticks"])
            assert 0 < row["input_tokens"] < 50
            assert 0 < row["output_tokens"] < last[0]["usage"]["output_tokens"]
            continue
        usage = last[0]["usage"]
        assert row["upstream_model"] == last[0]["model"]
        assert row["cost_ticks"] == usage["cost_in_usd_ticks"] > 0
        assert row["input_tokens"] == usage["input_tokens"] > 0
        assert row["output_tokens"] == usage["output_tokens"] > 0
        assert row["reasoning_tokens"] == usage["output_tokens_details"]["reasoning_tokens"]
        assert row["upstream_request_id"]
        assert row["credential_id"]
        assert row["account_id"]


def check_times(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        assert row["total_ms"] > 0
        if row["stream"] and row["end"] != "refused":
            assert 0 < row["first_byte_ms"] <= row["total_ms"]
        else:
            assert row["first_byte_ms"] is None
    started = [row["started_at"] for row in rows]
    assert started == sorted(started)


def test_an_id_that_a_client_uses_twice_is_two_requests(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = Gateway.start(tmp_path, upstream=sandbox.base_url, keys=KEYS, environment=AT_ONCE)
    try:
        for _ in range(2):
            status, headers, _ = gateway.post(CHAT, asking(CHAT, "hello"), **{"x-request-id": "mine"})
            assert (status, headers["x-request-id"]) == (200, "mine")
        rows = ledger_of(tmp_path, 2)
    finally:
        gateway.stop()
    assert len(rows) == 2
    assert all(row["request_id"].startswith("mine") for row in rows)
    assert sum(row["cost_ticks"] for row in rows) == sum(
        call["usage"]["cost_in_usd_ticks"] for call in sandbox.calls()
    )


@pytest.mark.parametrize("surface", ["responses", "chat"])
def test_a_stream_that_a_stop_string_ends_is_estimated(
    sandbox: Sandbox, tmp_path: Path, surface: str
) -> None:
    environment = AT_ONCE | {"GROK2API_ROUTING__CHAT_SURFACE": surface}
    gateway = Gateway.start(tmp_path, upstream=sandbox.base_url, keys=KEYS, environment=environment)
    try:
        sandbox.scenario("trickle", delay=0.01)  # so that the end is not there already when the stop is met
        asked = asking(CHAT, "count to 100", stream=True) | {
            "stop": ["31,", "31"],
            "stream_options": {"include_usage": True},
        }
        status, _, answer = gateway.post(CHAT, asked)
        assert status == 200
        (row,) = ledger_of(tmp_path, 1)
    finally:
        gateway.stop()
    usage = json.loads(answer.split(b"\n\n")[-3].removeprefix(b"data: "))["usage"]
    assert (row["end"], row["usage_source"]) == ("completed", "estimated")
    assert usage["prompt_tokens"] == row["input_tokens"] > 0
    assert usage["completion_tokens"] == row["output_tokens"] > 30
    assert usage["cost_in_usd_ticks"] == row["cost_ticks"] > 0


def test_a_stop_writes_what_waits(sandbox: Sandbox, tmp_path: Path) -> None:
    environment = {"GROK2API_LEDGER__FLUSH_MS": "60000"}
    gateway = Gateway.start(tmp_path, upstream=sandbox.base_url, keys=KEYS, environment=environment)
    for _ in range(3):
        assert gateway.post(CHAT, asking(CHAT, "hello"))[0] == 200
    assert ledger(tmp_path) == []
    assert gateway.stop() == 0
    assert [row["end"] for row in ledger(tmp_path)] == ["completed"] * 3


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_a_kill_loses_nothing_that_was_written(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = Gateway.start(tmp_path, upstream=sandbox.base_url, keys=KEYS, environment=AT_ONCE)
    for _ in range(5):
        assert gateway.post(CHAT, asking(CHAT, "hello"))[0] == 200
    written = ledger_of(tmp_path, 5)
    sandbox.scenario("trickle", match={"path": RESPONSES})
    with Caller(gateway, CHAT, asking(CHAT, "count to 500", stream=True)) as caller:
        assert caller.answer.read1()
        gateway.process.kill()
        gateway.process.wait(timeout=10)
    eventually(lambda: sandbox.calls()[-1]["ended"] == "cancelled", "the cancelling")
    assert ledger(tmp_path) == written
    sandbox.clear()
    again = Gateway.start(tmp_path, upstream=sandbox.base_url, keys=KEYS, environment=AT_ONCE)
    try:
        assert again.post(CHAT, asking(CHAT, "hello"))[0] == 200
        rows = ledger_of(tmp_path, 6)
    finally:
        again.stop()
    assert rows[:5] == written
    assert len(rows) == 6
