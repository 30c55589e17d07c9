"""The ends of aiohttp that are ours: connections that know their past, tunnels, and who is to blame.

aiohttp repeats idempotent requests by itself when a connection breaks; it does not see the errors raised
here, so it repeats nothing. What is raised by `Response.start` came after the request was (being) sent;
everything else came before.
Must never read a body: that is the caller's.
"""

from __future__ import annotations

import asyncio
import errno
import ssl
from collections.abc import Callable
from functools import partial
from typing import Any, Final, cast

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from typing_extensions import override
from yarl import URL

from grok2api.canonical.trace import CALLING
from grok2api.upstream.transport.failure import TransportError, failure
from grok2api.upstream.transport.keepalive import watched_socket
from grok2api.upstream.transport.proxy import read_proxy
from grok2api.upstream.transport.tunnel import open_tunnel, secured

_HUNG_UP: Final = frozenset({None, errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED, errno.ENOTCONN})
_KEPT_SECONDS: Final = 30
_NAMES_KEPT_SECONDS: Final = 60
_PAUSE_BYTES: Final = 64 * 1024


class Wire(ResponseHandler):
    """A connection to upstream that knows whether it has served before, and whether an answer has begun."""

    def __init__(self, loop: asyncio.AbstractEventLoop, silence: Callable[[], float]) -> None:
        """Set up; `silence` gives how long upstream may send nothing to a request that begins now."""
        super().__init__(loop)
        self.silence = silence
        self.served = False
        self.answering = False
        self.bury: Callable[[], None] = lambda: None
        """Closes the connections to the same place that wait for a request."""

    @override
    def data_received(self, data: bytes) -> None:
        self.answering = True
        super().data_received(data)

    def give_up(self) -> None:
        """End a request that upstream does not even take; aiohttp's timer runs from its last byte on.

        A plain timer calls this, because asyncio.timeout costs every request several times as much.
        """
        self.set_exception(aiohttp.SocketTimeoutError("Timeout on sending the request"))
        if self.transport is not None:
            self.transport.abort()


class Response(aiohttp.ClientResponse):
    """An answer whose wait is bounded and whose failures tell what they mean."""

    @override
    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """Wait for the headers: as long as the request's read timeout says, once the request is out.

        Raises:
            TransportError: they did not come.
        """
        wire = cast(Wire, connection.protocol)
        reused, wire.served, wire.answering = wire.served, True, False
        silence = wire.silence()
        wait = wire.read_timeout or silence
        sending = self._loop.call_later(silence + wait, wire.give_up)
        try:
            await super().start(connection)
        except (aiohttp.ClientError, OSError) as error:
            stale = reused and not wire.answering and _hung_up(error)
            if stale:
                wire.bury()
            raise failure(error, sent=True, where="exchange", stale=stale) from error
        finally:
            sending.cancel()
        if wait != silence:
            self._allow_silence(wire, silence)
        return self

    def _allow_silence(self, wire: Wire, silence: float) -> None:
        """From the headers on, the wait for the first byte counts no more."""
        wire.read_timeout = silence
        if self.connection is not None and self.content.total_bytes < _PAUSE_BYTES:
            wire.start_timeout()


def _hung_up(error: BaseException) -> bool:
    """Whether the other end closed or reset the connection."""
    if isinstance(error, TimeoutError | aiohttp.ClientResponseError | ssl.SSLError):
        return False
    return getattr(error, "errno", None) in _HUNG_UP


class TunnelledRequest(aiohttp.ClientRequest):
    """A request through a tunnel; aiohttp pools its connection by proxy, and writes it as if direct."""

    def __init__(self, method: str, url: URL, *, proxy: URL, **others: Any) -> None:
        self.tunnel = proxy
        super().__init__(method, url, **others)

    @property
    @override
    def connection_key(self) -> ConnectionKey:
        """Return what a connection must have in common with this request to carry it."""
        return super().connection_key._replace(proxy=self.tunnel)


class Connector(aiohttp.TCPConnector):
    """Connections, direct and through proxies, kept open for the next request if `kept` says so."""

    def __init__(
        self,
        *,
        silence: Callable[[], float],
        tls: ssl.SSLContext | None,
        kept: bool = True,
        noted: bool = True,
    ) -> None:
        """Set up.

        Args:
            silence: Gives how long upstream may send nothing to a request that begins now.
            tls: How servers are verified; by the system's authorities if it is None.
            kept: Whether connections stay open for the next request.
            noted: Whether they are made for the call of an attempt, and told to it.
        """
        super().__init__(
            limit=0,
            force_close=not kept,
            keepalive_timeout=_KEPT_SECONDS if kept else None,
            ttl_dns_cache=_NAMES_KEPT_SECONDS,
            ssl=tls or True,
            socket_factory=watched_socket,
        )
        self._given_tls = tls
        self._noted = noted
        self._factory = cast(partial[ResponseHandler], partial(Wire, self._loop, silence))

    @override
    async def _create_connection(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> ResponseHandler:
        began = self._loop.time()
        if isinstance(req, TunnelledRequest):
            wire = await self._through_proxy(req, timeout.sock_connect or 0.0)
        else:
            wire = await super()._create_connection(req, traces, timeout)
        if isinstance(wire, Wire):
            wire.bury = partial(self._bury, req.connection_key)
        attempt = CALLING.get() if self._noted else None
        if attempt is not None and attempt.connected is None:
            attempt.connected = self._loop.time() - began
        return wire

    def _bury(self, key: ConnectionKey) -> None:
        """Close the kept connections to one place: what ended one of them has ended them all."""
        for wire, _since in self._conns.pop(key, ()):
            wire.close()

    async def _through_proxy(self, request: TunnelledRequest, seconds: float) -> ResponseHandler:
        loop = asyncio.get_running_loop()
        began = loop.time()
        host, port = request.url.raw_host, request.url.port
        if host is None or port is None:
            raise TransportError("the URL names no host", sent=False)
        wire, tls = self._factory(), self._get_ssl_context(request)
        proxy = read_proxy(str(request.tunnel))
        tunnel = await open_tunnel(proxy, host, port, tls=tls or self._given_tls, timeout=seconds)
        if tls is None:
            tunnel.set_protocol(wire)
            wire.connection_made(tunnel)
        else:
            left = seconds - (loop.time() - began)
            await secured(tunnel, wire, tls, host=request.server_hostname or host, timeout=left)
        return wire
