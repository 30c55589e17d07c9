"""What one model's pictures cost, in whole ticks, where upstream itself does not say.

Must never compute in floating point, and must never make up what the list does not hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PicturePrice:
    """Ticks per picture of one model; 1 USD = 10^10 ticks."""

    each: Mapping[str, Mapping[str, int]]
    """By quality and resolution, those that are known; a model without qualities has one, `any`."""
    given: int
    """For each picture that an edit builds on."""

    def cost(self, count: int, *, quality: str | None, resolution: str | None, given: int) -> int | None:
        """Return what so many pictures cost; None if the list does not say.

        Args:
            count: Pictures that were made.
            quality: As it was sent; None leaves it to upstream: low, or medium for edits.
            resolution: As it was sent; None is 1k.
            given: Pictures that each of them builds on.
        """
        usual = "medium" if given else "low"
        prices = self.each.get("any") or self.each.get(quality or usual) or {}
        one = prices.get(resolution or "1k")
        return None if one is None else count * one + given * self.given
