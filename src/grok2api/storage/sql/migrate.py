"""Brings a database to the schema of this version, or back to an older one.

The whole way is one transaction under a lock: several processes that start at once wait for the first one,
and a process that is killed half-way leaves the old schema behind. MySQL and MariaDB know no such
transaction; there the next start goes on where the killed one was, since each step looks at what is there.
Must never touch a database that a newer version of the program wrote. Alembic keeps its context in
one place per process, so these run one at a time in a process.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from grok2api.errors import ConfigError, StorageError
from grok2api.storage.sql.address import SCHEMES, read_address
from grok2api.storage.sql.engine import UNAVAILABLE
from grok2api.storage.sql.mysql import MysqlPlace
from grok2api.storage.sql.postgresql import PostgresqlPlace
from grok2api.storage.sql.sqlite import BUSY_TIMEOUT, SqlitePlace, database_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from grok2api.storage.sql.place import Place

Result = TypeVar("Result")


def place_at(place: str | Path | Place, *, busy_timeout: float = BUSY_TIMEOUT) -> Place:
    """Return the place that a file or a URL names; ConfigError if it is no URL of a SQL database."""
    if not isinstance(place, str | Path):
        return place
    scheme = place.partition("://")[0] if isinstance(place, str) else ""
    for kind, make in (("pgsql", PostgresqlPlace), ("mysql", MysqlPlace)):
        if scheme in SCHEMES[kind]:
            return make(read_address(kind, str(place)))
    return SqlitePlace(database_path(place), busy_timeout)


async def upgrade(place: str | Path | Place, *, to: str = "head", busy_timeout: float = BUSY_TIMEOUT) -> None:
    """Bring the database at `place`, a URL or a file, to this version's schema; make a file if it is missing.

    Args:
        place: Where it is.
        to: An older schema to stop at; for tests.
        busy_timeout: Seconds to wait for another process that has a file.

    Raises:
        ConfigError: A newer version wrote it, or it cannot be opened.
        StorageError: Another process holds it for too long.
    """
    at = place_at(place, busy_timeout=busy_timeout)
    if not await is_current(at):
        await _run(at, lambda connection: _upgrade(connection, to), changing=True)


async def downgrade(place: str | Path | Place, revision: str, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
    """Bring the database at `place` back to an older schema (`base` is none); what does not fit is lost.

    Raises:
        ConfigError: There is no such revision below the present one, or a newer version wrote the database.
        StorageError: Another process holds it for too long.
    """

    def step_down(connection: Connection) -> None:
        _schema_is_current(connection)
        try:
            command.downgrade(_config(connection), revision)
        except CommandError as error:
            raise ConfigError(f"database: cannot go down to {revision!r}: {error}") from error

    at = place_at(place, busy_timeout=busy_timeout)
    await at.prepare()
    await _run(at, step_down, changing=True)


async def is_current(place: str | Path | Place, *, busy_timeout: float = BUSY_TIMEOUT) -> bool:
    """Tell whether the database has this version's schema; errors as for `upgrade`."""
    at = place_at(place, busy_timeout=busy_timeout)
    await at.prepare()
    return await _run(at, _schema_is_current, changing=False)


async def _run(place: Place, work: Callable[[Connection], Result], *, changing: bool) -> Result:
    """Return what `work` returns in one transaction of its own engine, alone if it changes the schema."""

    def held(connection: Connection) -> Result:
        place.check(connection)
        if changing:
            place.hold_schema(connection)
        return work(connection)

    engine = place.open_schema(changing=changing)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(held)
    except (SQLAlchemyError, OSError) as error:
        raise place.explained(error) or StorageError(UNAVAILABLE) from error
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, to: str) -> None:
    if not _schema_is_current(connection):
        command.upgrade(_config(connection), to)


def _schema_is_current(connection: Connection) -> bool:
    """Tell whether the schema is the newest one known; ConfigError if it is an unknown one."""
    newest, known = _known_schemas()
    present = MigrationContext.configure(connection).get_current_revision()
    if present is not None and present not in known:
        raise ConfigError(
            f"database: its schema {present} is unknown to this grok2api, which knows up to {newest}; "
            "start the newer version that wrote it, or restore a backup; nothing was changed"
        )
    return present == newest


@cache
def _known_schemas() -> tuple[str | None, frozenset[str]]:
    """Return the newest schema and all of them, which takes a while to find out."""
    scripts = ScriptDirectory.from_config(_config(None))
    return scripts.get_current_head(), frozenset(script.revision for script in scripts.walk_revisions())


def _config(connection: Connection | None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config
