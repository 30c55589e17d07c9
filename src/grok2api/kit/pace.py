"""Long work in small pieces, between which everybody else on the event loop comes first.

A piece is a millisecond of the processor. After each the work rests, and goes on resting while others on the
loop had something to do, though not without end: a busy server still gets it done. What counts is the time of
the processor and not the wall's, so that a machine that does other things too changes nothing.
Must never be used by what a client under /v1 waits for, nor inside a transaction that holds a lock.
"""

from __future__ import annotations

import asyncio
from time import monotonic, sleep, thread_time
from typing import Final

PIECE: Final = 0.001
"""Seconds of the processor after which others get their turn."""
_REST: Final = 0.001
UNHURRIED: Final = 0.003
"""Seconds that work rests which nobody waits for."""
_BUSY: Final = 0.0003
"""Seconds of the processor in a rest by which it is known that others had something to do."""
_PATIENCE: Final = 0.006
"""Seconds after which a piece is done all the same, by the wall's clock."""


class Pace:
    """Keeps one piece of work from holding up the loop: `if pace.due: await pace.rest()` after each step.

    Args:
        rest: Seconds that the loop is left to others at the least.
    """

    __slots__ = ("_rest", "_since")

    def __init__(self, rest: float = _REST) -> None:
        self._rest = rest
        self._since = thread_time()

    @property
    def due(self) -> bool:
        """Whether a rest is due."""
        return thread_time() - self._since >= PIECE

    async def rest(self) -> None:
        """Leave the loop to others until they have nothing to do, within bounds."""
        until = monotonic() + _PATIENCE
        while True:
            before = thread_time()
            await asyncio.sleep(self._rest)
            if thread_time() - before < _BUSY or monotonic() >= until:
                break
        self._since = thread_time()

    def give_way(self) -> None:
        """Leave the interpreter to other threads for a moment, in work that has a thread of its own."""
        sleep(_REST / 2)
        self._since = thread_time()
