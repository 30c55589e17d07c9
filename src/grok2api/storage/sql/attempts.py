"""Attempts to sign in, counted by all processes that share the database.

A change says which version it is made of, so that of two at once one has to look again.
Must never know an account or an address, only a keyed hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from grok2api.storage.access import SignInAttempts
from grok2api.storage.records import Conflict
from grok2api.storage.sql.repeats import repeating, settled_by
from grok2api.storage.sql.rows import fetch_one, to_row
from grok2api.storage.sql.tables import sign_in_attempts

if TYPE_CHECKING:
    from grok2api.storage.sql.engine import Database


@repeating
class SqlAttempts:
    """Attempts to sign in that have not succeeded."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, identifier: str, /, *, now: float) -> SignInAttempts | None:
        """Return what is kept of somebody."""
        table = sign_in_attempts
        query = select(table).where(table.c.id == identifier, table.c.expires_at > now)
        async with self._database.reading() as connection:
            return await fetch_one(connection, query, SignInAttempts)

    async def _as_kept(self, attempts: SignInAttempts, /, *, now: float) -> tuple[bool] | None:
        """Tell of a change that was kept, though nobody heard of it."""
        return (True,) if await self.get(attempts.id, now=now) == attempts else None

    @settled_by(_as_kept)
    async def swap(self, attempts: SignInAttempts, /, *, now: float) -> bool:
        """Keep it in place of the version before it; tell whether it was."""
        table, row = sign_in_attempts, to_row(attempts)
        replaced = update(table).where(table.c.id == attempts.id, table.c.version == attempts.version - 1)
        change = table.insert() if attempts.version == 1 else replaced
        try:
            async with self._database.writing() as connection:
                await connection.execute(delete(table).where(table.c.expires_at <= now))
                return bool((await connection.execute(change.values(row))).rowcount)
        except Conflict:
            return False

    async def forget_all(self) -> None:
        """Forget every attempt of everybody."""
        async with self._database.writing() as connection:
            await connection.execute(delete(sign_in_attempts))
