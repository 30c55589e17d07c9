"""What a turn is told from xAI's Responses events, complete or not."""

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
from grok2api.upstream.xai.responses_reader import ResponsesReader
from support.chat_turns import frames_of

CREATED = {
    "type": "response.created",
    "response": {"id": "r", "model": "grok-4.7", "created_at": 5, "status": "in_progress", "output": []},
}
STARTED = TurnStarted("r", "grok-4.7", 5)
COMPLETED: dict[str, Any] = {"type": "response.completed", "response": {"id": "r", "status": "completed"}}
USAGE = {
    "input_tokens": 10,
    "input_tokens_details": {"cached_tokens": 4},
    "output_tokens": 7,
    "output_tokens_details": {"reasoning_tokens": 3},
    "cost_in_usd_ticks": 99,
}
CALL = {
    "type": "function_call",
    "id": "fc_1",
    "call_id": "call_1",
    "name": "f",
    "arguments": '{"a":1}',
    "status": "completed",
}


def message(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": list(parts)}


def text(value: str, *annotations: dict[str, Any]) -> dict[str, Any]:
    return {"type": "output_text", "text": value, "annotations": list(annotations)}


def done(item: dict[str, Any], index: int = 0) -> dict[str, Any]:
    return {"type": "response.output_item.done", "item": item, "output_index": index}


def completed(*output: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "response.completed",
        "response": {"id": "r", "status": "completed", "output": list(output), **more},
    }


def read(*payloads: dict[str, Any]) -> list[TurnEvent]:
    return ResponsesReader().feed(frames_of([CREATED, *payloads]))[1:]


def delta(value: str, index: int = 0) -> dict[str, Any]:
    return {"type": "response.output_text.delta", "delta": value, "output_index": index, "content_index": 0}


def test_a_started_turn_says_only_that() -> None:
    in_progress = CREATED | {"type": "response.in_progress"}
    assert ResponsesReader().feed(frames_of([CREATED, in_progress])) == [STARTED]


def test_text_is_told_once_however_often_upstream_says_it() -> None:
    events = read(
        delta("a"),
        delta("b"),
        {"type": "response.output_text.done", "text": "ab", "output_index": 0, "content_index": 0},
        done(message(text("ab"))),
        completed(message(text("ab")), usage=USAGE),
    )
    usage = Usage(input=10, cached=4, output=7, reasoning=3, cost_ticks=99)
    assert events == [TextDelta("a"), TextDelta("b"), TurnFinished("stop", usage)]


@pytest.mark.parametrize(
    "payloads",
    [
        [{"type": "response.output_text.done", "text": "ab"}, done(message(text("ab"))), COMPLETED],
        [done(message(text("ab"))), completed(message(text("ab")))],
        [completed(message(text("ab")))],
    ],
)
def test_text_that_never_came_as_a_delta_is_told(payloads: list[dict[str, Any]]) -> None:
    assert read(*payloads) == [TextDelta("ab"), TurnFinished("stop", None)]


def test_two_parts_without_deltas_are_both_told() -> None:
    events = read(
        {"type": "response.output_text.done", "text": "a", "content_index": 0},
        {"type": "response.output_text.done", "text": "b", "content_index": 1},
        done(message(text("a"), text("b"), text("c"))),
    )
    assert events == [TextDelta("a"), TextDelta("b"), TextDelta("c")]


def test_a_call_is_told_whole_and_once() -> None:
    events = read(
        {"type": "response.output_item.added", "item": CALL | {"arguments": ""}, "output_index": 0},
        {"type": "response.function_call_arguments.delta", "delta": '{"a":1}', "output_index": 0},
        {"type": "response.function_call_arguments.done", "arguments": '{"a":1}', "output_index": 0},
        done(CALL),
        completed(CALL),
    )
    assert events == [ToolCall("call_1", "f", '{"a":1}'), TurnFinished("tool_calls", None)]


def test_a_call_without_arguments_has_an_empty_object() -> None:
    assert read(done(CALL | {"arguments": ""})) == [ToolCall("call_1", "f", "{}")]


def test_arguments_that_only_their_own_event_carried_are_kept() -> None:
    said = {"type": "response.function_call_arguments.done", "arguments": '{"b":2}', "output_index": 3}
    assert read(said, done(CALL | {"arguments": ""}, 3)) == [ToolCall("call_1", "f", '{"b":2}')]


def test_a_call_that_only_the_final_object_carries_is_told() -> None:
    assert read(delta("t"), completed(message(text("t")), CALL)) == [
        TextDelta("t"),
        ToolCall("call_1", "f", '{"a":1}'),
        TurnFinished("tool_calls", None),
    ]


@pytest.mark.parametrize(
    "item",
    [
        {"type": "custom_tool_call", "call_id": "xs_call_1", "name": "x_user_search", "input": "{}"},
        {"type": "web_search_call", "id": "ws", "arguments": "{}", "call_id": "", "name": "web_search"},
        {"type": "tool_search_call", "arguments": {"an": "object"}},
        {"type": "something_new", "content": 5},
    ],
)
def test_what_xai_runs_itself_stays_hidden(item: dict[str, Any]) -> None:
    assert read(done(item), completed(item)) == [TurnFinished("stop", None)]


def test_reasoning_of_both_kinds_is_told_in_paragraphs() -> None:
    kind = "response.reasoning_summary_text.delta"
    events = read(
        {"type": kind, "delta": "a", "output_index": 0, "summary_index": 0},
        {"type": kind, "delta": "b", "output_index": 0, "summary_index": 0},
        {"type": kind, "delta": "c", "output_index": 0, "summary_index": 1},
        {"type": "response.reasoning_text.delta", "delta": "d", "output_index": 2, "content_index": 0},
        done({"type": "reasoning", "summary": [{"type": "summary_text", "text": "ab"}]}, 0),
    )
    assert events == [ReasoningDelta(piece) for piece in ("a", "b", "\n\nc", "\n\nd")]


def test_reasoning_that_comes_as_summary_and_as_text_is_told_once() -> None:
    summary, text = "response.reasoning_summary_text.delta", "response.reasoning_text.delta"
    texts = {"summary": [{"type": "summary_text", "text": "ab"}], "content": [{"text": "raw"}]}
    events = read(
        {"type": summary, "delta": "a", "output_index": 0, "summary_index": 0},
        {"type": text, "delta": "raw", "output_index": 0, "content_index": 0},
        {"type": summary, "delta": "b", "output_index": 0, "summary_index": 0},
        done({"type": "reasoning", **texts}, 0),
    )
    assert events == [ReasoningDelta("a"), ReasoningDelta("b")]


def test_reasoning_that_only_an_item_carries_is_told() -> None:
    parts = [{"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "b"}]
    events = read(done({"type": "reasoning", "summary": parts}))
    assert events == [ReasoningDelta("a"), ReasoningDelta("\n\nb")]


def test_a_refusal_is_told_once() -> None:
    events = read(
        {"type": "response.refusal.delta", "delta": "no"},
        {"type": "response.refusal.done", "refusal": "no"},
        done(message({"type": "refusal", "refusal": "no"})),
        completed(message({"type": "refusal", "refusal": "no"})),
    )
    assert events == [RefusalDelta("no"), TurnFinished("stop", None)]


def test_sources_are_told_once_from_whichever_place() -> None:
    source = {"type": "url_citation", "url": "https://a", "title": "A", "start_index": 1, "end_index": 2}
    added = {"type": "response.output_text.annotation.added", "annotation": source}
    file = {"type": "file_citation", "file_id": "f"}
    cited = Citation("https://a", "A", 1, 2)
    final = message(text("t", source, file))
    finished = TurnFinished("stop", None)
    assert read(delta("t"), added, done(final), completed(final)) == [TextDelta("t"), cited, finished]
    assert read(delta("t"), completed(final)) == [TextDelta("t"), cited, finished]
    bare = read({"type": "response.output_text.annotation.added", "annotation": {"url": "https://b"}})
    assert bare == [Citation("https://b")]


@pytest.mark.parametrize(
    ("details", "reason"),
    [
        ({"reason": "max_output_tokens"}, "length"),
        ({"reason": "max_time_limit"}, "length"),
        ({"reason": "content_filter"}, "content_filter"),
        (None, "length"),
    ],
)
def test_an_incomplete_answer_says_why(details: object, reason: str) -> None:
    response = {"id": "r", "status": "incomplete", "incomplete_details": details, "output": []}
    (finished,) = read({"type": "response.incomplete", "response": response})
    assert isinstance(finished, TurnFinished)
    assert finished.reason == reason


def test_the_fingerprint_is_kept() -> None:
    (finished,) = read(completed(metadata={"system_fingerprint": "fp_1"}))
    assert finished == TurnFinished("stop", None, "fp_1")


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        (
            {
                "type": "response.failed",
                "response": {"status": "failed", "error": {"code": "server_error", "message": "m"}},
            },
            {"code": "server_error", "message": "m"},
        ),
        (
            {
                "type": "response.completed",
                "response": {"status": "failed", "error": {"code": "server_error", "message": "m"}},
            },
            {"code": "server_error", "message": "m"},
        ),
        (
            {"type": "error", "code": "c", "message": "m", "param": None},
            {"type": "error", "code": "c", "message": "m", "param": None},
        ),
        (
            {"type": "error", "error": {"code": "c", "message": "m"}, "status": 429},
            {"code": "c", "message": "m", "status": 429},
        ),
        ({"code": "permission-denied", "error": "text"}, {"code": "permission-denied", "error": "text"}),
        ({"error": {"message": "m", "type": "t", "param": None}}, {"message": "m", "type": "t"}),
    ],
)
def test_an_error_in_the_stream_ends_the_turn(payload: dict[str, Any], error: dict[str, Any]) -> None:
    assert read(delta("t"), payload, COMPLETED) == [TextDelta("t"), TurnFailed(error)]


def test_unknown_events_pings_and_end_marks_are_skipped() -> None:
    frames = [
        Frame(b"ping", b"not json"),
        Frame(b"", b'{"type":"ping"}'),
        Frame(b"response.brand_new", b"not json"),
        Frame(b"", b""),
        Frame(b"", b"[DONE]"),
        Frame(b"", b'{"type_less":1}'),
    ]
    assert ResponsesReader().feed(frames) == []


@pytest.mark.parametrize("data", [b"not json", b'{"type":"response.output_text.delta"}', b'{"a":'])
def test_what_cannot_be_read_is_an_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        ResponsesReader().feed([Frame(b"", data)])


def test_the_end_of_the_stream_adds_nothing() -> None:
    assert ResponsesReader().end() == []


def test_a_whole_answer_tells_the_same() -> None:
    source = {"type": "url_citation", "url": "https://a"}
    content = msgspec.json.encode(
        {
            "id": "r",
            "model": "grok-4.7",
            "created_at": 5.5,
            "status": "completed",
            "output": [
                {"type": "reasoning", "summary": [{"type": "summary_text", "text": "why"}]},
                message(text("t", source)),
                CALL,
            ],
            "usage": USAGE,
        }
    )
    usage = Usage(input=10, cached=4, output=7, reasoning=3, cost_ticks=99)
    assert ResponsesReader().whole(content) == [
        STARTED,
        ReasoningDelta("why"),
        TextDelta("t"),
        Citation("https://a"),
        ToolCall("call_1", "f", '{"a":1}'),
        TurnFinished("tool_calls", usage),
    ]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"status": "failed", "error": {"code": "c", "message": "m"}}, {"code": "c", "message": "m"}),
        ({"code": "c", "error": "text"}, {"code": "c", "error": "text"}),
    ],
)
def test_a_whole_answer_may_be_a_failure(body: dict[str, Any], error: dict[str, Any]) -> None:
    assert ResponsesReader().whole(msgspec.json.encode(body)) == [TurnFailed(error)]


@pytest.mark.parametrize("content", [b"{}", b"[]", b"<html>", b'{"status":"in_progress","output":[]}'])
def test_a_whole_answer_that_is_none_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        ResponsesReader().whole(content)
