"""Brings a database to the schema of this version, or back to an older one.

The whole way is one transaction under the write lock: several processes that start at once wait for
the first one, and a process that is killed half-way leaves the old schema behind.
Must never touch a database that a newer version of the program wrote. Alembic keeps its context in
one place per process, so these run one at a time in a process.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from grok2api.errors import ConfigError, StorageError
from grok2api.storage.sql.engine import UNAVAILABLE
from grok2api.storage.sql.sqlite import BUSY_TIMEOUT, database_path, open_engine, prepare

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

Result = TypeVar("Result")


async def upgrade(place: str | Path, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
    """Bring the database at `place`, a URL or a file, to this version's schema; make it if it is not there.

    Raises:
        ConfigError: A newer version wrote it, or it cannot be opened.
        StorageError: Another process holds it for too long.
    """
    if not await is_current(place, busy_timeout=busy_timeout):
        await _run(database_path(place), "writer", busy_timeout, _upgrade)


async def downgrade(place: str | Path, revision: str, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
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

    path = database_path(place)
    await prepare(path, busy_timeout=busy_timeout)
    await _run(path, "writer", busy_timeout, step_down)


async def is_current(place: str | Path, *, busy_timeout: float = BUSY_TIMEOUT) -> bool:
    """Tell whether the database has this version's schema; errors as for `upgrade`."""
    path = database_path(place)
    await prepare(path, busy_timeout=busy_timeout)
    return await _run(path, "reader", busy_timeout, _schema_is_current)


async def _run(
    path: Path,
    role: Literal["reader", "writer"],
    busy_timeout: float,
    work: Callable[[Connection], Result],
) -> Result:
    """Return what `work` returns in one transaction of its own engine."""
    engine = open_engine(path, role, busy_timeout=busy_timeout)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    except SQLAlchemyError as error:
        raise StorageError(UNAVAILABLE) from error
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    if not _schema_is_current(connection):
        command.upgrade(_config(connection), "head")


def _schema_is_current(connection: Connection) -> bool:
    """Tell whether the schema is the newest one known; ConfigError if it is an unknown one."""
    scripts = ScriptDirectory.from_config(_config(connection))
    newest = scripts.get_current_head()
    present = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    if present is not None and present not in known:
        raise ConfigError(
            f"database: its schema {present} is unknown to this grok2api, which knows up to {newest}; "
            "start the newer version that wrote it, or restore a backup; nothing was changed"
        )
    return present == newest


def _config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config
