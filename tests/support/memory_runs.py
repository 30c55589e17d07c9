"""Background responses in memory, held to the promises of `storage.stores.RunStore`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from grok2api.storage.records import Conflict, RunEnd, RunFrames, RunRecord


class MemoryRuns:
    """Runs in a dict. `reach` raises while the store is away."""

    def __init__(self, reach: Callable[[], None]) -> None:
        self._reach = reach
        self._rows: dict[str, RunRecord] = {}
        self._responses: dict[str, str] = {}
        self._batches: dict[str, list[RunFrames]] = {}

    async def count(self) -> int:
        self._reach()
        return len(self._rows)

    async def begin(self, run: RunRecord, frames: RunFrames) -> None:
        self._reach()
        if run.id in self._rows:
            raise Conflict(run.id)
        self._rows[run.id] = replace(run, frames=frames.count)
        self._batches[run.id] = [frames]

    async def append(self, batches: Sequence[RunFrames], *, now: float) -> None:
        self._reach()
        for batch in batches:
            row = self._running(batch.run_id)
            if row is not None and row.frames == batch.first:
                self._rows[row.id] = replace(row, frames=batch.first + batch.count, beat_at=now)
                self._batches[row.id].append(batch)

    async def note_cut(self, identifier: str) -> None:
        self._reach()
        row = self._running(identifier)
        if row is not None:
            self._rows[identifier] = replace(row, cut=True)

    async def beat(self, holder: str, *, now: float) -> None:
        self._reach()
        for row in list(self._rows.values()):
            if row.holder == holder and row.state == "running":
                self._rows[row.id] = replace(row, beat_at=now)

    async def running(self, holder: str) -> dict[str, bool]:
        self._reach()
        mine = [row for row in self._rows.values() if (row.holder, row.state) == (holder, "running")]
        return {row.id: row.cancel_wished for row in mine}

    async def finish(self, end: RunEnd, *, silent_since: float | None = None) -> bool:
        self._reach()
        row = self._running(end.run_id)
        if row is None or (silent_since is not None and row.beat_at >= silent_since):
            return False
        if end.frames is not None:
            if end.frames.first != row.frames:
                return False
            self._batches[row.id].append(end.frames)
            row = replace(row, frames=end.frames.first + end.frames.count)
        self._rows[row.id] = replace(row, state=end.state, cut=end.cut, ended_at=end.at)
        self._responses[row.id] = end.response
        return True

    async def get(self, identifier: str) -> RunRecord | None:
        self._reach()
        return self._rows.get(identifier)

    async def response(self, identifier: str) -> str:
        self._reach()
        return self._responses.get(identifier, "")

    async def frames_from(self, identifier: str, first: int, *, limit: int) -> tuple[RunFrames, ...]:
        self._reach()
        kept = self._batches.get(identifier, [])
        return tuple(batch for batch in kept if batch.first + batch.count > first)[:limit]

    async def wish_cancel(self, identifier: str) -> bool:
        self._reach()
        row = self._running(identifier)
        if row is None:
            return False
        self._rows[identifier] = replace(row, cancel_wished=True)
        return True

    async def delete(self, identifier: str) -> bool:
        self._reach()
        self._batches.pop(identifier, None)
        self._responses.pop(identifier, None)
        return self._rows.pop(identifier, None) is not None

    async def silent(self, before: float) -> tuple[str, ...]:
        self._reach()
        rows = sorted(self._rows.values(), key=lambda row: row.id)
        return tuple(row.id for row in rows if row.state == "running" and row.beat_at < before)

    async def forget(self, before: float) -> int:
        self._reach()
        old = [row.id for row in self._rows.values() if row.ended_at is not None and row.ended_at <= before]
        for identifier in old:
            await self.delete(identifier)
        return len(old)

    def _running(self, identifier: str) -> RunRecord | None:
        row = self._rows.get(identifier)
        return row if row is not None and row.state == "running" else None
