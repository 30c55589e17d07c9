"""What is known of one HTTP request from its first byte to its last: id, headers, clock, marks.

It lives in the ASGI scope, made by the outermost layer. Must never carry decisions of the stages.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import MutableMapping
from secrets import token_hex
from typing import Any, Protocol

from starlette.types import Message, Receive, Scope, Send

from grok2api.canonical.request_ids import MARK
from grok2api.errors import InvalidRequest
from grok2api.kit.ids import new_id, sane

_KEY = "grok2api.context"
_LINGER_SECONDS = 2.0
_LINGER_BYTES = 256 * 1_048_576
_SINGLE = frozenset({b"host", b"content-length", b"content-type", b"authorization", b"x-api-key"})


class RequestContext:
    """One request."""

    __slots__ = (
        *("address", "headers", "key_id", "ledger_id", "limits_told", "marks", "request_id", "started"),
        *("status", "subprotocols"),
    )

    def __init__(
        self, headers: dict[bytes, bytes], sent_id: str, address: str = "", subprotocols: tuple[str, ...] = ()
    ) -> None:
        self.headers = headers
        self.subprotocols = subprotocols
        """What the client of a WebSocket offers to speak."""
        self.address = address
        """Where its client is, as far as trusted proxies tell; empty if nobody knows."""
        self.limits_told: list[tuple[bytes, bytes]] | None = None
        """What every answer tells of its key's limits; None as long as they were not asked."""
        self.request_id = sent_id or new_id("req")
        """The id that the client reads; its own, if it sent a sane one."""
        self.ledger_id = f"{sent_id}{MARK}{token_hex(6)}" if sent_id else self.request_id
        """The same made unique: two requests that a client gave one id are two in the ledger."""
        self.started = time.monotonic()
        self.status = 0
        self.key_id = ""
        self.marks: list[tuple[str, float]] = []

    def mark(self, name: str) -> None:
        """Note that a phase ended now; shown in `Server-Timing`."""
        self.marks.append((name, time.monotonic()))

    def header(self, name: bytes) -> str:
        """Return a request header as text; empty when it is absent."""
        value = self.headers.get(name)
        return value.decode("latin-1") if value else ""

    def timing(self) -> tuple[bytes, bytes]:
        """Return the milliseconds since the start, and the phases as a `Server-Timing` value."""
        now = time.monotonic()
        parts, before = [], self.started
        for name, moment in self.marks:
            parts.append(f"{name};dur={(moment - before) * 1000:.1f}")
            before = moment
        total = (now - self.started) * 1000
        parts.append(f"total;dur={total:.1f}")
        return b"%d" % total, ", ".join(parts).encode()


class Endpoint(Protocol):
    """An ASGI application for one route."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        ...


def make_context(scope: Scope) -> RequestContext:
    """Read the headers once, and put the context into the scope."""
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in headers and name in _SINGLE:
            headers[b":twice"] = name
        headers[name] = value
    sent = headers.get(b"x-request-id", b"").decode("latin-1")
    client = scope.get("client")
    context = RequestContext(
        headers,
        sent if sent and sane(sent) else "",
        client[0] if client else "",
        tuple(scope.get("subprotocols", ())),
    )
    scope[_KEY] = context
    return context


def context_of(scope: MutableMapping[str, Any]) -> RequestContext:
    """Return the context that `make_context` put there."""
    context: RequestContext = scope[_KEY]
    return context


def check_headers(context: RequestContext) -> None:
    """Refuse a header that may stand only once and stands twice: two readers could see two requests.

    Raises:
        InvalidRequest: it names the header.
    """
    twice = context.headers.get(b":twice")
    if twice is not None:
        raise InvalidRequest(f"The header '{twice.decode('latin-1')}' may be sent only once.")


async def send_json(
    send: Send,
    status: int,
    body: bytes,
    headers: list[tuple[bytes, bytes]] | None = None,
    *,
    unread: Receive | None = None,
) -> None:
    """Send one JSON answer.

    Args:
        unread: Where the rest of a refused body comes from. It is read and thrown away for a moment before
            the end: closing on unread bytes resets the connection, and the client would never see why.
    """
    start: Message = {
        "type": "http.response.start",
        "status": status,
        "headers": [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            *(headers or ()),
        ],
    }
    await send(start)
    if unread is not None:
        await send({"type": "http.response.body", "body": body, "more_body": True})
        await _linger(unread)
        body = b""
    await send({"type": "http.response.body", "body": body})


async def _linger(receive: Receive) -> None:
    left = _LINGER_BYTES
    try:
        async with asyncio.timeout(_LINGER_SECONDS):
            while left > 0:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
                left -= len(message.get("body", b""))
    except TimeoutError:
        return
