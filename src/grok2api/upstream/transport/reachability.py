"""Health of a way to upstream: whether it is reached. Costs upstream a connection and no request."""

from __future__ import annotations

import asyncio
import ssl
from urllib.parse import urlsplit

from grok2api.upstream.transport.failure import TransportError
from grok2api.upstream.transport.proxy import read_proxy
from grok2api.upstream.transport.tunnel import open_tunnel


async def reachable(
    proxy: str, target: str, *, timeout: float, tls: ssl.SSLContext | None = None
) -> str | None:
    """Return None if the proxy gives a tunnel to the target, else one line without secrets that says why not.

    Args:
        proxy: its URL, with user name and password.
        target: a URL or an origin, such as https://api.x.ai/v1.
        timeout: seconds for all of it.
        tls: how to verify a proxy of https://; by the system's authorities if it is not given.
    """
    host, port = _address(target)
    try:
        server = read_proxy(proxy)
        tunnel = await open_tunnel(server, host, port, tls=tls, timeout=timeout)
    except TransportError as error:
        return str(error)
    tunnel.abort()
    return None


async def reachable_directly(target: str, *, timeout: float) -> str | None:
    """Return None if the target takes a connection without a proxy, else one line that says why not.

    Args:
        target: a URL or an origin, such as https://api.x.ai/v1.
        timeout: seconds for all of it.
    """
    host, port = _address(target)
    try:
        async with asyncio.timeout(timeout):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        return f"no connection to {host} within {timeout:g} s"
    except OSError as error:
        return f"no connection to {host}: {error.strerror or type(error).__name__}"
    writer.transport.abort()
    return None


def _address(target: str) -> tuple[str, int]:
    parts = urlsplit(target)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
