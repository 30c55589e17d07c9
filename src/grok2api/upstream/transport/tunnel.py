"""Opens a connection through a proxy and says whose fault it is when that fails.

Every proxied call goes through a tunnel, also to an http:// target, so the proxy sees neither the
request nor the bearer token. Sends nothing to the target itself.
"""

from __future__ import annotations

import asyncio
import socket
import ssl

from grok2api.upstream.transport.failure import TransportError, failure
from grok2api.upstream.transport.handshake import Conversation, broken, connect_http, connect_socks
from grok2api.upstream.transport.keepalive import watch
from grok2api.upstream.transport.proxy import ProxyServer


async def open_tunnel(
    proxy: ProxyServer, host: str, port: int, *, tls: ssl.SSLContext | None, timeout: float
) -> asyncio.Transport:
    """Return a transport whose other end is the target; give it a protocol before the next await.

    Args:
        proxy: the way.
        host: the target, as the proxy shall read it; with socks5:// its address is looked up here.
        port: the target's port.
        tls: how to verify a proxy of https://; by the system's authorities if it is None.
        timeout: seconds for all of it.

    Raises:
        TransportError: no tunnel; `where` is "proxy", or "connect" when the target is to blame.
    """
    try:
        async with asyncio.timeout(timeout):
            if proxy.scheme == "socks5":
                host = await _resolved(host, port)
            talk = await _connected(proxy, tls)
            try:
                await (connect_socks if proxy.socks else connect_http)(talk, proxy, host, port)
                talk.check_silent()
            except BaseException:
                talk.transport.abort()
                raise
    except TimeoutError:
        raise broken(f"gave no tunnel within {timeout:g} s ({proxy})", timed_out=True) from None
    except TransportError as error:
        raise TransportError(f"{error} ({proxy})", sent=False, where=error.where) from None
    return talk.transport


async def secured(
    transport: asyncio.Transport,
    protocol: asyncio.Protocol,
    tls: ssl.SSLContext,
    *,
    host: str,
    timeout: float,
) -> asyncio.Transport:
    """Speak TLS with the target at the end of a tunnel, and hand what it says to `protocol`.

    Raises:
        TransportError: the target's certificate is bad, or it does not speak TLS.
    """
    try:
        async with asyncio.timeout(timeout):
            safe = await asyncio.get_running_loop().start_tls(transport, protocol, tls, server_hostname=host)
    except TimeoutError:
        transport.abort()
        message = "the target did not finish the TLS handshake in time"
        raise TransportError(message, sent=False, timed_out=True, where="connect") from None
    except OSError as error:
        transport.abort()
        raise failure(error, sent=False, where="connect") from error
    except BaseException:
        transport.abort()
        raise
    if safe is None:
        raise TransportError("the connection ended during the TLS handshake", sent=False, where="connect")
    protocol.connection_made(safe)
    return safe


async def _resolved(host: str, port: int) -> str:
    """Return an address of the target, of IPv4 if it has one: few proxies reach the other."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise failure(error, sent=False, where="connect") from error
    addresses = sorted(found, key=lambda entry: entry[0] != socket.AF_INET)
    return str(addresses[0][4][0])


async def _connected(proxy: ProxyServer, tls: ssl.SSLContext | None) -> Conversation:
    context = (tls or ssl.create_default_context()) if proxy.scheme == "https" else None
    try:
        transport, talk = await asyncio.get_running_loop().create_connection(
            Conversation, proxy.host, proxy.port, ssl=context, server_hostname=proxy.host if context else None
        )
        watch(transport.get_extra_info("socket"))
    except TimeoutError:
        raise
    except (OSError, UnicodeError) as error:
        said = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise broken(f"cannot be connected to: {said}"[:240]) from error
    return talk
