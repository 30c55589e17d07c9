"""Background responses: written by the worker that carries them out, read by every other one.

Must never write to a run that has ended or is gone: each write first takes the run's own row, as running.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from grok2api.storage.records import RunFrames, RunRecord
from grok2api.storage.sql.chunks import chunks
from grok2api.storage.sql.repeats import repeating, settled_by
from grok2api.storage.sql.rows import fetch_all, fetch_one, to_row
from grok2api.storage.sql.tables import run_frames, runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from grok2api.storage.records import RunEnd
    from grok2api.storage.sql.engine import Database, Unit

_TOLD = tuple(column for column in runs.c if column.name != "response")
"""What a record has: the response object is large, and asked for by itself."""


@repeating
class SqlRuns:
    """Background responses."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self) -> int:
        """Return how many runs are kept, ended ones among them."""
        async with self._database.reading() as connection:
            return int((await connection.execute(select(func.count()).select_from(runs))).scalar_one())

    async def _has_begun(self, run: RunRecord, frames: RunFrames, /) -> tuple[None] | None:
        kept = await self.get(run.id)
        there = kept is not None and (kept.holder, kept.created_at) == (run.holder, run.created_at)
        return (None,) if there else None

    @settled_by(_has_begun)
    async def begin(self, run: RunRecord, frames: RunFrames, /) -> None:
        """Keep a new run with its first frames; Conflict if its id is there already."""
        row = to_row(run) | {"frames": frames.count, "response": ""}
        async with self._database.appending() as connection:
            await connection.execute(runs.insert().values(row))
            await connection.execute(run_frames.insert().values(to_row(frames)))

    async def append(self, batches: Sequence[RunFrames], /, *, now: float) -> None:
        """Keep further frames of running runs, each batch following what is kept; others are left out."""
        async with self._database.appending() as connection:
            for batch in batches:
                await _append(connection, batch, {"beat_at": now})

    async def note_cut(self, identifier: str, /) -> None:
        """Note that the frames that follow in a running run are not kept."""
        async with self._database.appending() as connection:
            await connection.execute(update(runs).where(*_running(identifier)).values(cut=True))

    async def beat(self, holder: str, /, *, now: float) -> None:
        """Give a sign of life for all running runs of a holder."""
        mine = update(runs).where(runs.c.holder == holder, runs.c.state == "running")
        async with self._database.appending() as connection:
            await connection.execute(mine.values(beat_at=now))

    async def running(self, holder: str, /) -> dict[str, bool]:
        """Return the ids of a holder's running runs, and whether each was asked to stop."""
        mine = select(runs.c.id, runs.c.cancel_wished).where(
            runs.c.holder == holder, runs.c.state == "running"
        )
        async with self._database.reading() as connection:
            return {identifier: bool(wished) for identifier, wished in await connection.execute(mine)}

    async def _has_ended(self, end: RunEnd, /, *, silent_since: float | None = None) -> tuple[bool] | None:
        kept = await self.get(end.run_id)
        return (True,) if kept is not None and (kept.state, kept.ended_at) == (end.state, end.at) else None

    @settled_by(_has_ended)
    async def finish(self, end: RunEnd, /, *, silent_since: float | None = None) -> bool:
        """End a running run; tell whether it was still running."""
        which = _running(end.run_id)
        if silent_since is not None:
            which = (*which, runs.c.beat_at < silent_since)
        ended = {"response": end.response, "cut": end.cut, "ended_at": end.at, "state": end.state}
        async with self._database.appending() as connection:
            if end.frames is not None:
                return await _append(connection, end.frames, ended, which)
            return bool((await connection.execute(update(runs).where(*which).values(ended))).rowcount)

    async def get(self, identifier: str, /) -> RunRecord | None:
        """Return a run."""
        query = select(*_TOLD).where(runs.c.id == identifier)
        async with self._database.reading() as connection:
            return await fetch_one(connection, query, RunRecord)

    async def response(self, identifier: str, /) -> str:
        """Return the sealed response object of an ended run; empty if none is kept."""
        query = select(runs.c.response).where(runs.c.id == identifier)
        async with self._database.reading() as connection:
            return (await connection.execute(query)).scalar_one_or_none() or ""

    async def frames_from(self, identifier: str, first: int, /, *, limit: int) -> tuple[RunFrames, ...]:
        """Return at most `limit` batches in their order, beginning with the one that holds frame `first`."""
        column = run_frames.c
        query = (
            select(run_frames)
            .where(column.run_id == identifier, column.first + column.count > first)
            .order_by(column.first)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            return await fetch_all(connection, query, RunFrames)

    async def wish_cancel(self, identifier: str, /) -> bool:
        """Ask for a running run's end; tell whether there is such a run and it runs."""
        wished = update(runs).where(*_running(identifier)).values(cancel_wished=True)
        async with self._database.appending() as connection:
            return bool((await connection.execute(wished)).rowcount)

    async def _is_gone(self, identifier: str, /) -> tuple[bool] | None:
        return (True,) if await self.get(identifier) is None else None

    @settled_by(_is_gone)
    async def delete(self, identifier: str, /) -> bool:
        """Forget a run and its frames; tell whether it was there."""
        async with self._database.appending() as connection:
            return await _delete(connection, [identifier]) > 0

    async def silent(self, before: float, /) -> tuple[str, ...]:
        """Return the ids of running runs whose holders gave no sign of life since before a wall time."""
        query = select(runs.c.id).where(runs.c.state == "running", runs.c.beat_at < before)
        async with self._database.reading() as connection:
            return tuple(await connection.scalars(query.order_by(runs.c.id)))

    async def forget(self, before: float, /) -> int:
        """Forget the runs that had ended by a wall time, and their frames; return how many."""
        async with self._database.appending() as connection:
            old = list(await connection.scalars(select(runs.c.id).where(runs.c.ended_at <= before)))
            return sum([await _delete(connection, chunk) for chunk in chunks(old)])


def _running(identifier: str) -> tuple[ColumnElement[bool], ...]:
    return (runs.c.id == identifier, runs.c.state == "running")


async def _append(
    connection: Unit,
    batch: RunFrames,
    changes: dict[str, object],
    which: tuple[ColumnElement[bool], ...] | None = None,
) -> bool:
    """Keep a batch if its run is still running; tell whether it was."""
    taken = update(runs).where(*(which or _running(batch.run_id)), runs.c.frames == batch.first)
    row = await connection.execute(taken.values(frames=batch.first + batch.count, **changes))
    if row.rowcount:
        await connection.execute(run_frames.insert().values(to_row(batch)))
    return bool(row.rowcount)


async def _delete(connection: Unit, identifiers: Sequence[str]) -> int:
    await connection.execute(delete(run_frames).where(run_frames.c.run_id.in_(identifiers)))
    return (await connection.execute(delete(runs).where(runs.c.id.in_(identifiers)))).rowcount
