"""What a request costs when upstream does not say: whole ticks, from a shipped list.

Must never stand above upstream's own figure, and must never compute in floating point.
Source: xAI's model pages; a long prompt doubles every price.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType

import msgspec

from grok2api.canonical.usage import Usage


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ticks per token of one model."""

    input: int
    cached: int
    output: int


class _PriceList(msgspec.Struct, forbid_unknown_fields=True):
    long_context: int
    models: dict[str, Price]


class Prices:
    """A price list by upstream model.

    Args:
        models: Upstream model id to its price.
        long_context: Prompt tokens from which every price is doubled.
    """

    __slots__ = ("_long_context", "_models")

    def __init__(self, models: Mapping[str, Price], long_context: int) -> None:
        self._models = MappingProxyType(dict(models))
        self._long_context = long_context

    def cost(self, upstream_model: str, usage: Usage) -> int:
        """Return ticks: upstream's own figure if it gave one, else ours; 0 for a model without a price."""
        if usage.cost_ticks is not None:
            return usage.cost_ticks
        price = self._models.get(upstream_model)
        if price is None:
            return 0
        cached = min(usage.cached, usage.input)
        ticks = (usage.input - cached) * price.input + cached * price.cached + usage.output * price.output
        return ticks * 2 if usage.input >= self._long_context else ticks


def load() -> Prices:
    """Return the shipped price list."""
    text = resources.files("grok2api.accounting").joinpath("prices.toml").read_bytes()
    shipped = msgspec.toml.decode(text, type=_PriceList)
    return Prices(shipped.models, shipped.long_context)
