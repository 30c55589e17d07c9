"""How a slow test says what it measured: one plain line, seen with `-s` and with a failure."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def measured(what: str, **figures: float) -> None:
    """Write one line of figures; a name such as `rss_mb` is said as "rss mb"."""
    said = ", ".join(f"{name.replace('_', ' ')} {_short(figure)}" for name, figure in figures.items())
    sys.stdout.write(f"\nmeasured {what}: {said}\n")


def share_below(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share of all does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def _short(figure: float) -> str:
    return str(figure) if isinstance(figure, int) else f"{figure:.4g}"
