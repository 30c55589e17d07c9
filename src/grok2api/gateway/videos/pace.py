"""When to look at a job again: soon at first, less often later, and seldom where something is wrong.

Pure but for its dice, which keep the jobs of a crowd from being asked about all at once.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

_GROWTH: Final = 1.25
_SLOWEST: Final = 2.5
"""How many times the first pause the longest one is."""
_LONGEST_TROUBLE: Final = 30.0
_JITTER: Final = (0.85, 1.15)


class Pace:
    """The pauses of one job.

    Args:
        first: The first pause, in seconds.
        dice: Returns a number between two others.
    """

    def __init__(self, first: float, dice: Callable[[float, float], float] = random.uniform) -> None:
        self._first = first
        self._dice = dice
        self._pause = first
        self._trouble = 0.0

    def next(self) -> float:
        """Return the pause after an answer."""
        pause, self._trouble = self._pause, 0.0
        self._pause = min(self._pause * _GROWTH, self._first * _SLOWEST)
        return pause * self._dice(*_JITTER)

    def trouble(self) -> float:
        """Return the pause after something went wrong; it doubles with each in a row."""
        self._trouble = min(max(self._trouble * 2, self._first), _LONGEST_TROUBLE)
        return self._trouble * self._dice(*_JITTER)

    def well(self) -> None:
        """Forget what went wrong."""
        self._trouble = 0.0
