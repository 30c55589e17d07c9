"""Whoever connected, and whom a trusted proxy says it speaks for.

uvicorn's own reader of forwarded headers puts the client in the place of the proxy; who connected is noted
before that, because it decides whether the proxy's other headers are believed. Must never believe a header by
itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from grok2api.api.public_address import PEER


class Forwarded:
    """Wraps the application.

    Args:
        app: What is wrapped.
        trusted: Addresses and networks of the proxies that are believed.
    """

    def __init__(self, app: ASGIApp, trusted: Sequence[str]) -> None:
        self._app = cast(ASGIApp, ProxyHeadersMiddleware(app, list(trusted))) if trusted else app  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note who connected, and hand on."""
        if scope["type"] != "lifespan":
            scope[PEER] = scope.get("client")
        await self._app(scope, receive, send)
