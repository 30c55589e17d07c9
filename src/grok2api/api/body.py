"""Reading a request body: bounded in size and in time, whatever the client announces.

Must never hold more than the limit: a body that announces too much is refused unread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from starlette.types import Message, Receive

from grok2api.api.context import RequestContext
from grok2api.errors import InvalidRequest, RequestTimeout, TooLarge, UnsupportedMediaType

_UNCOMPRESSED: Final = frozenset({"", "identity"})


class ClientGone(Exception):
    """The client left before its request was whole."""


def check_json(context: RequestContext) -> None:
    """Refuse a body that is declared as something else than plain JSON. No declaration is fine.

    Raises:
        UnsupportedMediaType: it says what to send.
    """
    check_uncompressed(context)
    kind = context.header(b"content-type").partition(";")[0].strip().lower()
    if kind and kind != "application/json" and not kind.endswith("+json"):
        raise UnsupportedMediaType(
            f"The content type '{kind[:80]}' is not read here. Send 'application/json'."
        )


def check_uncompressed(context: RequestContext) -> None:
    """Refuse a compressed body: its size could not be bounded before it is read.

    Raises:
        UnsupportedMediaType: it says what to send.
    """
    encoding = context.header(b"content-encoding")
    if encoding.strip().lower() not in _UNCOMPRESSED:
        raise UnsupportedMediaType(
            f"A body with content-encoding '{encoding[:40]}' is not read. Send it uncompressed."
        )


def check_announced(context: RequestContext, limit: int, refusal: Callable[[int], TooLarge]) -> None:
    """Refuse a body that announces more than the limit, before any of it is read.

    Raises:
        TooLarge: as `refusal` words it.
        InvalidRequest: what is announced is no number.
    """
    announced = context.header(b"content-length")
    if not announced:
        return
    if not (announced.isascii() and announced.isdigit()):
        raise InvalidRequest("The content-length header is not a number.")
    if int(announced) > limit:
        raise refusal(limit)


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
    check_announced(context, limit, too_large)
    message = await next_message(receive, seconds)
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
            raise too_large(limit)
        pieces.append(piece)
        if not message.get("more_body", False):
            return b"".join(pieces)
        message = await next_message(receive, seconds)


async def next_message(receive: Receive, seconds: float) -> Message:
    """Return the next piece of a body.

    Raises:
        RequestTimeout: the client sent nothing for so many seconds.
    """
    try:
        async with asyncio.timeout(seconds):
            return await receive()
    except TimeoutError:
        raise RequestTimeout(f"The request body stopped for more than {seconds:g} seconds.") from None


def _within(body: bytes, limit: int) -> bytes:
    if len(body) > limit:
        raise too_large(limit)
    return body


def too_large(limit: int) -> TooLarge:
    """Return the error for a body over the server's limit."""
    return TooLarge(f"The request body is larger than {limit // 1_048_576} MiB (setting server.max_body_mb).")
