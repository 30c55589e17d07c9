"""Brings the runs of this worker into the store, a few times a second, and hears what was asked of them.

One pass for all runs: their new frames in one transaction, their ends, a sign of life, and one question.
Must never make a run wait, and must never let the store's absence end one: what is not written waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from grok2api.errors import StorageError
from grok2api.gateway.runs.archive import RunArchive
from grok2api.gateway.runs.live import Overrun, Run
from grok2api.kit.clock import Clock
from grok2api.observability.logging import get_logger
from grok2api.storage.records import RunFrames, RunRecord

BEAT_SECONDS: Final = 4.0
_FRAMES: Final = 5000
"""Frames of one run that a pass writes at most; the rest waits for the next one, and so do not all others."""
_log = get_logger("grok2api.runs")


@dataclass(slots=True)
class _Kept:
    """How much of a run the store has."""

    run: Run
    cancel: Callable[[], None]
    """Ends the run as cancelled."""
    drop: Callable[[], None]
    """Ends a run that is not in the store any more."""
    frames: int = 0
    size: int = 0
    """Bytes of them."""
    waiting: int = 0
    """Bytes that are being written."""
    cut: bool = False


class RunWriter:
    """Keeps the runs of this worker.

    Args:
        archive: Where they are kept.
        holder: This worker, among all that share the store.
        clock: Where time comes from.
    """

    def __init__(self, archive: RunArchive, *, holder: str, clock: Clock) -> None:
        self._archive = archive
        self._store = archive.store
        self._holder = holder
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._beginning: set[str] = set()
        self._beaten = float("-inf")
        self._away = False
        self._unsure = False
        """Whether the last pass did not come to its end: what it wrote may be there or not."""
        self._busy = asyncio.Lock()

    @property
    def carried(self) -> Collection[str]:
        """Return the names of the runs of which the store does not have everything yet."""
        return self._kept.keys()

    def find(self, identifier: str) -> Run | None:
        """Return a run of this worker of which the store does not have everything yet."""
        kept = self._kept.get(identifier)
        return None if kept is None else kept.run

    async def begin(
        self, identifier: str, run: Run, *, cancel: Callable[[], None], drop: Callable[[], None]
    ) -> None:
        """Keep a run from its first frames on.

        Whoever gives this up, or hears that it failed, leaves it to the next pass to forget what the store
        may have taken all the same.

        Raises:
            StorageError: the store did not take it.
        """
        frames, now = run.since(0), self._clock.now()
        record = RunRecord(id=identifier, holder=self._holder, created_at=now, beat_at=now)
        self._beginning.add(identifier)
        try:
            await self._store.begin(record, self._archive.sealed(identifier, 0, frames))
            size = sum(map(len, frames))
            self._kept[identifier] = _Kept(run, cancel, drop, frames=len(frames), size=size)
        finally:
            self._beginning.discard(identifier)

    async def run(self) -> None:
        """Write what is new, once."""
        if not self._kept:
            return
        try:
            async with self._busy:
                await self._pass()
            self._away = False
        except StorageError as error:
            if not self._away:
                _log.warning("background responses not kept", reason=error.public_message)
            self._away = True

    async def close(self) -> int:
        """Write what is left; return how many runs the store does not have to their end."""
        before = -1
        while self._kept and (waiting := self._waiting()) != before:
            before = waiting
            await self.run()
        return len(self._kept)

    def _waiting(self) -> int:
        """Return how many frames the store lacks."""
        return sum(kept.run.count - kept.frames for kept in self._kept.values())

    async def _pass(self) -> None:
        if self._unsure:
            await self._take_stock()
        self._unsure = True
        known = list(self._kept)
        if self._clock.monotonic() - self._beaten >= BEAT_SECONDS:
            await self._store.beat(self._holder, now=self._clock.now())
            self._beaten = self._clock.monotonic()
        batches = [batch for each in known if (batch := await self._batch(each)) is not None]
        if batches:
            await self._store.append(batches, now=self._clock.now())
            for batch in batches:
                kept = self._kept[batch.run_id]
                kept.frames, kept.size = batch.first + batch.count, kept.size + kept.waiting
        for identifier in known:
            kept = self._kept[identifier]
            if kept.run.over.is_set() and (kept.cut or kept.frames == kept.run.count):
                end = self._archive.ended(identifier, kept.run.recording, None, cut=kept.cut)
                await self._store.finish(end)
                del self._kept[identifier]
        running = await self._store.running(self._holder)
        self._obey(known, running)
        self._unsure = False
        for stray in running.keys() - self._kept.keys() - self._beginning:
            await self._store.delete(stray)  # nobody has its id, and the beat would keep it alive

    async def _batch(self, identifier: str) -> RunFrames | None:
        """Return the frames that the store lacks, or the first of them; None if there are none to be kept.

        A run that grows too large is cut here, once.
        """
        kept = self._kept[identifier]
        if kept.cut:
            return None
        try:
            frames = kept.run.since(kept.frames, most=_FRAMES)
            kept.waiting = sum(map(len, frames))
        except Overrun:
            frames, kept.waiting = [], kept.run.limit
        if kept.size + kept.waiting > kept.run.limit:
            await self._store.note_cut(identifier)
            kept.cut = True
            return None
        return self._archive.sealed(identifier, kept.frames, frames) if frames else None

    def _obey(self, known: list[str], running: dict[str, bool]) -> None:
        """Stop what somebody asked to stop, and what was deleted or given up for lost."""
        for identifier in known:
            kept = self._kept.get(identifier)
            if kept is None:
                continue
            if identifier not in running:
                del self._kept[identifier]
                kept.drop()
            elif running[identifier]:
                kept.cancel()

    async def _take_stock(self) -> None:
        """Look how much the store has: a write that failed or was interrupted may have been done."""
        for identifier, kept in list(self._kept.items()):
            record = await self._store.get(identifier)
            if record is None:
                continue
            kept.frames = record.frames
            kept.cut = kept.cut or record.cut
