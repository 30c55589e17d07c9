"""The queue for a credential: bounded, first come first served among those who want the same.

Whoever waits stays in the line until it is served or gives up; a credential that becomes free calls the
first of each line, and who was served calls the next. Must never hold a place for somebody who left.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Hashable, Iterator
from contextlib import contextmanager


class Place:
    """One request's place in a line."""

    __slots__ = ("_call", "_line", "number")

    def __init__(self, number: int, line: deque[Place]) -> None:
        self._call = asyncio.Event()
        self._line = line
        self.number = number
        """The lower one came first, in whatever line it stands."""

    @property
    def first(self) -> bool:
        """Whether nobody stands before it in its line."""
        return self._line[0] is self

    def call(self) -> None:
        """Let it try."""
        self._call.set()

    async def called(self, seconds: float) -> None:
        """Return when it is called, or after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._call.wait()
        except TimeoutError:
            return
        finally:
            self._call.clear()


class WaitingRoom:
    """Lines of requests, one for each kind of demand."""

    def __init__(self) -> None:
        self._lines: dict[Hashable, deque[Place]] = {}
        self._waiting = 0
        self._came = 0

    def __len__(self) -> int:
        return self._waiting

    def has_line(self, demand: Hashable) -> bool:
        """Tell whether somebody waits for the same already."""
        return demand in self._lines

    @contextmanager
    def line_up(self, demand: Hashable) -> Iterator[Place]:
        """Take the last place of a line; leaving the block, however, calls the next."""
        self._came += 1
        line = self._lines.setdefault(demand, deque())
        place = Place(self._came, line)
        line.append(place)
        self._waiting += 1
        try:
            yield place
        finally:
            self._waiting -= 1
            line.remove(place)
            if line:
                line[0].call()
            elif self._lines.get(demand) is line:
                del self._lines[demand]

    def call_first(self) -> None:
        """Let the first of each line try, whoever came first before the others."""
        for first in sorted((line[0] for line in self._lines.values()), key=lambda place: place.number):
            first.call()
