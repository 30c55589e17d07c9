"""What type and range cannot say about one value: URLs, origins, addresses, keys.

Each check returns the value in its settled form or raises `WrongValue`. A check sees one value only and
must never put that value into its message, since it may be secret.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from grok2api.canonical.media_price import read_media_line
from grok2api.canonical.price import read_line
from grok2api.config.schema import WrongValue
from grok2api.kit.netguard import UnfitUrl, read_opening, read_url

if TYPE_CHECKING:
    from collections.abc import Collection

SECRET_KEY_LENGTH = 32

STORE_OF_SCHEME = {
    "sqlite": "local",
    "mysql": "mysql",
    "mariadb": "mysql",
    "postgres": "pgsql",
    "postgresql": "pgsql",
    "redis": "redis",
    "rediss": "redis",
}
"""Which `storage.type` a database URL asks for."""

MEDIA_SCHEMES = ("s3", "gs", "az", "file", "memory")
"""Where media can be kept beside the data directory; the last two serve tests."""

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/?#@]+")
_VISIBLE = re.compile(r"[!-~]+")

_LEAST_AUDIT = 30
"""Days for which what somebody did is kept at least."""
_ROLES = frozenset({"owner", "operator", "viewer"})
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
_SCOPE = re.compile(r"[!#-\[\]-~]{1,200}")


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address can only mean this machine."""
    bare = host.strip("[]").lower()
    if bare == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def _split(url: str, schemes: Collection[str]) -> SplitResult:
    """Take a URL apart; it needs one of `schemes`, a host and a sane port."""
    known = ", ".join(f"{scheme}://" for scheme in schemes)
    if re.search(r"[\s\x00-\x1f\x7f]", url):
        raise WrongValue("must be a URL without spaces")
    try:
        parts = urlsplit(url)
        complete = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise WrongValue("must be a URL with a valid host and port") from None
    if parts.scheme not in schemes or not complete:
        raise WrongValue(f"must be a URL that begins with {known} and names a host")
    return parts


def _refuse_extras(parts: SplitResult) -> None:
    if "@" in parts.netloc:
        raise WrongValue("must be a URL without user name or password", "remove the part before the @.")
    if parts.query or parts.fragment:
        raise WrongValue("must be a URL without query or fragment", "remove everything from the ? or # on.")


def collector_url(url: str) -> str:
    """Accept nothing, or the address of a collector; drop the slash at the end."""
    if not url:
        return url
    _refuse_extras(_split(url, ("https", "http")))
    return url.rstrip("/")


def named_values(pairs: tuple[str, ...]) -> tuple[str, ...]:
    """Accept `name=value`, the name as HTTP takes it; the values may be percent-encoded."""
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if (
            not equals
            or not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name)
            or not _VISIBLE.fullmatch(value)
        ):
            raise WrongValue("must be a list of name=value without spaces")
    return pairs


def webhook_url(url: str) -> str:
    """Accept nothing, or an address that could be posted to; where it leads is judged when it is."""
    if url:
        try:
            read_url(url)
        except UnfitUrl as error:
            raise WrongValue(str(error)) from None
    return url


def upstream_url(url: str) -> str:
    """Accept https, and http on loopback only; drop the slash at the end."""
    parts = _split(url, ("https", "http"))
    _refuse_extras(parts)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise WrongValue(
            "must begin with https://; http:// is accepted on loopback hosts only (localhost, 127.0.0.1, ::1)"
        )
    return url.rstrip("/?#")


def issuer_url(url: str) -> str:
    """Accept nothing, or what `upstream_url` takes; no letter is changed, since tokens name it so."""
    if url:
        upstream_url(url)
    return url


def role_rules(rules: tuple[str, ...]) -> tuple[str, ...]:
    """Accept `value=role`; what stands before the last `=` is the value."""
    for rule in rules:
        value, equals, role = rule.rpartition("=")
        if not equals or not value.strip() or role not in _ROLES:
            raise WrongValue("must be a list of value=role, the role being owner, operator or viewer")
    return rules


def mail_domains(values: tuple[str, ...]) -> tuple[str, ...]:
    """Accept domains, without the @."""
    settled = tuple(value.lower().lstrip("@") for value in values)
    if any(_DOMAIN.fullmatch(value) is None for value in settled):
        raise WrongValue("must be a list of domains such as example.com")
    return settled


def scopes(values: tuple[str, ...]) -> tuple[str, ...]:
    """Accept scopes as OAuth spells them, and put openid among them."""
    if any(_SCOPE.fullmatch(value) is None for value in values):
        raise WrongValue("must be a list of scopes, without spaces, quotes or backslashes in them")
    return values if "openid" in values else ("openid", *values)


def public_url(url: str) -> str:
    """Accept nothing, or the http(s) address under which clients reach this server."""
    if not url:
        return url
    _refuse_extras(_split(url, ("https", "http")))
    return url.rstrip("/?#")


def proxy_url(url: str) -> str:
    """Accept nothing, or a proxy of a kind that the upstream client speaks."""
    if url:
        _split(url, ("http", "https", "socks5", "socks5h"))
    return url


def redis_url(url: str) -> str:
    """Accept nothing, or a Redis address."""
    if url:
        _split(url, ("redis", "rediss"))
    return url


def media_store_url(url: str) -> str:
    """Accept nothing, or a bucket; what opens it stands in the environment, never in the address."""
    if not url or url == "memory://":
        return url
    scheme, _, rest = url.partition("://")
    if scheme not in MEDIA_SCHEMES:
        raise WrongValue("must be a URL that begins with s3://, gs:// or az:// and names a bucket")
    if scheme == "file":
        if not rest.startswith("/") or rest == "/":
            raise WrongValue("must name a folder after file://")
        return url.rstrip("/")
    _refuse_extras(_split(url, MEDIA_SCHEMES))
    return url.rstrip("/")


def database_url(url: str) -> str:
    """Accept nothing, or a database of a kind we keep; a driver in the scheme (`mysql+x`) is dropped."""
    if not url:
        return url
    scheme, separator, rest = url.partition("://")
    kind = scheme.split("+", 1)[0].lower()
    if not separator or kind not in STORE_OF_SCHEME:
        raise WrongValue(
            "must be a URL that begins with postgresql://, postgres://, mysql://, mariadb://, sqlite:/// or "
            "redis://"
        )
    settled = f"{kind}://{rest}"
    if kind == "sqlite":
        if not rest.startswith("/") or rest == "/":
            raise WrongValue("must name a file after sqlite:///")
        return settled
    _split(settled, STORE_OF_SCHEME)
    return settled


def origins(values: tuple[str, ...]) -> tuple[str, ...]:
    """Accept `*` alone, or origins as a browser writes them: scheme, host and port, nothing else."""
    if "*" in values:
        if len(values) > 1:
            raise WrongValue("must be * alone, or a list of origins without *")
        return values
    settled = tuple(value.lower().rstrip("/") for value in values)
    if any(_ORIGIN.fullmatch(value) is None for value in settled):
        raise WrongValue("must be a list of origins such as https://chat.example.com, without a path")
    return settled


def networks(values: tuple[str, ...]) -> tuple[str, ...]:
    """Accept IP addresses and networks in CIDR form."""
    for value in values:
        try:
            ipaddress.ip_network(value, strict=False)
        except ValueError:
            raise WrongValue("must be a list of IP addresses or networks such as 10.0.0.0/8") from None
    return values


def fetch_hosts(values: tuple[str, ...]) -> tuple[str, ...]:
    """Accept hosts, addresses and networks that may be fetched from."""
    for value in values:
        try:
            read_opening(value)
        except UnfitUrl as error:
            raise WrongValue(f"must be a list of hosts, addresses and networks; one entry {error}") from None
    return values


def client_keys(values: tuple[str, ...]) -> tuple[str, ...]:
    """Accept keys that fit into an HTTP header: visible ASCII without spaces."""
    if any(_VISIBLE.fullmatch(value) is None for value in values):
        raise WrongValue("must be made of visible ASCII characters without spaces")
    return values


def secret_key(value: str) -> str:
    """Accept nothing, or a string long enough to seal with."""
    if value and len(value) < SECRET_KEY_LENGTH:
        raise WrongValue(f"must have {SECRET_KEY_LENGTH} or more characters")
    return value


def secret_keys(values: tuple[str, ...]) -> tuple[str, ...]:
    """Accept strings long enough to seal with."""
    return tuple(secret_key(value) for value in values)


def days_of_audit(days: float) -> float:
    """Accept no less than a month: what somebody did must not be forgotten before anybody has looked."""
    if 0 < days < _LEAST_AUDIT:
        raise WrongValue(f"must be 0, or at least {_LEAST_AUDIT} days")
    return days


def price_lines(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Accept prices of models, each model once."""
    names = set[str]()
    for line in lines:
        try:
            name, _ = read_line(line)
        except ValueError as error:
            raise WrongValue(f"must {error}") from None
        if name in names:
            raise WrongValue("must name each model once")
        names.add(name)
    return lines


def media_price_lines(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Accept prices of pictures, clips and sounds, each thing once."""
    named = set[str]()
    for line in lines:
        try:
            thing, _ = read_media_line(line)
        except ValueError as error:
            raise WrongValue(f"must {error}") from None
        if thing in named:
            raise WrongValue("must name each thing once")
        named.add(thing)
    return lines
