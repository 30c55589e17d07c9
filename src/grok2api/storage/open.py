"""From the setting to the store: the one place that knows which backends there are.

Must never put a URL into an error: it may hold a password.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grok2api.errors import ConfigError
from grok2api.storage.open_redis import open_redis_records
from grok2api.storage.sql.address import read_address
from grok2api.storage.sql.migrate import is_current, upgrade
from grok2api.storage.sql.mysql import MysqlPlace
from grok2api.storage.sql.postgresql import PostgresqlPlace
from grok2api.storage.sql.records import SqlRecords
from grok2api.storage.sql.sqlite import SqlitePlace, database_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from grok2api.storage.sql.place import Place
    from grok2api.storage.stores import Records

DATABASE_FILE = "grok2api.db"
DEFAULT_PREFIX = "grok2api:"

_SQL_PLACES: Mapping[str, Callable[[str, Path], Place]] = {
    "local": lambda url, data_dir: SqlitePlace(database_path(url) if url else data_dir / DATABASE_FILE),
    "pgsql": lambda url, _: PostgresqlPlace(read_address("pgsql", url)),
    "mysql": lambda url, _: MysqlPlace(read_address("mysql", url)),
}


async def open_records(
    storage_type: str,
    url: str,
    data_dir: Path,
    *,
    auto_upgrade: bool = True,
    redis_url: str = "",
    redis_prefix: str = DEFAULT_PREFIX,
) -> Records:
    """Return the durable store, with this version's schema.

    Args:
        storage_type: `local` (SQLite), `pgsql`, `mysql` or `redis`.
        url: `sqlite:///path`, or empty for `grok2api.db` in `data_dir`; or the URL of a server.
        data_dir: Made with mode 0700 if it is missing and the database is to lie in it.
        auto_upgrade: Whether an older schema is brought up to date, or refused.
        redis_url: `redis://` or `rediss://`, for `redis`.
        redis_prefix: What the name of every key in Redis begins with.

    Raises:
        ConfigError: There is no such store in this version, or it cannot be opened or is not up to date.
        StoreAway: It cannot be reached.
        StorageError: Another process holds it for too long.
    """
    if storage_type == "redis":
        return await open_redis_records(redis_url, redis_prefix, auto_upgrade=auto_upgrade)
    place = sql_place(storage_type, url, data_dir)
    if auto_upgrade:
        await upgrade(place)
    elif not await is_current(place):
        raise ConfigError("database: its schema is not this version's; run `grok2api db upgrade`")
    return SqlRecords(place.open())


def sql_place(storage_type: str, url: str, data_dir: Path) -> Place:
    """Return the place of the SQL database that the settings name; ConfigError if they name none."""
    if storage_type not in _SQL_PLACES:
        raise ConfigError(f"storage.type = {storage_type!r}: it is no SQL database")
    return _SQL_PLACES[storage_type](url, data_dir)
