"""Conversations of client keys that want them kept: sealed rows that are looked up by a hash.

Must never know what a row says, nor join two of them: which follows which is sealed as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from grok2api.storage.records import Transcript
from grok2api.storage.sql.chunks import chunks
from grok2api.storage.sql.insert import insert_if_absent
from grok2api.storage.sql.repeats import repeating, settled_by
from grok2api.storage.sql.rows import from_row, to_row
from grok2api.storage.sql.tables import transcripts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Delete

    from grok2api.storage.sql.engine import Database


@repeating
class SqlTranscripts:
    """Sealed conversations, one row for each response."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, rows: Sequence[Transcript], /) -> None:
        """Keep all rows or none; a loss of power may cost the last of them."""
        if not rows:
            return
        async with self._database.appending() as connection:
            insert = insert_if_absent(connection.dialect.name, transcripts)
            await connection.execute(insert, [to_row(row) for row in rows])

    async def get(self, identifier: str, /) -> Transcript | None:
        """Return a row."""
        query = select(transcripts).where(transcripts.c.id == identifier)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return None if row is None else from_row(Transcript, row)

    async def _is_gone(self, identifier: str, /) -> tuple[bool] | None:
        return (True,) if await self.get(identifier) is None else None

    @settled_by(_is_gone)
    async def delete(self, identifier: str, /) -> bool:
        """Forget a row; tell whether it was there."""
        return await self._delete(delete(transcripts).where(transcripts.c.id == identifier)) > 0

    async def owners(self) -> tuple[str, ...]:
        """Return the client keys that have rows."""
        query = select(transcripts.c.key_id).distinct().order_by(transcripts.c.key_id)
        async with self._database.reading() as connection:
            return tuple((await connection.scalars(query)).all())

    async def delete_of(self, key_id: str, /) -> int:
        """Forget all rows of a client key; return how many."""
        return await self._delete(delete(transcripts).where(transcripts.c.key_id == key_id))

    async def delete_ended(self, now: float, /, *, limit: int) -> int:
        """Forget rows that have expired, the oldest first; return how many.

        One statement for both is beyond MySQL, which deletes from no table that it picks from.
        """
        identifier, ends = transcripts.c.id, transcripts.c.expires_at
        oldest = select(identifier).where(ends <= now).order_by(ends, identifier).limit(limit)
        async with self._database.appending() as connection:
            found = (await connection.scalars(oldest)).all()
            for chunk in chunks(found):
                await connection.execute(delete(transcripts).where(identifier.in_(chunk)))
        return len(found)

    async def _delete(self, statement: Delete) -> int:
        """Forget for good: what a client or an operator wants gone does not come back with the power."""
        async with self._database.writing() as connection:
            return (await connection.execute(statement)).rowcount
