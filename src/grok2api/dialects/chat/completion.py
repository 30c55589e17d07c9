"""Puts a whole turn together as one chat completion.

Must say the same as the stream of the same turn: a client may switch between the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grok2api.canonical.call import Thinking
from grok2api.canonical.events import (
    Citation,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCall,
    TurnEvent,
    TurnFinished,
)
from grok2api.dialects.chat.answer import annotations, cited_urls, finish_reason, tool_call, usage_object
from grok2api.dialects.chat.stops import StopCutter
from grok2api.dialects.chat.think_tags import CLOSE, OPEN


@dataclass(slots=True)
class _Gathered:
    """The pieces of an answer, as they came."""

    thinking: Thinking
    cutter: StopCutter | None
    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    refusal: list[str] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    shift: int = 0
    finished: TurnFinished = field(default_factory=lambda: TurnFinished("stop", None))
    in_tags: bool = False

    @property
    def stopped(self) -> bool:
        return self.cutter is not None and self.cutter.stopped

    def take(self, event: TurnEvent) -> None:
        if isinstance(event, TurnFinished):
            self.settle()
            self.finished = event
        elif self.stopped:
            return
        elif isinstance(event, TextDelta):
            self._say(event.text if self.cutter is None else self.cutter.feed(event.text))
        elif isinstance(event, ReasoningDelta):
            self._reason(event.text)
        elif isinstance(event, RefusalDelta):
            self.settle()
            self.refusal.append(event.text)
        elif isinstance(event, ToolCall):
            self.settle()
            self.calls.append(event)
        elif isinstance(event, Citation):
            self.citations.append(event)

    def settle(self) -> None:
        """Bring out what is pending before something that is no text."""
        self._say(self.cutter.flush() if self.cutter is not None else "")
        self._close_tags()

    def _say(self, text: str) -> None:
        if text:
            self._close_tags()
            self.text.append(text)

    def _close_tags(self) -> None:
        if self.in_tags:
            self.in_tags = False
            self.text.append(CLOSE)
            self.shift += len(CLOSE)

    def _reason(self, text: str) -> None:
        if self.thinking == "off" or not text:
            return
        self._say(self.cutter.flush() if self.cutter is not None else "")
        if self.thinking == "reasoning_content":
            self.reasoning.append(text)
            return
        if not self.in_tags:
            self.in_tags, text = True, OPEN + text
        self.shift += len(text)
        self.text.append(text)


def completion_object(
    head: Mapping[str, object],
    events: Sequence[TurnEvent],
    *,
    thinking: Thinking,
    cutter: StopCutter | None,
) -> dict[str, object]:
    """Return the completion; `head` holds its id, object, created and model."""
    gathered = _Gathered(thinking, cutter)
    for event in events:
        gathered.take(event)
    gathered.settle()
    finished = gathered.finished
    reason = finish_reason("stop" if gathered.stopped else finished.reason, called=bool(gathered.calls))
    choice = {"index": 0, "message": _message(gathered), "logprobs": None, "finish_reason": reason}
    result: dict[str, object] = {**head, "choices": [choice], "usage": usage_object(finished.usage)}
    if gathered.citations:
        result["citations"] = cited_urls(gathered.citations)
    if finished.fingerprint:
        result["system_fingerprint"] = finished.fingerprint
    return result


def _message(gathered: _Gathered) -> dict[str, object]:
    text = "".join(gathered.text)
    message: dict[str, object] = {"role": "assistant", "content": text if text or not gathered.calls else None}
    if gathered.reasoning:
        message["reasoning_content"] = "".join(gathered.reasoning)
    message["refusal"] = "".join(gathered.refusal) or None
    message["annotations"] = annotations(gathered.citations, gathered.shift)
    if gathered.calls:
        message["tool_calls"] = [tool_call(call) for call in gathered.calls]
    return message
