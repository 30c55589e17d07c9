"""Database servers for tests: found, given databases of the tests' own, and left as they were.

A server is looked for on its standard local port, or where TEST_POSTGRESQL_URL or TEST_MYSQL_URL says. One
that is missing skips its tests loudly; with CI=true that is a failure. The databases that tests get order and
compare texts as a language does, and not byte by byte, since people's databases do.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from grok2api.storage.sql.records import SqlRecords
from grok2api.storage.sql.tables import metadata, revision_counter

Kind = Literal["pgsql", "mysql"]
Result = TypeVar("Result")

KINDS: tuple[Kind, ...] = ("pgsql", "mysql")
_DRIVERS = {"pgsql": "postgresql+asyncpg", "mysql": "mysql+asyncmy"}
_STANDARD = {
    "pgsql": ("TEST_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/postgres"),
    "mysql": ("TEST_MYSQL_URL", "mysql://root@127.0.0.1:3306/mysql"),
}
_CREATE = {
    "pgsql": "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' "
    "LOCALE_PROVIDER icu ICU_LOCALE 'en-US'",
    "mysql": "CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
}
_DROP = {"pgsql": "DROP DATABASE IF EXISTS {name} WITH (FORCE)", "mysql": "DROP DATABASE IF EXISTS {name}"}
_KILLABLE = {
    "pgsql": "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = :name AND pid <> pg_backend_pid()",
    "mysql": "SELECT id FROM information_schema.processlist WHERE db = :name AND id <> connection_id()",
}


@dataclass(frozen=True, slots=True)
class TestDatabase:
    """A database of the tests' own on a server.

    Attributes:
        url: As DATABASE_URL has it.
    """

    __test__ = False

    kind: Kind
    url: str

    @property
    def name(self) -> str:
        return make_url(self.url).database or ""

    async def execute(self, statement: str, **parameters: object) -> list[tuple[Any, ...]]:
        """Run a statement as a stranger would, and return its rows."""
        async with _connected(self.kind, self.url) as connection:
            result = await connection.execute(text(statement), parameters)
            return [tuple(row) for row in result] if result.returns_rows else []

    async def inspect(self, look: Callable[[Connection], Result]) -> Result:
        """Return what `look` returns."""
        async with _connected(self.kind, self.url) as connection:
            return await connection.run_sync(look)

    async def cut_connections(self) -> int:
        """Kill whatever is connected to it, from the server's side; return how many there were."""
        name = self.name
        async with _connected(self.kind, server_url(self.kind)) as connection:
            found = (await connection.execute(text(_KILLABLE[self.kind]), {"name": name})).all()
            if self.kind == "mysql":
                for identifier, *_ in found:
                    try:
                        await connection.execute(text(f"KILL {identifier}"))
                    except SQLAlchemyError:
                        continue  # it has ended by itself
            return len(found)


async def empty(records: SqlRecords) -> None:
    """Delete every row of a store, as after its first start."""
    async with records._database.writing() as unit:
        for name in metadata.tables:
            if name != revision_counter.name:
                await unit.exec_driver_sql(f"DELETE FROM {name}")  # noqa: S608
        await unit.exec_driver_sql("UPDATE revision_counter SET value = 0, forgotten = 0")


def server_url(kind: Kind) -> str:
    """Return the URL of a server, with rights to make databases."""
    variable, standard = _STANDARD[kind]
    return os.environ.get(variable, standard)


def require_server(kind: Kind) -> None:
    """Return if there is a server; else skip the test, or fail it where nothing may be skipped."""

    async def greet() -> None:
        async with _connected(kind, server_url(kind)) as connection:
            await connection.execute(text("SELECT 1"))

    try:
        run(greet)
    except (SQLAlchemyError, OSError) as error:
        variable = _STANDARD[kind][0]
        reason = f"NO {kind.upper()} SERVER: start one, or set {variable} ({type(error).__name__})"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


@contextmanager
def made_database(kind: Kind) -> Iterator[TestDatabase]:
    """Make an empty database, without tables, and drop it at the end."""
    require_server(kind)
    name = f"grok2api_test_{os.getpid()}_{secrets.token_hex(4)}"
    run(lambda: _command(kind, _CREATE[kind].format(name=name)))
    try:
        url = make_url(server_url(kind)).set(database=name)
        yield TestDatabase(kind, url.render_as_string(hide_password=False))
    finally:
        run(lambda: _command(kind, _DROP[kind].format(name=name)))


@contextmanager
def database_of_its_own(kind: Kind, password: str) -> Iterator[tuple[TestDatabase, str]]:
    """Make an empty database and a login that owns it; give both, the second as DATABASE_URL has it."""
    login = f"grok2api_test_{secrets.token_hex(4)}"
    place = {"pgsql": "{login}", "mysql": "'{login}'@'%'"}[kind].format(login=login)
    require_server(kind)
    words = {"pgsql": "LOGIN PASSWORD", "mysql": "IDENTIFIED BY"}[kind]
    run(lambda: _command(kind, f"CREATE USER {place} {words} '{password}'"))
    try:
        with made_database(kind) as database:
            give = {"pgsql": "ALTER DATABASE {0} OWNER TO {1}", "mysql": "GRANT ALL ON {0}.* TO {1}"}[kind]
            run(lambda: _command(kind, give.format(database.name, place)))
            url = make_url(database.url).set(username=login, password=password)
            yield database, url.render_as_string(hide_password=False)
    finally:
        run(lambda: _command(kind, f"DROP USER {place}"))


def run(work: Callable[[], Awaitable[Result]]) -> Result:
    """Return what a coroutine function returns, wherever the caller is: on an event loop or not."""

    async def once() -> Result:
        return await work()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, once()).result()


async def _command(kind: Kind, statement: str) -> None:
    async with _connected(kind, server_url(kind)) as connection:
        await connection.execute(text(statement))


@asynccontextmanager
async def _connected(kind: Kind, url: str) -> AsyncIterator[AsyncConnection]:
    """Open one connection whose statements stand by themselves."""
    engine: AsyncEngine = create_async_engine(
        make_url(url).set(drivername=_DRIVERS[kind]), poolclass=NullPool, isolation_level="AUTOCOMMIT"
    )
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()
