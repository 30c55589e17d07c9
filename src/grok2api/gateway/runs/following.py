"""Reads a background response's stream from any frame on: what is there, then what comes, to its end.

Where this worker carries the response out, a reader is woken at once; elsewhere it looks into the store. Must
never leave out or double a frame, and must never invent an end: a stream that cannot be told further just
stops, and can be asked for again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from grok2api.errors import InvalidRequest
from grok2api.gateway.runs.archive import RunArchive
from grok2api.gateway.runs.live import Overrun, Run
from grok2api.gateway.runs.writer import RunWriter
from grok2api.storage.records import RunRecord

POLL_SECONDS: Final = 0.1
_CATCH_UP: Final = 30
"""How often it is looked whether a slow store has what a client says it saw, before that is not believed."""


@dataclass(frozen=True, slots=True)
class Tail:
    """A stream from some frame on."""

    pieces: AsyncIterator[bytes]
    """Whole frames; raises Overrun when it grew too large to be told further, and StorageError."""
    here: bool
    """Whether this worker carries the response out."""


class Follower:
    """Finds the stream of a response.

    Args:
        archive: Where the streams of all workers are kept.
        writer: Knows those of this worker.
    """

    def __init__(self, archive: RunArchive, writer: RunWriter) -> None:
        self._archive = archive
        self._writer = writer

    async def follow(self, identifier: str, after: int) -> Tail | None:
        """Return the stream after frame `after` (-1 for all of it); None if it is not kept.

        Raises:
            InvalidRequest: there is no such frame, or it is not kept.
            StorageError: the store did not answer.
        """
        run = self._writer.find(identifier)
        if run is not None:
            self._check(after, run.count, over=run.over.is_set())
            try:
                run.since(after + 1)
            except Overrun:
                raise too_large() from None
            return Tail(self.live(run, after + 1), here=True)
        record = await self._caught_up(identifier, after)
        if record is None:
            return None
        if record.cut:
            raise too_large()
        self._check(after, record.frames, over=record.state != "running")
        return Tail(self._kept(identifier, after + 1), here=False)

    async def live(self, run: Run, position: int) -> AsyncIterator[bytes]:
        """Yield the stream of a run of this worker.

        Raises:
            Overrun: it grew too large for a reader that is so slow.
        """
        while frames := await run.more(position):
            position += len(frames)
            yield b"".join(frames)

    async def _kept(self, identifier: str, position: int) -> AsyncIterator[bytes]:
        """Yield the stream of a run from the store."""
        while True:
            record = await self._archive.find(identifier)
            if record is None:
                return
            if record.frames > position:
                frames = await self._archive.frames(identifier, position)
                position += len(frames)
                yield b"".join(frames)
            elif record.cut:
                raise Overrun
            elif record.state != "running":
                return
            else:
                await asyncio.sleep(POLL_SECONDS)

    async def _caught_up(self, identifier: str, after: int) -> RunRecord | None:
        """Return a run's record, once it holds what the client saw on its worker a moment ago."""
        for _ in range(_CATCH_UP):
            record = await self._archive.find(identifier)
            if record is None or record.state != "running" or record.cut or after < record.frames:
                break
            await asyncio.sleep(POLL_SECONDS)
        return record

    @staticmethod
    def _check(after: int, frames: int, *, over: bool) -> None:
        """Refuse the number of an event that was not told yet; the stream's end mark has none."""
        if after >= (frames - 1 if over else frames):
            raise InvalidRequest(
                f"'starting_after' is {after}, but this response has no event of that number (so far).",
                param="starting_after",
            )


def too_large() -> InvalidRequest:
    """Return the error for a stream that grew over what is kept of one."""
    return InvalidRequest(
        "This response grew larger than what is kept of a stream (setting responses.background_mb). "
        "Retrieve it without 'stream'.",
        param="stream",
    )
