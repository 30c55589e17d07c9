"""Brings a turn's events into the order and the form that a chat client sees.

Here, and only here, reasoning is shown, tagged or hidden, and a stop string ends the answer; so a stream
and a single object cannot differ. What comes out are events again, each one chunk of a stream. Must never
know how either is written.
"""

from __future__ import annotations

from collections.abc import Sequence

from grok2api.canonical.call import Thinking
from grok2api.canonical.events import (
    Citation,
    FinishReason,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCall,
    TurnEvent,
    TurnFinished,
)
from grok2api.dialects.stops import StopCutter

Shown = TextDelta | ReasoningDelta | RefusalDelta | ToolCall

_OPEN = "<think>\n"
_CLOSE = "\n</think>\n\n"
"""As DeepSeek's models write them; clients that look for tags know this form."""


class Arrangement:
    """The visible side of one answer."""

    __slots__ = ("_called", "_cites", "_cutter", "_in_tags", "_thinking", "citations", "shift")

    def __init__(self, thinking: Thinking, stops: Sequence[str], *, cites: bool = True) -> None:
        self._thinking = thinking
        self._cites = cites
        self._cutter = StopCutter(stops) if stops else None
        self._in_tags = self._called = False
        self.citations: list[Citation] = []
        self.shift = 0
        """How many characters of tagged reasoning stand in the text, before what citations count in."""

    @property
    def may_stop(self) -> bool:
        """Whether a stop string may end the answer."""
        return self._cutter is not None

    @property
    def stopped(self) -> bool:
        """Whether a stop string has ended the answer."""
        return self._cutter is not None and self._cutter.stopped

    def show(self, event: TurnEvent) -> Sequence[Shown]:
        """Return what of `event`, and of what was held back before it, is to be seen now."""
        if isinstance(event, TextDelta):
            if self._cutter is None and not self._in_tags:
                return (event,) if event.text else ()
            return self._text(event.text if self._cutter is None else self._cutter.feed(event.text))
        if isinstance(event, TurnFinished):
            return self.settle()
        return () if self.stopped else self._other(event)

    def settle(self) -> Sequence[Shown]:
        """Return what is pending, before something that is no text or the end."""
        return (*self._held(), *self._closing())

    def finish_reason(self, reason: FinishReason) -> FinishReason:
        """Return the reason that fits what was shown: `tool_calls` exactly when calls were."""
        if not self.stopped and reason in {"length", "content_filter"}:
            return reason
        return "tool_calls" if self._called else "stop"

    def _other(self, event: TurnEvent) -> Sequence[Shown]:
        if isinstance(event, ReasoningDelta):
            return self._reasoning(event) if event.text and self._thinking != "off" else ()
        if isinstance(event, Citation):
            if self._cites:
                self.citations.append(event)
        elif isinstance(event, ToolCall):
            self._called = True
            return (*self.settle(), event)
        elif isinstance(event, RefusalDelta) and event.text:
            return (*self.settle(), event)
        return ()

    def _text(self, text: str) -> Sequence[Shown]:
        return (*self._closing(), TextDelta(text)) if text else ()

    def _held(self) -> Sequence[Shown]:
        return self._text(self._cutter.flush()) if self._cutter is not None else ()

    def _reasoning(self, event: ReasoningDelta) -> Sequence[Shown]:
        if self._thinking == "reasoning_content":
            return (event,)
        held = self._held()
        text = event.text if self._in_tags else _OPEN + event.text
        self._in_tags = True
        self.shift += len(text)
        return (*held, TextDelta(text))

    def _closing(self) -> Sequence[Shown]:
        if not self._in_tags:
            return ()
        self._in_tags = False
        self.shift += len(_CLOSE)
        return (TextDelta(_CLOSE),)
