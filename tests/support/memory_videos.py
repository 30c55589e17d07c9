"""Video jobs in memory, held to the promises of `storage.videos.VideoStore`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from grok2api.storage.records import ClaimLost, Conflict
from grok2api.storage.videos import VideoCursor, VideoJob

CLOCK_SLACK = 60.0


class MemoryVideos:
    """Jobs in a dict. `reach` raises while the store is away."""

    def __init__(self, reach: Callable[[], None]) -> None:
        self._reach = reach
        self.rows: dict[str, VideoJob] = {}

    async def begin(self, job: VideoJob) -> None:
        self._reach()
        taken = {row.idempotency for row in self.rows.values()} - {None}
        if job.id in self.rows or job.idempotency in taken:
            raise Conflict(job.id)
        self.rows[job.id] = job

    async def get(self, identifier: str) -> VideoJob | None:
        self._reach()
        return self.rows.get(identifier)

    async def with_idempotency(self, hashed: str) -> VideoJob | None:
        self._reach()
        return next((row for row in self.rows.values() if row.idempotency == hashed), None)

    async def release_idempotency(self, hashed: str, *, before: float) -> bool:
        row = await self.with_idempotency(hashed)
        if row is None or row.created_at >= before:
            return False
        self.rows[row.id] = replace(row, idempotency=None)
        return True

    async def change(self, held: VideoJob, changes: Mapping[str, Any], *, lasting: bool = True) -> VideoJob:
        self._reach()
        if not self._holds(held):
            raise ClaimLost(held.id)
        self.rows[held.id] = changed = replace(self.rows[held.id], **changes)
        return changed

    async def discard(self, held: VideoJob) -> bool:
        self._reach()
        if not self._holds(held):
            return False
        del self.rows[held.id]
        return True

    async def claim(self, holder: str, *, seconds: float, now: float, limit: int) -> tuple[VideoJob, ...]:
        self._reach()
        free = [
            row
            for row in self.rows.values()
            if row.open and not now < row.held_until <= now + seconds + CLOCK_SLACK
        ]
        taken = []
        for row in sorted(free, key=lambda row: row.cursor)[:limit]:
            self.rows[row.id] = replace(row, holder=holder, fence=row.fence + 1, held_until=now + seconds)
            taken.append(self.rows[row.id])
        return tuple(taken)

    async def renew(self, holder: str, *, seconds: float, now: float) -> Mapping[str, int]:
        self._reach()
        for row in list(self.rows.values()):
            if row.open and row.holder == holder:
                self.rows[row.id] = replace(row, held_until=now + seconds)
        return {row.id: row.fence for row in self.rows.values() if row.open and row.holder == holder}

    async def release(self, holder: str) -> None:
        self._reach()
        for row in list(self.rows.values()):
            if row.holder == holder:
                self.rows[row.id] = replace(row, holder="", held_until=0.0)

    async def forget(self, identifier: str, *, key_id: str) -> VideoJob | None:
        self._reach()
        row = self.rows.get(identifier)
        if row is None or row.key_id != key_id or row.forgotten:
            return None
        if row.open:
            self.rows[identifier] = replace(row, forgotten=True)
        else:
            del self.rows[identifier]
        return row

    async def list(
        self, key_id: str, limit: int, *, after: VideoCursor | None = None, ascending: bool = False
    ) -> tuple[VideoJob, ...]:
        self._reach()
        mine = [row for row in self.rows.values() if row.key_id == key_id and not row.forgotten]
        mine.sort(key=lambda row: row.cursor, reverse=not ascending)
        if after is not None:
            mine = [row for row in mine if (row.cursor > after if ascending else row.cursor < after)]
        return tuple(mine[:limit])

    async def count_open(self, key_id: str | None = None) -> int:
        self._reach()
        return sum(row.open and key_id in {None, row.key_id} for row in self.rows.values())

    async def delete_ended(self, before: float, *, limit: int) -> int:
        self._reach()
        ended = [row for row in self.rows.values() if row.completed_at is not None]
        old = sorted(
            (row for row in ended if (row.completed_at or 0.0) < before),
            key=lambda row: row.completed_at or 0.0,
        )[:limit]
        for row in old:
            del self.rows[row.id]
        return len(old)

    def _holds(self, held: VideoJob) -> bool:
        row = self.rows.get(held.id)
        return row is not None and (row.holder, row.fence) == (held.holder, held.fence)
