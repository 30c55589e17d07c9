"""One background response that this worker carries out: its stream as far as it goes, and who waits for more.

The newest frames stay in memory, as many as may be kept of one response, so that readers in this worker need
not wait for the store. Must never wait for a reader: one that is too slow is told so.
"""

from __future__ import annotations

import asyncio
from typing import Final

from grok2api.dialects.base import Recording

_STEP: Final = 1000
"""Frames that a reader gets at once."""
_END: Final = b"\n\n"


class Overrun(Exception):
    """A reader asks for frames that are not kept any more, because the response grew too large."""


class Run:
    """A background response that is being carried out.

    Args:
        recording: Takes down what its frames tell.
        limit: Bytes of its stream that are kept, here and in the store.
    """

    def __init__(self, recording: Recording, *, limit: int) -> None:
        self.recording = recording
        self.limit = limit
        self.over = asyncio.Event()
        """Set when the stream has its end."""
        self._frames: list[bytes] = []
        self._first = 0
        self._size = 0
        self._news = asyncio.Event()

    @property
    def count(self) -> int:
        """Return how many frames there are so far."""
        return self._first + len(self._frames)

    def take(self, written: bytes) -> None:
        """Add frames, whole events only, the last one perhaps the stream's end."""
        frames = split(written)
        self.recording.note(frames)
        self._frames += frames
        self._size += len(written)
        if self._size > self.limit:
            self._forget()
        if self.recording.state != "running":
            self.over.set()
        self._news.set()
        self._news = asyncio.Event()

    def since(self, position: int, *, most: int = _STEP) -> list[bytes]:
        """Return at most `most` frames from `position` on, none if there is no further one yet.

        Raises:
            Overrun: they are not kept any more.
        """
        at = position - self._first
        if at < 0:
            raise Overrun
        return self._frames[at : at + most]

    async def more(self, position: int) -> list[bytes]:
        """Return some frames from `position` on, as soon as there are any; none once the stream is over.

        Raises:
            Overrun: they are not kept any more.
        """
        while True:
            news = self._news
            frames = self.since(position)
            if frames or self.over.is_set():
                return frames
            await news.wait()

    def _forget(self) -> None:
        """Let go of the oldest frames, some more than needed, so that this is rare."""
        gone = 0
        while self._size > self.limit * 3 // 4 and gone < len(self._frames) - 1:
            self._size -= len(self._frames[gone])
            gone += 1
        del self._frames[:gone]
        self._first += gone


def split(written: bytes) -> list[bytes]:
    """Return the frames in whole events: their data is one line each, so nothing else holds a blank one."""
    return [frame + _END for frame in written.split(_END)[:-1]]
