"""From an address to a store that can be copied from or to.

Must never put a URL into an error: it may hold a password. Must never change a store that is only read from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from grok2api.errors import ConfigError
from grok2api.storage.open import sql_place
from grok2api.storage.open_redis import open_redis_porter
from grok2api.storage.sql.migrate import is_current, upgrade
from grok2api.storage.sql.porter import SqlPorter
from grok2api.storage.sql.sqlite import SqlitePlace

if TYPE_CHECKING:
    from pathlib import Path

    from grok2api.storage.transfer.porter import Porter

StoreKind = Literal["local", "pgsql", "mysql", "redis"]

_KINDS: Final[dict[str, StoreKind]] = {
    "sqlite": "local",
    "redis": "redis",
    "rediss": "redis",
    "postgresql": "pgsql",
    "postgres": "pgsql",
    "mysql": "mysql",
    "mariadb": "mysql",
}
_FORMS: Final = (
    "write it as sqlite:///path/to/file.db, postgresql://user:password@host/database, "
    "mysql://user:password@host/database or redis://:password@host:6379/0"
)


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """Where a store is.

    Attributes:
        kind: As `storage.type` has it.
        url: With the password; of a local store it may be empty.
        prefix: What the name of every key in Redis begins with.
    """

    kind: StoreKind
    url: str = field(repr=False)
    prefix: str = field(default="")

    @property
    def switches(self) -> tuple[tuple[str, str], ...]:
        """The environment variables that make this store the server's, with the password masked."""
        if self.kind == "redis":
            shown = _masked(self.url)
            return (
                ("SERVER_STORAGE_TYPE", "redis"),
                ("REDIS_URL", shown),
                ("GROK2API_STORAGE__REDIS_PREFIX", self.prefix),
            )
        return (("SERVER_STORAGE_TYPE", self.kind), ("DATABASE_URL", _masked(self.url)))


def read_store_url(url: str, prefix: str) -> StoreAddress:
    """Return the store that a URL names.

    Raises:
        ConfigError: It names none; the error says what to write and not what was written.
    """
    kind = _KINDS.get(url.partition("://")[0])
    if kind is None:
        raise ConfigError(f"the URL of the new store names no kind of store that there is; {_FORMS}")
    try:
        make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigError(f"the URL of the new store cannot be read; {_FORMS}") from None
    return StoreAddress(kind, url, prefix)


async def open_porter(address: StoreAddress, data_dir: Path, *, upgrading: bool) -> Porter:
    """Return a store to copy from or to.

    Args:
        address: Where it is.
        data_dir: Where a local store without a URL lies.
        upgrading: Whether it may be made and brought to this version's schema; else it is left as it is.

    Raises:
        ConfigError: It cannot be opened, is not there, or has another schema and is not to be upgraded.
        StorageError: It does not answer.
    """
    if address.kind == "redis":
        return await open_redis_porter(address.url, address.prefix, upgrading=upgrading)
    place = sql_place(address.kind, address.url, data_dir)
    if upgrading:
        await upgrade(place)
    elif isinstance(place, SqlitePlace) and not place.path.is_file():
        raise ConfigError(f"there is no store at {place}; the first start makes one")
    elif not await is_current(place):
        raise ConfigError(f"{place}: its schema is not this version's; run `grok2api db upgrade`")
    name = str(place.path.resolve()) if isinstance(place, SqlitePlace) else str(place)
    return SqlPorter(place.open(), name)


def _masked(url: str) -> str:
    """Return a URL whose password is three asterisks."""
    return make_url(url).render_as_string(hide_password=True) if url else url
