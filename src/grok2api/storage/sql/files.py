"""Files that clients uploaded: one row each, listed by owner and time.

Must never show a row that was deleted or has expired as if it were there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, or_, select, update

from grok2api.storage.files import FileRecord
from grok2api.storage.sql.chunks import chunks
from grok2api.storage.sql.insert import insert_if_absent
from grok2api.storage.sql.repeats import repeating, settled_by
from grok2api.storage.sql.rows import fetch_all, fetch_one, to_row
from grok2api.storage.sql.tables import files

if TYPE_CHECKING:
    from grok2api.storage.files import FileCursor
    from grok2api.storage.sql.engine import Database


@repeating
class SqlFiles:
    """Who made which file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, record: FileRecord, /) -> None:
        """Keep a file for good: its id goes out once this returns."""
        async with self._database.writing() as connection:
            await connection.execute(insert_if_absent(connection.dialect.name, files), [to_row(record)])

    async def get(self, identifier: str, /) -> FileRecord | None:
        """Return a file."""
        query = select(files).where(files.c.id == identifier)
        async with self._database.reading() as connection:
            return await fetch_one(connection, query, FileRecord)

    async def page(
        self,
        key_id: str,
        /,
        *,
        now: float,
        limit: int,
        after: FileCursor | None = None,
        newest_first: bool = True,
        purpose: str = "",
    ) -> tuple[FileRecord, ...]:
        """Return some of a key's files in the order of their times; ids decide between equal ones."""
        made, identifier, ends = files.c.created_at, files.c.id, files.c.expires_at
        query = select(files).where(
            files.c.key_id == key_id, files.c.deleted_at.is_(None), or_(ends.is_(None), ends > now)
        )
        if purpose:
            query = query.where(files.c.purpose == purpose)
        if after is not None:
            at, last = after
            if newest_first:
                query = query.where(or_(made < at, and_(made == at, identifier < last)))
            else:
                query = query.where(or_(made > at, and_(made == at, identifier > last)))
        order = (made.desc(), identifier.desc()) if newest_first else (made, identifier)
        async with self._database.reading() as connection:
            return await fetch_all(connection, query.order_by(*order).limit(limit), FileRecord)

    async def _is_deleted(self, identifier: str, /, *, now: float) -> tuple[bool] | None:
        kept = await self.get(identifier)
        return (True,) if kept is None or kept.deleted_at == now else None

    @settled_by(_is_deleted)
    async def delete(self, identifier: str, /, *, now: float) -> bool:
        """Note that a file was deleted."""
        there = and_(files.c.id == identifier, files.c.deleted_at.is_(None))
        async with self._database.writing() as connection:
            return (await connection.execute(update(files).where(there).values(deleted_at=now))).rowcount > 0

    async def forget(self, before: float, /, *, limit: int) -> int:
        """Forget what was deleted or had expired; in two statements, since MySQL has no other way."""
        gone = or_(files.c.deleted_at <= before, files.c.expires_at <= before)
        async with self._database.appending() as connection:
            found = (await connection.scalars(select(files.c.id).where(gone).limit(limit))).all()
            for chunk in chunks(found):
                await connection.execute(delete(files).where(files.c.id.in_(chunk)))
        return len(found)
