"""The sandbox's own time: another clock with a part added by hand.

Quotas, deferred answers and expiry read it, so a drill can step over an hour at once. It never sleeps.
"""

from __future__ import annotations

from dataclasses import dataclass

from grok2api.kit.clock import Clock


@dataclass(slots=True)
class AdjustableClock:
    """`base` moved forward by `offset` seconds; `wall_offset` is a step of the wall clock alone."""

    base: Clock
    offset: float = 0.0
    wall_offset: float = 0.0

    def now(self) -> float:
        """Return wall time in seconds since the epoch."""
        return self.base.now() + self.offset + self.wall_offset

    def monotonic(self) -> float:
        """Return seconds on a clock that never goes back."""
        return self.base.monotonic() + self.offset

    def advance(self, seconds: float) -> None:
        """Move this clock forward by `seconds`."""
        self.offset += seconds
