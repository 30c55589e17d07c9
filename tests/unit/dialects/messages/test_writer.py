"""What a client reads of a turn: the events, the single object, and the ends of both."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from anthropic.types import Message, RawMessageStreamEvent
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

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
    TurnStarted,
)
from grok2api.canonical.usage import Usage
from grok2api.errors import UpstreamError
from support.messages_turns import Json, events_in, signature, writer

USAGE = Usage(input=12, cached=8, output=291, reasoning=290)
STARTED = TurnStarted("up", "grok-4.7", 1)
STOPPED = TurnFinished("stop", USAGE)
CALL = ToolCall("call_1", "f", '{"a":1}')
THINKS: Json = {"thinking": {"type": "adaptive"}}
EVENT: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)


def blocks_of(stream: bytes) -> list[Json]:
    """Put the blocks of a stream together as the official SDK does, and check their order on the way."""
    blocks: list[Json] = []
    grown, opened = "", False
    for event in events_in(stream):
        kind = event["type"]
        if kind == "content_block_start":
            assert not opened
            assert event["index"] == len(blocks)
            blocks.append(event["content_block"])
            opened, grown = True, ""
        elif kind in {"content_block_delta", "content_block_stop"}:
            assert opened
            assert event["index"] == len(blocks) - 1
        if kind == "content_block_delta":
            grown += _grow(blocks[-1], event["delta"])
        elif kind == "content_block_stop":
            opened = False
            if blocks[-1]["type"] == "tool_use":
                blocks[-1]["input"] = msgspec.json.decode(grown)
    assert not opened
    return blocks


def _grow(block: Json, delta: Json) -> str:
    kind = delta["type"]
    if kind == "citations_delta":
        block.setdefault("citations", []).append(delta["citation"])
    elif kind == "input_json_delta":
        assert delta["partial_json"]
        return str(delta["partial_json"])
    else:
        name = kind.removesuffix("_delta")
        block[name] += delta[name]
    return ""


def whole(events: list[TurnEvent], body: Json | None = None) -> Json:
    return msgspec.json.decode(writer(body).whole(events), type=Json)


def streamed(events: list[TurnEvent], body: Json | None = None) -> bytes:
    return writer(body).write(events)


def test_nothing_is_written_before_the_answer_begins() -> None:
    out = writer()
    assert out.write([STARTED]) == b""
    kinds = [event["type"] for event in events_in(out.write([TextDelta("Hi")]))]
    assert kinds == ["message_start", "content_block_start", "content_block_delta"]


def test_the_order_of_a_whole_stream() -> None:
    stream = streamed(
        [STARTED, ReasoningDelta("r"), ReasoningSealed("i", "s"), TextDelta("t"), STOPPED], THINKS
    )
    found = [(event["type"], event.get("delta", {}).get("type")) for event in events_in(stream)]
    assert found == [
        ("message_start", None),
        ("content_block_start", None),
        ("content_block_delta", "thinking_delta"),
        ("content_block_delta", "signature_delta"),
        ("content_block_stop", None),
        ("content_block_start", None),
        ("content_block_delta", "text_delta"),
        ("content_block_stop", None),
        ("message_delta", None),
        ("message_stop", None),
    ]


def test_the_start_and_the_end_of_a_stream_say_what_the_object_says() -> None:
    events = events_in(streamed([TextDelta("t"), STOPPED]))
    start = events[0]["message"]
    assert (start["content"], start["stop_reason"], start["stop_sequence"]) == ([], None, None)
    assert start["id"] == whole([TextDelta("t"), STOPPED])["id"]
    assert events[-2]["delta"] == {"stop_reason": "end_turn", "stop_sequence": None}
    assert events[-2]["usage"] == {
        "input_tokens": 4,
        "output_tokens": 291,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 8,
    }


def test_the_object_has_every_key() -> None:
    assert whole([STARTED, TextDelta("t"), STOPPED]) == {
        "id": whole([STOPPED])["id"],
        "type": "message",
        "role": "assistant",
        "model": "grok-4",
        "content": [{"type": "text", "text": "t"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 4,
            "output_tokens": 291,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 8,
            "service_tier": "standard",
        },
    }


def test_thinking_is_signed_with_what_only_upstream_reads() -> None:
    events: list[TurnEvent] = [
        ReasoningDelta("a"),
        ReasoningDelta("b"),
        ReasoningSealed("i", "sealed"),
        TextDelta("t"),
        STOPPED,
    ]
    thought = {"type": "thinking", "thinking": "ab", "signature": signature("sealed")}
    assert whole(events, THINKS)["content"][0] == thought
    assert blocks_of(streamed(events, THINKS))[0] == thought


@pytest.mark.parametrize(
    ("events", "kinds"),
    [
        ([ReasoningSealed("i", "s"), TextDelta("t")], [("thinking", ""), ("text", "t")]),
        ([ReasoningDelta("a"), TextDelta("t")], [("thinking", "a"), ("text", "t")]),
        (
            [
                ReasoningDelta("a"),
                ReasoningSealed("i", "s"),
                ReasoningDelta("\n\nb"),
                ReasoningSealed("j", "u"),
            ],
            [("thinking", "a"), ("thinking", "b")],
        ),
        (
            [TextDelta("t"), ReasoningSealed("i", "s"), CALL],
            [("text", "t"), ("thinking", ""), ("tool_use", "f")],
        ),
        ([TextDelta("t"), ReasoningSealed("i", "s")], [("text", "t")]),
        (
            [TextDelta("t"), ReasoningDelta("a"), ReasoningSealed("i", "s"), TextDelta("u")],
            [("text", "t"), ("thinking", "a"), ("text", "u")],
        ),
        ([ReasoningDelta("a"), CALL, CALL], [("thinking", "a"), ("tool_use", "f"), ("tool_use", "f")]),
        ([], []),
    ],
)
def test_one_block_at_a_time_in_the_order_of_the_turn(
    events: list[TurnEvent], kinds: list[tuple[str, str]]
) -> None:
    for content in (
        whole([*events, STOPPED], THINKS)["content"],
        blocks_of(streamed([*events, STOPPED], THINKS)),
    ):
        assert [(b["type"], b.get("text", b.get("thinking", b.get("name")))) for b in content] == kinds
        assert all(b["signature"].startswith("enc_") for b in content if b["type"] == "thinking")


def test_an_omitted_text_leaves_the_signature() -> None:
    body = {"thinking": {"type": "adaptive", "display": "omitted"}}
    events: list[TurnEvent] = [ReasoningDelta("a"), ReasoningSealed("i", "s"), TextDelta("t"), STOPPED]
    assert whole(events, body)["content"][0] == {
        "type": "thinking",
        "thinking": "",
        "signature": signature("s"),
    }


@pytest.mark.parametrize(
    ("arguments", "read"),
    [
        ('{"a":1}', {"a": 1}),
        ("{}", {}),
        ("", {}),
        ('{"city":"São Paulo"}', {"city": "São Paulo"}),
        ("[1]", {"arguments": "[1]"}),
        ('{"a":', {"arguments": '{"a":'}),
    ],
)
def test_the_arguments_of_a_call_are_an_object(arguments: str, read: Json) -> None:
    events: list[TurnEvent] = [ToolCall("call_1", "f", arguments), TurnFinished("tool_calls", USAGE)]
    expected = {"type": "tool_use", "id": "call_1", "name": "f", "input": read}
    assert whole(events)["content"] == [expected]
    assert blocks_of(streamed(events)) == [expected]


@pytest.mark.parametrize(
    ("events", "reason", "told"),
    [
        ([TextDelta("t")], "stop", "end_turn"),
        ([TextDelta("t")], "length", "max_tokens"),
        ([CALL], "tool_calls", "tool_use"),
        ([CALL], "stop", "tool_use"),
        ([CALL], "length", "max_tokens"),
        ([TextDelta("t")], "content_filter", "refusal"),
        ([RefusalDelta("No.")], "stop", "refusal"),
    ],
)
def test_the_reason_of_the_end(events: list[TurnEvent], reason: FinishReason, told: str) -> None:
    finished: list[TurnEvent] = [*events, TurnFinished(reason, USAGE)]
    assert whole(finished)["stop_reason"] == told
    assert events_in(streamed(finished))[-2]["delta"]["stop_reason"] == told


def test_a_refusal_is_read_as_text() -> None:
    assert whole([RefusalDelta("No"), RefusalDelta("."), STOPPED])["content"] == [
        {"type": "text", "text": "No."}
    ]


@pytest.mark.parametrize("pieces", [["one EN", "D two"], ["one END two"], ["one ", "E", "N", "D"]])
def test_a_stop_sequence_ends_the_answer_and_is_told(pieces: list[str]) -> None:
    body = {"stop_sequences": ["never", "END"]}
    out = writer(body)
    stream = out.write([TextDelta(piece) for piece in pieces])
    assert out.stopped
    stream += out.finish_stopped(None)
    assert out.finish_stopped(None) == b""
    assert blocks_of(stream) == [{"type": "text", "text": "one "}]
    assert events_in(stream)[-2]["delta"] == {"stop_reason": "stop_sequence", "stop_sequence": "END"}
    answer = whole([*map(TextDelta, pieces), CALL, STOPPED], body)
    assert (answer["stop_reason"], answer["stop_sequence"]) == ("stop_sequence", "END")
    assert answer["content"] == [{"type": "text", "text": "one "}]


def test_what_could_have_been_a_stop_sequence_comes_at_the_end() -> None:
    body = {"stop_sequences": ["END"]}
    assert whole([TextDelta("one EN"), STOPPED], body)["content"] == [{"type": "text", "text": "one EN"}]
    assert blocks_of(streamed([TextDelta("one EN"), CALL, STOPPED], body))[0]["text"] == "one EN"


def test_sources_are_citations_of_the_text_and_no_text_has_a_null() -> None:
    events: list[TurnEvent] = [
        TextDelta("t"),
        Citation("https://x.ai", "xAI", 0, 1),
        Citation("https://a.b"),
        STOPPED,
    ]
    for content in (whole(events)["content"], blocks_of(streamed(events))):
        assert [(each["url"], each["title"]) for each in content[0]["citations"]] == [
            ("https://x.ai", "xAI"),
            ("https://a.b", "https://a.b"),
        ]
    assert b"null" not in writer().whole([TextDelta("t"), STOPPED]).replace(b'"stop_sequence":null', b"")


def test_an_error_ends_a_stream_without_any_sign_of_success() -> None:
    out = writer()
    out.write([TextDelta("t")])
    (event,) = events_in(out.fail(UpstreamError("It broke off.", status=502)))
    assert event == {
        "type": "error",
        "error": {"type": "overloaded_error", "message": "It broke off."},
        "request_id": "req_test",
    }
    assert out.fail(UpstreamError("again")) == b""
    assert out.write([TextDelta("more"), STOPPED]) == b""


EVENTS = st.lists(
    st.one_of(
        st.builds(TextDelta, st.text(max_size=6)),
        st.builds(ReasoningDelta, st.text(max_size=6)),
        st.builds(ReasoningSealed, st.just("i"), st.text(alphabet="abc", min_size=1, max_size=4)),
        st.builds(ToolCall, st.just("c"), st.just("f"), st.sampled_from(["{}", '{"a":1}', "x"])),
        st.builds(Citation, st.just("https://x.ai")),
        st.builds(RefusalDelta, st.text(max_size=4)),
    ),
    max_size=12,
)


@given(EVENTS, st.sampled_from([{}, THINKS, {"stop_sequences": ["a", "00"]} | THINKS]))
def test_every_turn_is_valid_and_the_stream_says_what_the_object_says(
    events: list[TurnEvent], body: Json
) -> None:
    finished: list[TurnEvent] = [*events, STOPPED]
    out = writer(body)
    stream = b""
    for event in finished:
        stream += out.write([event])
        if out.stopped:
            break
    stream += out.finish_stopped(USAGE)
    for written in events_in(stream):
        EVENT.validate_python(written, strict=True)
    answer = whole(finished, body)
    Message.model_validate(answer, strict=True)
    assert blocks_of(stream) == answer["content"]
    end = events_in(stream)[-2]["delta"]
    assert end == {"stop_reason": answer["stop_reason"], "stop_sequence": answer["stop_sequence"]}
