"""SQLite: one file, safe with several processes on one host.

Writers take the write lock when they begin, so that none can find out half-way that it lost a race,
and they queue inside the process, one connection per role, before they queue for the file.
Must never close a file of the database by itself: that would drop the locks SQLite holds on it.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from typing_extensions import override

from grok2api.errors import ConfigError, StorageError
from grok2api.storage.sql.engine import UNAVAILABLE, Database

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT: Final = 15.0
"""Seconds to wait for another process's write to end."""

_READERS: Final = 4
_QUEUE_TIMEOUT: Final = 3 * BUSY_TIMEOUT
_WAL_RETRY: Final = 0.02


@dataclass(frozen=True, slots=True)
class SqlitePlace:
    """A file."""

    path: Path
    busy_timeout: float = BUSY_TIMEOUT

    @override
    def __str__(self) -> str:
        """Return the file's path."""
        return str(self.path)

    async def prepare(self) -> None:
        """Make the file if it is missing, and see that it can be used; errors as for `prepare`."""
        await prepare(self.path, busy_timeout=self.busy_timeout)

    def check(self, connection: Connection) -> None:
        """Do nothing: a file that was prepared is fit for use."""

    def open(self) -> Database:
        """Return the engines of the prepared file."""
        return open_database(self.path, busy_timeout=self.busy_timeout)

    def open_schema(self, *, changing: bool) -> AsyncEngine:
        """Return an engine for the schema."""
        return open_engine(self.path, "writer" if changing else "reader", busy_timeout=self.busy_timeout)

    def hold_schema(self, connection: Connection) -> None:
        """Do nothing: a writer has locked the whole file when its transaction has begun."""

    def explained(self, error: BaseException) -> ConfigError | None:
        """Return None: what is wrong with a file is found out when it is prepared."""
        return None


def database_path(place: str | Path) -> Path:
    """Return the file that a path or a `sqlite:///` URL names; ConfigError for any other URL."""
    if isinstance(place, Path):
        return place
    try:
        parsed = make_url(place)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.get_backend_name() != "sqlite" or parsed.query:
        raise ConfigError("storage: the local store needs a URL of the form sqlite:///path/to/file.db")
    if not parsed.database or parsed.database == ":memory:":
        raise ConfigError("storage: the local store needs a file, because several processes share it")
    return Path(parsed.database)


def open_database(path: Path, *, busy_timeout: float = BUSY_TIMEOUT) -> Database:
    """Return the engines of a prepared file; nothing is opened before it is used."""
    return Database(
        reader=open_engine(path, "reader", size=_READERS, busy_timeout=busy_timeout),
        writer=open_engine(path, "writer", busy_timeout=busy_timeout),
        ledger=open_engine(path, "ledger", busy_timeout=busy_timeout),
    )


def open_engine(
    path: Path,
    role: Literal["reader", "writer", "ledger"],
    *,
    size: int = 1,
    busy_timeout: float = BUSY_TIMEOUT,
) -> AsyncEngine:
    """Return an engine whose connections and transactions suit one role."""
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        connect_args={"timeout": busy_timeout, "isolation_level": None},
        pool_size=size,
        max_overflow=0,
        pool_timeout=_QUEUE_TIMEOUT,
        hide_parameters=True,
    )
    settings = {
        "foreign_keys": "ON",
        "synchronous": "NORMAL" if role == "ledger" else "FULL",
        "query_only": "ON" if role == "reader" else "OFF",
    }
    begin = "BEGIN" if role == "reader" else "BEGIN IMMEDIATE"

    def on_connect(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for name, value in settings.items():
            cursor.execute(f"PRAGMA {name} = {value}")
        cursor.close()

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine.sync_engine, "connect", on_connect)
    event.listen(engine.sync_engine, "begin", on_begin)
    return engine


async def prepare(path: Path, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
    """Make the directory (0700) and the file (0600) if they are missing, and turn on write-ahead logging.

    Raises:
        ConfigError: The place cannot be written, or the file is no SQLite database.
        StorageError: Another process holds the file for too long.
    """
    try:
        await asyncio.to_thread(_prepare, path, busy_timeout)
    except OSError as error:
        raise ConfigError(f"storage: {path} cannot be made: {error.strerror}") from error
    except sqlite3.Error as error:
        if _is_busy(error):
            raise StorageError(UNAVAILABLE) from error
        raise ConfigError(f"storage: {path} cannot be opened as a SQLite database: {error}") from error


def _prepare(path: Path, busy_timeout: float) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(path, timeout=busy_timeout, isolation_level=None)) as connection:
        deadline = time.monotonic() + busy_timeout
        while not _turn_on_wal(connection, deadline):
            time.sleep(_WAL_RETRY)


def _turn_on_wal(connection: sqlite3.Connection, deadline: float) -> bool:
    """Tell whether it worked. The busy timeout does not cover this change of mode, hence the deadline."""
    try:
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    except sqlite3.OperationalError as error:
        if _is_busy(error) and time.monotonic() < deadline:
            return False
        raise
    if mode != "wal":
        raise sqlite3.OperationalError("its file system does not support write-ahead logging")
    return True


def _is_busy(error: sqlite3.Error) -> bool:
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
