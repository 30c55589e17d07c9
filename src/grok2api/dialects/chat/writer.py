"""Writes a turn as chat chunks, or as one chat completion.

Clients break on the smallest liberty here: the role comes once, calls come whole, the finish comes once
and last, the usage only when asked for. The text's way is short: what surrounds it is built once per
answer. One of several choices writes its own chunks only; their end is written for all of them. Must never
write anything for an answer that failed, but its error.
Source: https://platform.openai.com/docs/api-reference/chat/streaming; @ai-sdk/xai rejects fragments of calls.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from grok2api.canonical.call import Call
from grok2api.canonical.events import (
    FinishReason,
    ReasoningDelta,
    TextDelta,
    ToolCall,
    TurnEvent,
    TurnFinished,
)
from grok2api.canonical.usage import Usage
from grok2api.dialects.base import View
from grok2api.dialects.chat.answer import cited_urls, tool_call, url_annotations
from grok2api.dialects.chat.arrangement import Arrangement, Shown
from grok2api.dialects.chat.completion import completion_object
from grok2api.dialects.chat.frame import Frame, answer_head
from grok2api.dialects.chat.request import reads_legacy_calls, shows_citations, stop_strings
from grok2api.dialects.openai_errors import error_body
from grok2api.errors import Grok2ApiError
from grok2api.kit.sse import write_data

_encode = msgspec.json.Encoder().encode


class ChatWriter:
    """One answer in the making."""

    def __init__(self, call: Call, view: View) -> None:
        self._call = call
        self._view = view
        self._frame = Frame(call, view)
        self._index = view.choice or 0
        self._arrangement = Arrangement(
            call.thinking or view.thinking, stop_strings(call.body), cites=shows_citations(call.body)
        )
        self._begun = self._finished = False
        self._calls = 0
        self._legacy = reads_legacy_calls(call.body)
        self._delta = self._frame.head + b'{"index":%d,"delta":' % self._index
        self._content = self._delta + b'{"content":'
        self._after_delta = b',"logprobs":null,"finish_reason":null}' + self._frame.end
        self._after_text = b"}" + self._after_delta

    @property
    def may_stop(self) -> bool:
        """Whether the client gave stop strings."""
        return self._arrangement.may_stop

    @property
    def stopped(self) -> bool:
        """Whether a stop string of the client ended the answer; upstream need not go on."""
        return self._arrangement.stopped

    def write(self, events: Sequence[TurnEvent]) -> bytes:
        """Return the chunks for these events, the ending included."""
        out: list[bytes] = []
        for event in events:
            if self._finished:
                break
            for shown in self._arrangement.show(event):
                self._write(shown, out)
            if isinstance(event, TurnFinished):
                self._finish(event.reason, event.usage, out)
        return b"".join(out)

    def finish_stopped(self, usage: Usage | None) -> bytes:
        """Return the ending of an answer that a stop string ended; nothing when it has ended already."""
        out: list[bytes] = []
        if not self._finished:
            for shown in self._arrangement.settle():
                self._write(shown, out)
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
        head = answer_head(self._call, self._view, "chat.completion")
        return _encode(completion_object(head, events, self._arrangement, self._index, legacy=self._legacy))

    def _begin(self, out: list[bytes]) -> None:
        self._begun = True
        out.append(self._delta + b'{"role":"assistant","content":""}' + self._after_delta)

    def _write(self, shown: Shown, out: list[bytes]) -> None:
        if not self._begun:
            self._begin(out)
        if isinstance(shown, TextDelta):
            out.append(self._content + _encode(shown.text) + self._after_text)
        elif isinstance(shown, ReasoningDelta):
            out.append(self._delta + b'{"reasoning_content":' + _encode(shown.text) + self._after_text)
        elif isinstance(shown, ToolCall):
            called = tool_call(shown)
            delta: dict[str, object] = {"tool_calls": [{"index": self._calls, **called}]}
            if self._legacy and not self._calls:
                delta["function_call"] = called["function"]
            self._calls += 1
            out.append(self._delta + _encode(delta) + self._after_delta)
        else:
            out.append(self._delta + b'{"refusal":' + _encode(shown.text) + self._after_text)

    def _finish(self, reason: FinishReason, usage: Usage | None, out: list[bytes]) -> None:
        self._finished = True
        if not self._begun:
            self._begin(out)
        if self._arrangement.citations:
            self._write_citations(out)
        word = _encode(self._arrangement.finish_reason(reason))
        out.append(self._delta + b'{},"logprobs":null,"finish_reason":' + word + b"}" + self._frame.end)
        if self._view.choice is None:
            out.append(self._frame.ending(usage))

    def _write_citations(self, out: list[bytes]) -> None:
        """Write the sources in a chunk of their own: the finish chunk's delta has to be empty."""
        cited = self._arrangement.citations
        noted = _encode({"annotations": url_annotations(cited, self._arrangement.shift)})
        urls = b',"citations":' + _encode(cited_urls(cited)) + b"}\n\n"
        blank = b',"logprobs":null,"finish_reason":null}'
        out.append(self._delta + noted + blank + self._frame.close + urls)
