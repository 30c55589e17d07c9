"""S11: no page of another origin changes, reads or frames anything with the cookie of a visitor."""

from __future__ import annotations

from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest

from grok2api.admin.roles import RULES
from support.observing import eventually
from support.operator import PASSWORD, SIGNED, Operator
from support.processes import Gateway, Sandbox, request
from support.raw_http import message, send
from support.sockets import handshake

COOKIE = "grok2api_session"
EVIL = "https://evil.example"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain", "")
"""What a page may send to any host without being asked about it first; the last is none at all."""
CHANGES = [
    (rule.method, "/admin/api" + rule.path.replace("{", "").replace("}", "").replace(":path", ""))
    for rule in RULES
    if rule.method not in {"GET", "HEAD"} and rule.least != "open"
]
BODY = b'{"password":"' + PASSWORD.encode() + b'"}'


@pytest.fixture(scope="module")
def cookie(house: Gateway) -> str:
    _, headers, _ = request("POST", house.url + "/admin/api/session", {"password": PASSWORD})
    morsel = SimpleCookie(headers["set-cookie"])[COOKIE]
    return f"{COOKIE}={morsel.value}"


def test_a_page_of_another_origin_changes_nothing(house: Gateway, owner: Operator, cookie: str) -> None:
    entries = owner.get("/audit?limit=1")["data"]
    assert len(CHANGES) > 25
    foreign: list[list[tuple[str, str]]] = [
        [("Origin", EVIL), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors")],
        [("Origin", EVIL)],
        [("Origin", "null"), ("X-Requested-With-Not", "fetch")],
        [("Origin", "http://[::1")],
        [("Referer", EVIL + "/page")],
        [],
    ]
    for method, path in CHANGES:
        for headers in foreign:
            kind = FORMS[len(path) % len(FORMS)]
            sent = [*headers, ("Cookie", cookie), *([("Content-Type", kind)] if kind else [])]
            reply = send(house.url, message(method, path, sent, b"a=b"))
            assert reply.status == 403, (method, path, headers)
    assert owner.get("/audit?limit=1")["data"] == entries, "a refused change was made, or told as one"


@pytest.mark.parametrize("kind", [*FORMS, "application/json"])
def test_nobody_is_signed_in_by_a_page_of_another_origin(house: Gateway, kind: str) -> None:
    for origin in (EVIL, "null", "http://[", house.url + ".evil.example"):
        sent = [("Origin", origin), *([("Content-Type", kind)] if kind else [])]
        reply = send(house.url, message("POST", "/admin/api/session", sent, BODY))
        assert reply.status == 403
        assert reply.header("set-cookie") is None


def test_what_a_form_can_send_signs_nobody_in(house: Gateway) -> None:
    """Also where the browser is too old to tell whose page it is: only JSON is read."""
    for kind in FORMS:
        sent = [("Content-Type", kind)] if kind else []
        reply = send(house.url, message("POST", "/admin/api/session", sent, BODY))
        assert reply.status == 400, kind
        assert reply.header("set-cookie") is None


@pytest.mark.parametrize("path", ["/events", "/credentials", "/session", "/requests/export?format=csv"])
def test_a_page_of_another_origin_reads_nothing(house: Gateway, cookie: str, path: str) -> None:
    """Streams of events among it, which a page may open without asking."""
    foreign = (
        {"Origin": EVIL},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
    )
    for headers in foreign:
        told = request("GET", house.url + "/admin/api" + path, headers={"Cookie": cookie} | headers)
        assert told[0] == 403
        assert not [name for name in told[1] if name.startswith("access-control-")]


def test_a_page_of_another_origin_opens_no_socket(house: Gateway, cookie: str) -> None:
    """A browser lets any page open one, and sends the visitor's cookie along: it opens nothing here."""
    admin = ("/admin/api/events", "/admin/api/session")
    for origin in (EVIL, "null", house.url + ".evil.example"):
        for shown in ({"Cookie": cookie}, house.headers):
            assert handshake(house, {"Origin": origin} | shown)[0] == 403, (origin, shown)
        for path in admin:
            assert handshake(house, {"Origin": origin, "Cookie": cookie}, path)[0] in {403, 426}, path
    own = {"Origin": house.url, "Cookie": cookie}
    assert handshake(house, own)[0] == 401, "no cookie is a client key"
    assert {handshake(house, own, path)[0] for path in admin} == {426}, "no socket is served there"


def test_nobody_frames_the_console(house: Gateway) -> None:
    for path in ("/admin", "/admin/settings", "/admin/anything/else"):
        _, headers, _ = request("GET", house.url + path)
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"


def test_the_cookie_is_for_this_very_site(house: Gateway) -> None:
    _, headers, _ = request("POST", house.url + "/admin/api/session", {"password": PASSWORD})
    told = headers["set-cookie"].lower()
    for part in ("httponly", "samesite=strict", "path=/admin"):
        assert part in told
    assert "domain=" not in told


def test_over_https_no_neighbour_sets_the_cookie_and_no_plain_line_carries_it(
    shared_sandbox: Sandbox, tmp_path: Path
) -> None:
    """Behind a proxy that is believed: a browser takes `__Host-` only from the host itself, over https."""
    environment = SIGNED | {
        "GROK2API_SERVER__TRUSTED_PROXIES": "127.0.0.1",
        "GROK2API_SERVER__HSTS_DAYS": "365",
        "SERVER_WORKERS": "1",
    }
    behind = Gateway.start(tmp_path, upstream=shared_sandbox.base_url, environment=environment)
    address, https = behind.url + "/admin/api/session", {"X-Forwarded-Proto": "https"}
    try:
        _, headers, _ = request("POST", address, {"password": PASSWORD}, headers=https)
        name, told = headers["set-cookie"].split("=", 1)
        assert name == "__Host-grok2api_session"
        token, *parts = (each.strip() for each in told.split(";"))
        assert {"Secure", "HttpOnly", "Path=/"} <= set(parts)
        assert "samesite=strict" in told.lower()
        assert not [each for each in parts if each.lower().startswith("domain")]
        for cookie, line, status in (
            (name, https, 200),
            ("grok2api_session", https, 401),
            (name, {}, 401),
        ):
            assert request("GET", address, headers=line | {"Cookie": f"{cookie}={token}"})[0] == status
        for path in ("/admin", "/admin/api/session", "/v1/models", "/health"):
            sealed, plain = (request("GET", behind.url + path, headers=line)[1] for line in (https, {}))
            assert sealed["strict-transport-security"] == "max-age=31536000"
            assert "strict-transport-security" not in plain, "over http it means nothing (RFC 6797, 7.2)"
    finally:
        behind.stop()


def test_all_origins_are_never_all_with_credentials_and_never_the_admin_api(
    house: Gateway, owner: Operator
) -> None:
    def origins(value: list[str]) -> None:
        revision = owner.get("/settings")["revision"]
        change = {"set": {"cors.allow_origins": value}, "revision": revision}
        assert owner.send("PATCH", "/settings", change)[0] == 200

    def told(path: str) -> dict[str, Any]:
        _, headers, _ = request("GET", house.url + path, headers=house.headers | {"Origin": EVIL})
        return {name: value for name, value in headers.items() if name.startswith("access-control-")}

    assert told("/v1/models") == {}
    origins(["*"])
    try:
        seen = eventually(lambda: told("/v1/models"), "the setting")
        assert seen["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in seen
        assert told("/admin/api/session") == told("/admin") == {}
    finally:
        origins([])
