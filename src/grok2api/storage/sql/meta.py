"""Facts about the store itself.

Must never replace a fact unless it was asked to: of two processes that write a first one at once, both are
told what stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from grok2api.storage.sql.insert import insert_if_absent
from grok2api.storage.sql.repeats import repeating
from grok2api.storage.sql.tables import meta

if TYPE_CHECKING:
    from grok2api.storage.sql.engine import Database


@repeating
class SqlMeta:
    """Facts about the store itself."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> str | None:
        """Return a fact."""
        async with self._database.reading() as connection:
            result = await connection.execute(select(meta.c.value).where(meta.c.name == name))
            return result.scalar_one_or_none()

    async def put_if_absent(self, name: str, value: str) -> str:
        """Keep a fact unless there is one of this name; return the one that stands now."""
        async with self._database.writing() as connection:
            statement = insert_if_absent(connection.dialect.name, meta)
            await connection.execute(statement.values(name=name, value=value))
            stands = await connection.execute(select(meta.c.value).where(meta.c.name == name))
            return str(stands.scalar_one())

    async def put(self, name: str, value: str) -> None:
        """Keep a fact in place of the one of this name."""
        async with self._database.writing() as connection:
            statement = insert_if_absent(connection.dialect.name, meta)
            await connection.execute(statement.values(name=name, value=value))
            await connection.execute(update(meta).where(meta.c.name == name).values(value=value))
