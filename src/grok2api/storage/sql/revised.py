"""The tables whose every change gets a revision: what they share, and the client keys, settings and models.

Must never change a row without taking a revision first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from sqlalchemy import delete, select, update

from grok2api.storage.models import ModelOverride
from grok2api.storage.records import ClientKey, Missing
from grok2api.storage.sql.repeats import repeating, settled_by
from grok2api.storage.sql.revisions import bury, exhume, next_revision
from grok2api.storage.sql.rows import fetch_all, fetch_one, from_row, to_row
from grok2api.storage.sql.tables import client_keys, model_overrides

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from sqlalchemy import ColumnElement, Table

    from grok2api.storage.sql.engine import Database, Unit

Entity = TypeVar("Entity", bound="DataclassInstance")


@repeating
class RevisedTable(Generic[Entity]):
    """One table of records with a revision.

    Args:
        database: Where the table is.
        table: The table; its primary key is one column.
        entity: The type of its records.
        kind: What its tombstones are called.
    """

    def __init__(self, database: Database, table: Table, entity: type[Entity], kind: str) -> None:
        self._database = database
        self._table = table
        self._entity = entity
        self._kind = kind
        (self._key,) = table.primary_key.columns

    async def list(self) -> tuple[Entity, ...]:
        """Return all records in the order of their keys."""
        async with self._database.reading() as connection:
            return await fetch_all(connection, select(self._table).order_by(self._key), self._entity)

    async def get(self, identifier: str, /) -> Entity | None:
        """Return one record."""
        async with self._database.reading() as connection:
            return await self._fetch(connection, identifier)

    async def _as_kept(self, record: Entity, /) -> tuple[Entity] | None:
        """Return a record that was added, though nobody heard of it; ids are never used twice."""
        kept = await self.get(str(getattr(record, self._key.name)))
        return None if kept is None or _without_revision(kept) != _without_revision(record) else (kept,)

    async def _is_gone(self, identifier: str, /) -> tuple[bool] | None:
        return (True,) if await self.get(identifier) is None else None

    @settled_by(_as_kept)
    async def add(self, record: Entity, /) -> Entity:
        """Insert a record."""
        async with self._database.writing() as connection:
            row = await _stamp(connection, record)
            await self._insert(connection, row)
        return from_row(self._entity, row)

    async def put(self, record: Entity, /) -> Entity:
        """Replace a record."""
        async with self._database.writing() as connection:
            row = await _stamp(connection, record)
            await self._update(connection, row)
        return from_row(self._entity, row)

    async def put_or_add(self, record: Entity, /) -> Entity:
        """Replace a record, or insert it."""
        async with self._database.writing() as connection:
            row = await _stamp(connection, record)
            try:
                await self._update(connection, row)
            except Missing:
                await self._insert(connection, row)
        return from_row(self._entity, row)

    @settled_by(_is_gone)
    async def delete(self, identifier: str, /) -> bool:
        """Delete a record and leave a tombstone; tell whether it was there."""
        try:
            async with self._database.writing() as connection:
                revision = await next_revision(connection)
                result = await connection.execute(delete(self._table).where(self._key == identifier))
                if not result.rowcount:
                    raise Missing(identifier)
                await bury(connection, self._kind, [identifier], revision)
        except Missing:
            return False
        return True

    async def changed(self, connection: Unit, since: int) -> tuple[Entity, ...]:
        """Return the records with a revision above `since`, oldest change first."""
        revision = self._table.c.revision
        query = select(self._table).where(revision > since).order_by(revision)
        return await fetch_all(connection, query, self._entity)

    async def _fetch(self, connection: Unit, identifier: str) -> Entity | None:
        return await fetch_one(connection, select(self._table).where(self._is(identifier)), self._entity)

    async def _insert(self, connection: Unit, row: dict[str, object]) -> None:
        await exhume(connection, self._kind, [str(row[self._key.name])])
        await connection.execute(self._table.insert().values(row))

    async def _update(self, connection: Unit, row: dict[str, object]) -> None:
        identifier = str(row[self._key.name])
        result = await connection.execute(update(self._table).where(self._is(identifier)).values(row))
        if not result.rowcount:
            raise Missing(identifier)

    def _is(self, identifier: str) -> ColumnElement[bool]:
        return self._key == identifier


class SqlKeys(RevisedTable[ClientKey]):
    """The clients' keys."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, client_keys, ClientKey, "key")


class SqlModels:
    """What operators say of models."""

    def __init__(self, database: Database) -> None:
        self._table = RevisedTable(database, model_overrides, ModelOverride, "model")
        self.list = self._table.list
        self.get = self._table.get
        self.put = self._table.put_or_add
        self.delete = self._table.delete
        self.changed = self._table.changed


def _without_revision(record: DataclassInstance) -> dict[str, object]:
    row = to_row(record)
    del row["revision"]
    return row


async def _stamp(connection: Unit, record: DataclassInstance) -> dict[str, object]:
    """Return the row of `record` under a revision of its own."""
    row = to_row(record)
    row["revision"] = await next_revision(connection)
    return row
