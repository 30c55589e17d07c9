"""Where links lead: to the address that is set, or to the one by which the client came."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.api.context import make_context
from grok2api.api.public_address import PEER, public_address
from grok2api.config.settings import Settings

DEFAULT = Settings()
PROXY = "10.0.0.7"


def settings(*, app_url: str = "", trusted: tuple[str, ...] = ()) -> Settings:
    return msgspec.structs.replace(
        DEFAULT,
        app=msgspec.structs.replace(DEFAULT.app, app_url=app_url),
        server=msgspec.structs.replace(DEFAULT.server, trusted_proxies=trusted),
    )


def a_request(
    headers: dict[str, str],
    *,
    client: tuple[str, int] | None = (PROXY, 5000),
    scheme: str = "http",
    server: tuple[str, int | None] | None = ("127.0.0.1", 8000),
    **more: object,
) -> dict[str, Any]:
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"type": "http", "headers": raw, "client": client, "server": server, "scheme": scheme, **more}
    make_context(scope)
    return scope


def address(headers: dict[str, str], trusted: tuple[str, ...] = (), **more: Any) -> str:
    return public_address(a_request(headers, **more), settings(trusted=trusted))


def test_an_address_that_is_set_is_the_address() -> None:
    scope = a_request({"Host": "evil.example"})
    for app_url in ("https://grok.example.com", "https://grok.example.com/v1"):
        assert public_address(scope, settings(app_url=app_url)) == "https://grok.example.com"
    assert public_address(scope, settings(app_url="https://h/grok")) == "https://h/grok"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("grok.example.com", "http://grok.example.com"),
        ("grok.example.com:8080", "http://grok.example.com:8080"),
        ("my_host", "http://my_host"),
        ("192.168.1.5:8000", "http://192.168.1.5:8000"),
        ("localhost:8000", "http://localhost:8000"),
        ("127.0.0.1:8000", "http://localhost:8000"),
        ("127.9.9.9", "http://localhost"),
        ("[::1]:8000", "http://localhost:8000"),
        ("[2001:db8::1]:443", "http://[2001:db8::1]:443"),
    ],
)
def test_else_it_is_the_host_of_the_request(host: str, expected: str) -> None:
    assert address({"Host": host}) == expected


@pytest.mark.parametrize(
    "host",
    [
        *(
            "",
            "a b",
            "a/b",
            "a@b",
            "a?b",
            "a#b",
            "a\\b",
            "a:b",
            "a:0",
            "a:99999",
            "a:",
            "[::1",
            "[zz]:1",
            "[:::]",
        ),
        *('a"b', "a<b", "a>b", "a)b", "-a", "a-", "é", "a" * 300, "a\tb", "a:80:80", "[1.2.3.4]"),
    ],
)
def test_what_is_no_host_never_reaches_a_link(host: str) -> None:
    assert address({"Host": host}) == "http://localhost:8000"
    assert address({"Host": host}, server=("10.1.1.1", 80)) == "http://10.1.1.1:80"
    assert address({"Host": host}, server=("fe80::1", 80)) == "http://[fe80::1]:80"
    assert address({"Host": host}, server=("/run/socket", None)) == "http://localhost"


FORWARDED = {
    "Host": "inner:8000",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "grok.example.com",
}


@pytest.mark.parametrize(
    ("trusted", "client", "believed"),
    [
        ((), (PROXY, 1), False),
        (("10.0.0.7",), (PROXY, 1), True),
        (("10.0.0.0/8",), (PROXY, 1), True),
        (("10.0.0.8",), (PROXY, 1), False),
        (("10.0.0.0/8",), ("::ffff:10.0.0.7", 1), True),
        (("2001:db8::/32",), ("2001:db8::9", 1), True),
        (("10.0.0.0/8",), None, False),
        (("10.0.0.0/8",), ("a socket", 0), False),
    ],
)
def test_forwarded_headers_are_believed_from_trusted_proxies_only(
    trusted: tuple[str, ...], client: tuple[str, int] | None, *, believed: bool
) -> None:
    expected = "https://grok.example.com" if believed else "http://inner:8000"
    assert address(FORWARDED, trusted, client=client) == expected


def test_who_connected_decides_not_whom_it_speaks_for() -> None:
    spoken_for = {"client": ("203.0.113.9", 0), PEER: (PROXY, 5000)}
    assert address(FORWARDED, (PROXY,), **spoken_for) == "https://grok.example.com"
    forged = {"client": (PROXY, 0), PEER: ("203.0.113.9", 5000)}
    assert address(FORWARDED, (PROXY,), **forged) == "http://inner:8000"


def test_of_several_proxies_the_outermost_counts() -> None:
    chain = FORWARDED | {
        "X-Forwarded-Proto": "https, http",
        "X-Forwarded-Host": "grok.example.com, inner.example",
    }
    assert address(chain, (PROXY,)) == "https://grok.example.com"


def test_what_a_proxy_says_amiss_counts_as_not_said() -> None:
    amiss = FORWARDED | {"X-Forwarded-Proto": "javascript", "X-Forwarded-Host": "a/b"}
    assert address(amiss, (PROXY,)) == "http://inner:8000"


def test_a_socket_of_the_web_has_the_same_address() -> None:
    assert address({"Host": "h"}, scheme="wss") == "https://h"
    assert address({"Host": "h"}, scheme="ws") == "http://h"


@given(st.text(st.characters(max_codepoint=255), max_size=60))
def test_no_host_can_say_more_than_a_host(host: str) -> None:
    parts = urlsplit(address({"Host": host}) + "/v1/media/x")
    assert (parts.path, parts.query, parts.fragment, parts.username) == ("/v1/media/x", "", "", None)
    assert parts.hostname
