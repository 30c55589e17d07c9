"""Starting and stopping, as the person at the terminal and the client on the wire see them."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from support.forms import form, part
from support.forms import headers as form_headers
from support.observing import (
    PAUSE,
    TRIES,
    Caller,
    chat_text,
    children,
    database,
    events_of,
    eventually,
    finish_reasons,
    ledger,
    ledger_of,
    responses_text,
    threads,
)
from support.processes import Gateway, Sandbox, clean_environment, free_port, request
from support.raw_http import message, send
from support.starting import run_program

CHAT, RESPONSES = "/chat/completions", "/responses"
KEYS = ("xai-sandbox-one", "xai-sandbox-two")
NOWHERE = {"GROK2API_GROK__PROXY_URL": "http://127.0.0.1:9", "GROK2API_GROK__CONNECT_TIMEOUT": "0.5"}
"""Calls to the real xAI end at a closed port of this machine: nothing ever leaves it."""
HELLO = {"model": "grok-3", "messages": [{"role": "user", "content": "hello"}]}
in_proc = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks for processes in /proc")


@contextmanager
def running(directory: Path, **options: Any) -> Iterator[Gateway]:
    gateway = Gateway.start(directory, **options)
    try:
        yield gateway
    finally:
        gateway.stop()


def command(directory: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command that must end by itself."""
    directory.mkdir(parents=True, exist_ok=True)
    environment = clean_environment(DATA_DIR=str(directory / "data"), **settings)
    return run_program(list(arguments), environment, directory, seconds=60)


def counting(path: str, last: int) -> dict[str, Any]:
    text = f"count to {last}"
    if path == CHAT:
        return HELLO | {"stream": True, "messages": [{"role": "user", "content": text}]}
    return {"model": "grok-3", "stream": True, "input": text}


def curl_line(log: str) -> str:
    return next(line for line in log.splitlines() if line.startswith("curl "))


def pasted(line: str, **environment: str) -> str:
    """Return what a line of the shell prints when it is pasted."""
    ran = subprocess.run(
        ["bash", "-c", line],
        check=True,
        capture_output=True,
        text=True,
        env=clean_environment(**environment),
        timeout=60,
    )
    return ran.stdout


def refused_start(directory: Path, **settings: str) -> str:
    """Return the one line with which a start is refused."""
    ran = command(directory, "serve", **settings)
    assert ran.returncode == 2, ran
    lines = ran.stderr.strip().splitlines()
    assert len(lines) == 1, ran.stderr
    assert "Traceback" not in ran.stderr
    assert ran.stdout == ""
    return lines[0]


@pytest.mark.skipif(not shutil.which("curl") or not shutil.which("bash"), reason="needs curl and bash")
def test_the_first_start_prints_a_line_that_works(tmp_path: Path) -> None:
    sandboxed: dict[str, Any] = {
        "upstream": None,
        "arguments": ("--sandbox",),
        "client_key": None,
        "anew": True,
    }
    with running(tmp_path, **sandboxed) as gateway:
        assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o077 == 0, "its owner's alone"
        log = gateway.log.read_text()
        key = re.search(r"sk-\S+", log)
        assert key
        line = curl_line(log)
        assert key[0] in line
        answer = pasted(line)
        assert answer.rstrip().endswith("data: [DONE]")
        assert chat_text(events_of(answer.encode()))
    log_before = gateway.log.read_text()
    with running(tmp_path, **sandboxed) as gateway:
        log = gateway.log.read_text().removeprefix(log_before)
        assert "sk-" not in log, "a key is shown once"
        assert "grok2api keys create" in log
        line = curl_line(log)
        assert "$GROK2API_KEY" in line
        assert pasted(line, GROK2API_KEY=key[0]).rstrip().endswith("data: [DONE]")
        assert "invalid_api_key" in pasted(line, GROK2API_KEY="sk-wrong")


@in_proc
def test_the_sandbox_answers_until_the_first_real_credential(tmp_path: Path) -> None:
    with running(tmp_path, upstream=None, arguments=("--sandbox",), environment=NOWHERE) as gateway:
        assert "built-in sandbox" in gateway.log.read_text()
        status, headers, _ = gateway.post(CHAT, HELLO)
        assert (status, headers["x-grok2api-sandbox"]) == (200, "1")
        kept = message("POST", "/v1/files", form_headers(gateway.key), form(part("file", b"x", "a.txt")))
        assert send(gateway.url, kept).header("x-grok2api-sandbox") == "1"
        assert children(gateway.process.pid)
        added = command(tmp_path, "credentials", "add", "xai-a-real-key-0123456789")
        assert added.returncode == 0, added.stderr
        eventually(lambda: not children(gateway.process.pid), "the end of the sandbox's process")
        status, headers, answer = gateway.post(CHAT, HELLO)
        assert (status, headers.get("x-grok2api-sandbox")) == (503, None)
        assert b"no_available_account" in answer
        assert gateway.get("/models")[0] == 200


@in_proc
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_the_sandbox_never_outlives_the_server(tmp_path: Path, number: signal.Signals) -> None:
    gateway = Gateway.start(tmp_path, upstream=None, arguments=("--sandbox",), anew=True)
    sandbox = children(gateway.process.pid)
    assert sandbox
    gateway.process.send_signal(number)
    code = gateway.process.wait(timeout=20)
    assert code == (-9 if number == signal.SIGKILL else 0)
    eventually(lambda: not any(alive(child) for child in sandbox), "the end of the sandbox's process")


def alive(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_plain_start_with_an_empty_pool_says_so(sandbox: Sandbox, tmp_path: Path) -> None:
    with running(tmp_path, upstream=sandbox.base_url) as gateway:
        assert "pool is empty" in gateway.log.read_text()
        status, _, answer = gateway.post(CHAT, HELLO)
        assert (status, b"no_available_account" in answer) == (503, True)
        added = command(tmp_path, "credentials", "add", KEYS[0], GROK2API_GROK__BASE_URL=sandbox.base_url)
        assert added.returncode == 0, added.stderr
        eventually(
            lambda: gateway.post(CHAT, HELLO)[0] == 200, "an answer of the new credential", tries=TRIES // 4
        )


def test_a_stop_lets_streams_end(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = Gateway.start(tmp_path, upstream=sandbox.base_url, keys=KEYS)
    sandbox.scenario("trickle", delay=PAUSE, match={"path": RESPONSES})
    with (
        Caller(gateway, CHAT, counting(CHAT, 60)) as chat,
        Caller(gateway, RESPONSES, counting(RESPONSES, 60)) as responses,
    ):
        begun = [chat.answer.read1(), responses.answer.read1()]
        gateway.process.terminate()
        eventually(lambda: not ready(gateway), "the end of readiness")
        assert gateway.process.poll() is None, "it waits for the streams"
        chunks = events_of(begun[0] + chat.answer.read())
        events = events_of(begun[1] + responses.answer.read())
    assert chunks[-1].data == "[DONE]"
    assert finish_reasons(chunks) == ["stop"]
    assert chat_text(chunks).endswith("60")
    assert [event.name for event in events][-2:] == ["response.completed", ""]
    assert responses_text(events).endswith("60")
    assert gateway.process.wait(timeout=20) == 0
    assert [row["end"] for row in ledger(tmp_path)] == ["completed"] * 2


def ready(gateway: Gateway) -> bool:
    """Tell whether /ready answers 200; 503 and a closed port are both no."""
    try:
        status, headers, _ = request("GET", gateway.url + "/ready", seconds=5)
    except OSError:
        return False
    assert status in {200, 503}
    assert (status == 503) is ("retry-after" in headers)
    return status == 200


def test_streams_that_outlast_the_stop_are_told(sandbox: Sandbox, tmp_path: Path) -> None:
    environment = {"GROK2API_SERVER__DRAIN_SECONDS": "0.2"}
    gateway = Gateway.start(tmp_path, upstream=sandbox.base_url, keys=KEYS, environment=environment)
    sandbox.scenario("trickle", delay=PAUSE, match={"path": RESPONSES})
    with (
        Caller(gateway, CHAT, counting(CHAT, 20_000)) as chat,
        Caller(gateway, RESPONSES, counting(RESPONSES, 20_000)) as responses,
    ):
        begun = [chat.read_until(b'"1"'), responses.read_until(b"output_text.delta")]
        gateway.process.terminate()
        chunks = events_of(begun[0] + chat.answer.read())
        events = events_of(begun[1] + responses.answer.read())
    assert chunks[-1].data["error"]["code"] == "server_shutting_down"
    assert finish_reasons(chunks) == []
    assert [event.name for event in events][-2:] == ["response.failed", ""]
    assert events[-2].data["response"]["error"]["code"] == "server_error"
    assert gateway.process.wait(timeout=20) == 0
    rows = ledger(tmp_path)
    assert [(row["end"], row["status"]) for row in rows] == [("cut", 200)] * 2
    assert {row["error_code"] for row in rows} == {"server_shutting_down"}
    assert all(row["first_byte_ms"] for row in rows)
    eventually(lambda: {call["ended"] for call in sandbox.calls()} == {"cancelled"}, "the cancelling")


def test_requests_that_wait_at_the_stop_are_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    environment = {"GROK2API_SERVER__DRAIN_SECONDS": "0"}
    gateway = Gateway.start(tmp_path, upstream=sandbox.base_url, keys=KEYS, environment=environment)
    sandbox.scenario("slow_first_byte", delay=60, match={"path": RESPONSES})
    with ExitStack() as stack:
        callers = [
            stack.enter_context(Caller(gateway, path, counting(path, 3) | {"stream": stream}))
            for path in (CHAT, RESPONSES)
            for stream in (True, False)
        ]
        eventually(lambda: len(sandbox.calls()) == len(callers), "the calls to upstream")
        gateway.process.terminate()
        for caller in callers:
            assert caller.answer.status == 503
            assert caller.answer.headers["retry-after"] == "1"
            assert b'"code":"server_shutting_down"' in caller.answer.read()
    assert gateway.process.wait(timeout=20) == 0
    assert [(row["end"], row["status"]) for row in ledger(tmp_path)] == [("failed", 503)] * 4


def test_two_workers_serve_and_stop(sandbox: Sandbox, tmp_path: Path) -> None:
    environment = {"SERVER_WORKERS": "2", "GROK2API_LEDGER__FLUSH_MS": "10"}
    gateway = Gateway.start(tmp_path, upstream=sandbox.base_url, keys=KEYS, environment=environment)
    process = gateway.process.pid
    created = [gateway.post(RESPONSES, {"model": "grok-3", "input": "hello"}) for _ in range(12)]
    assert {status for status, _, _ in created} == {200}
    rows = ledger_of(tmp_path, 12)
    assert len({row["request_id"] for row in rows}) == 12
    workers = children(process) if Path("/proc/self/task").is_dir() else []
    assert threads(process) == 1, "of more than one a fork has only the one that forked"
    assert gateway.stop() == 0
    eventually(lambda: not any(alive(worker) for worker in workers), "the end of the workers")
    assert len(ledger(tmp_path)) == 12
    assert "Traceback" not in gateway.log.read_text()


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="reads /proc")
def test_workers_end_when_their_supervisor_is_killed(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = Gateway.start(
        tmp_path, upstream=sandbox.base_url, keys=KEYS, environment={"SERVER_WORKERS": "2"}
    )
    workers = children(gateway.process.pid)
    assert len(workers) >= 2
    gateway.process.kill()
    gateway.process.wait()
    eventually(lambda: not any(alive(worker) for worker in workers), "the end of the workers")
    assert gateway.log.read_text().count("the supervisor is gone") == 2


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"SERVER_PORT": "eighty"}, "server.port"),
        ({"GROK2API_GROK__BASE_URL": "http://api.x.ai/v1"}, "grok.base_url"),
        ({"GROK2API_APP__AUTH": "none", "SERVER_HOST": "0.0.0.0"}, "app.auth"),
        ({"GROK2API_SECRET_KEY": "short"}, "secrets.key"),
    ],
)
def test_a_wrong_setting_stops_the_start(tmp_path: Path, settings: dict[str, str], names: str) -> None:
    line = refused_start(tmp_path, **settings)
    assert names in line
    assert "short" not in line.split(), "a secret is never repeated"
    assert not database(tmp_path).exists(), "nothing was made"


def test_a_port_in_use_stops_the_start(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        line = refused_start(tmp_path, SERVER_PORT=port)
    assert port in line
    assert "SERVER_PORT" in line


def test_a_store_of_another_key_stops_the_start(sandbox: Sandbox, tmp_path: Path) -> None:
    mine = {"GROK2API_SECRET_KEY": "a" * 40}
    with running(tmp_path, upstream=sandbox.base_url, keys=KEYS, environment=mine) as gateway:
        assert gateway.post(CHAT, HELLO)[0] == 200
    kept = database(tmp_path).read_bytes()
    for settings in ({"GROK2API_SECRET_KEY": "b" * 40}, {}):
        line = refused_start(tmp_path, SERVER_PORT=str(free_port()), **settings)
        assert "sealed with another" in line
        assert "b" * 40 not in line
    assert database(tmp_path).read_bytes() == kept, "nothing was changed"
    with running(tmp_path, upstream=sandbox.base_url, environment=mine) as gateway:
        assert gateway.post(CHAT, HELLO)[0] == 200
