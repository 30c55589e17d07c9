"""What a proxy's URL says. Must never show its user name or password, in a repr or in an error."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from typing_extensions import override

from grok2api.upstream.transport.failure import TransportError

_PORTS: Final = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}


@dataclass(frozen=True, slots=True)
class ProxyServer:
    """A proxy, and how to sign in to it."""

    scheme: str
    """http, https (TLS to the proxy), socks5 (we resolve names) or socks5h (the proxy resolves them)."""
    host: str
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def socks(self) -> bool:
        """Tell whether it speaks SOCKS5 and not HTTP."""
        return self.scheme.startswith("socks5")

    @override
    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def read_proxy(url: str) -> ProxyServer:
    """Return the proxy that a URL names; user name and password may be percent-encoded.

    Raises:
        TransportError: it names none of a kind that we speak.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise _unusable() from None
    if parts.scheme not in _PORTS or not host:
        raise _unusable()
    return ProxyServer(
        scheme=parts.scheme,
        host=host,
        port=port or _PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def _unusable() -> TransportError:
    known = ", ".join(f"{scheme}://" for scheme in _PORTS)
    return TransportError(f"the proxy's URL is not one of {known}", sent=False, where="proxy")
