"""Cookies are kept as narrowly as their scheme allows, and count over that scheme alone."""

from __future__ import annotations

import pytest
from starlette.requests import Request
from starlette.responses import Response

from grok2api.admin.cookies import SESSION, SIGN_ON, Cookie
from grok2api.admin.gate import PREFIX
from grok2api.admin.roles import RULES


def asked(scheme: str, cookie: str = "") -> Request:
    headers = [(b"host", b"here"), (b"cookie", cookie.encode())]
    scope = {"type": "http", "scheme": scheme, "path": "/", "query_string": b"", "headers": headers}
    return Request(scope)


def told(response: Response) -> list[str]:
    return [value.decode() for name, value in response.raw_headers if name == b"set-cookie"]


@pytest.mark.parametrize(
    ("cookie", "scheme", "expected"),
    [
        (SESSION, "http", "grok2api_session=it; HttpOnly; Max-Age=60; Path=/admin; SameSite=strict"),
        (
            SESSION,
            "https",
            "__Host-grok2api_session=it; HttpOnly; Max-Age=60; Path=/; SameSite=strict; Secure",
        ),
        (
            SIGN_ON,
            "http",
            "grok2api_sign_on=it; HttpOnly; Max-Age=60; Path=/admin/api/session/sso; SameSite=lax",
        ),
        (SIGN_ON, "https", "__Host-grok2api_sign_on=it; HttpOnly; Max-Age=60; Path=/; SameSite=lax; Secure"),
    ],
)
def test_a_cookie_is_kept_with_all_its_guards(cookie: Cookie, scheme: str, expected: str) -> None:
    response = Response()
    cookie.keep(response, asked(scheme), "it", seconds=60.9)
    assert told(response) == [expected]
    cookie.forget(response, asked(scheme))
    assert told(response)[1].partition("=")[0] == expected.partition("=")[0]


def test_a_cookie_of_one_scheme_does_not_count_over_the_other() -> None:
    both = "grok2api_session=open; __Host-grok2api_session=safe"
    assert (SESSION.read(asked("http", both)), SESSION.read(asked("https", both))) == ("open", "safe")
    assert SESSION.read(asked("https", "grok2api_session=open")) == ""


def test_who_signs_out_keeps_neither() -> None:
    response = Response()
    SESSION.forget_everywhere(response)
    names = [each.partition("=")[0] for each in told(response)]
    assert names == ["grok2api_session", "__Host-grok2api_session"]


def test_the_way_back_from_the_identity_provider_lies_where_its_cookie_is_sent() -> None:
    back = [PREFIX + rule.path for rule in RULES if rule.path.startswith("/session/sso")]
    assert back
    assert all(path.startswith(SIGN_ON.path) for path in back)
