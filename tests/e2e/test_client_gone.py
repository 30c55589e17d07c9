"""A client that hangs up costs nothing more: upstream is cancelled, the slot is free, nothing leaks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.observing import PAUSE, Caller, eventually, ledger, open_files, open_sockets
from support.processes import Gateway, Sandbox, run_command

CYCLES = 50
STORE_GROWS = 9
"""Files of further connections to the store; three each, and far from one per cycle."""
CHAT, RESPONSES = "/chat/completions", "/responses"
on_linux = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts open files in /proc")
both_dialects = pytest.mark.parametrize("path", [CHAT, RESPONSES], ids=["chat", "responses"])


@pytest.fixture(scope="module")
def single(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway with one credential that takes one call at a time."""
    directory = tmp_path_factory.mktemp("single")
    environment = {"GROK2API_LEDGER__FLUSH_MS": "10", "GROK2API_PERFORMANCE__QUEUE_LENGTH": "0"}
    gateway = Gateway.start(directory, upstream=shared_sandbox.base_url, environment=environment)
    words = ("credentials", "add", "xai-sandbox-single", "--max-concurrency", "1")
    run_command(directory, *words, GROK2API_GROK__BASE_URL=shared_sandbox.base_url)
    eventually(
        lambda: gateway.post(CHAT, asking(CHAT, "hello"))[0] == 200, "the new credential's first answer"
    )
    yield gateway
    gateway.stop()


def asking(path: str, text: str, *, stream: bool = False) -> dict[str, Any]:
    said: dict[str, Any] = {"input": text}
    if path == CHAT:
        said = {"messages": [{"role": "user", "content": text}]}
    return {"model": "grok-3", "stream": stream, **said}


def gone(directory: Path) -> list[dict[str, Any]]:
    return [row for row in ledger(directory) if row["end"] == "client_gone"]


def check_forgotten(gateway: Gateway, sandbox: Sandbox, path: str, gone_before: int) -> dict[str, Any]:
    """Check that upstream was cancelled and the slot is free; return the ledger's row."""
    eventually(lambda: [call["ended"] for call in sandbox.calls()] == ["cancelled"], "the cancelling")
    sandbox.clear()
    status, _, answer = gateway.post(path, asking(path, "hello"))
    assert status == 200, answer
    eventually(lambda: len(gone(gateway.directory)) == gone_before + 1, "the ledger's row")
    return gone(gateway.directory)[-1]


@both_dialects
def test_leaving_in_mid_stream(single: Gateway, sandbox: Sandbox, path: str) -> None:
    before = len(gone(single.directory))
    sandbox.scenario("trickle", delay=PAUSE, match={"path": RESPONSES})
    with Caller(single, path, asking(path, "count to 500", stream=True)) as caller:
        caller.read_until(b'"1"' if path == CHAT else b"output_text.delta")
        assert single.post(path, asking(path, "hello"))[0] == 429, "the only slot is taken"
        caller.leave()
    row = check_forgotten(single, sandbox, path, before)
    assert (row["stream"], row["attempts"], row["usage_source"], row["cost_source"]) == (
        1,
        1,
        "estimated",
        "list",
    )
    assert row["cost_ticks"] > 0
    assert row["output_tokens"] > 0
    assert row["first_byte_ms"] <= row["total_ms"]
    assert row["credential_id"]


@both_dialects
@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("fault", ["slow_first_byte", "hang"])
def test_leaving_before_the_first_byte(
    single: Gateway, sandbox: Sandbox, *, path: str, stream: bool, fault: str
) -> None:
    before = len(gone(single.directory))
    sandbox.scenario(fault, delay=60, match={"path": RESPONSES})
    with Caller(single, path, asking(path, "hello", stream=stream)) as caller:
        eventually(sandbox.calls, "the call to upstream")
        caller.leave()
    row = check_forgotten(single, sandbox, path, before)
    assert (row["stream"], row["attempts"], row["first_byte_ms"]) == (stream, 1, None)
    assert (row["status"], row["error_code"]) == (499, "")


def test_leaving_before_the_request_is_whole_calls_nobody(single: Gateway, sandbox: Sandbox) -> None:
    before = len(gone(single.directory))
    with Caller(single, CHAT, None, announced=1000) as caller:
        caller.leave()
    eventually(lambda: len(gone(single.directory)) == before + 1, "the ledger's row")
    assert gone(single.directory)[-1]["attempts"] == 0
    assert sandbox.calls() == []


@on_linux
def test_leaving_fifty_times_leaks_nothing(shared_sandbox: Sandbox, sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = Gateway.start(
        tmp_path, upstream=shared_sandbox.base_url, keys=("xai-sandbox-one", "xai-sandbox-two")
    )
    try:
        leave_often(gateway, sandbox)
    finally:
        code = gateway.stop()
    assert code == 0
    draining = [line for line in gateway.log.read_text().splitlines() if '"draining"' in line]
    assert len(draining) == 1
    assert '"running": 0' in draining[0], "no request is left"
    ends = [row["end"] for row in ledger(tmp_path)]
    assert ends == ["completed"] * 2 + ["client_gone"] * CYCLES


def leave_often(gateway: Gateway, sandbox: Sandbox) -> None:
    """Hang up on many streams, and check that upstream and the sockets hear of it."""
    process = gateway.process.pid
    for path in (CHAT, RESPONSES):
        assert gateway.post(path, asking(path, "hello"))[0] == 200
    sockets, files = open_sockets(process), len(open_files(process))
    sandbox.scenario("trickle", delay=PAUSE, match={"path": RESPONSES})
    for cycle in range(CYCLES):
        path = RESPONSES if cycle % 2 else CHAT
        with Caller(gateway, path, asking(path, "count to 500", stream=True)) as caller:
            assert caller.answer.read1()
    cancelled = ["cancelled"] * CYCLES
    eventually(lambda: [call["ended"] for call in sandbox.calls()][-CYCLES:] == cancelled, "the cancelling")
    eventually(lambda: open_sockets(process) <= sockets, f"no more than {sockets} sockets")
    assert len(open_files(process)) <= files + STORE_GROWS
