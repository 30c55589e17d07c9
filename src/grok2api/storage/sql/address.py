"""The address of a database server: what its URL says, and what it may say.

Must never let the password into an error, a log or a repr.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from typing_extensions import override

from grok2api.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.engine import URL

SCHEMES: Final = {"pgsql": ("postgresql", "postgres"), "mysql": ("mysql", "mariadb")}
"""How the URL of each kind of server begins; the first is how we write it."""

_TLS_MODES: Final = {
    "pgsql": ("disable", "prefer", "require", "verify-ca", "verify-full"),
    "mysql": ("disable", "require", "verify-ca", "verify-full"),
}
"""The driver of MySQL cannot ask a server whether it would like to."""
_TLS_UNNAMED: Final = {"pgsql": "prefer", "mysql": "disable"}
_MYSQL_WORDS: Final = {
    "DISABLED": "disable",
    "REQUIRED": "require",
    "VERIFY_CA": "verify-ca",
    "VERIFY_IDENTITY": "verify-full",
}
"""What MySQL's own tools call them."""
_TLS_FILES: Final = ("sslrootcert", "sslcert", "sslkey")
_OPTIONS: Final = ("sslmode", *_TLS_FILES, "statement_cache", "pool")
_POOL: Final = 4
_LARGEST_POOL: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAddress:
    """Where a database is, and how to talk to it.

    Attributes:
        url: Host, port, user and password, as SQLAlchemy takes them; without a driver.
        tls: How connections are encrypted; None is not at all, `prefer` is if the server can.
        statement_cache: Whether prepared statements outlive a transaction.
        pool: The most connections that one process opens for reading; it opens as many again for writing.
    """

    url: URL = field(repr=False)
    tls: ssl.SSLContext | Literal["prefer"] | None = field(default=None, repr=False)
    statement_cache: bool = True
    pool: int = _POOL

    @property
    def database(self) -> str:
        """Name of the database."""
        return self.url.database or ""

    @property
    def user(self) -> str:
        """Name of the user."""
        return self.url.username or ""

    @property
    def server(self) -> str:
        """Host and port, for people."""
        host = self.url.host or ""
        host = f"[{host}]" if ":" in host else host
        return host if self.url.port is None else f"{host}:{self.url.port}"

    @override
    def __str__(self) -> str:
        """Return what people may read of it."""
        return f"database {self.database!r} on {self.server}"


def read_address(kind: str, url: str) -> ServerAddress:
    """Take the URL of a server of a kind (a key of `SCHEMES`) apart.

    Raises:
        ConfigError: It is no such URL, names no user or database, or has an option that is not known.
    """
    scheme = SCHEMES[kind][0]
    example = f"{scheme}://user:password@host/database"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigError(f"storage.url: it cannot be read as a URL; write it as {example}") from None
    if parsed.get_backend_name() not in SCHEMES[kind]:
        raise ConfigError(f"storage.url: storage.type {kind} needs a URL such as {example}")
    for value, what in ((parsed.host, "host"), (parsed.username, "user"), (parsed.database, "database")):
        if not value:
            raise ConfigError(f"storage.url: it names no {what}; write it as {example}")
    options = _options(kind, parsed.query)
    return ServerAddress(
        url=parsed.set(drivername=scheme, query={}),
        tls=_tls(kind, options),
        statement_cache=_is_on(options, "statement_cache"),
        pool=_pool(options),
    )


def _options(kind: str, query: Mapping[str, str | tuple[str, ...]]) -> dict[str, str]:
    options: dict[str, str] = {}
    for name, value in query.items():
        if not isinstance(value, str):
            raise ConfigError(f"storage.url: the option {name!r} stands there more than once")
        if kind == "mysql" and name == "ssl-mode":
            options["sslmode"] = _MYSQL_WORDS.get(value.upper(), value)
        elif kind == "mysql" and name == "charset":
            if value.lower() != "utf8mb4":
                raise ConfigError("storage.url: the option 'charset' must be utf8mb4, or be left out")
        elif name in _OPTIONS:
            options[name] = value
        else:
            known = ", ".join(_OPTIONS)
            raise ConfigError(f"storage.url: the option {name!r} is not known; there are {known}")
    return options


def _is_on(options: Mapping[str, str], name: str) -> bool:
    value = options.get(name, "on")
    if value not in {"on", "off"}:
        raise ConfigError(f"storage.url: the option {name!r} must be on or off")
    return value == "on"


def _pool(options: Mapping[str, str]) -> int:
    value = options.get("pool", str(_POOL))
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= _LARGEST_POOL:
        raise ConfigError(f"storage.url: the option 'pool' must be a number from 1 to {_LARGEST_POOL}")
    return int(value)


def _tls(kind: str, options: Mapping[str, str]) -> ssl.SSLContext | Literal["prefer"] | None:
    """Return how to encrypt; `verify-full` is meant where only a certificate is named."""
    named = [name for name in _TLS_FILES if name in options]
    mode = options.get("sslmode", "verify-full" if named else _TLS_UNNAMED[kind])
    if mode not in _TLS_MODES[kind]:
        raise ConfigError(f"storage.url: the option 'sslmode' must be one of {', '.join(_TLS_MODES[kind])}")
    if mode == "disable":
        return None
    if mode == "prefer":
        return "prefer"
    try:
        context = ssl.create_default_context(cafile=options.get("sslrootcert"))
        if "sslcert" in options:
            context.load_cert_chain(options["sslcert"], options.get("sslkey"))
    except OSError as error:
        raise ConfigError(
            f"storage.url: the certificates ({', '.join(named)}) cannot be read: {error.strerror or error}"
        ) from None
    context.check_hostname = mode == "verify-full"
    if mode == "require":
        context.verify_mode = ssl.CERT_NONE
    return context
