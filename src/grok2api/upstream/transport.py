"""The only HTTP client of the product.

It opens a request and hands on the body as the chunks that the network gave, because whoever reads
events cuts them himself (a line-reading client fails at 512 KiB). Redirects are never followed: the
bearer token would go with them. Environment proxies are never used: a proxy is a setting.
Must never retry: only the gateway knows whether sending twice does harm.
Choice of aiohttp: ADR-0003.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

MAX_ERROR_BYTES = 64 * 1024
MAX_ANSWER_BYTES = 256 * 1024 * 1024


class TransportError(Exception):
    """The network failed. `sent` tells whether upstream may have received the whole request."""

    def __init__(self, message: str, *, sent: bool, timed_out: bool = False) -> None:
        super().__init__(message)
        self.sent = sent
        self.timed_out = timed_out


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Deadlines of one request, in seconds."""

    connect: float = 5.0
    silence: float = 600.0
    """How long upstream may send nothing, before the headers and between chunks."""


class OpenReply:
    """A response whose headers have come."""

    __slots__ = ("_response", "content_type", "headers", "status")

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers
        self.content_type = response.content_type

    async def chunk(self) -> bytes:
        """Return the next bytes as they came; empty at the end of the body.

        Raises:
            TransportError: the body broke off or fell silent.
        """
        try:
            return await self._response.content.readany()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _transport_error(error, sent=True) from error

    async def body(self, limit: int = MAX_ANSWER_BYTES) -> bytes:
        """Return the whole body, and free the connection.

        Raises:
            TransportError: it broke off, fell silent, or is longer than `limit`.
        """
        pieces: list[bytes] = []
        size = 0
        while chunk := await self.chunk():
            size += len(chunk)
            if size > limit:
                self.close()
                raise TransportError(f"an answer of more than {limit} bytes", sent=True)
            pieces.append(chunk)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def beginning(self, limit: int = MAX_ERROR_BYTES) -> bytes:
        """Return at most `limit` bytes of the body; if there is more, drop it with the connection."""
        pieces = b""
        try:
            while len(pieces) < limit and (chunk := await self.chunk()):
                pieces += chunk
        except TransportError:
            self.close()
        if not self._response.content.at_eof():
            self.close()
        return pieces[:limit]

    def close(self) -> None:
        """Drop the connection unless the body was read to its end."""
        self._response.close()


class Transport:
    """A pool of connections to upstream."""

    def __init__(self, *, user_agent: str, timeouts: Timeouts) -> None:
        self._user_agent = user_agent
        self._timeouts = timeouts
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=30, ttl_dns_cache=60),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self._user_agent, "Accept-Encoding": "identity"},
            skip_auto_headers=("Content-Type", "Accept"),
            trust_env=False,
            auto_decompress=True,
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=self._timeouts.connect, sock_read=self._timeouts.silence
            ),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def open(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes | None = None,
        proxy: str | None = None,
    ) -> OpenReply:
        """Send a request and wait for the headers of its answer.

        Raises:
            TransportError: no answer came.
        """
        if self._session is None:
            raise TransportError("the client is closed", sent=False)
        try:
            response = await self._session.request(
                method,
                URL(url, encoded=True),
                data=content,
                headers=headers,
                proxy=proxy or None,
                allow_redirects=False,
            )
        except (aiohttp.ClientError, TimeoutError, OSError, ssl.SSLError, ValueError) as error:
            raise _transport_error(error, sent=not _before_sending(error)) from error
        return OpenReply(response)


def _before_sending(error: BaseException) -> bool:
    """Whether the failure came while connecting, so that upstream cannot have seen the request."""
    connecting = (
        aiohttp.ClientConnectorError,
        aiohttp.ConnectionTimeoutError,
        aiohttp.ClientProxyConnectionError,
        aiohttp.ClientHttpProxyError,
        aiohttp.InvalidURL,
    )
    return isinstance(error, connecting)


def _transport_error(error: BaseException, *, sent: bool) -> TransportError:
    timed_out = isinstance(error, asyncio.TimeoutError | TimeoutError)
    return TransportError(f"{type(error).__name__}: {error}"[:300], sent=sent, timed_out=timed_out)
