"""Decides what may be fetched for a stranger: reads a URL strictly, and judges the addresses of its host.

There is one reading of a URL here, and what is connected to is built from it, so no second parser can
disagree. A URL that is spelt in an unusual way is refused, not repaired. Only public addresses pass, unless
an operator opened a host or a network, or the origin is trusted by the caller.
Must never touch the network: whoever looks names up brings the answers here, all of them, once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import quote, urljoin

from grok2api.kit.addresses import Address, Network, carried, is_public

LONGEST_URL: Final = 8192
WEB_PORTS: Final = frozenset({80, 443})

_DEFAULT_PORT: Final = {"http": 80, "https": 443}
_LONGEST_NAME: Final = 253
_URL: Final = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?:#.*)?",
    re.DOTALL,
)
_AUTHORITY: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::(?P<port>[0-9]{1,5}))?")
_NAME: Final = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
)
_NUMERIC: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_KEPT: Final = "/%:@!$&'()*+,;=~-._?[]|^"
"""What stays as it is in a path and a query; everything else goes out percent-encoded."""


class UnfitUrl(ValueError):
    """A text that is not a URL which can be fetched, by its spelling alone.

    The message is the rest of a sentence ("must ..."), and tells nothing that the client did not write.
    """


class Forbidden(Exception):
    """A host or an address that may not be connected to; the message is for the log only."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL in its one reading.

    Attributes:
        scheme: `http` or `https`.
        host: A lower-case name in ASCII, or an address in its usual form, IPv6 without brackets.
        port: 1 to 65535.
        path: Path and query, percent-encoded; it begins with a slash.
        address: The host, if it is an address.
    """

    scheme: str
    host: str
    port: int
    path: str
    address: Address | None = None

    @property
    def origin(self) -> str:
        """Return scheme, host and port; the port only where it is not the usual one."""
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """Return what the Host header says."""
        return self._at(self.host)

    @property
    def secure(self) -> bool:
        """Tell whether it is spoken to in TLS."""
        return self.scheme == "https"

    def at(self, address: Address) -> str:
        """Return the URL with an address in the place of the host."""
        return f"{self.scheme}://{self._at(str(address))}{self.path}"

    def _at(self, host: str) -> str:
        bracketed = f"[{host}]" if ":" in host else host
        return bracketed if self.port == _DEFAULT_PORT[self.scheme] else f"{bracketed}:{self.port}"


def read_url(url: str) -> Target:
    """Return the one reading of a URL.

    Raises:
        UnfitUrl: It is not http or https, or not spelt as usual.
    """
    if len(url) > LONGEST_URL:
        raise UnfitUrl(f"must have {LONGEST_URL} characters at most")
    if _unwritable(url):
        raise UnfitUrl("must not contain spaces, backslashes or control characters")
    parts = _URL.fullmatch(url)
    scheme = parts["scheme"].lower() if parts else ""
    if parts is None or scheme not in _DEFAULT_PORT:
        raise UnfitUrl("must begin with https:// or http://")
    authority = parts["authority"]
    if "@" in authority:
        raise UnfitUrl("must not contain a user name or password")
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        raise UnfitUrl("must name a host, and a port if need be")
    host, address = read_host(match["host"])
    port = int(match["port"] or _DEFAULT_PORT[scheme])
    if not 0 < port < 65536:
        raise UnfitUrl("must name a port from 1 to 65535, or none")
    path = quote((parts["path"] or "/") + (parts["query"] or ""), safe=_KEPT)
    return Target(scheme, host, port, path, address)


def read_redirect(base: Target, location: str) -> Target:
    """Return where a redirect leads; never from https to http.

    Raises:
        UnfitUrl: It leads to no URL that can be fetched.
        Forbidden: It leads from https to http.
    """
    if not location or len(location) > LONGEST_URL or _unwritable(location):
        raise UnfitUrl("must lead to a URL without spaces, backslashes or control characters")
    try:
        url = urljoin(f"{base.origin}{base.path}", location)
    except ValueError:
        raise UnfitUrl("must lead to a URL") from None
    target = read_url(url)
    if base.secure and not target.secure:
        raise Forbidden("a redirect from https to http")
    return target


def _unwritable(text: str) -> bool:
    """Tell whether a text has characters that one reader of URLs drops, and another turns into others."""
    return any(char == "\\" or char.isspace() or unicodedata.category(char) in ("Cc", "Cs") for char in text)


def read_host(host: str) -> tuple[str, Address | None]:
    """Return a host in its settled form, and as an address if it is one.

    Raises:
        UnfitUrl: It is neither a name nor an address in its usual form.
    """
    if host.startswith("["):
        try:
            address: Address = IPv6Address(host[1:-1])
        except ValueError:
            raise UnfitUrl("must name a host or an IP address in its usual form") from None
        return str(address), address
    name = _ascii(host)
    if len(name) > _LONGEST_NAME or _NAME.fullmatch(name) is None:
        raise UnfitUrl("must name a host of letters, digits, hyphens and dots")
    if _NUMERIC.fullmatch(name.rpartition(".")[2]) is None:
        return name, None
    try:
        address = IPv4Address(name)
    except ValueError:
        raise UnfitUrl("must name an IPv4 address as four decimal numbers") from None
    return str(address), address


def _ascii(host: str) -> str:
    """Return a name in lower-case ASCII; one of other scripts must survive the way there and back."""
    lower = host.lower()
    if lower.isascii():
        return lower
    if len(lower) > _LONGEST_NAME:
        raise UnfitUrl(f"must name a host of {_LONGEST_NAME} characters at most")
    try:
        encoded = lower.encode("idna").decode("ascii")
        same = encoded.encode("ascii").decode("idna") == lower
    except UnicodeError:
        same = False
    if not same:
        raise UnfitUrl("must name its host in the usual spelling, or in its xn-- form")
    return encoded


@dataclass(frozen=True, slots=True)
class Opening:
    """A host or a network that the operator opened although it is not public.

    Attributes:
        name: A host's name; one that begins with `*.` means every name below.
        network: Addresses; one of name and network is set.
        port: The only port, or None: those of the rules.
    """

    name: str = ""
    network: Network | None = None
    port: int | None = None


def read_opening(text: str) -> Opening:
    """Return what an operator opened: `minio.lan`, `*.lan`, `minio.lan:9000`, `10.1.2.3:9000`, `10.1.0.0/16`.

    Raises:
        UnfitUrl: It is none of these.
    """
    if "/" in text:
        try:
            return Opening(network=ip_network(text))
        except ValueError:
            raise UnfitUrl("must be a network without host bits, such as 10.1.0.0/16") from None
    try:
        return Opening(network=ip_network(ip_address(text)))
    except ValueError:
        pass
    wildcard = text.startswith("*.")
    match = _AUTHORITY.fullmatch(text[2:] if wildcard else text)
    if match is None:
        raise UnfitUrl("must be a host, an address or a network")
    host, address = read_host(match["host"])
    port = int(match["port"]) if match["port"] else None
    if (port is not None and not 0 < port < 65536) or (wildcard and address is not None):
        raise UnfitUrl("must be a host, an address or a network, with a port from 1 to 65535 if need be")
    if address is not None:
        return Opening(network=ip_network(address), port=port)
    return Opening(name=f"*.{host}" if wildcard else host, port=port)


@dataclass(frozen=True, slots=True)
class Rules:
    """What an operator allows beyond the public web.

    Attributes:
        openings: Hosts and networks that are not public.
        ports: Ports of public hosts, and of openings that name none.
    """

    openings: tuple[Opening, ...] = ()
    ports: frozenset[int] = WEB_PORTS

    def check_host(self, target: Target) -> None:
        """Refuse what can be refused before the name is looked up.

        Raises:
            Forbidden: The port is closed, or the host is an address that is.
        """
        if target.address is not None:
            self.check_addresses(target, [target.address])
        elif target.port not in self.ports and all(target.port != opening.port for opening in self.openings):
            raise Forbidden(f"port {target.port} is not open for any host")

    def check_addresses(self, target: Target, addresses: Sequence[Address]) -> None:
        """Judge all addresses of a host.

        Raises:
            Forbidden: There is none, or one of them may not be connected to.
        """
        if not addresses:
            raise Forbidden(f"{target.host} has no address")
        if any(self._opens_name(opening, target) for opening in self.openings):
            return
        for address in addresses:
            if not self._allows(address, target.port):
                raise Forbidden(f"{target.host} is at {address}, port {target.port}, which is not open")

    def _opens_name(self, opening: Opening, target: Target) -> bool:
        if not opening.name or target.address is not None or not self._port_fits(opening, target.port):
            return False
        if opening.name.startswith("*."):
            return target.host.endswith(opening.name[1:])
        return target.host == opening.name

    def _allows(self, address: Address, port: int) -> bool:
        """Tell whether an address is open; one that carries another is open only if both are."""
        inner = carried(address)
        if inner is not None and not self._allows(inner, port):
            return False
        if is_public(address) and port in self.ports:
            return True
        return any(
            opening.network is not None and address in opening.network and self._port_fits(opening, port)
            for opening in self.openings
        )

    def _port_fits(self, opening: Opening, port: int) -> bool:
        return port in self.ports if opening.port is None else port == opening.port


def origin_of(url: str) -> str:
    """Return the origin of a URL of ours, as `Target.origin` writes it.

    Raises:
        UnfitUrl: It is not a URL that can be fetched.
    """
    return read_url(url).origin


def spread(addresses: Iterable[Address], most: int) -> tuple[Address, ...]:
    """Return at most so many addresses, the two families in turn: one that is cut off then costs one try."""
    kept = list(dict.fromkeys(addresses))
    if not kept:
        return ()
    first = [address for address in kept if address.version == kept[0].version]
    other = [address for address in kept if address.version != kept[0].version]
    mixed: list[Address] = []
    while first or other:
        mixed += first[:1] + other[:1]
        del first[:1], other[:1]
    return tuple(mixed[:most])
