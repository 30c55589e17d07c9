"""A time limit that does not blame Redis for what this process was too busy to read.

A deadline alone fires after the event loop was held up, although the answer has long been there. So the limit
is counted in slices, and a slice in which the loop came late does not count. Must never wait without end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

_SLICES: Final = 4
_MOST_LOOKS: Final = 40


class _Watch:
    """Counts slices, and ends the limit when there were enough."""

    def __init__(self, limit: asyncio.Timeout, seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._limit = limit
        self._slice = seconds / _SLICES
        self._counted = 0
        self._looks = 0
        self._due = 0.0
        self._timer = self._next()

    def stop(self) -> None:
        self._timer.cancel()

    def _next(self) -> asyncio.TimerHandle:
        self._due = self._loop.time() + self._slice
        return self._loop.call_at(self._due, self._look)

    def _look(self) -> None:
        self._looks += 1
        self._counted += self._loop.time() - self._due < self._slice
        if self._counted < _SLICES and self._looks < _MOST_LOOKS:
            self._timer = self._next()
        else:
            self._limit.reschedule(self._loop.time())


@asynccontextmanager
async def patience(seconds: float) -> AsyncIterator[None]:
    """Let the block take `seconds` at most, those left out in which this process was busy itself.

    Raises:
        TimeoutError: it took longer.
    """
    async with asyncio.timeout(None) as limit:
        watch = _Watch(limit, seconds)
        try:
            yield
        finally:
            watch.stop()
