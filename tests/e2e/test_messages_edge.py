"""The Messages API at the edge of the real server: envelopes, headers, signs of life, names of Claude."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from support.observing import eventually, ledger
from support.processes import Gateway, Sandbox
from support.raw_http import Headers, Reply, message, send, stream

PATH = "/v1/messages"
HELLO: dict[str, Any] = {
    "model": "grok-3",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "say exactly: one two"}],
}
PING = b'event: ping\ndata: {"type":"ping"}\n\n'


def content(
    gateway: Gateway, body: dict[str, Any] | bytes, *, path: str = PATH, headers: Headers = ()
) -> bytes:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = [("x-api-key", gateway.key), ("Content-Type", "application/json"), *headers]
    return message("POST", path, given, raw)


def ask(gateway: Gateway, headers: Headers = (), path: str = PATH, **more: Any) -> Reply:
    return send(gateway.url, content(gateway, HELLO | more, path=path, headers=headers))


@pytest.fixture(scope="module")
def odd(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway with names of Claude, small bodies, quick signs of life, and upstream's chat surface."""
    started = Gateway.start(
        tmp_path_factory.mktemp("odd"),
        upstream=shared_sandbox.base_url,
        keys=("xai-sandbox-dora",),
        environment={
            "GROK2API_ROUTING__CLAUDE_ALIASES": "true",
            "GROK2API_ROUTING__CHAT_SURFACE": "chat",
            "GROK2API_SERVER__MAX_BODY_MB": "1",
            "GROK2API_STREAM__OPEN_AFTER": "0.1",
            "GROK2API_STREAM__KEEPALIVE": "0.1",
            "GROK2API_LEDGER__FLUSH_MS": "10",
        },
    )
    yield started
    started.stop()


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("anthropic-version", "2023-06-01"), ("anthropic-beta", "a-2025-01-01,b-2026-02-02")],
        [("anthropic-version", "1999-01-01"), ("anthropic-dangerous-direct-browser-access", "true")],
    ],
)
@pytest.mark.parametrize("path", [PATH, f"{PATH}?beta=true", f"{PATH}?x=1&y"])
def test_headers_and_queries_of_any_client_are_taken(gateway: Gateway, headers: Headers, path: str) -> None:
    reply = ask(gateway, headers, path)
    assert reply.status == 200
    assert reply.header("request-id") == reply.header("x-request-id")
    assert reply.json()["content"] == [{"type": "text", "text": "one two"}]


def test_the_probe_of_claude_code_is_answered(gateway: Gateway) -> None:
    assert send(gateway.url, message("HEAD", "/"), method="HEAD").status == 200


REFUSALS = [
    ("POST", PATH, [], b"", 401, "authentication_error"),
    ("POST", PATH, [("x-api-key", "sk-wrong")], b"", 401, "authentication_error"),
    ("POST", f"{PATH}/nothing", [], b"", 404, "not_found_error"),
    ("GET", PATH, [], b"", 405, "invalid_request_error"),
    (
        "POST",
        PATH,
        [("x-api-key", "{key}"), ("Content-Type", "text/plain")],
        b"x",
        415,
        "invalid_request_error",
    ),
    (
        "POST",
        PATH,
        [("x-api-key", "{key}"), ("Content-Encoding", "gzip")],
        b"x",
        415,
        "invalid_request_error",
    ),
    ("POST", PATH, [("x-api-key", "{key}")], b"{", 400, "invalid_request_error"),
    ("POST", PATH, [("x-api-key", "{key}")], b'{"model":"grok-3"}', 400, "invalid_request_error"),
    ("POST", PATH, [("x-api-key", "{key}")], b"x" * 1_048_577, 413, "request_too_large"),
    ("POST", PATH, [("x-api-key", "a"), ("x-api-key", "b")], b"", 400, "invalid_request_error"),
    ("GET", PATH, [("Connection", "Upgrade"), ("Upgrade", "websocket")], b"", 426, "invalid_request_error"),
    ("GET", "/v1/models", [("anthropic-version", "2023-06-01")], b"", 401, "authentication_error"),
    (
        "GET",
        "/v1/models/grok-99",
        [("x-api-key", "{key}"), ("anthropic-version", "2023-06-01")],
        b"",
        404,
        "not_found_error",
    ),
]


@pytest.mark.parametrize(("method", "path", "headers", "body", "status", "kind"), REFUSALS)
def test_every_refusal_has_anthropics_envelope(
    odd: Gateway, method: str, path: str, headers: Headers, body: bytes, status: int, kind: str
) -> None:
    given = [(name, value.format(key=odd.key)) for name, value in headers]
    reply = send(odd.url, message(method, path, [*given, ("x-request-id", "mine-1")], body), method=method)
    assert reply.status == status
    assert reply.anthropic_error()["type"] == kind
    assert reply.header("request-id") == "mine-1"
    if status == 405:
        assert reply.header("allow") == "POST"


@pytest.mark.parametrize("path", ["/v1/models/grok-99", "/v1/messages2", "/v1/chat/completions"])
def test_other_routes_keep_openais_envelope(gateway: Gateway, path: str) -> None:
    reply = send(gateway.url, message("GET", path, [("x-api-key", gateway.key)]))
    assert reply.error()["code"] in {"not_found", "model_not_found", "method_not_allowed"}
    assert reply.header("request-id") is None


def test_an_empty_pool_is_an_overload(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> None:
    empty = Gateway.start(tmp_path_factory.mktemp("empty"), upstream=sandbox.base_url)
    try:
        for streamed in (False, True):
            reply = ask(empty, stream=streamed)
            assert reply.status == 503
            assert reply.json()["error"]["type"] == "overloaded_error"
    finally:
        empty.stop()


def test_an_error_names_the_field_at_fault(gateway: Gateway) -> None:
    said = [{"role": "user", "content": [{"type": "video"}]}]
    assert "messages[0].content[0].type" in ask(gateway, messages=said).json()["error"]["message"]


def test_signs_of_life_are_pings(odd: Gateway, sandbox: Sandbox) -> None:
    sandbox.scenario("slow_first_byte", delay=0.5, match={"path": "/chat/completions"}, times=1)
    answer = stream(odd.url, content(odd, HELLO | {"stream": True}))
    assert answer.reply.status == 200
    assert answer.writes[0] == PING
    assert b": keep-alive" not in answer.reply.body
    assert answer.reply.body.endswith(b'event: message_stop\ndata: {"type":"message_stop"}\n\n')


def test_an_error_after_a_ping_is_an_event(odd: Gateway, sandbox: Sandbox) -> None:
    sandbox.scenario("status", status=503, match={"path": "/chat/completions"})
    headers = [("x-request-id", "mine-2")]
    answer = stream(odd.url, content(odd, HELLO | {"stream": True}, headers=headers))
    assert answer.writes[0] == PING
    name, _, data = answer.writes[-1].decode().strip().partition("\ndata: ")
    assert name == "event: error"
    told = json.loads(data)
    assert (told["error"]["type"], told["request_id"]) == ("overloaded_error", "mine-2")


@pytest.mark.parametrize("surface", ["responses", "chat"])
def test_both_of_xais_surfaces_serve(odd: Gateway, gateway: Gateway, sandbox: Sandbox, surface: str) -> None:
    serving = odd if surface == "chat" else gateway
    reply = ask(serving, top_k=5, model="grok-4-mini", thinking={"type": "adaptive"})
    assert [block["type"] for block in reply.json()["content"]] == ["thinking", "text"]
    assert reply.header("x-grok2api-dropped-params") == ("top_k" if surface == "chat" else None)
    (call,) = sandbox.calls()
    assert call["path"].endswith("/chat/completions" if surface == "chat" else "/responses")


# Names of Claude


@pytest.mark.parametrize(
    ("name", "upstream"),
    [
        ("claude-opus-4-8", "grok-4.7"),
        ("claude-sonnet-5", "grok-4.7"),
        ("claude-haiku-4-5-20251001", "grok-4.3"),
        ("claude-3-5-haiku-latest", "grok-4.3"),
        ("claude-whatever-comes", "grok-4.7"),
    ],
)
def test_a_name_of_claude_is_served_where_that_is_wanted(odd: Gateway, name: str, upstream: str) -> None:
    reply = ask(odd, model=name)
    assert reply.status == 200
    assert reply.json()["model"] == name
    assert reply.header("x-grok2api-upstream-model") == upstream
    found = send(odd.url, message("GET", f"/v1/models/{name}", [("x-api-key", odd.key)]))
    assert found.json()["id"] == name


def test_names_of_claude_serve_other_clients_too_and_are_not_listed(odd: Gateway) -> None:
    body = {"model": "claude-opus-4-8", "messages": HELLO["messages"]}
    assert json.loads(odd.post("/chat/completions", body)[2])["model"] == "claude-opus-4-8"
    assert b"claude" not in odd.get("/models")[2]


def test_a_name_of_claude_is_told_how_to_be_served(gateway: Gateway) -> None:
    reply = ask(gateway, model="claude-opus-4-8")
    assert reply.status == 404
    error = reply.json()["error"]
    assert error["type"] == "not_found_error"
    assert "GROK2API_ROUTING__CLAUDE_ALIASES=true" in error["message"]


# The ledger


def test_a_message_is_one_row_of_the_ledger(odd: Gateway) -> None:
    asked = {"row-1": HELLO, "row-2": HELLO | {"stream": True}, "row-3": HELLO | {"max_tokens": 0}}
    for name, body in asked.items():
        send(odd.url, content(odd, body, headers=[("x-request-id", name)]))

    def rows() -> list[tuple[str, str]]:
        found = [row for row in ledger(odd.directory) if row["request_id"].startswith("row-")]
        return [(row["operation"], row["end"]) for row in found]

    eventually(lambda: len(rows()) == len(asked), "a row for each")
    assert rows() == [("messages", "completed"), ("messages", "completed"), ("messages", "refused")]
