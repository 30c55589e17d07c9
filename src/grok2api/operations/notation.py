"""How moments and money are written where an operator reads them.

Must never round: a sum of what is shown is the sum of what was spent.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from grok2api.canonical.usage import TICK_PLACES

_CENTS: Final = Decimal("0.01")


def moment(seconds: float | None) -> str | None:
    """Return wall time as UTC in ISO 8601, to the second; None for no time, or one that no calendar holds."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return None


def usd(ticks: int) -> str:
    """Return money as exact decimal text in US dollars, with two places at least."""
    exact = Decimal(ticks).scaleb(-TICK_PLACES).normalize()
    exponent = exact.as_tuple().exponent
    if isinstance(exponent, int) and exponent > -2:
        exact = exact.quantize(_CENTS)
    return f"{exact:f}"
