"""S5: whatever is written for host and path, a request is let in as the plain one is, or not at all."""

from __future__ import annotations

import pytest

from support.processes import Gateway
from support.raw_http import Headers, message, send

PLAIN = "/v1/models"
ADMIN = "/admin/api/credentials"
HOSTS = (
    "x/admin?",
    "x#",
    "a@b",
    "user@evil/v1",
    "[::1",
    "a b",
    "a,b",
    "",
    "x:99999999",
    "a\tb",
    "é",
    "localhost.",
)
PATHS = (
    "//v1/models", "/v1//models", "/./v1/models", "/v1/../v1/models", "/v1/%2e%2e/v1/models", "/V1/models",
    "/v1/models/", "/v1/models.", "/v1/models;a", "/v1%2fmodels", "/v1%252fmodels", "/v1/models%00",
    "/health/../v1/models", "/health%2f..%2fv1/models", "/v1/media/../models", "/ready/../v1/models",
    "http://elsewhere/v1/models", "*", "/v1/models%2f..", "/v1\\models", "/v1/models?/health",
    "/v1/models#/health",
)  # fmt: skip
ADMIN_PATHS = (
    "//admin/api/credentials", "/admin//api/credentials", "/admin/./api/credentials",
    "/ADMIN/api/credentials", "/admin./api/credentials", "/admin/api//credentials",
    "/admin/api/credentials/", "/admin/api/credentials;x", "/admin%2fapi/credentials",
    "/admin/api%2fcredentials", "/admin/api/setup/../credentials", "/v1/../admin/api/credentials",
    "/admin/api/session%2f..%2fcredentials", "/admin/assets/../api/credentials",
    "/admin/assets/..%2fapi%2fcredentials", "http://elsewhere/admin/api/credentials",
    "/admin/api/setup%00/../credentials",
)  # fmt: skip
REWRITTEN = ("X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "X-Forwarded-Path", "X-Original-Path")
METHODS = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")


def ask(gateway: Gateway, target: str, headers: Headers = (), *, method: str = "GET") -> tuple[int, bytes]:
    reply = send(gateway.url, message(method, target, headers))
    return reply.status, reply.body


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_opens_and_closes_nothing(gateway: Gateway, host: str) -> None:
    named = [("Host", host)]
    keyed = [*named, *gateway.headers.items()]
    assert (ask(gateway, PLAIN, named)[0], ask(gateway, ADMIN, named)[0]) == (401, 401)
    assert (ask(gateway, PLAIN, keyed)[0], ask(gateway, ADMIN, keyed)[0]) == (200, 403)


@pytest.mark.parametrize("second", ["gateway", "elsewhere"])
def test_two_hosts_are_refused(gateway: Gateway, second: str) -> None:
    twice = [("Host", "gateway"), ("Host", second), *gateway.headers.items()]
    for target in (PLAIN, ADMIN, "/health", "/admin", "/v1/media/anything"):
        assert ask(gateway, target, twice)[0] == 400


@pytest.mark.parametrize("path", PATHS)
def test_no_way_of_writing_a_path_lets_a_stranger_in(gateway: Gateway, path: str) -> None:
    status, body = ask(gateway, path)
    assert status in {400, 401, 404}, body
    assert b"grok-" not in body


@pytest.mark.parametrize("path", ADMIN_PATHS)
def test_no_way_of_writing_a_path_leads_to_the_admin_api(gateway: Gateway, path: str) -> None:
    """What is an address of the console shows its page, which holds nothing; a client key is none there."""
    for headers in ((), tuple(gateway.headers.items())):
        status, body = ask(gateway, path, headers)
        assert status in {401, 403, 404} or body.startswith(b"<!doctype html>"), (status, body)
        assert b"alice" not in body


def test_no_header_names_another_path_or_method(gateway: Gateway) -> None:
    for name in REWRITTEN:
        for target in (PLAIN, ADMIN):
            told = ask(gateway, "/health", [(name, target)])
            assert told == ask(gateway, "/health")
            assert ask(gateway, target, [(name, "/health")])[0] == 401
    for name in METHODS:
        assert ask(gateway, "/admin/api/setup", [(name, "DELETE")])[0] == 200
        assert ask(gateway, PLAIN, [(name, "OPTIONS")])[0] == 401


@pytest.mark.parametrize("given", ["For", "Host", "Proto", "Port", "Server", "User"])
def test_no_forwarded_header_is_believed_of_a_stranger(gateway: Gateway, given: str) -> None:
    told = [(f"X-Forwarded-{given}", "127.0.0.1"), ("Forwarded", "for=127.0.0.1;host=localhost;proto=https")]
    assert (ask(gateway, PLAIN, told)[0], ask(gateway, ADMIN, told)[0]) == (401, 401)
