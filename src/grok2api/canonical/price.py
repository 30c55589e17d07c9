"""What one model's tokens cost, in whole ticks, and what the prompt cache saves of it; what sound costs.

Must never compute in floating point, and must never stand above what upstream itself says a request cost.
Source: xAI's model pages; a long prompt doubles every price.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Final

from grok2api.canonical.usage import Usage

NEVER_LONG: Final = 2**53
"""More tokens than any prompt has."""
_WORDS: Final = 4
_PER_MILLION: Final = 10_000
"""Ticks per token that a dollar per million tokens is."""
_HIGHEST: Final = 100_000


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
class PriceLine:
    """What an operator says one model costs: USD for a million tokens each, as ticks per token."""

    input: int
    cached: int
    output: int

    def price(self, long_context: int) -> Price:
        """Return the price."""
        return Price(self.input, self.cached, self.output, long_context)


def read_line(line: str) -> tuple[str, PriceLine]:
    """Read a model's price: its upstream id, then USD per million tokens of input, cached input and output.

    Raises:
        ValueError: it says something else; the message is the rest of a sentence that begins "must".
    """
    words = line.split()
    if len(words) != _WORDS:
        raise ValueError("name a model and three prices in USD per million tokens: input, cached, output")
    name, *prices = words
    return name, PriceLine(*map(_ticks, prices))


def dollars(ticks: int) -> str:
    """Return ticks per token as USD per million tokens."""
    text = format(Decimal(ticks) / _PER_MILLION, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _ticks(text: str) -> int:
    try:
        price = Decimal(text)
    except InvalidOperation:
        price = Decimal("NaN")
    if not price.is_finite() or not 0 <= price <= _HIGHEST:
        raise ValueError(f"give prices as numbers from 0 to {_HIGHEST}, in USD per million tokens")
    ticks = price * _PER_MILLION
    if ticks != ticks.to_integral_value():
        raise ValueError("give prices with at most four decimal places")
    return int(ticks)


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
