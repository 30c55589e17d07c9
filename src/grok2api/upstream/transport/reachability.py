"""Health of a proxy: whether it gives a tunnel to a target. Costs upstream a connection and no request."""

from __future__ import annotations

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
    parts = urlsplit(target)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        server = read_proxy(proxy)
        tunnel = await open_tunnel(server, parts.hostname or "", port, tls=tls, timeout=timeout)
    except TransportError as error:
        return str(error)
    tunnel.abort()
    return None
