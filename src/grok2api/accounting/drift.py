"""Whether our price list still says what upstream says: a pure look at the sums of a while.

Only requests count whose cost both tell, and which used nothing that is paid beside the tokens. Must never
correct anything: a price is an operator's to set.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from grok2api.storage.usage import UsageSum

TOLERANCE: Final = 0.01
FEWEST: Final = 20
"""Requests that a judgement needs."""


@dataclass(frozen=True, slots=True)
class Drift:
    """A model whose price is not what upstream asks.

    Attributes:
        compared: Requests that were looked at.
        told_ticks: What they cost by upstream; 1 USD is 10^10.
        price_ticks: What they would cost by our list.
    """

    model: str
    compared: int
    told_ticks: int
    price_ticks: int

    @property
    def ratio(self) -> float:
        """Return by which part upstream asks more than our list says; less is negative."""
        return self.told_ticks / self.price_ticks - 1 if self.price_ticks else 1.0


def drifts(sums: Iterable[UsageSum]) -> tuple[Drift, ...]:
    """Return the models whose price is off, of sums parted by upstream model."""
    found = (
        Drift(each.name, each.counts.compared, each.counts.told_ticks, each.counts.price_ticks)
        for each in sums
        if each.counts.compared >= FEWEST and (each.counts.told_ticks or each.counts.price_ticks)
    )
    return tuple(
        each for each in found if abs(each.told_ticks - each.price_ticks) > each.price_ticks * TOLERANCE
    )
