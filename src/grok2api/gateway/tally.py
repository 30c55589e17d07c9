"""An estimate of what a turn used, for an answer of which upstream was not heard to the end.

A client that leaves, a stream that breaks, a stop string: upstream has no chance to tell its usage then, yet
what was sent and what was said until then may have to be paid. So both are counted by the rule of
`dialects.prompt_size`, and told as an estimate. Must never stand in for what upstream says itself, and never
count before it is asked to: most answers are heard to their end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from grok2api.canonical.events import ReasoningDelta, RefusalDelta, TextDelta, ToolCall, TurnEvent
from grok2api.canonical.plan import Surface
from grok2api.canonical.usage import Usage
from grok2api.dialects.base import Heard
from grok2api.dialects.prompt_size import estimated, measured

_LOOKED_AT: Final = 16_384
"""Characters of each text that are counted; what is beyond is projected. A client that leaves is no reason to
keep all others waiting."""

Guess = Callable[[Heard], Usage]
"""Returns an estimate from what was heard; what was sent is known to it."""


class Tally:
    """What one attempt of a turn has heard."""

    __slots__ = ("_said", "_thought")

    def __init__(self) -> None:
        self._said: list[str] = []
        self._thought: list[str] = []

    def hear(self, events: Sequence[TurnEvent]) -> None:
        """Take down what was said."""
        for event in events:
            if isinstance(event, TextDelta | RefusalDelta):
                self._said.append(event.text)
            elif isinstance(event, ReasoningDelta):
                self._thought.append(event.text)
            elif isinstance(event, ToolCall):
                self._said += (event.name, event.arguments)

    @property
    def heard(self) -> Heard:
        """Return it as text."""
        return Heard("".join(self._said), "".join(self._thought))


def guessed(sent: bytes, surface: Surface, heard: Heard, before: Iterable[bytes] = ()) -> Usage:
    """Return the estimate.

    Args:
        sent: The body that went upstream.
        surface: Which of upstream's surfaces it is for.
        heard: What came down.
        before: Items of the conversation that it goes on from, as far as they are known here.
    """
    thought = _count(heard.thought)
    return Usage(
        input=_prompt(sent, surface, before),
        output=_count(heard.said) + thought,
        reasoning=thought,
        estimated=True,
    )


def _prompt(sent: bytes, surface: Surface, before: Iterable[bytes]) -> int:
    if surface == "chat":
        return _count(sent.decode("utf-8", "replace"))
    prompt = measured(sent, before)
    return prompt.fixed + _count(prompt.text)


def _count(text: str) -> int:
    return estimated(text, within=_LOOKED_AT)
