"""Sealed rows that belong to a client key and expire: they are looked up by a hash, one at a time.

Must never know what a row says, nor join two of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from sqlalchemy import delete, select

from grok2api.storage.sql.chunks import chunks
from grok2api.storage.sql.insert import insert_if_absent
from grok2api.storage.sql.repeats import repeating, settled_by
from grok2api.storage.sql.rows import fetch_one, to_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from _typeshed import DataclassInstance
    from sqlalchemy import Delete, Table

    from grok2api.storage.sql.engine import Database

Row = TypeVar("Row", bound="DataclassInstance")


@repeating
class SqlSealedRows(Generic[Row]):
    """The rows of one table.

    Args:
        database: Its engines.
        table: Has the columns `id`, `key_id` and `expires_at`.
        record: What a row is.
    """

    def __init__(self, database: Database, table: Table, record: type[Row]) -> None:
        self._database = database
        self._table = table
        self._record = record

    async def put(self, rows: Sequence[Row], /) -> None:
        """Keep all rows or none; a loss of power may cost the last of them."""
        if not rows:
            return
        async with self._database.appending() as connection:
            insert = insert_if_absent(connection.dialect.name, self._table)
            await connection.execute(insert, [to_row(row) for row in rows])

    async def get(self, identifier: str, /) -> Row | None:
        """Return a row."""
        query = select(self._table).where(self._table.c.id == identifier)
        async with self._database.reading() as connection:
            return await fetch_one(connection, query, self._record)

    async def _is_gone(self, identifier: str, /) -> tuple[bool] | None:
        return (True,) if await self.get(identifier) is None else None

    @settled_by(_is_gone)
    async def delete(self, identifier: str, /) -> bool:
        """Forget a row; tell whether it was there."""
        return await self._delete(delete(self._table).where(self._table.c.id == identifier)) > 0

    async def owners(self) -> tuple[str, ...]:
        """Return the client keys that have rows."""
        query = select(self._table.c.key_id).distinct().order_by(self._table.c.key_id)
        async with self._database.reading() as connection:
            return tuple((await connection.scalars(query)).all())

    async def delete_of(self, key_id: str, /, *, limit: int | None = None) -> int:
        """Forget all rows of a client key, or at most `limit` of them; return how many."""
        owned = self._table.c.key_id == key_id
        if limit is None:
            return await self._delete(delete(self._table).where(owned))
        identifier = self._table.c.id
        async with self._database.writing() as connection:
            found = (await connection.scalars(select(identifier).where(owned).limit(limit))).all()
            for chunk in chunks(found):
                await connection.execute(delete(self._table).where(identifier.in_(chunk)))
        return len(found)

    async def delete_ended(self, now: float, /, *, limit: int) -> int:
        """Forget rows that have expired, the oldest first; return how many.

        One statement for both is beyond MySQL, which deletes from no table that it picks from.
        """
        identifier, ends = self._table.c.id, self._table.c.expires_at
        oldest = select(identifier).where(ends <= now).order_by(ends, identifier).limit(limit)
        async with self._database.appending() as connection:
            found = (await connection.scalars(oldest)).all()
            for chunk in chunks(found):
                await connection.execute(delete(self._table).where(identifier.in_(chunk)))
        return len(found)

    async def _delete(self, statement: Delete) -> int:
        """Forget for good: what a client or an operator wants gone does not come back with the power."""
        async with self._database.writing() as connection:
            return (await connection.execute(statement)).rowcount
