"""The body of a request to the admin API, bounded in size and time until it is whole.

Must never read what has announced that it is too large.
"""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.types import Message, Receive

from grok2api.errors import InvalidRequest, RequestTimeout, TooLarge

MEBIBYTE: Final = 1_048_576


class BoundedBody:
    """What a client sends; once that is whole, only its leaving is awaited.

    Args:
        receive: Gives it.
        limit: Bytes that it may have.
        seconds: How long each piece may take.
    """

    def __init__(self, receive: Receive, limit: int, seconds: float) -> None:
        self._receive = receive
        self._limit = limit
        self._seconds = seconds
        self._size = 0
        self._whole = False

    def check_announced(self, length: str) -> None:
        """Refuse a body unread that announces too much.

        Args:
            length: What its header `content-length` says; empty if it says nothing.

        Raises:
            InvalidRequest: that is no number.
            TooLarge: it is too much.
        """
        if length and not (length.isascii() and length.isdigit()):
            raise InvalidRequest("The content-length header is not a number.")
        if length and int(length) > self._limit:
            raise self._too_large()

    async def __call__(self) -> Message:
        """Return the next message.

        Raises:
            RequestTimeout: it took too long.
            TooLarge: all of it together is too much.
        """
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout(self._seconds):
                message = await self._receive()
        except TimeoutError:
            raise RequestTimeout(
                f"The request body stopped for more than {self._seconds:g} seconds."
            ) from None
        self._size += len(message.get("body", b""))
        if self._size > self._limit:
            raise self._too_large()
        self._whole = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    def _too_large(self) -> TooLarge:
        shown = f"{self._limit // MEBIBYTE} MiB" if self._limit >= MEBIBYTE else f"{self._limit} bytes"
        return TooLarge(f"The request body is larger than {shown}.")
