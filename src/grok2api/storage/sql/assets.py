"""Pictures, clips and sounds: one row for each, found by owner, by age and by last use.

Must never know where bytes lie: `host` is a text that somebody else understands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, func, or_, select, update

from grok2api.storage.records import Asset
from grok2api.storage.sql.repeats import repeating, settled_by
from grok2api.storage.sql.rows import fetch_all, fetch_one, to_row
from grok2api.storage.sql.tables import assets

if TYPE_CHECKING:
    from sqlalchemy import Select

    from grok2api.storage.records import AssetCursor
    from grok2api.storage.sql.engine import Database

_BEYOND_HEX = "g"
"""Greater than any digit of an id."""


@repeating
class SqlAssets:
    """What is known of pictures, clips and sounds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def _is_kept(self, asset: Asset, /) -> tuple[None] | None:
        return (None,) if await self.get(asset.id) == asset else None

    async def _is_gone(self, identifier: str, /, *, unused_since: float | None = None) -> tuple[bool] | None:
        return (True,) if await self.get(identifier) is None else None

    @settled_by(_is_kept)
    async def add(self, asset: Asset, /) -> None:
        """Keep a new one; Conflict if its id is there already."""
        async with self._database.writing() as connection:
            await connection.execute(assets.insert().values(to_row(asset)))

    async def get(self, identifier: str, /) -> Asset | None:
        """Return one."""
        async with self._database.reading() as connection:
            return await fetch_one(connection, select(assets).where(assets.c.id == identifier), Asset)

    async def touch(self, identifier: str, /, *, now: float) -> bool:
        """Note that it is used now; tell whether it is there. A loss of power may cost the note.

        Whether it is there is asked by itself: MySQL counts only the rows that a change has changed.
        """
        row = assets.c.id == identifier
        used = update(assets).where(row, assets.c.last_used_at < now).values(last_used_at=now)
        async with self._database.appending() as connection:
            await connection.execute(used)
            return (await connection.execute(select(assets.c.id).where(row))).first() is not None

    @settled_by(_is_gone)
    async def delete(self, identifier: str, /, *, unused_since: float | None = None) -> bool:
        """Forget one, if given only where nobody has used it after that; tell whether it was forgotten."""
        statement = delete(assets).where(assets.c.id == identifier)
        if unused_since is not None:
            statement = statement.where(assets.c.last_used_at <= unused_since)
        async with self._database.writing() as connection:
            return (await connection.execute(statement)).rowcount > 0

    async def total_size(self, host: str, /) -> int:
        """Return the bytes that a host holds."""
        query = select(func.coalesce(func.sum(assets.c.size), 0)).where(assets.c.host == host)
        async with self._database.reading() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def idle(
        self, host: str, /, *, unused_since: float, limit: int, after: AssetCursor | None = None
    ) -> tuple[Asset, ...]:
        """Return what nobody has used after a wall time, the longest unused first, from an `idleness` on."""
        used, identifier = assets.c.last_used_at, assets.c.id
        query = select(assets).where(assets.c.host == host, used <= unused_since)
        if after is not None:
            query = query.where(or_(used > after[0], and_(used == after[0], identifier > after[1])))
        return await self._fetch(query.order_by(used, identifier).limit(limit))

    async def recent(
        self,
        limit: int,
        /,
        *,
        owner: str | None = None,
        kind: str | None = None,
        before: AssetCursor | None = None,
    ) -> tuple[Asset, ...]:
        """Return the newest, of one owner or kind or of all, newest first, or the newest before a cursor."""
        made, identifier = assets.c.created_at, assets.c.id
        query = select(assets).order_by(made.desc(), identifier.desc()).limit(limit)
        if owner is not None:
            query = query.where(assets.c.owner == owner)
        if kind is not None:
            query = query.where(assets.c.kind == kind)
        if before is not None:
            query = query.where(or_(made < before[0], and_(made == before[0], identifier < before[1])))
        return await self._fetch(query)

    async def beginning(self, host: str, prefix: str, /) -> tuple[Asset, ...]:
        """Return what a host holds whose id begins with these digits."""
        first, last = assets.c.id >= prefix, assets.c.id < prefix + _BEYOND_HEX
        return await self._fetch(select(assets).where(assets.c.host == host, first, last))

    async def _fetch(self, query: Select[Any]) -> tuple[Asset, ...]:
        async with self._database.reading() as connection:
            return await fetch_all(connection, query, Asset)
