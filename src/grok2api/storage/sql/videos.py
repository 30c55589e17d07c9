"""Video jobs: written down before upstream hears of them, and held by one worker at a time.

Must never let a write pass whose fence is not the job's last one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, func, or_, select, update

from grok2api.storage.records import ClaimLost
from grok2api.storage.sql.claims import CLOCK_SLACK
from grok2api.storage.sql.repeats import repeating, settled_by
from grok2api.storage.sql.rows import fetch_all, fetch_one, from_row, to_columns, to_row
from grok2api.storage.sql.tables import videos
from grok2api.storage.videos import OPEN_STATES, VideoJob

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Select

    from grok2api.storage.sql.engine import Database, Unit
    from grok2api.storage.videos import VideoCursor


@repeating
class SqlVideos:
    """Video jobs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def _has_begun(self, job: VideoJob, /) -> tuple[None] | None:
        return (None,) if await self.get(job.id) == job else None

    @settled_by(_has_begun)
    async def begin(self, job: VideoJob, /) -> None:
        """Keep a new job; Conflict if its id or its idempotency is there already."""
        async with self._database.writing() as connection:
            await connection.execute(videos.insert().values(to_row(job)))

    async def get(self, identifier: str, /) -> VideoJob | None:
        """Return a job."""
        return await self._one(select(videos).where(videos.c.id == identifier))

    async def with_idempotency(self, hashed: str, /) -> VideoJob | None:
        """Return the job that was asked for with this Idempotency-Key."""
        return await self._one(select(videos).where(videos.c.idempotency == hashed))

    async def _is_released(self, hashed: str, /, *, before: float) -> tuple[bool] | None:
        return (True,) if await self.with_idempotency(hashed) is None else None

    @settled_by(_is_released)
    async def release_idempotency(self, hashed: str, /, *, before: float) -> bool:
        """Let an old job's Idempotency-Key be used anew; tell whether there was one."""
        old = update(videos).where(videos.c.idempotency == hashed, videos.c.created_at < before)
        async with self._database.writing() as connection:
            return bool((await connection.execute(old.values(idempotency=None))).rowcount)

    async def change(
        self, held: VideoJob, changes: Mapping[str, object], /, *, lasting: bool = True
    ) -> VideoJob:
        """Replace the named fields of a job that is held, and return it as kept."""
        unit = self._database.writing() if lasting else self._database.appending()
        async with unit as connection:
            await _check_held(connection, held)
            await connection.execute(update(videos).where(videos.c.id == held.id).values(to_columns(changes)))
            row = (await connection.execute(select(videos).where(videos.c.id == held.id))).mappings().one()
        return from_row(VideoJob, row)

    async def _is_gone(self, held: VideoJob, /) -> tuple[bool] | None:
        return (True,) if await self.get(held.id) is None else None

    @settled_by(_is_gone)
    async def discard(self, held: VideoJob, /) -> bool:
        """Forget a job that is held; tell whether it was."""
        async with self._database.writing() as connection:
            return bool((await connection.execute(delete(videos).where(_is_held(held)))).rowcount)

    async def _claimed(
        self, holder: str, /, *, seconds: float, now: float, limit: int
    ) -> tuple[tuple[VideoJob, ...]] | None:
        """Return what a claim took that nobody heard of: it is held exactly until that claim's end."""
        mine = and_(videos.c.holder == holder, videos.c.held_until == now + seconds)
        query = select(videos).where(mine, videos.c.state.in_(OPEN_STATES))
        async with self._database.reading() as connection:
            taken = await fetch_all(connection, query.order_by(videos.c.created_at, videos.c.id), VideoJob)
        return (taken,) if taken else None

    @settled_by(_claimed)
    async def claim(self, holder: str, /, *, seconds: float, now: float, limit: int) -> tuple[VideoJob, ...]:
        """Take open jobs that nobody holds, the oldest first."""
        until, taken = videos.c.held_until, []
        free = or_(until <= now, until > now + seconds + CLOCK_SLACK)
        query = select(videos).where(videos.c.state.in_(OPEN_STATES), free).limit(limit)
        async with self._database.reading() as connection:
            found = await fetch_all(connection, query.order_by(videos.c.created_at, videos.c.id), VideoJob)
        if not found:
            return ()
        async with self._database.appending() as connection:
            for job in found:
                mine = {"holder": holder, "fence": job.fence + 1, "held_until": now + seconds}
                change = update(videos).where(
                    videos.c.id == job.id, videos.c.fence == job.fence, videos.c.state.in_(OPEN_STATES), free
                )
                if (await connection.execute(change.values(mine))).rowcount:
                    taken.append(job.id)
            query = select(videos).where(videos.c.id.in_(taken), videos.c.holder == holder)
            return await fetch_all(connection, query.order_by(videos.c.created_at, videos.c.id), VideoJob)

    async def renew(self, holder: str, /, *, seconds: float, now: float) -> Mapping[str, int]:
        """Go on holding all open jobs of a holder; return their fences by id."""
        mine = and_(videos.c.holder == holder, videos.c.state.in_(OPEN_STATES))
        async with self._database.appending() as connection:
            await connection.execute(update(videos).where(mine).values(held_until=now + seconds))
            found = await connection.execute(select(videos.c.id, videos.c.fence).where(mine))
            return {row.id: row.fence for row in found}

    async def release(self, holder: str, /) -> None:
        """Let go of all jobs of a holder."""
        mine = update(videos).where(videos.c.holder == holder)
        async with self._database.writing() as connection:
            await connection.execute(mine.values(holder="", held_until=0.0))

    async def forget(self, identifier: str, /, *, key_id: str) -> VideoJob | None:
        """Forget a job for its owner, and return it as it was."""
        row = and_(videos.c.id == identifier, videos.c.key_id == key_id, videos.c.forgotten.is_(False))
        async with self._database.writing() as connection:
            found = (await connection.execute(select(videos).where(row).with_for_update())).mappings().first()
            if found is None:
                return None
            job = from_row(VideoJob, found)
            if job.open:
                await connection.execute(update(videos).where(row).values(forgotten=True))
            else:
                await connection.execute(delete(videos).where(row))
        return job

    async def list(
        self, key_id: str, limit: int, /, *, after: VideoCursor | None = None, ascending: bool = False
    ) -> tuple[VideoJob, ...]:
        """Return an owner's jobs by their time."""
        made, identifier = videos.c.created_at, videos.c.id
        query = select(videos).where(videos.c.key_id == key_id, videos.c.forgotten.is_(False)).limit(limit)
        if after is not None:
            time, last = after
            further = made > time if ascending else made < time
            beside = identifier > last if ascending else identifier < last
            query = query.where(or_(further, and_(made == time, beside)))
        order = (made, identifier) if ascending else (made.desc(), identifier.desc())
        async with self._database.reading() as connection:
            return await fetch_all(connection, query.order_by(*order), VideoJob)

    async def count_open(self, key_id: str | None = None, /) -> int:
        """Return how many jobs are open, of one owner or of all."""
        query = select(func.count()).select_from(videos).where(videos.c.state.in_(OPEN_STATES))
        if key_id is not None:
            query = query.where(videos.c.key_id == key_id)
        async with self._database.reading() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def delete_ended(self, before: float, /, *, limit: int) -> int:
        """Delete jobs that were over before a wall time; return how many.

        One statement for both is beyond MySQL, which deletes from no table that it picks from.
        """
        ended = select(videos.c.id).where(videos.c.completed_at < before).limit(limit)
        async with self._database.appending() as connection:
            found = list(await connection.scalars(ended.order_by(videos.c.completed_at)))
            if found:
                await connection.execute(delete(videos).where(videos.c.id.in_(found)))
        return len(found)

    async def _one(self, query: Select[Any]) -> VideoJob | None:
        async with self._database.reading() as connection:
            return await fetch_one(connection, query, VideoJob)


def _is_held(held: VideoJob) -> ColumnElement[bool]:
    return and_(videos.c.id == held.id, videos.c.holder == held.holder, videos.c.fence == held.fence)


async def _check_held(connection: Unit, held: VideoJob) -> None:
    """Return if a job is still its holder's, and keep it so until the transaction ends. Raises ClaimLost."""
    query = select(videos.c.fence).where(_is_held(held)).with_for_update()
    if (await connection.execute(query)).first() is None:
        raise ClaimLost(f"video job {held.id} is not held any more")
