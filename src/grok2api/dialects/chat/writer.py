"""Writes a turn as chat chunks, or as one chat completion.

Clients break on the smallest liberty here: the role comes once, calls come whole, the finish comes once
and last, the usage only when asked for. The text's way is short: what surrounds it is built once per
answer. Must never write anything for an answer that failed, but its error.
Source: https://platform.openai.com/docs/api-reference/chat/streaming; @ai-sdk/xai rejects fragments of calls.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from grok2api.canonical.call import Call
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
from grok2api.canonical.usage import Usage
from grok2api.dialects.base import View
from grok2api.dialects.chat.answer import (
    annotations,
    cited_urls,
    completion_id,
    finish_reason,
    tool_call,
    usage_object,
)
from grok2api.dialects.chat.completion import completion_object
from grok2api.dialects.chat.request import stop_strings, wants_usage
from grok2api.dialects.chat.stops import StopCutter
from grok2api.dialects.chat.think_tags import CLOSE, OPEN
from grok2api.dialects.openai_errors import error_body
from grok2api.errors import Grok2ApiError
from grok2api.kit.sse import write_data

_encode = msgspec.json.Encoder().encode
_DONE = b"data: [DONE]\n\n"


class ChatWriter:
    """One answer in the making."""

    def __init__(self, call: Call, view: View) -> None:
        self._id, self._model, self._created = completion_id(call.request_id), call.model, view.created
        self._thinking = call.thinking or view.thinking
        stops = stop_strings(call.body)
        self._cutter = StopCutter(stops) if stops else None
        self._wants_usage = wants_usage(call.body)
        head = {
            "id": self._id,
            "object": "chat.completion.chunk",
            "created": self._created,
            "model": self._model,
        }
        self._head = b"data: " + _encode(head)[:-1] + b',"choices":['
        self._delta = self._head + b'{"index":0,"delta":'
        self._content = self._delta + b'{"content":'
        self._reasoning = self._delta + b'{"reasoning_content":'
        self._tail = b"]" + (b',"usage":null' if self._wants_usage else b"")
        self._after_delta = b',"logprobs":null,"finish_reason":null}' + self._tail + b"}\n\n"
        self._after_text = b"}" + self._after_delta
        self._begun = self._finished = self._in_tags = False
        self._calls = 0
        self._shift = 0
        self._citations: list[Citation] = []

    @property
    def stopped(self) -> bool:
        """Whether a stop string of the client ended the answer; upstream need not go on."""
        return self._cutter is not None and self._cutter.stopped

    def write(self, events: Sequence[TurnEvent]) -> bytes:
        """Return the chunks for these events, the ending included."""
        out: list[bytes] = []
        for event in events:
            if self._finished:
                break
            if isinstance(event, TextDelta):
                self._write_text(event.text, out)
            elif isinstance(event, TurnFinished):
                self._finish(event.reason, event.usage, out)
            elif not self.stopped:
                self._write_other(event, out)
        return b"".join(out)

    def finish_stopped(self, usage: Usage | None) -> bytes:
        """Return the ending of an answer that a stop string ended; nothing when it has ended already."""
        out: list[bytes] = []
        if not self._finished:
            self._finish("stop", usage, out)
        return b"".join(out)

    def fail(self, error: Grok2ApiError) -> bytes:
        """Return the bytes that end a stream after an error: no finish chunk and no `[DONE]`."""
        if self._finished:
            return b""
        self._finished = True
        return write_data(error_body(error))

    def whole(self, events: Sequence[TurnEvent]) -> bytes:
        """Return the chat completion for a finished turn."""
        head: dict[str, object] = {
            "id": self._id,
            "object": "chat.completion",
            "created": self._created,
            "model": self._model,
        }
        return _encode(completion_object(head, events, thinking=self._thinking, cutter=self._cutter))

    def _begin(self, out: list[bytes]) -> None:
        if not self._begun:
            self._begun = True
            out.append(self._delta + b'{"role":"assistant","content":""}' + self._after_delta)

    def _write_text(self, text: str, out: list[bytes]) -> None:
        if self._cutter is not None:
            text = self._cutter.feed(text)
        if text:
            self._append_text(text, out)

    def _append_text(self, text: str, out: list[bytes]) -> None:
        if not self._begun:
            self._begin(out)
        if self._in_tags:
            self._close_tags(out)
        out.append(self._content + _encode(text) + self._after_text)

    def _write_other(self, event: TurnEvent, out: list[bytes]) -> None:
        if isinstance(event, ReasoningDelta):
            self._write_reasoning(event.text, out)
        elif isinstance(event, Citation):
            self._citations.append(event)
        elif isinstance(event, ToolCall):
            self._settle(out)
            self._write_call(event, out)
        elif isinstance(event, RefusalDelta) and event.text:
            self._settle(out)
            out.append(self._delta + b'{"refusal":' + _encode(event.text) + self._after_text)

    def _write_reasoning(self, text: str, out: list[bytes]) -> None:
        if self._thinking == "off" or not text:
            return
        self._flush_text(out)
        self._begin(out)
        if self._thinking == "reasoning_content":
            out.append(self._reasoning + _encode(text) + self._after_text)
            return
        if not self._in_tags:
            self._in_tags, text = True, OPEN + text
        self._shift += len(text)
        out.append(self._content + _encode(text) + self._after_text)

    def _close_tags(self, out: list[bytes]) -> None:
        self._in_tags = False
        self._shift += len(CLOSE)
        out.append(self._content + _encode(CLOSE) + self._after_text)

    def _flush_text(self, out: list[bytes]) -> None:
        held = self._cutter.flush() if self._cutter is not None else ""
        if held:
            self._append_text(held, out)

    def _settle(self, out: list[bytes]) -> None:
        """Bring out what is pending before something that is no text."""
        self._flush_text(out)
        self._begin(out)
        if self._in_tags:
            self._close_tags(out)

    def _write_call(self, call: ToolCall, out: list[bytes]) -> None:
        indexed = {"index": self._calls, **tool_call(call)}
        self._calls += 1
        out.append(self._delta + _encode({"tool_calls": [indexed]}) + self._after_delta)

    def _finish(self, reason: FinishReason, usage: Usage | None, out: list[bytes]) -> None:
        self._settle(out)
        self._finished = True
        if self._citations:
            self._write_citations(out)
        told = "stop" if self.stopped else reason
        word = _encode(finish_reason(told, called=self._calls > 0))
        out.append(self._delta + b'{},"logprobs":null,"finish_reason":' + word + b"}" + self._tail + b"}\n\n")
        if self._wants_usage:
            out.append(self._head + b'],"usage":' + _encode(usage_object(usage)) + b"}\n\n")
        out.append(_DONE)

    def _write_citations(self, out: list[bytes]) -> None:
        noted = _encode({"annotations": annotations(self._citations, self._shift)})
        urls = b',"citations":' + _encode(cited_urls(self._citations)) + b"}\n\n"
        out.append(self._delta + noted + self._after_delta[: -len(b"}\n\n")] + urls)
