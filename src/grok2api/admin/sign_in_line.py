"""The line before the door of a worker: those who show a password come in one after the other.

While others wait, the door rests after each far longer than that one took, so that however many come at once
take a small share of the processor, and clients under /v1 hardly notice. The line is short; whoever finds it
full is told to come again before anything is looked at. Must never be stood in by anybody who has a session,
and must never make an answer wait for the rest after it.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from grok2api.errors import LimitExceeded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from grok2api.kit.clock import Clock

LONGEST: Final = 8
"""How many may stand in line."""
_REST: Final = 40.0
"""How many times as long as it took somebody to come in the door rests after him: of a hundred requests of
clients fewer than three meet a sign-in, so that their 95th percentile does not know of it."""
_LONGEST_REST: Final = 2.0
"""Seconds, so that the last in line waits for a quarter of a minute at the most."""


class SignInLine:
    """Those who wait to come in.

    Args:
        clock: Where time comes from.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._door = asyncio.Lock()
        self._waiting = 0
        self._opens_at = 0.0

    def check_room(self) -> None:
        """Return if one more may stand in line.

        Raises:
            LimitExceeded: the line is full.
        """
        if self._waiting >= LONGEST:
            raise LimitExceeded("Too many sign-ins at once; try again shortly.", retry_after=2)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn, and hold the door for as long as it lasts.

        Whoever is refused because he comes too early has cost nothing to speak of, and no rest follows him: a
        crowd of those is not to keep out somebody who would be let in.

        Raises:
            LimitExceeded: the line is full.
        """
        self.check_room()
        self._waiting += 1
        try:
            await self._door.acquire()
        finally:
            self._waiting -= 1
        try:
            await asyncio.sleep(self._opens_at - self._clock.monotonic())
            began = self._clock.monotonic()
            cheap = False
            try:
                yield
            except LimitExceeded:
                cheap = True
                raise
            finally:
                ended = self._clock.monotonic()
                if self._waiting and not cheap:
                    self._opens_at = ended + min(_REST * (ended - began), _LONGEST_REST)
        finally:
            self._door.release()
