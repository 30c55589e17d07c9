"""Where the sign-in service's endpoints are: from its own discovery document, or where xAI documents them.

Tokens go to these addresses, so a document may not send us elsewhere: an endpoint lies on the issuer's own
origin, or on https at a host below x.ai. Must never do I/O.
Source: RFC 8414, RFC 8628 §4; xai-api.md §6.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

import msgspec

DISCOVERY_PATH: Final = "/.well-known/openid-configuration"
_HOME: Final = ".x.ai"
_LONGEST: Final = 2048
_DEFAULT_PORTS: Final[Mapping[str, int]] = {"http": 80, "https": 443}


class EndpointRefused(ValueError):
    """A discovery document names an address that tokens may not be sent to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """The addresses of one sign-in service."""

    authorization: str
    token: str
    device: str


def documented(issuer: str) -> Endpoints:
    """Return the endpoints as xAI documents them, below `issuer`."""
    home = issuer.rstrip("/")
    return Endpoints(
        authorization=f"{home}/oauth2/authorize",
        token=f"{home}/oauth2/token",
        device=f"{home}/oauth2/device/code",
    )


def read_discovery(content: bytes, issuer: str) -> Endpoints | None:
    """Return the endpoints that a discovery document names, the documented ones for those it lacks.

    None if it is no such document.

    Raises:
        EndpointRefused: it names an address elsewhere.
    """
    try:
        told = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    if not isinstance(told, Mapping) or not isinstance(told.get("token_endpoint"), str):
        return None
    known = documented(issuer)
    return Endpoints(
        authorization=_endpoint(told, "authorization_endpoint", known.authorization, issuer),
        token=_endpoint(told, "token_endpoint", known.token, issuer),
        device=_endpoint(told, "device_authorization_endpoint", known.device, issuer),
    )


def trusted(url: str, issuer: str) -> bool:
    """Tell whether `url` lies on the issuer's own origin, or on https below x.ai."""
    if not 0 < len(url) <= _LONGEST or not all("!" <= character <= "~" for character in url) or "\\" in url:
        return False
    try:
        there, here = urlsplit(url), urlsplit(issuer)
        origin, home = _origin(there), _origin(here)
    except ValueError:
        return False
    if there.username is not None or there.password is not None or there.fragment:
        return False
    scheme, host, port = origin
    return origin == home or (scheme == "https" and host.endswith(_HOME) and port == _DEFAULT_PORTS["https"])


def _endpoint(told: Mapping[str, object], name: str, default: str, issuer: str) -> str:
    url = told.get(name)
    if not isinstance(url, str) or not url:
        return default
    if not trusted(url, issuer):
        raise EndpointRefused(f"its {name} lies on another host")
    return url


def _origin(parts: SplitResult) -> tuple[str, str, int | None]:
    return (parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme))
