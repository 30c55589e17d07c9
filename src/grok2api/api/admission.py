"""How much one worker takes on at once: a number of requests, a bounded queue behind it, then 429.

First come, first served. Must never hold a place for a client that left, and never queue without a bound.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from grok2api.errors import Overloaded


class Admission:
    """The places of one worker for one kind of work."""

    def __init__(self) -> None:
        self._running = 0
        self._line: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def place(self, *, limit: int, length: int, wait: float) -> AsyncIterator[None]:
        """Hold a place while the block runs.

        Args:
            limit: Places; 0 is no limit.
            length: Requests that may wait for one.
            wait: Longest wait, in seconds.

        Raises:
            Overloaded: there is no place, and none became free in time.
        """
        if limit and (self._running >= limit or self._line):
            await self._wait(limit, length, wait)
        else:
            self._running += 1
        try:
            yield
        finally:
            self._leave(limit)

    async def _wait(self, limit: int, length: int, wait: float) -> None:
        """Wait for a place that somebody hands over; it is counted already then."""
        if len(self._line) >= length or wait <= 0:
            raise _overloaded()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        try:
            async with asyncio.timeout(wait):
                await turn
        except TimeoutError:
            if not _handed_over(turn):
                raise _overloaded() from None
        except asyncio.CancelledError:
            if _handed_over(turn):
                self._leave(limit)
            raise
        finally:
            if turn in self._line:
                self._line.remove(turn)

    def _leave(self, limit: int) -> None:
        """Hand the place over to the first who waits; to more or to nobody if the limit was moved."""
        self._running -= 1
        while self._line and (not limit or self._running < limit):
            turn = self._line.popleft()
            if not turn.done():
                self._running += 1
                turn.set_result(None)


def _handed_over(turn: asyncio.Future[None]) -> bool:
    return turn.done() and not turn.cancelled()


def _overloaded() -> Overloaded:
    return Overloaded("The server is busy; too many requests wait already. Try again shortly.", retry_after=1)
