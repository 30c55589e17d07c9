"""Brings a database to the schema of this version, or back to an older one.

An empty database gets the tables as they are; one that is older goes the steps of the migrations, and tests
hold the two ways together.
The whole way is one transaction under a lock: several processes that start at once wait for the first one,
and a process that is killed half-way leaves the old schema behind. MySQL and MariaDB know no such
transaction; there the next start goes on where the killed one was, since each step looks at what is there.
Must never touch a database that a newer version of the program wrote.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from grok2api.errors import StorageError
from grok2api.storage.sql.address import SCHEMES, read_address
from grok2api.storage.sql.engine import UNAVAILABLE
from grok2api.storage.sql.mysql import MysqlPlace
from grok2api.storage.sql.postgresql import PostgresqlPlace
from grok2api.storage.sql.schema import Age, age_of, create
from grok2api.storage.sql.sqlite import BUSY_TIMEOUT, SqlitePlace, database_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from grok2api.storage.sql.place import Place

Result = TypeVar("Result")
_WITHOUT_UNDO: Final = frozenset({"mysql", "mariadb"})


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
    await at.prepare()
    age = await _run(at, age_of, changing=False)
    if age is Age.PRESENT:
        return
    if age is Age.UNBORN and to == "head":
        await _run(at, _create, changing=True)
    else:
        await _run(at, _up_to(to), changing=True)


async def downgrade(place: str | Path | Place, revision: str, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
    """Bring the database at `place` back to an older schema (`base` is none); what does not fit is lost.

    Raises:
        ConfigError: There is no such revision below the present one, or a newer version wrote the database.
        StorageError: Another process holds it for too long.
    """

    def down(connection: Connection) -> None:
        from grok2api.storage.sql.stepping import step_down  # noqa: PLC0415  loads Alembic

        step_down(connection, revision)

    at = place_at(place, busy_timeout=busy_timeout)
    await at.prepare()
    await _run(at, down, changing=True)


async def is_current(place: str | Path | Place, *, busy_timeout: float = BUSY_TIMEOUT) -> bool:
    """Tell whether the database has this version's schema; errors as for `upgrade`."""
    at = place_at(place, busy_timeout=busy_timeout)
    await at.prepare()
    return await _run(at, _is_newest, changing=False)


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


def _create(connection: Connection) -> None:
    """Make the tables in one go; or step by step, if somebody was faster, or no undo is known.

    MySQL cannot undo half a creation, and only the steps know what to do with what is there.
    """
    if age_of(connection) is Age.UNBORN and connection.dialect.name not in _WITHOUT_UNDO:
        create(connection)
    else:
        _up_to("head")(connection)


def _up_to(revision: str) -> Callable[[Connection], None]:
    def up(connection: Connection) -> None:
        from grok2api.storage.sql.stepping import step_up  # noqa: PLC0415  loads Alembic

        step_up(connection, revision)

    return up


def _is_newest(connection: Connection) -> bool:
    if age_of(connection) is not Age.OTHER:
        return age_of(connection) is Age.PRESENT
    from grok2api.storage.sql.stepping import is_newest  # noqa: PLC0415  loads Alembic

    return is_newest(connection)
