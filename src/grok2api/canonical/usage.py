"""What a request used, in OpenAI's arithmetic, and how it ended.

xAI counts in two ways: on Responses `output_tokens` holds the reasoning; on chat completions
`completion_tokens` does not, and `total_tokens` is the sum of three numbers. Here, as at OpenAI,
output always holds the reasoning and total is input plus output.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

UsageSource = Literal["upstream", "estimated", "none"]

CostSource = Literal["upstream", "list", "none"]
"""Who says what a request cost."""

End = Literal[
    "completed",
    "incomplete",
    "failed",
    "refused",
    "client_gone",
    "cut",
    "cancelled",
    "cancelled_by_operator",
]
"""How a request ended: fully, truncated by a limit, with an upstream or pool error, refused as sent,
left by its client, cut by us or upstream in mid-answer, (in the background) cancelled as asked, or ended by
an operator."""

TICK_PLACES: Final = 10
"""Decimal places of US dollars that a tick is worth."""
TICKS_PER_DOLLAR: Final = 10**TICK_PLACES
_MOST = 2**53
"""More than any answer can count; what is above it is no figure, and no column could hold it."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer and what upstream says they cost."""

    input: int = 0
    cached: int = 0
    output: int = 0
    reasoning: int = 0
    cost_ticks: int | None = None
    """Upstream's own figure; 1 USD = 10^10 ticks. None when it was not told."""
    saved_ticks: int | None = None
    """What the cached tokens would have cost more without the cache, by our price list; None if unknown."""
    estimated: bool = False
    """Whether the figures are our own guess: upstream was not heard to its end."""
    by_list: bool = False
    """Whether `cost_ticks` is by our price list, because upstream did not tell it."""
    tools: int = 0
    """How often upstream used tools of its own, which are paid beside the tokens."""

    @property
    def total(self) -> int:
        """Return input plus output tokens."""
        return self.input + self.output

    def __add__(self, other: Usage) -> Usage:
        """Return what two answers used together; a figure that one of them lacks is the other's."""
        return Usage(
            input=self.input + other.input,
            cached=self.cached + other.cached,
            output=self.output + other.output,
            reasoning=self.reasoning + other.reasoning,
            cost_ticks=_sum(self.cost_ticks, other.cost_ticks),
            saved_ticks=_sum(self.saved_ticks, other.saved_ticks),
            estimated=self.estimated or other.estimated,
            by_list=self.by_list or other.by_list,
            tools=self.tools + other.tools,
        )


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None and other is None else (one or 0) + (other or 0)


def _count(mapping: object, name: str) -> int:
    return _figure(mapping.get(name)) or 0 if isinstance(mapping, dict) else 0


def _ticks(mapping: Mapping[str, object]) -> int | None:
    return _figure(mapping.get("cost_in_usd_ticks"))


def _tools(usage: Mapping[str, object]) -> int:
    """Return how often upstream used its tools; on chat completions only what they found is told."""
    return _count(usage, "num_server_side_tools_used") or _count(usage, "num_sources_used")


def _figure(value: object) -> int | None:
    if type(value) is not int or value < 0:
        return None
    if value > _MOST:
        return _MOST
    return value


def usage_from_responses(usage: Mapping[str, object]) -> Usage:
    """Read the `usage` of an xAI Responses object, where output already holds the reasoning."""
    return Usage(
        input=_count(usage, "input_tokens"),
        cached=_count(usage.get("input_tokens_details"), "cached_tokens"),
        output=_count(usage, "output_tokens"),
        reasoning=_count(usage.get("output_tokens_details"), "reasoning_tokens"),
        cost_ticks=_ticks(usage),
        tools=_tools(usage),
    )


def usage_from_chat(usage: Mapping[str, object]) -> Usage:
    """Read the `usage` of an xAI chat completion, where completion tokens leave the reasoning out.

    Captured: 12 prompt + 1 completion + 290 reasoning = 303 total. Should a model count as OpenAI
    does (total = prompt + completion), nothing is added.
    """
    prompt, completion = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    reasoning = _count(usage.get("completion_tokens_details"), "reasoning_tokens")
    inside = reasoning and _count(usage, "total_tokens") == prompt + completion
    return Usage(
        input=prompt,
        cached=_count(usage.get("prompt_tokens_details"), "cached_tokens"),
        output=completion if inside else completion + reasoning,
        reasoning=reasoning,
        cost_ticks=_ticks(usage),
        tools=_tools(usage),
    )
