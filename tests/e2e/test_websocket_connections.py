"""Opening, bounding, draining and leaving WebSockets: who may, how much, and what is said at the end."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.sync.client import connect

from support.live_settings import save, wait_for
from support.observing import PAUSE, eventually, ledger, ledger_since, open_sockets
from support.processes import Gateway, Sandbox, run_command
from support.raw_http import connected, message, receive
from support.sockets import Json, Talk, socket_url, text_of

KEYS = ("xai-sandbox-alice", "xai-sandbox-bob")
RESPONSES = "/responses"
ORIGIN = "https://chat.example.com"
KEY = ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
VERSION = ("Sec-WebSocket-Version", "13")
UPGRADE = [("Connection", "Upgrade"), ("Upgrade", "websocket")]
WEBSOCKET = [*UPGRADE, VERSION, KEY]
WORDS = 100_000
"""An answer of a multiple of what sockets hold by themselves."""
on_linux = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="reads /proc")


def started(directory: Path, sandbox: Sandbox, **settings: str) -> Gateway:
    environment = {f"GROK2API_{name}": value for name, value in settings.items()}
    return Gateway.start(directory, upstream=sandbox.base_url, keys=KEYS, environment=environment)


@pytest.fixture(scope="module")
def strict(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway whose sockets are few, small and forgetful, and that lets one page in."""
    gateway = started(
        tmp_path_factory.mktemp("strict"),
        shared_sandbox,
        WEBSOCKET__MAX_CONNECTIONS="2",
        WEBSOCKET__QUEUE_LENGTH="2",
        WEBSOCKET__MEMORY_MB="0",
        SERVER__MAX_BODY_MB="1",
        CORS__ALLOW_ORIGINS=ORIGIN,
        LEDGER__FLUSH_MS="10",
    )
    yield gateway
    gateway.stop()


def refusal(gateway: Gateway, path: str = "/v1/responses", **headers: str) -> tuple[int, Json]:
    """Return status and error of a handshake that is refused before the upgrade."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    with pytest.raises(InvalidStatus) as refused:
        connect(socket_url(gateway, path), additional_headers=sent)
    response = refused.value.response
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-request-id"]
    error: Json = json.loads(bytes(response.body or b""))["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return response.status_code, error


# Who may open one


async def test_switched_off_is_426_before_anything_else(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = started(tmp_path, sandbox)
    try:
        with Talk(gateway) as talk:
            await save(gateway, "websocket.enabled", value=False)
            wait_for(gateway.log, "settings changed")
            status, error = refusal(gateway)
            assert text_of(talk.ask("say exactly: still here")) == "still here"
    finally:
        gateway.stop()
    assert (status, error["code"]) == (426, "websocket_not_supported")


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/models", "/", "/admin/api/keys", "/health"])
def test_other_paths_have_no_sockets(gateway: Gateway, path: str) -> None:
    status, error = refusal(gateway, path, **gateway.headers)
    assert (status, error["code"]) == (426, "websocket_not_supported")


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/v1/responses", {}),
        ("/v1/responses", {"Authorization": "Bearer sk-wrong"}),
        ("/v1/responses", {"x-api-key": "sk-wrong"}),
        ("/v1/responses?api_key={key}&access_token={key}", {}),
        ("/v1/responses", {"Sec-WebSocket-Protocol": "responses, openai-insecure-api-key.sk-wrong"}),
    ],
    ids=["none", "bearer", "x-api-key", "query", "subprotocol"],
)
def test_without_a_key_nobody_gets_in(gateway: Gateway, path: str, headers: dict[str, str]) -> None:
    sent = {name: value.format(key=gateway.key) for name, value in headers.items()}
    status, error = refusal(gateway, path.format(key=gateway.key), **sent)
    assert (status, error["code"]) == (401, "invalid_api_key")


@pytest.mark.parametrize("header", ["Authorization", "x-api-key"])
def test_either_header_opens_one(gateway: Gateway, header: str) -> None:
    key = f"bearer {gateway.key}" if header == "Authorization" else gateway.key
    with connect(socket_url(gateway), additional_headers={header: key}, compression="deflate") as opened:
        response = opened.response
        assert response is not None
        headers = response.headers
        assert headers["x-request-id"].startswith("req_")
        assert "sec-websocket-extensions" not in headers, "nothing is compressed"
        assert "total;dur=" in headers["server-timing"]


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 101),
        (ORIGIN, 101),
        ("{own}", 101),
        ("https://evil.example.com", 403),
        (f"{ORIGIN}.evil.com", 403),
        ("null", 403),
        ("http://127.0.0.1:1", 403),
    ],
)
def test_pages_of_other_origins_may_not(strict: Gateway, origin: str | None, status: int) -> None:
    headers = dict(strict.headers)
    if origin is not None:
        headers["Origin"] = origin.format(own=strict.url)
    if status == 101:
        connect(socket_url(strict), additional_headers=headers).close()
        return
    found, error = refusal(strict, **headers)
    assert (found, error["code"]) == (403, "origin_not_allowed")


def test_where_no_key_is_asked_only_this_machine_is_its_own_origin(sandbox: Sandbox, tmp_path: Path) -> None:
    """A page whose name was pointed at this machine has our address as its own host."""
    gateway = started(tmp_path, sandbox, APP__AUTH="none")
    port = gateway.url.rpartition(":")[2]
    try:
        for host, status in ((f"evil.example.com:{port}", 403), (f"localhost:{port}", 101)):
            headers = [("Host", host), ("Origin", f"http://{host}"), *WEBSOCKET]
            with connected(gateway.url) as connection:
                connection.sendall(message("GET", "/v1/responses", headers))
                assert receive(connection).status == status
    finally:
        gateway.stop()


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("POST", WEBSOCKET),
        ("GET", [*UPGRADE, VERSION]),
        ("GET", [*UPGRADE, KEY]),
        ("GET", [*UPGRADE, ("Sec-WebSocket-Version", "8"), KEY]),
        ("GET", [*UPGRADE, VERSION, ("Sec-WebSocket-Key", "short")]),
        ("GET", [*WEBSOCKET, ("X-Long", "a" * 9000)]),
        ("GET", [*WEBSOCKET, *((f"X-Many-{number}", "a") for number in range(130))]),
    ],
    ids=["method", "no key", "no version", "version", "bad key", "long header", "many headers"],
)
def test_a_handshake_that_is_none_is_refused_as_a_request(
    gateway: Gateway, method: str, headers: list[tuple[str, str]]
) -> None:
    authorization = ("Authorization", f"Bearer {gateway.key}")
    with connected(gateway.url) as connection:
        connection.sendall(message(method, "/v1/responses", [authorization, *headers]))
        reply = receive(connection)
    assert reply.status == 426
    assert reply.error()["code"] == "websocket_not_supported"


def test_too_many_sockets_wait_outside(strict: Gateway) -> None:
    with Talk(strict), Talk(strict) as second:
        status, error = refusal(strict, **strict.headers)
        assert (status, error["code"]) == (429, "rate_limit_exceeded")
        second.connection.close()
        eventually(lambda: _opens(strict), "a free place")


def _opens(gateway: Gateway) -> bool:
    try:
        with Talk(gateway):
            return True
    except InvalidStatus:
        return False


# How much


def test_a_frame_over_the_limit_is_told_and_ends_the_socket(strict: Gateway) -> None:
    with Talk(strict) as talk:
        event = talk.refused(json.dumps({"type": "response.create", "input": "a" * 1_100_000}))
        assert (event["status"], event["error"]["code"]) == (413, "request_too_large")
        assert talk.closing() == 1009


def test_a_frame_under_the_limit_and_in_fragments_is_read(strict: Gateway) -> None:
    frame = json.dumps(
        {"type": "response.create", "model": "grok-3", "input": "say exactly: 一二三", "x": "a" * 900_000},
        ensure_ascii=False,
    )
    with Talk(strict) as talk:
        talk.connection.send(frame[place : place + 1000] for place in range(0, len(frame), 1000))
        assert text_of(talk.turn()[-1]["response"]) == "一二三"


def test_text_that_is_none_is_told_and_ends_the_socket(strict: Gateway) -> None:
    with Talk(strict) as talk:
        talk.connection.send(b'{"type":"\xff"}', text=True)
        event = talk.event()
        assert (event["status"], event["error"]["code"]) == (400, "invalid_json")
        assert talk.closing() == 1007


def test_a_frame_that_breaks_the_protocol_ends_the_socket(strict: Gateway) -> None:
    with Talk(strict) as talk:
        talk.connection.socket.sendall(b"\xff\xff\xff\xff")
        assert talk.closing() == 1002


def test_more_than_may_wait_is_refused_and_the_others_are_answered(strict: Gateway, sandbox: Sandbox) -> None:
    sandbox.scenario("slow_first_byte", delay=1, match={"path": RESPONSES}, times=1)
    with Talk(strict) as talk:
        talk.send({"input": "say exactly: 0"})
        eventually(sandbox.calls, "the first call")
        for number in range(1, 4):
            talk.send({"input": f"say exactly: {number}", "stream_id": str(number)})
        refused = talk.event()
        assert (refused["type"], refused["status"], refused["stream_id"]) == ("error", 429, "3")
        assert refused["error"]["code"] == "rate_limit_exceeded"
        assert refused["headers"]["retry-after"] == "1"
        assert [text_of(talk.turn()[-1]["response"]) for _ in range(3)] == ["0", "1", "2"]


def test_a_memory_without_room_forgets(strict: Gateway, sandbox: Sandbox) -> None:
    with Talk(strict) as talk:
        first = talk.ask("hello")
        event = talk.refused({"input": "hi", "previous_response_id": first["id"]})
        assert event["error"]["code"] == "previous_response_not_found"


@on_linux
def test_a_client_that_does_not_read_holds_its_own_answer_up(gateway: Gateway, sandbox: Sandbox) -> None:
    """What upstream says beyond the sockets' own buffers stays with upstream."""
    with connected(gateway.url, seconds=60) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        key = ("Authorization", f"Bearer {gateway.key}")
        connection.sendall(message("GET", "/v1/responses", [key, *WEBSOCKET]))
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        before = _resident(gateway)
        asked = {
            "type": "response.create",
            "model": "grok-3",
            "input": "say exactly: " + "word " * WORDS,
            "store": False,
        }
        connection.sendall(Frame(Opcode.TEXT, json.dumps(asked).encode()).serialize(mask=True))
        eventually(sandbox.calls, "the call to upstream")
        eventually(lambda: _is_still(sandbox), "a stream that stands still")
        assert _resident(gateway) - before < 24 * 1_048_576
        assert [call["ended"] for call in sandbox.calls()] != ["completed"]
    eventually(lambda: [call["ended"] for call in sandbox.calls()] == ["cancelled"], "the cancelling")


def _is_still(sandbox: Sandbox) -> bool:
    """Tell whether upstream has sent something, and nothing more in the meantime."""
    sent = [call["events_sent"] for call in sandbox.calls()]
    for _ in range(10):
        time.sleep(PAUSE)
        if [call["events_sent"] for call in sandbox.calls()] != sent:
            return False
    return bool(sent and sent[0])


def _resident(gateway: Gateway) -> int:
    lines = Path(f"/proc/{gateway.process.pid}/status").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith("VmRSS")]
    return int(line.split()[1]) * 1024


# How it ends


def test_leaving_cancels_the_turn_and_those_that_wait(strict: Gateway, sandbox: Sandbox) -> None:
    since = time.time()
    sandbox.scenario("trickle", delay=0.05, match={"path": RESPONSES})
    with Talk(strict) as talk:
        talk.send({"input": "count to 500"})
        talk.send({"input": "never asked"})
        while talk.event()["type"] != "response.output_text.delta":
            pass
        talk.connection.socket.shutdown(socket.SHUT_RDWR)
    eventually(lambda: [call["ended"] for call in sandbox.calls()] == ["cancelled"], "the cancelling")
    (row,) = ledger_since(strict.directory, since)
    assert (row["end"], row["attempts"]) == ("client_gone", 1)


@pytest.mark.parametrize("fault", ["hang", "slow_first_byte"])
def test_leaving_before_the_first_event_cancels_too(strict: Gateway, sandbox: Sandbox, fault: str) -> None:
    sandbox.scenario(fault, delay=60, match={"path": RESPONSES})
    with Talk(strict) as talk:
        talk.send({"input": "hello"})
        eventually(sandbox.calls, "the call to upstream")
    eventually(lambda: [call["ended"] for call in sandbox.calls()] == ["cancelled"], "the cancelling")


@on_linux
def test_leaving_twenty_times_leaks_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = started(tmp_path, sandbox)
    try:
        with Talk(gateway) as talk:
            talk.ask("hello")
        sockets = open_sockets(gateway.process.pid)
        sandbox.scenario("trickle", delay=0.05, match={"path": RESPONSES})
        for _ in range(20):
            with Talk(gateway) as talk:
                talk.send({"input": "count to 500"})
                talk.event()
        eventually(
            lambda: [call["ended"] for call in sandbox.calls()][1:] == ["cancelled"] * 20, "the cancelling"
        )
        eventually(lambda: open_sockets(gateway.process.pid) <= sockets, f"no more than {sockets} sockets")
    finally:
        assert gateway.stop() == 0


def test_an_idle_socket_is_closed(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = started(tmp_path, sandbox, WEBSOCKET__IDLE_SECONDS="0.5")
    try:
        with Talk(gateway) as talk:
            talk.ask("hello")
            assert talk.closing() == 1000
    finally:
        gateway.stop()


def test_an_old_socket_is_told_once_its_turn_is_over(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = started(tmp_path, sandbox, WEBSOCKET__MAX_SECONDS="1")
    sandbox.scenario("slow_first_byte", delay=2, match={"path": RESPONSES}, times=1)
    try:
        with Talk(gateway) as talk:
            talk.send({"input": "say exactly: done"})
            talk.send({"input": "too late", "stream_id": "late"})
            assert text_of(talk.turn()[-1]["response"]) == "done"
            event = talk.event()
            assert (event["type"], event["status"], event["stream_id"]) == ("error", 400, "late")
            assert event["error"]["code"] == "websocket_connection_limit_reached"
            assert talk.closing() == 1001
        with Talk(gateway) as idle:
            assert idle.event()["error"]["code"] == "websocket_connection_limit_reached"
            assert idle.closing() == 1001
    finally:
        gateway.stop()


def test_a_stop_lets_the_turn_finish_and_refuses_those_that_wait(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = started(tmp_path, sandbox, SERVER__DRAIN_SECONDS="20")
    sandbox.scenario("slow_first_byte", delay=2, match={"path": RESPONSES}, times=1)
    with Talk(gateway) as busy, Talk(gateway) as idle:
        busy.send({"input": "say exactly: done"})
        busy.send({"input": "never"})
        eventually(sandbox.calls, "the call to upstream")
        gateway.process.send_signal(signal.SIGTERM)
        assert idle.closing() == 1001
        assert text_of(busy.turn()[-1]["response"]) == "done"
        event = busy.event()
        assert (event["status"], event["error"]["code"]) == (503, "server_shutting_down")
        assert busy.closing() == 1001
    assert gateway.process.wait(timeout=20) == 0
    assert [(row["end"], row["status"]) for row in ledger(tmp_path)] == [("completed", 200)]


@pytest.mark.parametrize("begun", [True, False])
def test_a_stop_ends_what_takes_too_long(sandbox: Sandbox, tmp_path: Path, begun: bool) -> None:
    gateway = started(tmp_path, sandbox, SERVER__DRAIN_SECONDS="0")
    fault: dict[str, Any] = {"fault": "trickle", "delay": 0.05}
    sandbox.scenario(**(fault if begun else {"fault": "hang", "delay": 60}), match={"path": RESPONSES})
    with Talk(gateway) as talk:
        talk.send({"input": "count to 500"})
        if begun:
            talk.event()
        eventually(sandbox.calls, "the call to upstream")
        gateway.process.send_signal(signal.SIGTERM)
        last = talk.turn()[-1]
        error = last["response"]["error"] if begun else last["error"]
        assert last["type"] == ("response.failed" if begun else "error")
        assert error["code"] == ("server_error" if begun else "server_shutting_down")
        assert talk.closing() == 1001
    assert gateway.process.wait(timeout=20) == 0
    (row,) = ledger(tmp_path)
    assert (row["end"], row["error_code"]) == ("cut" if begun else "failed", "server_shutting_down")
    eventually(lambda: [call["ended"] for call in sandbox.calls()] == ["cancelled"], "the cancelling")


def test_a_deadline_ends_the_turn_and_not_the_socket(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = started(tmp_path, sandbox, GROK__DEADLINE="1")
    sandbox.scenario("hang", delay=60, match={"path": RESPONSES}, times=1)
    try:
        with Talk(gateway) as talk:
            event = talk.refused({"input": "hello"})
            assert (event["status"], event["error"]["code"]) == (504, "upstream_timeout")
            assert text_of(talk.ask("say exactly: still here")) == "still here"
    finally:
        gateway.stop()


def test_two_workers_serve_and_stop_sockets(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = started(tmp_path, sandbox, SERVER__WORKERS="2")
    talks = [Talk(gateway) for _ in range(6)]
    for talk in talks:
        assert text_of(talk.ask("say exactly: one")) == "one"
    gateway.process.send_signal(signal.SIGTERM)
    assert {talk.closing() for talk in talks} == {1001}
    assert gateway.process.wait(timeout=30) == 0


def test_a_key_that_is_revoked_meanwhile_opens_nothing_more(sandbox: Sandbox, tmp_path: Path) -> None:
    gateway = started(tmp_path, sandbox)
    try:
        key = _keys(tmp_path, "create", "--name", "guest")
        eventually(lambda: gateway.get("/models", Authorization=f"Bearer {key}")[0] == 200, "the key's use")
        with Talk(gateway, Authorization=f"Bearer {key}") as talk:
            talk.ask("hello")
            _keys(tmp_path, "revoke", "guest")
            eventually(lambda: gateway.get("/models", Authorization=f"Bearer {key}")[0] == 401, "its end")
            event = talk.refused({"input": "hello"})
        assert (event["status"], event["error"]["code"]) == (401, "invalid_api_key")
    finally:
        gateway.stop()
    assert len(sandbox.calls(RESPONSES)) == 1


def _keys(directory: Path, *arguments: str) -> str:
    return run_command(directory, "keys", *arguments).strip()
