"""Long work that operators started: written by the process that does it, read by every other one.

Must never let a report of progress undo a request to stop: that column is written by `request_cancel` alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from grok2api.storage.records import JobRecord
from grok2api.storage.sql.repeats import repeating
from grok2api.storage.sql.rows import fetch_all, fetch_one, to_row
from grok2api.storage.sql.tables import jobs

if TYPE_CHECKING:
    from grok2api.storage.sql.engine import Database


@repeating
class SqlJobs:
    """Long work that operators started."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, job: JobRecord, /) -> bool:
        """Keep a job, all but its `cancel_requested`; tell whether a stop was asked for.

        A loss of power may cost the last report, which the next one repeats.
        """
        row = to_row(job)
        del row["cancel_requested"]
        asked = select(jobs.c.cancel_requested).where(jobs.c.id == job.id)
        async with self._database.appending() as connection:
            kept = await connection.execute(update(jobs).where(jobs.c.id == job.id).values(row))
            if not kept.rowcount:
                await connection.execute(jobs.insert().values(cancel_requested=False, **row))
                return False
            return bool((await connection.execute(asked)).scalar_one())

    async def get(self, identifier: str, /) -> JobRecord | None:
        """Return a job."""
        async with self._database.reading() as connection:
            return await fetch_one(connection, select(jobs).where(jobs.c.id == identifier), JobRecord)

    async def recent(self, limit: int, /) -> tuple[JobRecord, ...]:
        """Return the newest jobs, newest first."""
        query = select(jobs).order_by(jobs.c.created_at.desc(), jobs.c.id.desc()).limit(limit)
        async with self._database.reading() as connection:
            return await fetch_all(connection, query, JobRecord)

    async def request_cancel(self, identifier: str, /) -> bool:
        """Ask for a running job's end; tell whether there is such a job and it runs."""
        running = update(jobs).where(jobs.c.id == identifier, jobs.c.state == "running")
        async with self._database.appending() as connection:
            return bool((await connection.execute(running.values(cancel_requested=True))).rowcount)

    async def forget(self, before: float, /) -> int:
        """Forget jobs not changed since `before`; return how many."""
        async with self._database.appending() as connection:
            return (await connection.execute(delete(jobs).where(jobs.c.updated_at < before))).rowcount
