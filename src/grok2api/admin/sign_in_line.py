"""The line before the door of a worker: those who show a password come in one after the other.

While others wait, the door rests after each far longer than that one took, so that however many come at once
take a small share of the processor, and clients under /v1 hardly notice. The line is short; whoever finds it
full is told to come again before anything is looked at. To be refused costs the server something too, so of a
crowd of strangers a few step up at a time. Must never be stood in by anybody who has
a session, and must never make an answer wait for the rest after it.
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
GROUP: Final = 10
"""How many strangers are looked at together, be it to refuse them."""
MOMENT: Final = 0.025
"""Seconds in which no more than a group may come before the others wait: no program that asks one question
after the other is that fast."""
BETWEEN: Final = 0.5
"""Seconds from one group of those who wait to the next: few requests of clients meet one."""
MOST: Final = 1000
"""How many may wait for that; whoever comes then is refused at once, and costs the least."""
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
        self._coming = asyncio.Lock()
        self._to_come = 0
        self._group_at = -BETWEEN
        self._in_group = 0

    async def step_up(self) -> None:
        """Wait until a stranger may be looked at: not at all unless a crowd came with him.

        Raises:
            LimitExceeded: far too many wait for that.
        """
        if not self._to_come:
            if self._clock.monotonic() >= self._group_at + MOMENT:
                self._begin_group()
            if self._in_group < GROUP:
                self._in_group += 1
                return
        if self._to_come >= MOST:
            raise _too_many()
        self._to_come += 1
        try:
            async with self._coming:
                if self._in_group >= GROUP:
                    await asyncio.sleep(self._group_at + BETWEEN - self._clock.monotonic())
                    self._begin_group()
                self._in_group += 1
        finally:
            self._to_come -= 1

    def _begin_group(self) -> None:
        self._group_at, self._in_group = self._clock.monotonic(), 0

    def check_room(self) -> None:
        """Return if one more may stand in line.

        Raises:
            LimitExceeded: the line is full.
        """
        if self._waiting >= LONGEST:
            raise _too_many()

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


def _too_many() -> LimitExceeded:
    return LimitExceeded("Too many sign-ins at once; try again shortly.", retry_after=2)
