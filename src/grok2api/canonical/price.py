"""What one model's tokens cost, in whole ticks, and what the prompt cache saves of it; what sound costs.

Must never compute in floating point, and must never stand above what upstream itself says a request cost.
Source: xAI's model pages; a long prompt doubles every price.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from grok2api.canonical.usage import Usage


@dataclass(frozen=True, slots=True)
class Price:
    """Ticks per token of one model; 1 USD = 10^10 ticks."""

    input: int
    cached: int
    output: int
    long_context: int
    """Prompt tokens from which every price is doubled."""

    def cost(self, usage: Usage) -> int:
        """Return ticks: upstream's own figure if it gave one, else by this list."""
        return self.by_list(usage) if usage.cost_ticks is None else usage.cost_ticks

    def by_list(self, usage: Usage) -> int:
        """Return what the tokens cost by this list, in ticks, whatever upstream says."""
        cached = min(usage.cached, usage.input)
        ticks = (usage.input - cached) * self.input + cached * self.cached + usage.output * self.output
        return self._long(ticks, usage)

    def saved(self, usage: Usage) -> int:
        """Return the ticks by which tokens from the cache were cheaper than fresh ones, by this list."""
        cached = min(usage.cached, usage.input)
        return self._long(max(self.input - self.cached, 0) * cached, usage)

    def told(self, usage: Usage) -> Usage:
        """Return the usage with its cost, and with what the cache saved."""
        own = usage.by_list or usage.cost_ticks is None
        return replace(usage, cost_ticks=self.cost(usage), saved_ticks=self.saved(usage), by_list=own)

    def _long(self, ticks: int, usage: Usage) -> int:
        return ticks * 2 if usage.input >= self.long_context else ticks


@dataclass(frozen=True, slots=True)
class SoundPrice:
    """Ticks for what is spoken and heard, which no tokens are counted of."""

    character: int
    """One character of a text that is spoken."""
    hour: int
    """One hour of sound that is heard."""

    def spoken(self, characters: int) -> int:
        """Return ticks for a text."""
        return characters * self.character

    def heard(self, seconds: float) -> int:
        """Return ticks for a sound, to the millisecond."""
        return round(seconds * 1000) * self.hour // 3_600_000


FREE_OF_CHARGE: Final = SoundPrice(character=0, hour=0)
