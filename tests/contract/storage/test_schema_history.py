"""A database of any age comes up to this version step by step with every row, and goes down again."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import (
    Boolean,
    ColumnClause,
    Connection,
    Float,
    Numeric,
    String,
    column,
    event,
    inspect,
    select,
    table,
)
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from grok2api.errors import ConfigError
from grok2api.storage.sql.address import read_address
from grok2api.storage.sql.migrate import downgrade, is_current, place_at, upgrade
from grok2api.storage.sql.mysql import MysqlPlace
from grok2api.storage.sql.place import Place
from grok2api.storage.sql.schema import NEWEST
from grok2api.storage.sql.stepping import known_schemas
from grok2api.storage.sql.tables import metadata
from support.database_servers import KINDS, Kind, made_database

VERSIONS = [f"{number:04}" for number in range(1, 17)]
FIRST_TABLES = {
    "client_keys",
    "credentials",
    "meta",
    "setting_overrides",
    "tombstones",
    "usage_records",
}
STARTER = """
import asyncio, sys
from grok2api.storage.sql.migrate import upgrade
asyncio.run(upgrade(sys.argv[1]))
"""
HALF_WAY = {
    "pgsql": "SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = database "
    "WHERE locktype = 'advisory' AND datname = current_database()",
    "mysql": "SELECT 1 FROM information_schema.tables "
    "WHERE table_schema = database() AND table_name = 'setting_overrides'",
}
MADE_OF_OTHERS = {"usage_spans"}
"""Where a step makes several rows of one that is there."""
OF_THE_SCHEMA = {"alembic_version", "revision_counter"}


@dataclass
class Witness:
    """Puts a row into every table that it sees for the first time, and says whether all rows are whole."""

    place: Place
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def fill(self) -> None:
        engine = self.place.open_schema(changing=True)
        async with engine.begin() as connection:
            await connection.run_sync(self._fill)
        await engine.dispose()

    async def check(self) -> set[str]:
        """Return the tables whose rows were found whole."""
        engine = self.place.open_schema(changing=False)
        async with engine.connect() as connection:
            found = await connection.run_sync(self._check)
        await engine.dispose()
        return found

    def _fill(self, connection: Connection) -> None:
        for name, columns in columns_of(connection).items():
            there = table(name, *columns)
            kept = connection.execute(select(*there.c)).mappings().first()
            if kept is not None:
                self.rows.setdefault(name, plain(kept))  # made by a step of what was there
            if name not in self.rows:
                self.rows[name] = {each.name: value_for(each.type) for each in columns}
                connection.execute(there.insert().values(self.rows[name]))

    def _check(self, connection: Connection) -> set[str]:
        present = columns_of(connection)
        for name, columns in present.items():
            rows = [plain(row) for row in connection.execute(select(*table(name, *columns).c)).mappings()]
            known = {key: value for key, value in self.rows[name].items() if key in rows[0]}
            assert known in [{key: row[key] for key in known} for row in rows], name
            assert len(rows) == 1 or name in MADE_OF_OTHERS, name
        return set(present)


def plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a row with its decimal numbers as what they stand for."""
    return {key: float(each) if isinstance(each, Decimal) else each for key, each in row.items()}


def columns_of(connection: Connection) -> dict[str, list[ColumnClause[Any]]]:
    """Return the columns of every table that holds rows of ours."""
    found = inspect(connection).get_multi_columns()
    return {
        name: [column(each["name"], each["type"]) for each in columns]
        for (_, name), columns in found.items()
        if name not in OF_THE_SCHEMA
    }


def value_for(kind: Any) -> object:
    """Return a value that a careless migration would lose: not ASCII, not a whole number, large."""
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, String):
        return "Aä灵🙂" if kind.length else "Aä灵🙂" * 7_000
    return 1_795_000_000.123456 if isinstance(kind, Float | Numeric) else 1


def differences(connection: Connection) -> list[Any]:
    """Return how the database differs from the tables of this version."""
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


@pytest.fixture(params=["sqlite", *KINDS])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Return a database that nothing has been done to."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            yield place_at(tmp_path / "grok2api.db")
        else:
            yield place_at(stack.enter_context(made_database(request.param)).url)


async def test_every_row_of_every_age_comes_up_and_goes_down(place: Place) -> None:
    witness = Witness(place)
    for version in VERSIONS:
        await upgrade(place, to=version)
        await witness.fill()
    assert await is_current(place)
    assert await witness.check() == witness.rows.keys()
    assert witness.rows.keys() == metadata.tables.keys() - OF_THE_SCHEMA

    engine = place.open_schema(changing=False)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()

    for version in reversed(VERSIONS[:-1]):
        await downgrade(place, version)
    assert await witness.check() == {
        "client_keys",
        "credentials",
        "meta",
        "setting_overrides",
        "tombstones",
        "usage_records",
    }
    await downgrade(place, "base")
    assert await witness.check() == set()
    await upgrade(place)
    assert await is_current(place)


def described(connection: Connection) -> dict[str, object]:
    """Return all that the database tells of its tables."""
    look = inspect(connection)
    return {
        name: (
            sorted((each["name"], repr(each["type"]), each["nullable"], each["default"]) for each in columns),
            look.get_pk_constraint(name)["constrained_columns"],
            sorted(map(repr, look.get_indexes(name))),
            sorted(map(repr, look.get_unique_constraints(name))),
            look.get_foreign_keys(name),
        )
        for (_, name), columns in look.get_multi_columns().items()
    }


async def seen(place: Place) -> tuple[dict[str, object], list[Any], list[Any]]:
    """Return the tables of a place, its schema and its counter."""
    engine = place.open_schema(changing=False)
    async with engine.connect() as connection:
        tables = await connection.run_sync(described)
        version = (await connection.exec_driver_sql("SELECT * FROM alembic_version")).all()
        counter = (await connection.exec_driver_sql("SELECT * FROM revision_counter")).all()
    await engine.dispose()
    return tables, [tuple(row) for row in version], [tuple(row) for row in counter]


@pytest.mark.parametrize("kind", ["sqlite", *KINDS])
async def test_a_new_database_is_like_one_that_came_up_step_by_step(kind: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        made: list[Place] = []
        for number in range(2):
            if kind == "sqlite":
                made.append(place_at(tmp_path / f"{number}.db"))
            else:
                made.append(place_at(stack.enter_context(made_database(kind)).url))  # type: ignore[arg-type]
        new, stepped = made
        await upgrade(new)
        for version in VERSIONS:
            await upgrade(stepped, to=version)
        assert await seen(new) == await seen(stepped)
        for version in [*reversed(VERSIONS[:-1]), "base"]:
            await downgrade(new, version)
        await upgrade(new)
        assert await is_current(new)


def test_the_newest_schema_is_the_last_step() -> None:
    assert known_schemas() == (NEWEST, frozenset(VERSIONS))


@dataclass(frozen=True, slots=True)
class BreakingPlace(MysqlPlace):
    """A database whose connection breaks after so many statements that change something."""

    changes: int = 4

    @override
    def open_schema(self, *, changing: bool) -> AsyncEngine:
        engine = MysqlPlace.open_schema(self, changing=changing)
        left = self.changes

        def count(*arguments: Any) -> None:
            nonlocal left
            if arguments[2].lstrip().upper().startswith(("CREATE", "ALTER", "DROP", "INSERT", "UPDATE")):
                left -= 1
                if left < 0:
                    raise OSError("the machine lost its power")

        if changing:
            event.listen(engine.sync_engine, "before_cursor_execute", count)
        return engine


async def test_an_upgrade_that_breaks_off_again_and_again_arrives_where_nothing_is_undone() -> None:
    with made_database("mysql") as database:
        place = BreakingPlace(read_address("mysql", database.url))
        broken = 0
        while not await is_current(place):
            try:
                await upgrade(place)
            except ConfigError:
                broken += 1
            assert broken < 100
        assert broken > 10
        engine = place.open_schema(changing=False)
        async with engine.connect() as connection:
            assert await connection.run_sync(differences) == []
        await engine.dispose()
        assert await database.execute("SELECT * FROM revision_counter") == [(1, 0, 0)]


@pytest.mark.parametrize("kind", KINDS)
async def test_what_a_killed_start_leaves_behind_is_finished_by_the_next(kind: Kind) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with made_database(kind) as database:
        starting = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", STARTER, database.url), env=environment
        )
        for _ in range(2_000):
            if starting.returncode is not None or await database.execute(HALF_WAY[kind]):
                break
        with suppress(ProcessLookupError):
            starting.kill()
        await starting.wait()
        await upgrade(database.url)
        assert await is_current(database.url)
        assert await database.execute("SELECT * FROM revision_counter") == [(1, 0, 0)]


@pytest.mark.parametrize("kind", KINDS)
async def test_tables_of_another_program_are_left_alone(kind: Kind) -> None:
    with made_database(kind) as database:
        await database.execute("CREATE TABLE files (path int)")
        with pytest.raises(ConfigError, match="not this program's"):
            await upgrade(database.url)
        assert await database.execute("SELECT path FROM files") == []
