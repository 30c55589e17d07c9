"""Operators who have signed in to the admin API.

Must never know a session's token, only its keyed hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from grok2api.storage.records import AdminSession
from grok2api.storage.sql.insert import insert_if_absent
from grok2api.storage.sql.repeats import repeating, settled_by
from grok2api.storage.sql.rows import fetch_all, fetch_one, to_row
from grok2api.storage.sql.tables import admin_sessions

if TYPE_CHECKING:
    from sqlalchemy import Delete

    from grok2api.storage.sql.engine import Database


@repeating
class SqlSessions:
    """Operators who have signed in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, session: AdminSession, /) -> None:
        """Keep a session, in place of the one with this hash."""
        row = to_row(session)
        async with self._database.writing() as connection:
            await connection.execute(insert_if_absent(connection.dialect.name, admin_sessions).values(row))
            await connection.execute(
                update(admin_sessions).where(admin_sessions.c.hash == session.hash).values(row)
            )

    async def get(self, hashed: str, /) -> AdminSession | None:
        """Return a session."""
        query = select(admin_sessions).where(admin_sessions.c.hash == hashed)
        async with self._database.reading() as connection:
            return await fetch_one(connection, query, AdminSession)

    async def list(self) -> tuple[AdminSession, ...]:
        """Return all sessions in the order of their hashes."""
        query = select(admin_sessions).order_by(admin_sessions.c.hash)
        async with self._database.reading() as connection:
            return await fetch_all(connection, query, AdminSession)

    async def touch(self, hashed: str, /, *, now: float) -> bool:
        """Note that a session is used now; tell whether it is there."""
        change = update(admin_sessions).where(admin_sessions.c.hash == hashed).values(last_used_at=now)
        async with self._database.appending() as connection:
            return bool((await connection.execute(change)).rowcount)

    async def _is_gone(self, hashed: str, /) -> tuple[bool] | None:
        return (True,) if await self.get(hashed) is None else None

    @settled_by(_is_gone)
    async def delete(self, hashed: str, /) -> bool:
        """End a session; tell whether it was there."""
        return await self._delete(delete(admin_sessions).where(admin_sessions.c.hash == hashed)) > 0

    async def delete_all(self) -> int:
        """End every session; return how many there were."""
        return await self._delete(delete(admin_sessions))

    async def delete_ended(self, now: float, /) -> int:
        """Forget the sessions that have ended by `now`; return how many."""
        return await self._delete(delete(admin_sessions).where(admin_sessions.c.expires_at <= now))

    async def _delete(self, statement: Delete) -> int:
        async with self._database.writing() as connection:
            return (await connection.execute(statement)).rowcount
