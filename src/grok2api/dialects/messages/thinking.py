"""What a request says about thinking: how much effort, and whether it is shown.

Anthropic's clients give a budget in tokens, xAI's models take a word. A client that does not mention
thinking is not shown any, for it would not expect blocks before its text. Must never refuse a budget: it is
a wish, and the words are few.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from grok2api.canonical.call import Thinking
from grok2api.dialects.messages.shapes import OutputConfig, ThinkingOption
from grok2api.errors import InvalidRequest

EFFORT_FIELD: Final = "output_config.effort"
_BUDGETS: Final = ((4096, "low"), (16384, "medium"))
"""The effort for a budget up to so many tokens; more is `high`."""
_KINDS: Final = ("enabled", "disabled", "adaptive", "between_tools")


class Wish(NamedTuple):
    """What the client wants of the model's reasoning."""

    effort: str | None = None
    field: str = EFFORT_FIELD
    """Where the effort comes from."""
    thinking: Thinking | None = None
    """Whether thinking is shown; None leaves it to the settings."""
    mentioned: bool = False
    omitted: bool = False
    """Its text is left out, its signature is not."""


def read_thinking(option: ThinkingOption | None, output: OutputConfig | None) -> Wish:
    """Return the wish of a request.

    Raises:
        InvalidRequest: the option is of an unknown type.
    """
    effort = output.effort if output is not None else None
    if option is None:
        return Wish(effort)
    if option.type not in _KINDS:
        raise InvalidRequest(f"'thinking.type' must be one of {', '.join(_KINDS)}.", param="thinking.type")
    omitted = option.display == "omitted"
    if option.type == "disabled":
        return _wish(effort, "none", "thinking.type", thinking="off")
    if option.type == "enabled":
        budget = None if option.budget_tokens is None else effort_for(option.budget_tokens)
        return _wish(effort, budget, "thinking.budget_tokens", thinking="reasoning_content", omitted=omitted)
    return _wish(effort, None, EFFORT_FIELD, omitted=omitted)


def effort_for(budget: int) -> str:
    """Return the effort that stands for a budget of thinking tokens."""
    return next((word for most, word in _BUDGETS if budget <= most), "high")


def _wish(
    effort: str | None,
    derived: str | None,
    field: str,
    *,
    thinking: Thinking | None = None,
    omitted: bool = False,
) -> Wish:
    """Return a wish whose own effort wins over the one that the thinking stands for."""
    if effort is not None or derived is None:
        return Wish(effort, EFFORT_FIELD, thinking, mentioned=True, omitted=omitted)
    return Wish(derived, field, thinking, mentioned=True, omitted=omitted)
