"""Behind a proxy: who connected is noted before the proxy's word on its client is taken."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.types import Receive, Scope, Send

from grok2api.api.context import make_context
from grok2api.api.public_address import public_address
from grok2api.config.settings import Settings
from grok2api.server.forwarding import Forwarded

PROXY, CLIENT = "10.0.0.7", "203.0.113.9"


async def seen(peer: str, trusted: tuple[str, ...]) -> tuple[str, str]:
    """Return the client's address and the server's, as an application behind the wrapper sees them."""
    default = Settings()
    settings = msgspec.structs.replace(
        default, server=msgspec.structs.replace(default.server, trusted_proxies=trusted)
    )
    found: list[tuple[str, str]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        make_context(scope)
        found.append((scope["client"][0], public_address(scope, settings)))

    async def nothing(*_: Any) -> Any:
        raise AssertionError

    headers = {
        "host": "inner:8000",
        "x-forwarded-for": CLIENT,
        "x-forwarded-proto": "https",
        "x-forwarded-host": "grok.example.com",
    }
    scope = {
        "type": "http",
        "scheme": "http",
        "client": (peer, 5000),
        "server": ("127.0.0.1", 8000),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    await Forwarded(app, trusted)(scope, nothing, nothing)
    return found[0]


async def test_a_trusted_proxy_speaks_for_its_client() -> None:
    assert await seen(PROXY, (PROXY,)) == (CLIENT, "https://grok.example.com")
    assert await seen(PROXY, ("10.0.0.0/8",)) == (CLIENT, "https://grok.example.com")


async def test_anybody_else_speaks_for_itself() -> None:
    assert await seen("198.51.100.1", (PROXY,)) == ("198.51.100.1", "http://inner:8000")
    assert await seen(PROXY, ()) == (PROXY, "http://inner:8000")
