"""What a client reads of a turn: the chunks, the single object, and the ends of both."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from grok2api.canonical.call import Thinking
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
from grok2api.dialects.base import View
from grok2api.dialects.chat.dialect import ChatDialect
from grok2api.dialects.chat.writer import ChatWriter
from grok2api.errors import UpstreamError
from support.chat_turns import CREATED, IDS, PLAN, chunks_in, parsed, writer

USAGE = Usage(input=12, cached=11, output=291, reasoning=290)
STARTED = TurnStarted("up", "grok-4.7", 1)
STOPPED = TurnFinished("stop", USAGE)
CALL = ToolCall("call_1", "f", '{"a":1}')
DONE = b"data: [DONE]\n\n"


def deltas(stream: bytes) -> list[dict[str, Any]]:
    return [chunk["choices"][0]["delta"] for chunk in chunks_in(stream) if chunk["choices"]]


def content_of(stream: bytes) -> str:
    return "".join(delta.get("content") or "" for delta in deltas(stream))


def whole(
    events: list[TurnEvent], body: dict[str, Any] | None = None, thinking: Thinking = "reasoning_content"
) -> dict[str, Any]:
    return msgspec.json.decode(writer(body, thinking).whole(events), type=dict[str, Any])


def test_nothing_is_written_before_the_answer_begins() -> None:
    out = writer()
    assert out.write([STARTED]) == b""
    first = out.write([TextDelta("Hi")])
    assert deltas(first) == [{"role": "assistant", "content": ""}, {"content": "Hi"}]


def test_every_chunk_has_every_key_and_the_same_identity() -> None:
    stream = writer().write([STARTED, ReasoningDelta("r"), TextDelta("t"), CALL, STOPPED])
    chunks = chunks_in(stream)
    assert {tuple(chunk) for chunk in chunks} == {("id", "object", "created", "model", "choices")}
    assert len({(chunk["id"], chunk["created"], chunk["model"]) for chunk in chunks}) == 1
    assert (chunks[0]["created"], chunks[0]["model"]) == (CREATED, "grok-4")
    assert chunks[0]["id"].startswith("chatcmpl-")
    assert len(chunks[0]["id"]) == len("chatcmpl-") + 32
    for chunk in chunks:
        assert set(chunk["choices"][0]) == {"index", "delta", "logprobs", "finish_reason"}
        ChatCompletionChunk.model_validate(chunk, strict=True)
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert stream.endswith(DONE)


def test_calls_come_whole_and_are_counted() -> None:
    stream = writer().write([STARTED, CALL, ToolCall("call_2", "g", ""), TurnFinished("stop", None)])
    calls = [delta["tool_calls"][0] for delta in deltas(stream) if "tool_calls" in delta]
    assert calls == [
        {
            "index": 0,
            "id": "call_1",
            "type": "function",
            "function": {"name": "f", "arguments": '{"a":1}'},
        },
        {"index": 1, "id": "call_2", "type": "function", "function": {"name": "g", "arguments": "{}"}},
    ]
    assert chunks_in(stream)[-1]["choices"][0] == {
        "index": 0,
        "delta": {},
        "logprobs": None,
        "finish_reason": "tool_calls",
    }


def test_usage_comes_only_when_asked_for() -> None:
    stream = writer({"stream_options": {"include_usage": True}}).write([TextDelta("t"), STOPPED])
    *earlier, last = chunks_in(stream)
    assert [chunk["usage"] for chunk in earlier] == [None, None, None]
    assert last["choices"] == []
    assert last["usage"] == {
        "prompt_tokens": 12,
        "completion_tokens": 291,
        "total_tokens": 303,
        "prompt_tokens_details": {"cached_tokens": 11, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 290,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
    assert b"usage" not in writer().write([TextDelta("t"), STOPPED])


@pytest.mark.parametrize(
    ("thinking", "content", "reasoning"),
    [
        ("reasoning_content", "answer", "why?"),
        ("think_tags", "<think>\nwhy?\n</think>\n\nanswer", ""),
        ("off", "answer", ""),
    ],
)
def test_reasoning_shows_as_wanted(thinking: Thinking, content: str, reasoning: str) -> None:
    events: list[TurnEvent] = [
        STARTED,
        ReasoningDelta("why"),
        ReasoningDelta("?"),
        TextDelta("answer"),
        STOPPED,
    ]
    stream = writer(thinking=thinking).write(events)
    assert content_of(stream) == content
    assert "".join(delta.get("reasoning_content") or "" for delta in deltas(stream)) == reasoning
    message = whole(events, thinking=thinking)["choices"][0]["message"]
    assert (message["content"], message.get("reasoning_content", "")) == (content, reasoning)


def test_the_requests_own_choice_of_reasoning_wins() -> None:
    assert writer({"thinking": "disabled"}).write([ReasoningDelta("r")]) == b""
    assert "reasoning_content" in deltas(writer({"thinking": True}, "off").write([ReasoningDelta("r")]))[1]


def test_tags_are_closed_before_calls_and_at_the_end() -> None:
    out = writer(thinking="think_tags")
    stream = out.write([ReasoningDelta("r"), CALL, ReasoningDelta("s"), STOPPED])
    kinds = [next(iter(delta), "end") for delta in deltas(stream)]
    assert kinds == ["role", "content", "content", "tool_calls", "content", "content", "end"]
    assert content_of(stream) == "<think>\nr\n</think>\n\n<think>\ns\n</think>\n\n"


@pytest.mark.parametrize("reason", ["length", "content_filter", "stop"])
def test_the_reason_of_the_end_is_told(reason: Any) -> None:
    events: list[TurnEvent] = [TextDelta("t"), TurnFinished(reason, None)]
    assert chunks_in(writer().write(events))[-1]["choices"][0]["finish_reason"] == reason
    assert whole(events)["choices"][0]["finish_reason"] == reason


def test_an_empty_answer_is_still_an_answer() -> None:
    stream = writer().write([STARTED, STOPPED])
    assert deltas(stream) == [{"role": "assistant", "content": ""}, {}]
    assert whole([STARTED, STOPPED])["choices"][0]["message"]["content"] == ""


def test_a_refusal_has_its_own_place() -> None:
    events: list[TurnEvent] = [RefusalDelta("I "), RefusalDelta("won't."), STOPPED]
    assert [delta.get("refusal") for delta in deltas(writer().write(events))[1:3]] == ["I ", "won't."]
    message = whole(events)["choices"][0]["message"]
    assert (message["content"], message["refusal"]) == ("", "I won't.")


def test_sources_come_as_addresses_and_as_annotations() -> None:
    events: list[TurnEvent] = [
        TextDelta("t"),
        Citation("https://a", "A", 0, 1),
        Citation("https://b"),
        Citation("https://a", "A", 5, 6),
        STOPPED,
    ]
    chunks = chunks_in(writer({"stream_options": {"include_usage": True}}).write(events))
    cited = [chunk for chunk in chunks if "citations" in chunk]
    assert [chunk["citations"] for chunk in cited] == [["https://a", "https://b"]]
    annotations = cited[0]["choices"][0]["delta"]["annotations"]
    assert annotations[0] == {
        "type": "url_citation",
        "url_citation": {"url": "https://a", "title": "A", "start_index": 0, "end_index": 1},
    }
    answer = whole(events)
    assert answer["citations"] == ["https://a", "https://b"]
    assert answer["choices"][0]["message"]["annotations"] == annotations


def test_sources_count_in_the_text_that_the_client_sees() -> None:
    events: list[TurnEvent] = [
        ReasoningDelta("r"),
        TextDelta("abc"),
        Citation("https://a", "", 1, 2),
        STOPPED,
    ]
    message = whole(events, thinking="think_tags")["choices"][0]["message"]
    cited = message["annotations"][0]["url_citation"]
    assert message["content"][cited["start_index"] : cited["end_index"]] == "b"


def test_a_stop_string_ends_the_answer_across_chunks() -> None:
    out = writer({"stop": ["END", ""]})
    first = out.write([TextDelta("abE")])
    assert (content_of(first), out.stopped) == ("ab", False)
    assert out.write([TextDelta("ND more")]) == b""
    assert out.stopped
    assert out.write([TextDelta("later"), CALL, ReasoningDelta("r")]) == b""
    ending = out.write([STOPPED])
    assert deltas(ending) == [{}]
    assert ending.endswith(DONE)
    assert out.finish_stopped(USAGE) == b""


def test_the_gateway_may_end_a_stopped_answer_itself() -> None:
    out = writer({"stop": "x", "stream_options": {"include_usage": True}})
    out.write([TextDelta("ax")])
    ending = out.finish_stopped(USAGE)
    assert chunks_in(ending)[0]["choices"][0]["finish_reason"] == "stop"
    assert chunks_in(ending)[1]["usage"]["total_tokens"] == 303
    assert ending.endswith(DONE)
    assert out.write([TextDelta("late"), TurnFinished("length", None)]) == b""
    assert out.fail(UpstreamError("late")) == b""


@pytest.mark.parametrize("event", [STOPPED, CALL, RefusalDelta("no")])
def test_what_only_looked_like_a_stop_string_is_shown(event: TurnEvent) -> None:
    out = writer({"stop": ["END"]})
    assert content_of(out.write([TextDelta("abEN"), event])) == "abEN"


def test_a_single_object_is_cut_at_the_stop_string_too() -> None:
    events: list[TurnEvent] = [TextDelta("abE"), TextDelta("ND more"), CALL, TurnFinished("length", USAGE)]
    choice = whole(events, {"stop": "END"})["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("ab", "stop")
    assert "tool_calls" not in choice["message"]


def test_the_single_object_has_every_key() -> None:
    events: list[TurnEvent] = [STARTED, TextDelta("t"), TurnFinished("stop", USAGE, "fp_1")]
    answer = whole(events)
    assert set(answer) == {"id", "object", "created", "model", "choices", "usage", "system_fingerprint"}
    assert answer["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "t", "refusal": None, "annotations": []},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ]
    ChatCompletion.model_validate(answer, strict=True)


def test_the_content_is_null_only_beside_calls() -> None:
    message = whole([CALL, TurnFinished("tool_calls", None)])["choices"][0]["message"]
    assert message["content"] is None
    assert message["tool_calls"][0] == {
        "id": "call_1",
        "type": "function",
        "function": {"name": "f", "arguments": '{"a":1}'},
    }
    assert whole([TextDelta("t"), CALL, STOPPED])["choices"][0]["message"]["content"] == "t"


def test_an_error_in_mid_stream_is_told_and_nothing_after_it() -> None:
    out = writer()
    out.write([TextDelta("t")])
    assert out.write([TurnFailed({"message": "upstream's own words"})]) == b""
    assert out.fail(UpstreamError("Upstream failed.", code="upstream_error")) == (
        b'data: {"error":{"message":"Upstream failed.","type":"server_error",'
        b'"param":null,"code":"upstream_error"}}\n\n'
    )
    assert out.write([STOPPED]) == b""


def test_errors_outside_a_turn_use_the_same_envelope() -> None:
    dialect, call = ChatDialect(IDS), parsed({"stream": True})
    body = dialect.error_body(UpstreamError("Down."), "req_1")
    assert msgspec.json.decode(body)["error"]["code"] == "upstream_error"
    view = View(created=CREATED)
    assert dialect.opened_failure(call, view, UpstreamError("Down.")) == b"data: " + body + b"\n\n"
    assert dialect.writer(call, PLAN, view).fail(UpstreamError("Down.")) == b"data: " + body + b"\n\n"


CHORUS: dict[str, Any] = {"n": 2, "stream": True, "stream_options": {"include_usage": True}}


def one_of(choice: int, body: dict[str, Any] = CHORUS) -> ChatWriter:
    view = View(created=CREATED, choice=choice)
    return ChatDialect(IDS).writer(parsed(body), PLAN, view)


def test_one_of_several_choices_writes_only_its_own_chunks() -> None:
    stream = one_of(1).write([STARTED, TextDelta("Hi"), CALL, Citation("https://x.ai/"), STOPPED])
    chunks = chunks_in(stream)
    assert {choice["index"] for chunk in chunks for choice in chunk["choices"]} == {1}
    assert [chunk["usage"] for chunk in chunks] == [None] * len(chunks)
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"
    assert DONE not in stream
    alone = chunks_in(writer(CHORUS | {"n": 1}).write([TextDelta("Hi")]))
    assert {name: chunks[0][name] for name in ("id", "created", "model")} == {
        name: alone[0][name] for name in ("id", "created", "model")
    }


def test_the_end_of_several_choices_is_written_once() -> None:
    call, view = parsed(CHORUS), View(created=CREATED)
    [usage] = chunks_in(ChatDialect(IDS).coda(call, view, USAGE + USAGE))
    assert (usage["choices"], usage["usage"]["prompt_tokens"]) == ([], 24)
    assert ChatDialect(IDS).coda(parsed({"n": 2, "stream": True}), view, USAGE) == DONE


def test_several_choices_make_one_object() -> None:
    call, view = parsed({"n": 3}), View(created=CREATED)
    cited = Citation("https://x.ai/")
    told: list[list[TurnEvent]] = [
        [TextDelta("a"), cited, TurnFinished("stop", USAGE, "fp_1")],
        [TextDelta("b"), cited, Citation("https://y.ai/"), TurnFinished("length", USAGE)],
        [CALL, TurnFinished("stop", None)],
    ]
    bodies = [one_of(index, {"n": 3}).whole(events) for index, events in enumerate(told)]
    answer = msgspec.json.decode(
        ChatDialect(IDS).gathered(call, view, bodies, USAGE + USAGE), type=dict[str, Any]
    )
    ChatCompletion.model_validate(answer, strict=True)
    assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2]
    reasons = [choice["finish_reason"] for choice in answer["choices"]]
    assert reasons == ["stop", "length", "tool_calls"]
    assert answer["citations"] == ["https://x.ai/", "https://y.ai/"]
    assert (answer["usage"]["total_tokens"], answer["system_fingerprint"]) == (606, "fp_1")


LEGACY: dict[str, Any] = {"functions": [{"name": "f"}, {"name": "g"}]}


def test_a_client_of_legacy_functions_reads_the_first_call_in_its_own_words() -> None:
    events: list[TurnEvent] = [STARTED, CALL, ToolCall("call_2", "g", ""), TurnFinished("tool_calls", USAGE)]
    message = whole(events, LEGACY)["choices"][0]["message"]
    assert message["function_call"] == {"name": "f", "arguments": '{"a":1}'}
    assert [call["id"] for call in message["tool_calls"]] == ["call_1", "call_2"]
    told = [delta for delta in deltas(writer(LEGACY).write(events)) if "tool_calls" in delta]
    assert [delta.get("function_call") for delta in told] == [message["function_call"], None]
    assert "function_call" not in whole(events)["choices"][0]["message"]


def test_sources_that_nobody_wants_are_not_told() -> None:
    quiet = {"search_parameters": {"return_citations": False}}
    events: list[TurnEvent] = [TextDelta("a"), Citation("https://x.ai/"), STOPPED]
    answer = whole(events, quiet)
    assert "citations" not in answer
    assert answer["choices"][0]["message"]["annotations"] == []
    assert b"x.ai" not in writer(quiet).write(events)
    assert b"x.ai" in writer({"search_parameters": {}}).write(events)


TURN = st.lists(
    st.one_of(
        st.text("xEND ", max_size=4).map(TextDelta),
        st.sampled_from(["END", "why"]).map(ReasoningDelta),
        st.just(Citation("https://x.ai/")),
    ),
    max_size=10,
)


@given(TURN, st.lists(st.sampled_from(["END", "xE", "DD"]), min_size=1, max_size=2), st.booleans())
def test_a_stop_string_never_shows_whatever_comes_between(
    turn: list[TurnEvent], stops: list[str], calls: bool
) -> None:
    events = [STARTED, *turn, *([CALL] if calls else []), STOPPED]
    text = "".join(event.text for event in turn if isinstance(event, TextDelta))
    ends = [(text.index(stop) + len(stop), text.index(stop)) for stop in stops if stop in text]
    found = min(ends, default=None)
    expected = text if found is None else text[: found[1]]
    for thinking in ("reasoning_content", "off"):
        out = writer({"stop": stops}, thinking)
        stream = b"".join(out.write([event]) for event in events)
        message = whole(events, {"stop": stops}, thinking)["choices"][0]["message"]
        assert content_of(stream) == (message["content"] or "") == expected
        told = any("tool_calls" in delta for delta in deltas(stream))
        assert told == ("tool_calls" in message) == (calls and found is None)
