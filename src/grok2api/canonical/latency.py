"""The classes that latencies are counted in, and what can be read off the counts.

Must never change: what the store keeps was counted by these classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

LATENCY_BOUNDS: Final = (
    *(100.0, 200.0, 300.0, 500.0, 750.0, 1000.0, 1500.0, 2000.0),
    *(3000.0, 5000.0, 7500.0, 10_000.0, 20_000.0, 40_000.0, 80_000.0),
)
"""Upper bounds in milliseconds; one more class is open above."""


def quantile(classes: Sequence[int], share: float) -> float | None:
    """Return the latency in milliseconds below which a share of all lies, read off the classes.

    Within a class all are taken as spread evenly, so that the figure is off by no more than the class is
    wide; what lies in the open class is told as its lower bound. None if nothing was counted.
    """
    wanted = sum(classes) * share
    if not wanted:
        return None
    low, passed = 0.0, 0
    for bound, count in zip(LATENCY_BOUNDS, classes, strict=False):
        if count and passed + count >= wanted:
            return low + (bound - low) * (wanted - passed) / count
        low, passed = bound, passed + count
    return low
