"""Brings a turn's events into the blocks that a Messages client sees: one open at a time, none left out.

Here, and only here, thinking is shown or hidden, signed and ended, and a stop string ends the answer; so a
stream and a single object cannot differ. Must never know how either is written.
Source: https://docs.anthropic.com/en/docs/build-with-claude/streaming
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from grok2api.canonical.events import (
    Citation,
    FinishReason,
    ReasoningDelta,
    ReasoningSealed,
    RefusalDelta,
    TextDelta,
    ToolCall,
    TurnEvent,
    TurnFinished,
)
from grok2api.dialects.stops import StopCutter

Shape = Mapping[str, Any]
Display = Literal["shown", "signed", "hidden"]
"""Thinking with its text, with its signature only, or not at all."""
StopReason = Literal["end_turn", "max_tokens", "stop_sequence", "tool_use", "refusal"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A block begins."""

    block: Shape


@dataclass(frozen=True, slots=True)
class Grew:
    """The open block grows."""

    delta: Shape


@dataclass(frozen=True, slots=True)
class Closed:
    """The open block ends."""


Step = Opened | Grew | Closed

_CLOSED = Closed()
_TEXT: Shape = MappingProxyType({"type": "text", "text": ""})
_THINKING: Shape = MappingProxyType({"type": "thinking", "thinking": "", "signature": ""})
_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Arrangement:
    """The visible side of one answer.

    Args:
        display: What is shown of thinking.
        stops: Strings at which the answer ends.
        sign: Makes the signature of a thinking block from what only upstream can read (empty if nothing is).
    """

    __slots__ = ("_called", "_cutter", "_display", "_open", "_pending", "_refused", "_sign", "_spoken")

    def __init__(self, display: Display, stops: Sequence[str], sign: Callable[[str], str]) -> None:
        self._display = display
        self._cutter = StopCutter(stops) if stops else None
        self._sign = sign
        self._open: Literal["", "text", "thinking"] = ""
        self._pending: list[str] = []
        """What was sealed after text: shown only if more follows, for it may just have come late."""
        self._called = self._refused = self._spoken = False

    @property
    def may_stop(self) -> bool:
        """Whether a stop string may end the answer."""
        return self._cutter is not None

    @property
    def stopped(self) -> bool:
        """Whether a stop string has ended the answer."""
        return self._cutter is not None and self._cutter.stopped

    @property
    def plain(self) -> bool:
        """Whether a piece of text is shown as it comes, as more of an open block of text."""
        return self._open == "text" and self._cutter is None

    def show(self, event: TurnEvent) -> Iterator[Step]:
        """Yield what of `event`, and of what was held back before it, is to be seen now."""
        if isinstance(event, TextDelta):
            yield from self._text(event.text if self._cutter is None else self._cutter.feed(event.text))
        elif isinstance(event, TurnFinished):
            yield from self.settle()
        elif not self.stopped:
            yield from self._other(event)

    def settle(self) -> Iterator[Step]:
        """Yield what is pending at the end."""
        yield from self._held()
        yield from self._close()

    def stop(self, reason: FinishReason) -> tuple[StopReason, str | None]:
        """Return the reason that fits what was shown, and the stop string if one was met."""
        if self._cutter is not None and self._cutter.met is not None:
            return "stop_sequence", self._cutter.met
        if self._refused or reason == "content_filter":
            return "refusal", None
        if reason == "length":
            return "max_tokens", None
        return ("tool_use" if self._called else "end_turn"), None

    def _other(self, event: TurnEvent) -> Iterator[Step]:
        if isinstance(event, ReasoningDelta):
            yield from self._reasoning(event.text)
        elif isinstance(event, ReasoningSealed):
            yield from self._seal(event.encrypted)
        elif isinstance(event, Citation):
            yield from self._cite(event)
        elif isinstance(event, ToolCall):
            yield from self._call(event)
        elif isinstance(event, RefusalDelta):
            self._refused = True
            yield from self._held()
            yield from self._text(event.text)

    def _text(self, text: str) -> Iterator[Step]:
        if not text:
            return
        if self._open != "text":
            yield from self._begin("text", _TEXT)
            self._spoken = True
        yield Grew({"type": "text_delta", "text": text})

    def _held(self) -> Iterator[Step]:
        if self._cutter is not None:
            yield from self._text(self._cutter.flush())

    def _reasoning(self, text: str) -> Iterator[Step]:
        if self._display == "hidden":
            return
        if self._open != "thinking":
            text = text.lstrip("\n")  # the reader sets the paragraphs of two items apart, blocks do the same
            yield from self._held()
            yield from self._begin("thinking", _THINKING)
        if text and self._display == "shown":
            yield Grew({"type": "thinking_delta", "thinking": text})

    def _seal(self, encrypted: str) -> Iterator[Step]:
        if self._display == "hidden":
            return
        if self._open == "thinking":
            self._open = ""
            yield from self._sign_and_close(encrypted)
        elif self._spoken:
            self._pending.append(encrypted)
        else:
            yield Opened(dict(_THINKING))
            yield from self._sign_and_close(encrypted)

    def _cite(self, citation: Citation) -> Iterator[Step]:
        if self._open == "text":
            location = {
                "type": "web_search_result_location",
                "cited_text": "",
                "encrypted_index": "",
                "title": citation.title or citation.url,
                "url": citation.url,
            }
            yield Grew({"type": "citations_delta", "citation": location})

    def _call(self, call: ToolCall) -> Iterator[Step]:
        yield from self._held()
        yield from self._begin("", {"type": "tool_use", "id": call.call_id, "name": call.name, "input": {}})
        self._called = self._spoken = True
        yield Grew({"type": "input_json_delta", "partial_json": _object_text(call.arguments)})
        yield _CLOSED

    def _begin(self, kind: Literal["", "text", "thinking"], block: Shape) -> Iterator[Step]:
        yield from self._close()
        while self._pending:
            sealed = self._pending.pop(0)
            yield Opened(dict(_THINKING))
            yield from self._sign_and_close(sealed)
        self._open = kind
        yield Opened(dict(block))

    def _close(self) -> Iterator[Step]:
        was, self._open = self._open, ""
        if was == "thinking":
            yield from self._sign_and_close("")
        elif was:
            yield _CLOSED

    def _sign_and_close(self, encrypted: str) -> Iterator[Step]:
        yield Grew({"type": "signature_delta", "signature": self._sign(encrypted)})
        yield _CLOSED


def _object_text(arguments: str) -> str:
    """Return a call's arguments as the text of a JSON object; what is none becomes a value of one."""
    try:
        _decode_object(arguments)
    except (msgspec.DecodeError, RecursionError):
        return msgspec.json.encode({"arguments": arguments}).decode() if arguments.strip() else "{}"
    return arguments
