"""What runs now, as workers tell each other.

Must never be relied upon after its moment: nothing here is repaired or kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from grok2api.storage.live import LiveView, LiveWish
from grok2api.storage.sql.insert import insert_or_replace
from grok2api.storage.sql.repeats import repeating
from grok2api.storage.sql.rows import fetch_all, to_row
from grok2api.storage.sql.tables import live_views, live_wishes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grok2api.storage.sql.engine import Database


@repeating
class SqlLive:
    """What runs now."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def show(self, view: LiveView, /) -> None:
        """Keep what a worker sees, in place of what it saw before."""
        async with self._database.appending() as connection:
            await connection.execute(insert_or_replace(connection.dialect.name, live_views), [to_row(view)])

    async def views(self, since: float, /) -> tuple[LiveView, ...]:
        """Return what workers saw at a wall time or later, in the order of their names."""
        query = select(live_views).where(live_views.c.at >= since).order_by(live_views.c.holder)
        async with self._database.reading() as connection:
            return await fetch_all(connection, query, LiveView)

    async def wish(self, wishes: Sequence[LiveWish], /) -> None:
        """Keep wishes, in place of those with the same names."""
        if not wishes:
            return
        async with self._database.appending() as connection:
            await connection.execute(
                insert_or_replace(connection.dialect.name, live_wishes), [to_row(each) for each in wishes]
            )

    async def wishes(self, now: float, /) -> tuple[LiveWish, ...]:
        """Return the wishes that are not over, in the order of their names."""
        query = select(live_wishes).where(live_wishes.c.until > now).order_by(live_wishes.c.name)
        async with self._database.reading() as connection:
            return await fetch_all(connection, query, LiveWish)

    async def forget(self, before: float, /) -> None:
        """Forget views from before a wall time, and wishes that were over by then."""
        async with self._database.appending() as connection:
            await connection.execute(delete(live_views).where(live_views.c.at < before))
            await connection.execute(delete(live_wishes).where(live_wishes.c.until < before))
