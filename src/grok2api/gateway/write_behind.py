"""Rows that nobody waits for are written behind the requests that made them, again and again until they are.

What comes while it writes is written next. Must never know what a row is, nor drop one: whoever holds the
rows decides how many may wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from grok2api.errors import StorageError
from grok2api.observability.logging import get_logger

_log = get_logger("grok2api.write_behind")

FLUSH_SECONDS: Final = 0.1
"""How long rows are gathered before they are written."""
_FIRST_PAUSE: Final = 0.25
_LONGEST_PAUSE: Final = 30.0
_LAST_TRIES: Final = 4


class WriteBehind:
    """Calls for a flush when something waits.

    Args:
        what: What is written, for the log.
        flush: Writes all that waits; StorageError if it could not, and it still waits.
        waiting: Tells how many rows wait.
    """

    def __init__(self, what: str, flush: Callable[[], Awaitable[None]], waiting: Callable[[], int]) -> None:
        self._what = what
        self._flush = flush
        self._waiting = waiting
        self._news = asyncio.Event()

    def stir(self) -> None:
        """Note that something waits."""
        self._news.set()

    async def run(self) -> None:
        """Write what comes, until cancelled; a store that is away is asked ever more seldom."""
        pause = _FIRST_PAUSE
        while True:
            await self._news.wait()
            await asyncio.sleep(FLUSH_SECONDS)
            self._news.clear()
            try:
                await self._flush()
                pause = _FIRST_PAUSE
            except StorageError as error:
                _log.warning(f"{self._what} wait", waiting=self._waiting(), reason=error.public_message)
                self._news.set()
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def close(self) -> int:
        """Write what is left, trying a few times; return how many rows could not be written."""
        pause = _FIRST_PAUSE
        for _ in range(_LAST_TRIES):
            try:
                await self._flush()
                return 0
            except StorageError:
                await asyncio.sleep(pause)
                pause *= 2
        return self._waiting()
