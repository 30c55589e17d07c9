"""A SQL database as a place to copy from and to: every family is a table, and every row is its record.

A view is one transaction, and so one state of the database. Must never give a row a revision of its own: what
is loaded keeps the one it has.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, case, delete, or_, select, update
from typing_extensions import override

from grok2api.storage.sql.chunks import chunks
from grok2api.storage.sql.claims import SqlClaims
from grok2api.storage.sql.insert import insert_if_absent
from grok2api.storage.sql.repeats import repeating
from grok2api.storage.sql.rows import fetch_all, to_row, without_nul
from grok2api.storage.sql.tables import (
    admin_answers,
    admin_sessions,
    api_tokens,
    assets,
    audit_entries,
    budget_holds,
    budget_windows,
    client_keys,
    credentials,
    files,
    jobs,
    meta,
    model_overrides,
    operators,
    request_contents,
    revision_counter,
    run_frames,
    runs,
    second_factors,
    setting_overrides,
    setting_versions,
    transcripts,
    videos,
)
from grok2api.storage.sql.usage_tables import (
    request_traces,
    usage_records,
    usage_rollups,
    usage_spans,
    usage_totals,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from _typeshed import DataclassInstance
    from sqlalchemy import Column, ColumnElement, Table

    from grok2api.storage.sql.engine import Database, Unit
    from grok2api.storage.transfer.families import Family, Key

TABLES: Final[Mapping[str, Table]] = {
    "facts": meta,
    "credentials": credentials,
    "keys": client_keys,
    "settings": setting_overrides,
    "setting versions": setting_versions,
    "models": model_overrides,
    "operators": operators,
    "second factors": second_factors,
    "tokens": api_tokens,
    "answers": admin_answers,
    "audit": audit_entries,
    "budget windows": budget_windows,
    "budget holds": budget_holds,
    "sessions": admin_sessions,
    "jobs": jobs,
    "files": files,
    "assets": assets,
    "videos": videos,
    "runs": runs,
    "run frames": run_frames,
    "transcripts": transcripts,
    "contents": request_contents,
    "usage": usage_records,
    "traces": request_traces,
    "usage sums": usage_rollups,
    "usage spans": usage_spans,
    "usage totals": usage_totals,
}
"""The table of each family; its columns are the fields of the family's record."""

_PAIRS: Final = 100
"""Keys of several columns that are asked for at once: SQLite takes no deeper condition than a thousand."""


class SqlView:
    """One state of a database."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def pages(self, family: Family, /) -> AsyncIterator[Sequence[DataclassInstance]]:
        """Yield every record once, in the order of their keys."""
        table = TABLES[family.name]
        columns = [table.c[name] for name in family.key]
        query, last = select(table).order_by(*columns).limit(family.page), None
        while True:
            page = await fetch_all(
                self._unit,
                query if last is None else query.where(_behind(columns, last)),
                family.record,
                hurried=True,
            )
            if page:
                yield page
            if len(page) < family.page:
                return
            last = family.key_of(page[-1])

    async def some(self, family: Family, keys: Sequence[Key], /) -> Sequence[DataclassInstance]:
        """Return those with these keys that are there."""
        found: list[DataclassInstance] = []
        for condition in _named(TABLES[family.name], family, keys):
            query = select(TABLES[family.name]).where(condition)
            found.extend(await fetch_all(self._unit, query, family.record, hurried=True))
        return found

    async def revision(self) -> int:
        """Return the last revision given out."""
        value: int = (await self._unit.execute(select(revision_counter.c.value))).scalar_one()
        return value


@repeating
class SqlPorter:
    """One database, whose schema is this version's.

    Args:
        database: Its engines.
        name: Where it is, for people.
    """

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name
        self.claims = SqlClaims(database)

    @override
    def __str__(self) -> str:
        """Return where it is."""
        return self._name

    @asynccontextmanager
    async def viewing(self) -> AsyncIterator[SqlView]:
        """Open one state of the database for as long as the block runs."""
        async with self._database.reading() as unit:
            yield SqlView(unit)

    async def load(self, family: Family, records: Sequence[DataclassInstance], /, *, fresh: bool) -> None:
        """Keep records in one transaction, in place of those with their keys; Conflict for a double one."""
        table = TABLES[family.name]
        async with self._database.writing() as unit:
            if not fresh:
                await _delete(unit, table, family, [family.key_of(each) for each in records])
            await unit.execute(table.insert(), [to_row(each) for each in records])

    async def remove(self, family: Family, keys: Sequence[Key], /) -> None:
        """Delete the rows with these keys."""
        async with self._database.writing() as unit:
            await _delete(unit, TABLES[family.name], family, keys)

    async def reseal(self, family: Family, key: Key, name: str, /, *, old: str, new: str) -> bool:
        """Replace a sealed text if it is still the old one; tell whether it was."""
        table = TABLES[family.name]
        there = and_(*(table.c[each] == value for each, value in zip(family.key, key, strict=True)))
        change = update(table).where(there, table.c[name] == old).values({name: new})
        async with self._database.writing() as unit:
            return (await unit.execute(change)).rowcount > 0

    async def set_revision(self, revision: int, /) -> None:
        """Go on behind a revision, all deletions before which are forgotten."""
        present = revision_counter.c.value
        value = case((present > revision, present), else_=revision)
        async with self._database.writing() as unit:
            await unit.execute(update(revision_counter).values(value=value))
            await unit.execute(update(revision_counter).values(forgotten=revision_counter.c.value))

    async def fact(self, name: str, /) -> str | None:
        """Return a fact."""
        async with self._database.reading() as unit:
            result = await unit.execute(select(meta.c.value).where(meta.c.name == name))
            return result.scalar_one_or_none()

    async def put_fact(self, name: str, value: str, /) -> None:
        """Keep a fact in place of the one of this name."""
        async with self._database.writing() as unit:
            absent = insert_if_absent(unit.dialect.name, meta)
            await unit.execute(absent.values(name=name, value=value))
            await unit.execute(update(meta).where(meta.c.name == name).values(value=value))

    async def close(self) -> None:
        """Close every connection."""
        await self._database.close()


def _behind(columns: Sequence[Column[object]], key: Key) -> ColumnElement[bool]:
    """Return the condition of a row behind a key."""
    behind: ColumnElement[bool] = columns[-1] > key[-1]
    for column, part in zip(reversed(columns[:-1]), reversed(key[:-1]), strict=True):
        behind = or_(column > part, and_(column == part, behind))
    return behind


def _named(table: Table, family: Family, keys: Sequence[Key]) -> list[ColumnElement[bool]]:
    """Return conditions that together name the rows of these keys, none of them too long for a database."""
    columns = [table.c[name] for name in family.key]
    named = [tuple(without_nul(part) for part in key) for key in keys]
    if len(columns) == 1:
        return [columns[0].in_([key[0] for key in chunk]) for chunk in chunks(named)]
    pairs = [and_(*(column == part for column, part in zip(columns, key, strict=True))) for key in named]
    return [or_(*pairs[start : start + _PAIRS]) for start in range(0, len(pairs), _PAIRS)]


async def _delete(unit: Unit, table: Table, family: Family, keys: Sequence[Key]) -> None:
    for condition in _named(table, family, keys):
        await unit.execute(delete(table).where(condition))
