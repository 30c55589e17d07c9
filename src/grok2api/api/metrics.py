"""GET /metrics: the page of all workers, for whoever has its token. Must never be open by omission."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable

from starlette.types import Receive, Scope, Send

from grok2api.api.context import context_of
from grok2api.errors import Unauthenticated

_CLOSED = (
    "Metrics are shown to nobody until they have a token: set GROK2API_METRICS__TOKEN to 16 or more "
    "characters, and send it as 'Authorization: Bearer TOKEN'."
)
_WRONG = "The token is not valid. Send that of metrics.token as 'Authorization: Bearer TOKEN'."


class Metrics:
    """The endpoint.

    Args:
        page: Writes the page.
        token: The token in force; empty shows the page to nobody.
        content_type: Of the page.
    """

    def __init__(
        self, page: Callable[[], Awaitable[str]], token: Callable[[], str], *, content_type: str
    ) -> None:
        self._page = page
        self._token = token
        self._content_type = content_type

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the page."""
        token = self._token()
        scheme, _, shown = context_of(scope).header(b"authorization").partition(" ")
        if not token:
            raise Unauthenticated(_CLOSED)
        if scheme.lower() != "bearer" or not hmac.compare_digest(shown.strip().encode(), token.encode()):
            raise Unauthenticated(_WRONG)
        body = (await self._page()).encode()
        headers = [
            (b"content-type", self._content_type.encode()),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
