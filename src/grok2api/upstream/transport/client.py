"""Opens requests to upstream and hands on their bodies as the chunks that the network gave.

Whoever reads events cuts them himself (a line-reading client fails at 512 KiB). Redirects are never
followed: the bearer token would go with them. Environment proxies are never used: a proxy is a setting.
Must never retry: only the gateway knows whether sending twice does harm.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from grok2api.canonical.upload import Upload
from grok2api.upstream.transport.failure import TransportError, failure
from grok2api.upstream.transport.wire import Connector, Response, TunnelledRequest

MAX_ERROR_BYTES = 64 * 1024
MAX_ANSWER_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Deadlines of one request, in seconds."""

    connect: float = 5.0
    """Name, connection, tunnel and TLS handshakes together."""
    silence: float = 600.0
    """How long upstream may send nothing, before the headers and between chunks."""
    first_byte: float = 0.0
    """How long the headers of a *stream* may take once the request is sent; 0 means as `silence`.

    Only calls that hand it to `Transport.open` are held to it: an answer that is made whole before it is
    sent may rightly take long to begin.
    """


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
        except (aiohttp.ClientError, OSError) as error:
            raise failure(error, sent=True) from error

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


@dataclass(frozen=True, slots=True)
class _Sessions:
    """Direct calls and those through proxies write their requests alike, but connect in other ways."""

    direct: aiohttp.ClientSession
    proxied: aiohttp.ClientSession


class Transport:
    """A pool of connections to upstream, direct and through any number of proxies.

    Args:
        user_agent: how we name ourselves.
        timeouts: gives the deadlines of a request that begins now.
        tls: how servers are verified; by the system's authorities if it is not given.
        for_strangers: serve each request with a connection of its own, and hand bodies on still compressed.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        timeouts: Callable[[], Timeouts] = Timeouts,
        tls: ssl.SSLContext | None = None,
        for_strangers: bool = False,
    ) -> None:
        self._user_agent = user_agent
        self._timeouts = timeouts
        self._tls = tls
        self._for_strangers = for_strangers
        self._kept: _Sessions | None = None
        self._single: _Sessions | None = None

    async def __aenter__(self) -> Self:
        self._single = self._opened(kept=False)
        self._kept = self._single if self._for_strangers else self._opened(kept=True)
        return self

    def _opened(self, *, kept: bool) -> _Sessions:
        connector = Connector(
            silence=lambda: self._timeouts().silence,
            tls=self._tls,
            kept=kept,
            noted=not self._for_strangers,
        )
        return _Sessions(
            direct=self._session(connector, aiohttp.ClientRequest, owner=True),
            proxied=self._session(connector, TunnelledRequest, owner=False),
        )

    def _session(
        self, connector: Connector, request: type[aiohttp.ClientRequest], *, owner: bool
    ) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            connector_owner=owner,
            request_class=request,
            response_class=Response,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self._user_agent, "Accept-Encoding": "identity"},
            skip_auto_headers=("Content-Type", "Accept"),
            trust_env=False,
            auto_decompress=not self._for_strangers,
        )

    def _deadlines(self, first_byte: float | None, *, proxied: bool) -> aiohttp.ClientTimeout:
        """Return the deadlines of a request whose headers may take so many seconds; as any silence if none.

        `connect` covers everything, but ends it without a word about where it stood; a tunnel is told its
        limit and keeps it by itself.
        """
        now = self._timeouts()
        limit, wait = now.connect, first_byte or now.silence
        connect, tunnel = (None, limit) if proxied else (limit, None)
        return aiohttp.ClientTimeout(total=None, connect=connect, sock_connect=tunnel, sock_read=wait)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        opened, self._kept, self._single = (self._kept, self._single), None, None
        for sessions in opened:
            if sessions is not None:
                await sessions.proxied.close()
                await sessions.direct.close()

    async def open(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes | Upload | None = None,
        proxy: str | None = None,
        first_byte: float | None = None,
        server_name: str | None = None,
        once: bool = False,
    ) -> OpenReply:
        """Send a request and wait for the headers of its answer.

        Args:
            method: of the request.
            url: of the request, encoded.
            headers: to be sent besides our own.
            content: the body; an upload is read as upstream takes it.
            proxy: URL of a proxy (http, https, socks5, socks5h), with user name and password.
            first_byte: seconds that the headers may take once the request is sent; 0 or None: as silence.
            server_name: whom TLS shall find, if it is not the host of the URL.
            once: give it a connection of its own: one that waited may be dead, and whether a request that
                went into it was taken can then not be told.

        Raises:
            TransportError: no answer came.
        """
        sessions = self._single if once else self._kept
        if sessions is None:
            raise TransportError("the client is closed", sent=False)
        session = sessions.proxied if proxy else sessions.direct
        upload = None if content is None or isinstance(content, bytes) else content
        tracker = aiohttp.UploadTracker() if upload is not None else None
        try:
            response = await session.request(
                method,
                URL(url, encoded=True),
                data=content if upload is None else upload.chunks(),
                headers=headers,
                proxy=_address(proxy) if proxy else None,
                allow_redirects=False,
                timeout=self._deadlines(first_byte, proxied=bool(proxy)),
                server_hostname=server_name,
                upload_tracker=tracker,
            )
        except TransportError as error:
            if tracker is not None and not _is_out(tracker):
                error.sent = False
            raise
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise failure(error, sent=False, where="connect") from error
        return OpenReply(response)


def _is_out(tracker: aiohttp.UploadTracker) -> bool:
    """Whether a body was handed over to its end; upstream cannot have taken one that was not."""
    complete = tracker.upload_complete
    return complete.done() and not complete.cancelled() and complete.exception() is None


def _address(proxy: str) -> URL:
    """Return a proxy's URL; aiohttp's own error would show the password."""
    try:
        return URL(proxy)
    except ValueError:
        raise TransportError("the proxy's URL cannot be read", sent=False, where="proxy") from None
