"""Reads xAI's Responses surface into a turn.

Text and reasoning come as deltas, the rest as whole items; whatever upstream left out of its deltas is
taken from the item or the final object, once. Searches that xAI ran itself are not the client's calls and
stay hidden. Unknown events are skipped, so new ones do no harm. Must never decode more of a delta than its
text: this is the hottest code of the gateway.
Source: xai-api.md §2.3, §3.2; captured streams.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

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
    TurnFailed,
    TurnFinished,
    TurnStarted,
)
from grok2api.canonical.usage import usage_from_responses
from grok2api.canonical.wire import DONE, event_type
from grok2api.kit.sse import Frame
from grok2api.upstream.xai.stream_failure import failure_of

_TEXT_DELTA = b"response.output_text.delta"


class _Delta(msgspec.Struct):
    delta: str
    output_index: int = 0
    content_index: int = 0


class _ReasoningPiece(msgspec.Struct):
    delta: str
    output_index: int = 0
    summary_index: int = 0
    content_index: int = 0


class _Annotation(msgspec.Struct):
    type: str = ""
    url: str | None = None
    title: str | None = None
    start_index: int | None = None
    end_index: int | None = None


class _AnnotationAdded(msgspec.Struct):
    annotation: _Annotation


class _Done(msgspec.Struct):
    output_index: int = 0
    content_index: int = 0
    text: str | None = None
    refusal: str | None = None
    arguments: str | None = None


class _Part(msgspec.Struct):
    type: str = ""
    text: str | None = None
    refusal: str | None = None
    annotations: list[_Annotation] | None = None


class _Kind(msgspec.Struct):
    type: str = ""


class _Message(msgspec.Struct):
    content: list[_Part] | None = None


class _FunctionCall(msgspec.Struct):
    name: str
    id: str | None = None
    call_id: str | None = None
    arguments: str | None = None


class _Reasoning(msgspec.Struct):
    id: str | None = None
    encrypted_content: str | None = None
    summary: list[_Part] | None = None
    content: list[_Part] | None = None


class _ItemDone(msgspec.Struct):
    item: msgspec.Raw
    output_index: int = 0


class _Response(msgspec.Struct):
    id: str = ""
    model: str | None = None
    created_at: int | float | None = None
    status: str | None = None
    output: list[msgspec.Raw] | None = None
    usage: dict[str, Any] | None = None
    error: Any = None
    incomplete_details: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    system_fingerprint: str | None = None


class _Enveloped(msgspec.Struct):
    response: _Response


_decode_delta = msgspec.json.Decoder(_Delta).decode
_decode_reasoning_piece = msgspec.json.Decoder(_ReasoningPiece).decode
_decode_annotation = msgspec.json.Decoder(_AnnotationAdded).decode
_decode_done = msgspec.json.Decoder(_Done).decode
_decode_item_done = msgspec.json.Decoder(_ItemDone).decode
_decode_enveloped = msgspec.json.Decoder(_Enveloped).decode
_decode_response = msgspec.json.Decoder(_Response).decode
_decode_kind = msgspec.json.Decoder(_Kind).decode
_decode_object = msgspec.json.Decoder(dict[str, Any]).decode


class ResponsesReader:
    """Reads one answer, streamed or whole."""

    def __init__(self) -> None:
        self._started = self._ended = self._cited = False
        self._told: set[tuple[int, int]] = set()
        """Output and content index of each part whose text, or refusal, has been told."""
        self._reasoned: dict[int, bytes] = {}
        """Which of its two texts, summary or content, tells the reasoning of each item, by output index."""
        self._paragraph: tuple[int, int, int] | None = None
        self._arguments: dict[int, str] = {}
        self._called: set[str] = set()
        self._sealed: set[str] = set()

    def feed(self, frames: Sequence[Frame]) -> list[TurnEvent]:
        """Return the events of these frames.

        Raises:
            ValueError: a frame cannot be read.
        """
        events: list[TurnEvent] = []
        for frame in frames:
            if self._ended:
                break
            kind = event_type(frame)
            if kind == _TEXT_DELTA:
                piece = _decode_delta(frame.data)
                self._told.add((piece.output_index, piece.content_index))
                events.append(TextDelta(piece.delta))
            elif kind in self._HANDLERS:
                events.extend(self._HANDLERS[kind](self, frame.data))
            elif not kind and frame.data.strip() not in {b"", DONE}:
                events.extend(self._untyped(frame.data))
        return events

    def end(self) -> list[TurnEvent]:
        """Return what the end of the stream itself says: nothing, an answer ends with its own event."""
        return []

    def whole(self, content: bytes) -> list[TurnEvent]:
        """Return the events of a non-streamed answer.

        Raises:
            ValueError: it is no response, or not a finished one.
        """
        response = _decode_response(content)
        if response.status == "failed" or (response.output is None and response.error):
            return [self._fail(_decode_object(content))]
        if response.output is None or response.status in {"in_progress", "queued"}:
            raise ValueError("not a finished response")
        return [*self._start(response), *self._finish(response, response.status or "completed")]

    def _start(self, response: _Response) -> Iterator[TurnEvent]:
        if not self._started:
            self._started = True
            yield TurnStarted(response.id, response.model or "", int(response.created_at or 0))

    def _created(self, data: bytes) -> Iterator[TurnEvent]:
        yield from self._start(_decode_enveloped(data).response)

    def _summary_delta(self, data: bytes) -> Iterator[TurnEvent]:
        yield from self._reasoning_delta(data, b"summary")

    def _content_delta(self, data: bytes) -> Iterator[TurnEvent]:
        yield from self._reasoning_delta(data, b"content")

    def _reasoning_delta(self, data: bytes, text: bytes) -> Iterator[TurnEvent]:
        """Tell a piece of reasoning; an item that comes with both of its texts is told by its first one."""
        piece = _decode_reasoning_piece(data)
        if piece.delta and self._reasoned.setdefault(piece.output_index, text) == text:
            yield self._paragraphed(
                piece.delta, (piece.output_index, piece.summary_index, piece.content_index)
            )

    def _paragraphed(self, text: str, paragraph: tuple[int, int, int]) -> ReasoningDelta:
        if self._paragraph not in {None, paragraph}:
            text = "\n\n" + text
        self._paragraph = paragraph
        return ReasoningDelta(text)

    def _refusal_delta(self, data: bytes) -> Iterator[TurnEvent]:
        piece = _decode_delta(data)
        self._told.add((piece.output_index, piece.content_index))
        yield RefusalDelta(piece.delta)

    def _annotation_added(self, data: bytes) -> Iterator[TurnEvent]:
        yield from self._cite([_decode_annotation(data).annotation])

    def _cite(self, annotations: Sequence[_Annotation]) -> Iterator[TurnEvent]:
        for found in annotations:
            if found.url and found.type in {"url_citation", ""}:
                self._cited = True
                yield Citation(found.url, found.title or "", found.start_index or 0, found.end_index or 0)

    def _part_done(self, data: bytes) -> Iterator[TurnEvent]:
        done = _decode_done(data)
        yield from self._part(done.text, done.refusal, (done.output_index, done.content_index))

    def _part(self, text: str | None, refusal: str | None, place: tuple[int, int]) -> Iterator[TurnEvent]:
        """Tell a finished part of which no delta came."""
        if place in self._told or not (text or refusal):
            return
        self._told.add(place)
        yield TextDelta(text) if text else RefusalDelta(refusal or "")

    def _arguments_done(self, data: bytes) -> Iterator[TurnEvent]:
        """Keep the arguments: a finished item may come without them."""
        done = _decode_done(data)
        self._arguments[done.output_index] = done.arguments or ""
        yield from ()

    def _item_done(self, data: bytes) -> Iterator[TurnEvent]:
        done = _decode_item_done(data)
        yield from self._item(done.item, done.output_index, texts=True)

    def _item(self, item: msgspec.Raw, output_index: int, *, texts: bool) -> Iterator[TurnEvent]:
        """Tell what of a finished item was not told yet; `texts` as well as calls."""
        kind = _decode_kind(item).type
        if kind == "function_call":
            yield from self._call(msgspec.json.decode(item, type=_FunctionCall), output_index)
        elif kind == "message":
            parts = msgspec.json.decode(item, type=_Message).content or []
            yield from self._message(parts, output_index, texts=texts)
        elif kind == "reasoning":
            yield from self._reasoning(msgspec.json.decode(item, type=_Reasoning), output_index, texts=texts)

    def _call(self, call: _FunctionCall, output_index: int) -> Iterator[TurnEvent]:
        call_id = call.call_id or call.id or f"call_{output_index}"
        if call_id not in self._called:
            self._called.add(call_id)
            arguments = call.arguments or self._arguments.get(output_index) or "{}"
            yield ToolCall(call_id, call.name, arguments)

    def _message(self, parts: Sequence[_Part], output_index: int, *, texts: bool) -> Iterator[TurnEvent]:
        for index, part in enumerate(parts if texts else ()):
            yield from self._part(part.text, part.refusal, (output_index, index))
        if not self._cited:
            yield from self._cite([found for part in parts for found in part.annotations or ()])

    def _reasoning(self, item: _Reasoning, output_index: int, *, texts: bool) -> Iterator[TurnEvent]:
        if texts and output_index not in self._reasoned:
            for index, part in enumerate(item.summary or item.content or ()):
                if part.text:
                    self._reasoned[output_index] = b"item"
                    yield self._paragraphed(part.text, (output_index, index, 0))
        if item.encrypted_content and item.encrypted_content not in self._sealed:
            self._sealed.add(item.encrypted_content)
            yield ReasoningSealed(item.id or "", item.encrypted_content)

    def _completed(self, data: bytes) -> Iterator[TurnEvent]:
        response = _decode_enveloped(data).response
        yield from (
            self._failed(data) if response.status == "failed" else self._terminal(response, "completed")
        )

    def _incomplete(self, data: bytes) -> Iterator[TurnEvent]:
        yield from self._terminal(_decode_enveloped(data).response, "incomplete")

    def _terminal(self, response: _Response, status: str) -> Iterator[TurnEvent]:
        yield from self._start(response)
        yield from self._finish(response, response.status or status)

    def _finish(self, response: _Response, status: str) -> Iterator[TurnEvent]:
        # Positions in the final object need not be those of the stream, so texts are taken from it only
        # when the stream told none: a text told twice is worse than one that upstream never sent.
        texts = not self._told
        for index, item in enumerate(response.output or ()):
            yield from self._item(item, index, texts=texts)
        self._ended = True
        usage = usage_from_responses(response.usage) if response.usage is not None else None
        yield TurnFinished(self._reason(response, status), usage, _fingerprint(response))

    def _reason(self, response: _Response, status: str) -> FinishReason:
        if status == "incomplete":
            why = (response.incomplete_details or {}).get("reason")
            return "content_filter" if why == "content_filter" else "length"
        return "tool_calls" if self._called else "stop"

    def _failed(self, data: bytes) -> Iterator[TurnEvent]:
        event = _decode_object(data)
        response = event.get("response")
        yield self._fail(response if isinstance(response, Mapping) else event)

    def _error(self, data: bytes) -> Iterator[TurnEvent]:
        yield self._fail(_decode_object(data))

    def _fail(self, body: Mapping[str, object]) -> TurnFailed:
        self._ended = True
        return failure_of(body)

    def _untyped(self, data: bytes) -> Iterator[TurnEvent]:
        """Look into an event that says no type: it may be an error in one of xAI's other shapes."""
        event = msgspec.json.decode(data)
        if isinstance(event, dict) and event.get("error"):
            yield self._fail(event)

    _HANDLERS: ClassVar[Mapping[bytes, Callable[[ResponsesReader, bytes], Iterator[TurnEvent]]]] = {
        b"response.created": _created,
        b"response.reasoning_summary_text.delta": _summary_delta,
        b"response.reasoning_text.delta": _content_delta,
        b"response.refusal.delta": _refusal_delta,
        b"response.output_text.annotation.added": _annotation_added,
        b"response.output_text.done": _part_done,
        b"response.refusal.done": _part_done,
        b"response.function_call_arguments.done": _arguments_done,
        b"response.output_item.done": _item_done,
        b"response.completed": _completed,
        b"response.incomplete": _incomplete,
        b"response.failed": _failed,
        b"error": _error,
    }


def _fingerprint(response: _Response) -> str | None:
    """Return the fingerprint, which the Responses surface keeps among the metadata."""
    found = response.system_fingerprint or (response.metadata or {}).get("system_fingerprint")
    return found if isinstance(found, str) else None
