"""Reading a request body: bounded in size and in time, whatever the client announces.

Must never hold more than the limit: a body that announces too much is refused unread.
"""

from __future__ import annotations

import asyncio

from starlette.types import Message, Receive

from grok2api.api.context import RequestContext
from grok2api.errors import InvalidRequest, RequestTimeout, TooLarge, UnsupportedMediaType


class ClientGone(Exception):
    """The client left before its request was whole."""


def check_json(context: RequestContext) -> None:
    """Refuse a body that is declared as something else than plain JSON. No declaration is fine.

    Raises:
        UnsupportedMediaType: it says what to send.
    """
    if encoding := context.header(b"content-encoding"):
        raise UnsupportedMediaType(
            f"A body with content-encoding '{encoding[:40]}' is not read. Send it uncompressed."
        )
    kind = context.header(b"content-type").partition(";")[0].strip().lower()
    if kind and kind != "application/json" and not kind.endswith("+json"):
        raise UnsupportedMediaType(
            f"The content type '{kind[:80]}' is not read here. Send 'application/json'."
        )


async def read_body(context: RequestContext, receive: Receive, *, limit: int, seconds: float) -> bytes:
    """Return the whole body.

    Args:
        limit: Most bytes to take.
        seconds: How long the client may send nothing.

    Raises:
        TooLarge: it is over the limit.
        RequestTimeout: the client fell silent.
        ClientGone: the client left.
    """
    announced = context.header(b"content-length")
    if announced and (not announced.isdigit() or int(announced) > limit):
        if not announced.isdigit():
            raise InvalidRequest("The content-length header is not a number.")
        raise _too_large(limit)
    message = await _next(receive, seconds)
    if message["type"] == "http.request" and not message.get("more_body", False):
        body: bytes = message.get("body", b"")
        return _within(body, limit)
    pieces: list[bytes] = []
    size = 0
    while True:
        if message["type"] == "http.disconnect":
            raise ClientGone
        piece: bytes = message.get("body", b"")
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
        pieces.append(piece)
        if not message.get("more_body", False):
            return b"".join(pieces)
        message = await _next(receive, seconds)


async def _next(receive: Receive, seconds: float) -> Message:
    try:
        async with asyncio.timeout(seconds):
            return await receive()
    except TimeoutError:
        raise RequestTimeout(f"The request body stopped for more than {seconds:g} seconds.") from None


def _within(body: bytes, limit: int) -> bytes:
    if len(body) > limit:
        raise _too_large(limit)
    return body


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The request body is larger than {limit // 1_048_576} MiB (setting server.max_body_mb).")
