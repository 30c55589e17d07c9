"""The two clocks, as one value that can be replaced in a test.

Durations are measured on the monotonic clock, so a wall clock that jumps (NTP, DST, a suspended
laptop) can never lengthen a cool-down. Wall time is for what people and other machines read.
Must never sleep: waiting belongs to the event loop.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> float:
        """Return wall time in seconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Return seconds on a clock that never goes back."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's own clocks."""

    def now(self) -> float:
        """Return wall time in seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds on a clock that never goes back."""
        return time.monotonic()


@dataclass(slots=True)
class ManualClock:
    """A clock that stands still until it is moved; for tests and for the sandbox's clock control."""

    wall: float = 1_795_000_000.0
    ticks: float = 1_000.0

    def now(self) -> float:
        """Return wall time in seconds since the epoch."""
        return self.wall

    def monotonic(self) -> float:
        """Return seconds on a clock that never goes back."""
        return self.ticks

    def advance(self, seconds: float) -> None:
        """Move both clocks forward by `seconds`."""
        self.wall += seconds
        self.ticks += seconds
