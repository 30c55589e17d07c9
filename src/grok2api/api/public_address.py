"""Where clients reach this server, for the links that it gives them.

`app.app_url` if it is set, else what the request itself says. Forwarded headers are believed only from the
proxies in `server.trusted_proxies`, and a host that is none in form never reaches a link. A loopback address
is written as `localhost`, because clients refuse links whose host is an IP address.
Must never be used for a decision: it tells a client where it seems to have come from, nothing more.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import MutableMapping, Sequence
from typing import Any, Final

from grok2api.api.context import context_of
from grok2api.config.checks import is_loopback
from grok2api.config.settings import Settings

PEER: Final = "grok2api.peer"
"""Where a scope holds the address of whoever connected, which proxies' headers do not change."""

_HOST: Final = re.compile(
    r"(?P<name>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.])?)(?P<port>:[0-9]{1,5})?\Z",
    re.ASCII,
)
_SECURE: Final = frozenset({"https", "wss"})
_SCHEMES: Final = _SECURE | {"http", "ws"}


def public_address(scope: MutableMapping[str, Any], settings: Settings) -> str:
    """Return scheme and host, and whatever path `app.app_url` has, without a slash at the end.

    Args:
        scope: An HTTP or WebSocket request that has its context.
        settings: Those in force.
    """
    if settings.app.app_url:
        return settings.app.app_url.removesuffix("/v1")
    context = context_of(scope)
    scheme, hosts = str(scope.get("scheme", "http")), [context.header(b"host")]
    if _is_trusted(scope, settings.server.trusted_proxies):
        forwarded = _first(context.header(b"x-forwarded-proto")).lower()
        scheme = forwarded if forwarded in _SCHEMES else scheme
        hosts.insert(0, _first(context.header(b"x-forwarded-host")))
    host = next((settled for each in hosts if (settled := _settled(each))), None) or _own(scope)
    return f"{'https' if scheme in _SECURE else 'http'}://{host}"


def _is_trusted(scope: MutableMapping[str, Any], networks: Sequence[str]) -> bool:
    """Tell whether whoever connected is a proxy that is believed."""
    peer = scope.get(PEER) or scope.get("client")
    if not networks or not peer:
        return False
    try:
        address = ipaddress.ip_address(peer[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in ipaddress.ip_network(each, strict=False) for each in networks)


def _first(values: str) -> str:
    """Return the first of several values: what the outermost proxy saw."""
    return values.partition(",")[0].strip()


def _settled(host: str) -> str | None:
    """Return a host as it stands in a link; None if it is none."""
    found = _HOST.match(host)
    if found is None:
        return None
    name, port = found["name"], found["port"] or ""
    if port and not 0 < int(port[1:]) <= 65535:
        return None
    if name.startswith("[") and not _is_address(name[1:-1]):
        return None
    return f"localhost{port}" if is_loopback(name) else f"{name}{port}"


def _is_address(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _own(scope: MutableMapping[str, Any]) -> str:
    """Return the address that was connected to, for a request that names no host."""
    server = scope.get("server")
    if not server or not server[1]:
        return "localhost"
    name, port = server
    return _settled(f"[{name}]:{port}" if ":" in name else f"{name}:{port}") or f"localhost:{port}"
