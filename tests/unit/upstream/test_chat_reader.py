"""What a turn is told from xAI's chat completion chunks, in the orders in which they come."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from grok2api.canonical.events import (
    Citation,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCall,
    TurnEvent,
    TurnFailed,
    TurnFinished,
    TurnStarted,
)
from grok2api.canonical.usage import Usage
from grok2api.kit.sse import Frame
from grok2api.upstream.xai.chat_reader import ChatReader
from support.chat_turns import frames_of

DONE = Frame(b"", b"[DONE]")
USAGE_WORDS = {
    "prompt_tokens": 12,
    "completion_tokens": 1,
    "total_tokens": 303,
    "prompt_tokens_details": {"cached_tokens": 11},
    "completion_tokens_details": {"reasoning_tokens": 290},
}
USAGE = Usage(input=12, cached=11, output=291, reasoning=290)


def chunk(delta: dict[str, Any] | None = None, reason: str | None = None, **more: Any) -> dict[str, Any]:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": reason}]
    head = {"id": "c", "object": "chat.completion.chunk", "created": 5, "model": "m"}
    return {**head, "choices": choices, **more}


def call(
    index: int | None, name: str | None, arguments: str | None, call_id: str | None = None
) -> dict[str, Any]:
    named = {"index": index, "id": call_id, "function": {"name": name, "arguments": arguments}}
    return chunk({"tool_calls": [named]})


def read(*payloads: dict[str, Any]) -> list[TurnEvent]:
    reader = ChatReader()
    return [*reader.feed([*frames_of(payloads), DONE]), *reader.end()]


def test_the_first_chunk_may_carry_the_answer_already() -> None:
    events = read(chunk({"role": "assistant", "reasoning_content": "r", "content": "t"}))
    assert events[:3] == [TurnStarted("c", "m", 5), ReasoningDelta("r"), TextDelta("t")]


def test_the_turn_ends_with_the_usage_that_follows_the_finish() -> None:
    reader = ChatReader()
    finish = frames_of([chunk({"content": "t"}), chunk({}, "stop", system_fingerprint="fp")])
    assert reader.feed(finish)[1:] == [TextDelta("t")]
    assert reader.feed(frames_of([chunk(usage=USAGE_WORDS)])) == [TurnFinished("stop", USAGE, "fp")]
    assert reader.feed([DONE]) == []
    assert reader.end() == []


def test_usage_beside_or_before_the_finish_counts_too() -> None:
    assert read(chunk({"content": "t"}, usage=USAGE_WORDS), chunk({}, "stop"))[-1] == TurnFinished(
        "stop", USAGE
    )


def test_a_stream_without_an_end_mark_is_whole_once_it_gave_its_reason() -> None:
    reader = ChatReader()
    reader.feed(frames_of([chunk({"content": "t"})]))
    assert reader.end() == []
    reader.feed(frames_of([chunk({}, "length")]))
    assert reader.end() == [TurnFinished("length", None)]


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("stop", "stop"),
        ("end_turn", "stop"),
        ("length", "length"),
        ("content_filter", "content_filter"),
        ("brand_new", "stop"),
        (None, "stop"),
    ],
)
def test_upstreams_reasons_are_told_in_openais_words(reason: str | None, told: Any) -> None:
    assert read(chunk({"content": "t"}), chunk({}, reason))[-1] == TurnFinished(told, None)


def test_an_end_mark_without_any_answer_ends_no_turn() -> None:
    assert read(chunk({"role": "assistant"})) == [TurnStarted("c", "m", 5)]


@pytest.mark.parametrize(
    "payloads",
    [
        [call(0, "f", '{"a":1}', "c1"), call(1, "g", "", "c2")],
        [call(0, "f", '{"a"', "c1"), call(0, None, ":1}"), call(1, "g", None, "c2")],
        [call(None, "f", '{"a":1}', "c1"), call(None, "g", "", "c2")],
        [call(0, "f", '{"a":1}', "c1"), call(0, "g", "{}", "c2")],
    ],
)
def test_calls_are_told_whole(payloads: list[dict[str, Any]]) -> None:
    assert read(*payloads, chunk({}, "tool_calls"))[1:] == [
        ToolCall("c1", "f", '{"a":1}'),
        ToolCall("c2", "g", "{}"),
        TurnFinished("tool_calls", None),
    ]


def test_a_refusal_and_null_contents() -> None:
    events = read(chunk({"content": None, "refusal": "no"}), chunk({"content": None}, "stop"))
    assert events[1:] == [RefusalDelta("no"), TurnFinished("stop", None)]


def test_sources_are_told_once() -> None:
    urls = ["https://a", "https://b"]
    events = read(
        chunk({"content": "t"}, citations=urls[:1]),
        chunk({}, "stop", citations=urls),
        chunk(usage=USAGE_WORDS, citations=urls),
    )
    assert [event for event in events if isinstance(event, Citation)] == [Citation(url) for url in urls]


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        ({"error": {"message": "m", "code": "c"}}, {"message": "m", "code": "c"}),
        ({"code": "c", "error": "text"}, {"code": "c", "error": "text"}),
    ],
)
def test_an_error_in_the_stream_ends_the_turn(payload: dict[str, Any], error: dict[str, Any]) -> None:
    events = read(chunk({"content": "t"}), payload, chunk({}, "stop"))
    assert events[1:] == [TextDelta("t"), TurnFailed(error)]
    assert ChatReader().whole(msgspec.json.encode(payload)) == [TurnFailed(error)]


def test_what_cannot_be_read_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"."):
        ChatReader().feed([Frame(b"", b"not json")])


def test_a_whole_answer_tells_the_same() -> None:
    said = {
        "role": "assistant",
        "content": "",
        "reasoning_content": "r",
        "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        "refusal": None,
    }
    body = {
        "id": "c",
        "created": 5,
        "model": "m",
        "choices": [{"index": 0, "message": said, "finish_reason": "tool_calls"}],
        "usage": USAGE_WORDS,
        "citations": ["https://a"],
        "system_fingerprint": "fp",
    }
    assert ChatReader().whole(msgspec.json.encode(body)) == [
        TurnStarted("c", "m", 5),
        ReasoningDelta("r"),
        ToolCall("c1", "f", "{}"),
        Citation("https://a"),
        TurnFinished("tool_calls", USAGE, "fp"),
    ]


@pytest.mark.parametrize("content", [b"{}", b"[]", b"<html>", b'{"choices":[]}'])
def test_a_whole_answer_that_is_none_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        ChatReader().whole(content)
