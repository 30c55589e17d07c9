"""The edge of the real server over a bare socket: who is let in, and what every refusal looks like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from unittest.mock import Mock

import pytest

from grok2api.server.routes import routes
from support.processes import Gateway, Sandbox
from support.raw_http import Headers, connected, ended_by_server, message, receive, send

POOL = ("xai-sandbox-alice", "xai-sandbox-bob")
OPEN = {(method, path) for method in ("GET", "HEAD") for path in ("/", "/health", "/ready")}
BY_LINK = {("GET", "/v1/media/anything"), ("HEAD", "/v1/media/anything")}
BY_TOKEN = {("GET", "/metrics"), ("HEAD", "/metrics")}
BASE_URLS = {("HEAD", "/v1"), ("HEAD", "/v1/")}
JSON = ("Content-Type", "application/json")
ORIGIN = "https://chat.example.com"
HELLO = b'{"model":"grok-3","messages":[{"role":"user","content":"say exactly: hello"}]}'
CHAT = "/v1/chat/completions"


def walked() -> list[tuple[str, str]]:
    """Return method and path of every route, with something in each hole of the path."""
    found = []
    for route in routes(Mock()):
        path = re.sub(r"\{[^}]*\}", "anything", route.path)
        found += [(method, path) for method in sorted(route.methods or ())]
    return found


CLOSED = [each for each in walked() if each not in OPEN | BY_LINK | BY_TOKEN]


@pytest.fixture(scope="module")
def guarded(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway with short deadlines, a small limit and one allowed origin."""
    started = Gateway.start(
        tmp_path_factory.mktemp("guarded"),
        upstream=shared_sandbox.base_url,
        keys=POOL,
        environment={
            "GROK2API_SERVER__HEADER_TIMEOUT": "1",
            "GROK2API_SERVER__IDLE_TIMEOUT": "1",
            "GROK2API_SERVER__BODY_TIMEOUT": "0.5",
            "GROK2API_SERVER__MAX_BODY_MB": "1",
            "GROK2API_CORS__ALLOW_ORIGINS": ORIGIN,
        },
    )
    yield started
    started.stop()


def bearer(gateway: Gateway) -> tuple[str, str]:
    return ("Authorization", f"Bearer {gateway.key}")


# Who is let in


def test_the_walk_meets_every_route() -> None:
    assert set(walked()) >= OPEN
    assert ("POST", CHAT) in CLOSED
    assert all(path.startswith("/v1/") for _, path in CLOSED)


@pytest.mark.parametrize(("method", "path"), CLOSED)
@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ([], ""),
        ([("Authorization", "Bearer sk-wrong")], ""),
        ([("Authorization", "Bearer ")], ""),
        ([("Authorization", "Bearer " + "k" * 5000)], ""),
        ([("Authorization", "Bearer clé-密钥")], ""),
        ([("Authorization", "Basic {key}")], ""),
        ([("Authorization", "{key}")], ""),
        ([("x-api-key", "xai-sandbox-alice")], ""),
        ([("Cookie", "api_key={key}")], ""),
        ([], "?key={key}&api_key={key}&access_token={key}"),
    ],
)
def test_a_closed_route_is_closed(
    gateway: Gateway, method: str, path: str, headers: Headers, query: str
) -> None:
    given = [(name, value.format(key=gateway.key)) for name, value in headers]
    reply = send(gateway.url, message(method, path + query.format(key=gateway.key), given), method=method)
    assert reply.status == 401
    if method != "HEAD" and path.startswith("/v1/messages"):
        assert reply.anthropic_error()["type"] == "authentication_error"
    elif method != "HEAD":
        assert reply.error()["code"] == "invalid_api_key"
        assert gateway.key not in reply.body.decode()


@pytest.mark.parametrize(("method", "path"), sorted(BY_LINK))
def test_media_without_a_link_is_not_there(gateway: Gateway, method: str, path: str) -> None:
    assert send(gateway.url, message(method, path), method=method).status == 404


@pytest.mark.parametrize(("method", "path"), sorted(BY_TOKEN))
@pytest.mark.parametrize("given", [[], [("Authorization", "Bearer {key}")], [("Authorization", "Bearer ")]])
def test_metrics_without_a_token_are_shown_to_nobody(
    gateway: Gateway, method: str, path: str, given: Headers
) -> None:
    shown = [(name, value.format(key=gateway.key)) for name, value in given]
    assert send(gateway.url, message(method, path, shown), method=method).status == 401


@pytest.mark.parametrize(("method", "path"), sorted(OPEN | BASE_URLS))
def test_an_open_route_needs_no_key(gateway: Gateway, method: str, path: str) -> None:
    reply = send(gateway.url, message(method, path), method=method)
    assert reply.status == 200
    assert reply.header("x-request-id")


@pytest.mark.parametrize("path", ["*", "/", "/v1/chat/completions", "/v1/models", "/v1/nothing"])
def test_options_needs_no_key_and_shows_no_cors(gateway: Gateway, path: str) -> None:
    asked = [("Origin", ORIGIN), ("Access-Control-Request-Method", "POST")]
    reply = send(gateway.url, message("OPTIONS", path, asked))
    assert reply.status == 204
    assert reply.body == b""
    assert not [name for name, _ in reply.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "headers",
    [
        [("Authorization", "Bearer {key}")],
        [("Authorization", "bearer {key}")],
        [("AUTHORIZATION", "BEARER {key}")],
        [("Authorization", "Bearer   {key}  ")],
        [("x-api-key", "{key}")],
        [("X-Api-Key", "{key}"), ("Authorization", "Bearer wrong")],
        [("x-api-key", "wrong"), ("Authorization", "Bearer {key}")],
    ],
)
def test_a_key_is_taken_from_either_header(gateway: Gateway, headers: Headers) -> None:
    given = [(name, value.format(key=gateway.key)) for name, value in headers]
    assert send(gateway.url, message("GET", "/v1/models", given)).status == 200


# What a refusal looks like

ALLOWED = [
    ("GET", CHAT, "POST"),
    ("DELETE", "/v1/responses", "POST"),
    ("POST", "/v1/models", "GET, HEAD"),
    ("PATCH", "/v1/responses/resp_x", "DELETE, GET, HEAD"),
    ("POST", "/v1/responses/resp_x/input_items", "GET, HEAD"),
    ("GET", "/v1/responses/resp_x/cancel", "POST"),
    ("TRACE", "/v1/models", "GET, HEAD"),
]


@pytest.mark.parametrize(("method", "path", "allowed"), ALLOWED)
def test_a_wrong_method_is_405_with_allow(gateway: Gateway, method: str, path: str, allowed: str) -> None:
    reply = send(gateway.url, message(method, path, [bearer(gateway)]))
    assert reply.status == 405
    assert reply.header("allow") == allowed
    assert reply.error()["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    "path",
    ["/v1", "/v1/", "/v1/nothing", "/v1/models/", "/v1/chat/completions/", "/v1/%2e%2e/health", "/v1//models",
     "/v1/" + "a" * 4000],
)  # fmt: skip
def test_an_unknown_route_is_404(gateway: Gateway, path: str) -> None:
    reply = send(gateway.url, message("GET", path, [bearer(gateway)]))
    assert reply.status == 404
    assert reply.error()["code"] in {"not_found", "model_not_found"}
    assert len(reply.body) < 1000


DEEP = b'{"model":"grok-3","messages":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
BAD_BODIES: list[tuple[int, str, Headers, bytes]] = [
    (415, "unsupported_media_type", [("Content-Type", "text/plain")], HELLO),
    (415, "unsupported_media_type", [("Content-Type", "multipart/form-data; boundary=x")], HELLO),
    (415, "unsupported_media_type", [JSON, ("Content-Encoding", "gzip")], b"\x1f\x8b\x08\x00"),
    (400, "invalid_json", [JSON], b"{"),
    (400, "invalid_json", [JSON], b""),
    (400, "invalid_json", [JSON], b"null"),
    (400, "invalid_json", [JSON], b"[]"),
    (400, "invalid_json", [JSON], b'"grok-3"'),
    (400, "invalid_json", [JSON], HELLO + HELLO),
    (400, "invalid_json", [JSON], b"\xef\xbb\xbf{}x"),
    (400, "invalid_json", [JSON], HELLO.replace(b"hello", b"\xff\xfe")),
    (400, "invalid_json", [JSON], HELLO.decode().encode("utf-16")),
    (400, "invalid_json", [JSON], DEEP),
    (400, "missing_required_parameter", [JSON], b"{}"),
    (400, "invalid_value", [JSON, JSON], HELLO),
    (400, "invalid_value", [JSON, ("Host", "one"), ("Host", "two")], HELLO),
]


@pytest.mark.parametrize("path", [CHAT, "/v1/responses"])
@pytest.mark.parametrize(("status", "code", "headers", "body"), BAD_BODIES)
def test_a_bad_body_is_refused(
    gateway: Gateway, path: str, status: int, code: str, headers: Headers, body: bytes
) -> None:
    reply = send(gateway.url, message("POST", path, [bearer(gateway), *headers], body))
    assert reply.status == status
    assert reply.error()["code"] == code


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/x+json"]
)
def test_json_is_read_under_each_of_its_names(gateway: Gateway, kind: str) -> None:
    content = message("POST", CHAT, [bearer(gateway), ("Content-Type", kind)], HELLO)
    assert send(gateway.url, content).status == 200
    assert send(gateway.url, message("POST", CHAT, [bearer(gateway)], HELLO)).status == 200


def test_a_body_that_says_it_is_not_compressed_is_read(gateway: Gateway) -> None:
    plain = [bearer(gateway), JSON, ("Content-Encoding", "identity")]
    assert send(gateway.url, message("POST", CHAT, plain, HELLO)).status == 200


@pytest.mark.parametrize(
    "content",
    [
        b"GARBAGE\r\n\r\n",
        b"GET /v1/models HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /v1/models HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_no_http_is_told_so_in_json(gateway: Gateway, content: bytes) -> None:
    with connected(gateway.url) as connection:
        connection.sendall(content)
        reply = receive(connection)
        assert ended_by_server(connection) == b""
    assert reply.status == 400
    assert reply.header("content-type") == "application/json"
    assert reply.header("x-request-id")
    assert set(reply.json()["error"]) == {"message", "type", "param", "code"}


def test_a_body_that_announces_too_much_is_refused_unread(guarded: Gateway) -> None:
    content = message("POST", CHAT, [bearer(guarded), JSON, ("Content-Length", str((1 << 20) + 1))])
    reply = send(guarded.url, content)
    assert reply.status == 413
    assert reply.error()["code"] == "request_too_large"
    assert reply.header("connection") == "close"


def test_a_body_in_chunks_is_counted(guarded: Gateway) -> None:
    headers = [bearer(guarded), JSON, ("Transfer-Encoding", "chunked")]
    with connected(guarded.url) as connection:
        connection.sendall(message("POST", CHAT, headers))
        for _ in range(17):
            connection.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        reply = receive(connection)
    assert reply.status == 413
    assert reply.error()["code"] == "request_too_large"


def test_a_body_of_just_the_limit_is_read(guarded: Gateway) -> None:
    content = message("POST", CHAT, [bearer(guarded), JSON], HELLO.ljust(1 << 20))
    assert send(guarded.url, content).status == 200


# Ids


@pytest.mark.parametrize(
    "sent", ["a", "req_1", "7c9e6679-7425-40de-944b-e07fc1f90ae7", "A.b:c_d-9", "x" * 128]
)
def test_a_sane_request_id_is_kept(gateway: Gateway, sent: str) -> None:
    for path in ("/v1/models", "/v1/nothing"):
        reply = send(gateway.url, message("GET", path, [bearer(gateway), ("X-Request-Id", sent)]))
        assert reply.header("x-request-id") == sent


@pytest.mark.parametrize(
    "sent", ["", "x" * 129, "two words", "<script>", 'quote"', "请求", "semi;colon", "a/b"]
)
def test_any_other_request_id_is_replaced(gateway: Gateway, sent: str) -> None:
    reply = send(gateway.url, message("GET", "/v1/models", [bearer(gateway), ("x-request-id", sent)]))
    assert re.fullmatch(r"req_[0-9a-f]{32}", reply.header("x-request-id") or "")


# Cross-origin pages


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("OPTIONS", CHAT, 204), ("GET", "/v1/models", 200), ("GET", "/v1/nothing", 404), ("PUT", CHAT, 405)],
)
def test_a_page_of_an_allowed_origin_may_read_every_answer(
    guarded: Gateway, method: str, path: str, status: int
) -> None:
    asked = [("Origin", ORIGIN), ("Access-Control-Request-Headers", "authorization, x-stainless-os")]
    reply = send(guarded.url, message(method, path, [bearer(guarded), *asked]))
    assert reply.status == status
    assert reply.header("access-control-allow-origin") == ORIGIN
    assert reply.header("access-control-allow-headers") == "authorization, x-stainless-os"
    assert reply.header("access-control-allow-methods") == "GET, POST, DELETE, OPTIONS"
    readable = (reply.header("access-control-expose-headers") or "").split(", ")
    assert {"x-request-id", "x-grok2api-dropped-params", "x-ratelimit-remaining-tokens"} <= set(readable)
    assert reply.header("access-control-allow-credentials") is None
    assert (reply.header("vary") or "").lower() == "origin"


@pytest.mark.parametrize("origin", ["https://evil.example.com", f"{ORIGIN}.evil.com", "null", ORIGIN.upper()])
def test_a_page_of_another_origin_may_not(guarded: Gateway, origin: str) -> None:
    reply = send(guarded.url, message("GET", "/v1/models", [bearer(guarded), ("Origin", origin)]))
    assert reply.status == 200
    assert reply.header("access-control-allow-origin") is None


# Upgrades

WEBSOCKET = [
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
]
H2C = [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABk")]


def test_a_websocket_where_none_is_served_is_refused_with_426(gateway: Gateway) -> None:
    reply = send(gateway.url, message("GET", "/v1/models", [bearer(gateway), *WEBSOCKET]))
    assert reply.status == 426
    assert reply.error()["code"] == "websocket_not_supported"


@pytest.mark.parametrize("together", [True, False])
def test_an_offer_of_http2_is_ignored_and_the_body_read(gateway: Gateway, together: bool) -> None:
    """Java's HTTP client offers it with every request."""
    content = message("POST", CHAT, [bearer(gateway), JSON, *H2C], HELLO)
    cut = len(content) if together else content.index(b"\r\n\r\n") + 4
    with connected(gateway.url) as connection:
        for _ in range(2):
            connection.sendall(content[:cut])
            connection.sendall(content[cut:])
            reply = receive(connection)
            assert reply.status == 200
            assert reply.json()["choices"][0]["message"]["content"] == "hello"


@pytest.mark.parametrize("offer", [H2C, WEBSOCKET])
def test_a_body_is_never_read_as_a_request(gateway: Gateway, offer: Headers) -> None:
    inner = message("GET", "/v1/models", [bearer(gateway)])
    outer = message("POST", CHAT, [bearer(gateway), JSON, *offer], inner)
    with connected(gateway.url) as connection:
        connection.sendall(outer)
        reply = receive(connection)
        assert reply.error()["code"] == "invalid_json"
        connection.sendall(message("GET", "/health"))
        assert receive(connection).json() == {"status": "ok"}


# Deadlines


def test_half_a_header_is_given_up(guarded: Gateway) -> None:
    with connected(guarded.url) as connection:
        connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        assert ended_by_server(connection) == b""


def test_the_deadline_holds_for_the_second_request_of_a_connection(guarded: Gateway) -> None:
    with connected(guarded.url) as connection:
        connection.sendall(message("GET", "/health"))
        assert receive(connection).status == 200
        connection.sendall(b"GET /health HTTP/1.1\r\nHo")
        assert ended_by_server(connection) == b""


def test_a_connection_over_which_nothing_runs_is_closed_in_its_time(guarded: Gateway) -> None:
    with connected(guarded.url) as connection:
        connection.sendall(message("GET", "/health"))
        assert receive(connection).status == 200
        assert ended_by_server(connection) == b""


@pytest.mark.parametrize("begun", [b"", HELLO[:20]])
def test_a_body_that_stops_is_given_up(guarded: Gateway, begun: bytes) -> None:
    headers = [bearer(guarded), JSON, ("Content-Length", "300")]
    with connected(guarded.url) as connection:
        connection.sendall(message("POST", CHAT, headers) + begun)
        reply = receive(connection)
    assert reply.status == 408
    assert reply.error()["code"] == "request_timeout"
    assert reply.error()["type"] == "timeout_error"
