"""Reads xAI's chat completions into a turn.

The first chunk already carries an answer, calls come whole but are put together anyway, and the usage comes
after the finish: the turn ends when both are known, or when the stream ends. Must never end a turn for which
upstream gave no reason.
Source: xai-api.md §2.2, §3.1; captured streams.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from grok2api.canonical.events import (
    Citation,
    FinishReason,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCall,
    TurnEvent,
    TurnFailed,
    TurnFinished,
    TurnStarted,
)
from grok2api.canonical.usage import Usage, usage_from_chat
from grok2api.canonical.wire import DONE
from grok2api.kit.sse import Frame
from grok2api.upstream.xai.stream_failure import failure_of


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: str | None = None


class _Call(msgspec.Struct):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Said(msgspec.Struct):
    """A chunk's delta or a whole message: they have the same keys."""

    content: str | None = None
    reasoning_content: str | None = None
    refusal: str | None = None
    tool_calls: list[_Call] | None = None


class _Choice(msgspec.Struct):
    delta: _Said | None = None
    message: _Said | None = None
    finish_reason: str | None = None


class _Chunk(msgspec.Struct):
    id: str = ""
    model: str | None = None
    created: int = 0
    choices: list[_Choice] | None = None
    usage: dict[str, Any] | None = None
    citations: list[Any] | None = None
    system_fingerprint: str | None = None
    error: msgspec.Raw = msgspec.Raw()


@dataclass(slots=True)
class _Pending:
    """A call that may still grow."""

    index: int | None
    call_id: str
    name: str = ""
    arguments: list[str] = field(default_factory=list)


_NO_ERROR = frozenset({b"", b"null"})
_decode_chunk = msgspec.json.Decoder(_Chunk).decode
_decode_object = msgspec.json.Decoder(dict[str, Any]).decode


class ChatReader:
    """Reads one answer, streamed or whole."""

    def __init__(self) -> None:
        self._started = self._ended = self._answered = False
        self._pending: _Pending | None = None
        self._calls = 0
        self._reason: FinishReason | None = None
        self._usage: Usage | None = None
        self._fingerprint: str | None = None
        self._cited: set[str] = set()

    def feed(self, frames: Sequence[Frame]) -> list[TurnEvent]:
        """Return the events of these frames.

        Raises:
            ValueError: a frame cannot be read.
        """
        events: list[TurnEvent] = []
        for frame in frames:
            if self._ended:
                break
            data = frame.data.strip()
            if data == DONE:
                events.extend(self._done())
            elif data:
                events.extend(self._chunk(data))
        return events

    def end(self) -> list[TurnEvent]:
        """Return what the end of the stream itself says: the ending, if upstream had given its reason."""
        return list(self._finish()) if self._reason is not None and not self._ended else []

    def whole(self, content: bytes) -> list[TurnEvent]:
        """Return the events of a non-streamed answer.

        Raises:
            ValueError: it is no chat completion.
        """
        events = list(self._chunk(content))
        if not events or not isinstance(events[-1], TurnFailed):
            events.extend(self._done())
        if not self._ended:
            raise ValueError("not a finished chat completion")
        return events

    def _chunk(self, data: bytes) -> Iterator[TurnEvent]:
        chunk = _decode_chunk(data)
        if bytes(chunk.error) not in _NO_ERROR:
            self._ended = True
            yield failure_of(_decode_object(data))
            return
        if not self._started and chunk.choices is not None:
            self._started = True
            yield TurnStarted(chunk.id, chunk.model or "", chunk.created)
        self._fingerprint = chunk.system_fingerprint or self._fingerprint
        if chunk.usage is not None:
            self._usage = usage_from_chat(chunk.usage)
        for choice in (chunk.choices or ())[:1]:
            yield from self._choice(choice)
        for url in chunk.citations or ():
            if isinstance(url, str) and url not in self._cited:
                self._cited.add(url)
                yield Citation(url)
        if self._reason is not None and chunk.usage is not None and not chunk.choices:
            yield from self._finish()

    def _choice(self, choice: _Choice) -> Iterator[TurnEvent]:
        said = choice.delta or choice.message
        if said is not None:
            yield from self._said(said)
        if choice.finish_reason is not None:
            yield from self._completed_call()
            self._reason = _finish_reason(choice.finish_reason, called=self._calls > 0)

    def _said(self, said: _Said) -> Iterator[TurnEvent]:
        self._answered = self._answered or bool(said.content or said.refusal or said.tool_calls)
        if said.reasoning_content:
            yield ReasoningDelta(said.reasoning_content)
        if said.content:
            yield TextDelta(said.content)
        if said.refusal:
            yield RefusalDelta(said.refusal)
        for call in said.tool_calls or ():
            yield from self._gather(call)

    def _gather(self, piece: _Call) -> Iterator[TurnEvent]:
        """Add a piece to the call it belongs to; a piece of another call completes the one before."""
        pending = self._pending
        if pending is None or self._begins(piece, pending):
            yield from self._completed_call()
            pending = self._pending = _Pending(piece.index, piece.id or f"call_{self._calls}")
        if piece.function is not None:
            pending.name = pending.name or piece.function.name or ""
            pending.arguments.append(piece.function.arguments or "")

    @staticmethod
    def _begins(piece: _Call, pending: _Pending) -> bool:
        if piece.id is not None:
            return piece.id != pending.call_id
        return piece.index is not None and piece.index != pending.index

    def _completed_call(self) -> Iterator[TurnEvent]:
        pending, self._pending = self._pending, None
        if pending is not None:
            self._calls += 1
            yield ToolCall(pending.call_id, pending.name, "".join(pending.arguments) or "{}")

    def _done(self) -> Iterator[TurnEvent]:
        """End the turn at the end that upstream marked itself; it may have left the reason null."""
        if self._reason is None and self._answered:
            yield from self._completed_call()
            self._reason = "tool_calls" if self._calls else "stop"
        if self._reason is not None:
            yield from self._finish()

    def _finish(self) -> Iterator[TurnEvent]:
        self._ended = True
        yield TurnFinished(self._reason or "stop", self._usage, self._fingerprint)


def _finish_reason(reason: str, *, called: bool) -> FinishReason:
    if reason in {"length", "max_tokens"}:
        return "length"
    if reason == "content_filter":
        return "content_filter"
    return "tool_calls" if called or reason in {"tool_calls", "function_call"} else "stop"
