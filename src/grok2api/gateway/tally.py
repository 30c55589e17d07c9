"""An estimate of what a turn used, for an answer that upstream was not heard to the end of.

A stop string ends an answer before upstream tells its usage, yet what was said until then is paid. So what
went up and what came down is counted by the rule of `dialects.prompt_size`, and told as an estimate. Must
never stand in for what upstream says itself, and never count while nothing asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from grok2api.canonical.events import ReasoningDelta, RefusalDelta, TextDelta, ToolCall, TurnEvent
from grok2api.canonical.plan import Surface
from grok2api.canonical.usage import Usage
from grok2api.dialects.prompt_size import estimated, measured


class Tally:
    """What one attempt sent and heard.

    Args:
        sent: The body that went upstream.
        surface: Which of upstream's surfaces it is for.
    """

    __slots__ = ("_said", "_sent", "_surface", "_thought")

    def __init__(self, sent: bytes, surface: Surface) -> None:
        self._sent = sent
        self._surface = surface
        self._said: list[str] = []
        self._thought: list[str] = []

    def hear(self, events: Sequence[TurnEvent]) -> None:
        """Take down what was said."""
        for event in events:
            if isinstance(event, ReasoningDelta):
                self._thought.append(event.text)
            elif isinstance(event, TextDelta | RefusalDelta):
                self._said.append(event.text)
            elif isinstance(event, ToolCall):
                self._said += (event.name, event.arguments)

    def usage(self) -> Usage:
        """Return the estimate."""
        thought = estimated("".join(self._thought))
        return Usage(
            input=self._prompt(),
            output=estimated("".join(self._said)) + thought,
            reasoning=thought,
            estimated=True,
        )

    def _prompt(self) -> int:
        if self._surface == "chat":
            return estimated(self._sent.decode("utf-8", "replace"))
        prompt = measured(self._sent)
        return prompt.fixed + estimated(prompt.text)
