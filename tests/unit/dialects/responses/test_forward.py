"""What a Responses client reads, above all when upstream is terse, sloppy, or fails."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.canonical.usage import Usage
from grok2api.dialects.base import Ending
from grok2api.errors import InvalidRequest, UpstreamError
from grok2api.kit.sse import Frame
from support.responses_api import (
    DIALECT,
    UPSTREAM_ID,
    VIEW,
    Json,
    events_in,
    forwarder,
    frames_of,
    judge_event,
    judge_response,
    judge_stream,
    kinds_in,
    parse,
)

MESSAGE = f"msg_{UPSTREAM_ID}"
USAGE = {
    "input_tokens": 5,
    "input_tokens_details": {"cached_tokens": 1},
    "output_tokens": 7,
    "output_tokens_details": {"reasoning_tokens": 2},
    "total_tokens": 12,
}


def envelope(kind: str, *output: Json, **more: Any) -> Json:
    status = kind if kind in {"completed", "incomplete", "failed"} else "in_progress"
    response = {"id": UPSTREAM_ID, "created_at": 1795396001, "status": status, "output": list(output), **more}
    return {"type": f"response.{kind}", "sequence_number": 0, "response": response}


def added(place: int, **item: Any) -> Json:
    return {"type": "response.output_item.added", "output_index": place, "item": item}


def done(place: int, **item: Any) -> Json:
    return {"type": "response.output_item.done", "output_index": place, "item": item}


def said(delta: str, place: int = 0, **more: Any) -> Json:
    return {
        "sequence_number": 9,
        "type": "response.output_text.delta",
        "content_index": 0,
        "delta": delta,
        "item_id": MESSAGE,
        "logprobs": [],
        "output_index": place,
        **more,
    }


def message(text: str) -> Json:
    return {
        "type": "message",
        "id": MESSAGE,
        "role": "assistant",
        "content": [{"type": "output_text", "text": text}],
    }


BEGUN = [envelope("created"), envelope("in_progress")]


def written(*events: Json, request: Json | None = None) -> bytes:
    return forwarder(request).feed(frames_of(events))


def test_a_message_that_comes_only_at_the_end_is_told_in_full() -> None:
    out = written(envelope("completed", message("hi"), usage=USAGE))
    assert kinds_in(out) == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
        "[DONE]",
    ]
    assert judge_stream(out)["usage"]["total_tokens"] == 12


@pytest.mark.parametrize(
    ("delta", "item", "kind"),
    [
        (said("a"), message("a"), "message"),
        (
            {"type": "response.refusal.delta", "delta": "a", "item_id": MESSAGE, "output_index": 0},
            {"type": "message", "id": MESSAGE, "content": [{"type": "refusal", "refusal": "a"}]},
            "message",
        ),
        (
            {
                "type": "response.reasoning_summary_text.delta",
                "delta": "a",
                "item_id": "rs_1",
                "output_index": 0,
            },
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "a"}]},
            "reasoning",
        ),
        (
            {"type": "response.reasoning.delta", "delta": "a", "item_id": "rs_1", "output_index": 0},
            {"type": "reasoning", "id": "rs_1", "content": [{"type": "reasoning_text", "text": "a"}]},
            "reasoning",
        ),
    ],
)
def test_an_item_that_upstream_never_opened_is_opened(delta: Json, item: Json, kind: str) -> None:
    last = judge_stream(written(*BEGUN, delta, done(0, **item), envelope("completed", item, usage=USAGE)))
    assert [one["type"] for one in last["output"]] == [kind]


def test_everything_upstream_may_leave_out_of_a_delta_is_put_in() -> None:
    bare = {"type": "response.output_text.delta", "delta": "a", "output_index": 0}
    out = written(*BEGUN, added(0, **message("")), bare, done(0, **message("a")), envelope("completed"))
    judge_stream(out)
    null = said("a", logprobs=None)
    out = written(*BEGUN, added(0, **message("")), null, done(0, **message("a")), envelope("completed"))
    judge_stream(out)


def test_a_delta_is_not_decoded() -> None:
    presenter = forwarder()
    presenter.feed(frames_of([*BEGUN, added(0, **message("")), said("x")]))
    head = b'{"type":"response.output_text.delta","delta":"\\u0041 \xff","output_index":0,"content_index":0,'
    odd = head + b'"item_id":"m","logprobs":[],"new":{"not": json, \'at\' all}, "sequence_number" : 4}'
    out = presenter.feed([Frame(b"", odd)])
    assert head in out
    assert b'"new":{"not": json, \'at\' all}, "sequence_number":5}' in out
    assert b'"item_id":"msg_' in out


@given(st.lists(st.text(max_size=12), min_size=1, max_size=8), st.data())
def test_any_text_and_any_grouping_give_the_same_bytes(texts: list[str], data: st.DataObject) -> None:
    whole = message("".join(texts))
    frames = frames_of(
        [
            *BEGUN,
            added(0, **message("")),
            *(said(text) for text in texts),
            done(0, **whole),
            envelope("completed", whole, usage=USAGE),
        ],
        event_lines=data.draw(st.booleans()),
    )
    at_once = forwarder().feed(frames)
    assert judge_stream(at_once)["output"][0]["content"][0]["text"] == "".join(texts)
    presenter, pieces, rest = forwarder(), [], frames
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        pieces.append(presenter.feed(rest[:size]))
        rest = rest[size:]
    assert b"".join(pieces) == at_once


@given(st.lists(st.tuples(st.sampled_from(["a", '"item_id":', "\\", "}\n"]), st.booleans()), max_size=8))
def test_deltas_of_two_items_do_not_mix(steps: list[tuple[str, bool]]) -> None:
    texts = {place: "".join(text for text, first in steps if first is (place == 0)) for place in (0, 1)}
    calls = [
        {"type": "function_call", "id": f"fc_{place}", "call_id": "c", "name": "f", "arguments": texts[place]}
        for place in (0, 1)
    ]
    deltas = [
        {
            "sequence_number": 3,
            "type": "response.function_call_arguments.delta",
            "delta": text,
            "item_id": f"fc_{int(not first)}",
            "output_index": int(not first),
        }
        for text, first in steps
    ]
    opened = [added(place, **call) for place, call in enumerate(calls)]
    closed = [done(place, **call) for place, call in enumerate(calls)]
    out = written(*BEGUN, *opened, *deltas, *closed, envelope("completed", *calls, usage=USAGE))
    output = judge_stream(out)["output"]
    assert [item["arguments"] for item in output] == [texts[place] or "{}" for place in (0, 1)]


@pytest.mark.parametrize("ended", [{}, {"type": "reasoning"}, {"type": ["message"]}, {"content": 5}])
def test_an_item_ends_as_the_kind_that_it_began_as(ended: Json) -> None:
    out = written(*BEGUN, added(0, **message("")), said("a"), done(0, **ended), envelope("completed"))
    assert [event["item"]["type"] for event in events_in(out) if "item" in event] == ["message", "message"]


def test_a_custom_call_whose_name_is_no_text_is_shown_as_one_without_a_name() -> None:
    odd = {"type": "custom_tool_call", "id": "c_1", "call_id": "c", "name": ["x_keyword_search"], "input": ""}
    assert b"response.completed" in written(*BEGUN, added(0, **odd), done(0, **odd), envelope("completed"))


def test_searches_on_x_are_not_shown() -> None:
    search = {"type": "custom_tool_call", "id": "ctc_1", "call_id": "xs_call_1", "name": "x_keyword_search"}
    newer = {"type": "x_search_call", "id": "xs_2"}
    hidden = ("response.custom_tool_call_input.delta", "response.x_search_call.searching")
    events = [
        *BEGUN,
        added(0, **search),
        *({"type": kind, "delta": "q", "item_id": "ctc_1", "output_index": 0} for kind in hidden),
        done(0, **search),
        done(1, **newer),
        added(2, **message("")),
        said("a", place=2),
        done(2, **message("a")),
        envelope("completed", search, newer, message("a"), usage=USAGE),
    ]
    out = written(*events)
    assert b"ctc_" not in out
    assert b"x_search" not in out
    assert [item["type"] for item in judge_stream(out)["output"]] == ["message"]


def test_progress_of_a_search_is_told_once() -> None:
    call = {
        "type": "web_search_call",
        "id": "ws_1",
        "status": "completed",
        "action": {"type": "search", "query": None},
    }
    step = {"type": "response.web_search_call.searching", "item_id": "ws_1", "output_index": 0}
    out = written(
        *BEGUN, added(0, **call), step, step, done(0, **call), envelope("completed", call, usage=USAGE)
    )
    assert kinds_in(out)[2:7] == [
        "output_item.added",
        "web_search_call.in_progress",
        "web_search_call.searching",
        "web_search_call.completed",
        "output_item.done",
    ]
    assert judge_stream(out)["output"][0]["action"] == {"type": "search", "query": ""}


def test_two_items_of_one_name_are_told_apart() -> None:
    first, second = message("a"), message("b")
    out = written(
        *BEGUN, done(0, **first), done(1, **second), envelope("completed", first, second, usage=USAGE)
    )
    output = judge_stream(out)["output"]
    assert output[0]["id"] != output[1]["id"]
    body = forwarder().whole(msgspec.json.encode(envelope("completed", first, second)["response"]))
    assert [item["id"] for item in msgspec.json.decode(body)["output"]] == [item["id"] for item in output]


def test_nothing_of_upstreams_ids_or_model_is_shown() -> None:
    upstream = envelope("completed", message("a"), model="grok-4.7", usage=USAGE)
    assert UPSTREAM_ID.encode() not in written(*BEGUN, said("a"), upstream)
    assert b"grok-4.7" not in written(*BEGUN, said("a"), upstream)


def test_what_comes_after_the_end_is_ignored() -> None:
    presenter = forwarder()
    out = presenter.feed(frames_of([*BEGUN, envelope("completed", usage=USAGE), said("late")]))
    assert events_in(out)[-1] == {"type": "[DONE]"}
    assert presenter.feed([Frame(b"", b"[DONE]"), *frames_of([said("later")])]) == b""
    assert presenter.fail(UpstreamError("late")) == b""
    assert presenter.ending == Ending("completed", Usage(input=5, cached=1, output=7, reasoning=2))


def test_the_answer_begins_with_the_first_event_of_an_item() -> None:
    presenter = forwarder()
    out = presenter.feed(
        frames_of([*BEGUN, {"type": "ping"}, {"type": "keepalive"}, {"type": "session.note"}])
    )
    assert kinds_in(out) == ["created", "in_progress"]
    assert not presenter.answering
    presenter.feed(frames_of([added(0, **message(""))]))
    assert presenter.answering


@pytest.mark.parametrize(
    ("event", "failure"),
    [
        (envelope("failed", error={"code": "x", "message": "m"}), {"code": "x", "message": "m"}),
        ({"type": "error", "error": {"code": "x"}}, {"code": "x"}),
        ({"type": "error", "code": "x", "message": "m"}, {"type": "error", "code": "x", "message": "m"}),
        ({"code": "x", "error": "text"}, {"code": "x", "error": "text"}),
        ({**envelope("failed", error={"code": "x"}), "type": "response.completed"}, {"code": "x"}),
    ],
)
def test_a_failure_of_upstream_is_left_to_the_gateway(event: Json, failure: Json) -> None:
    presenter = forwarder()
    frames = [*frames_of(BEGUN), Frame(b"", msgspec.json.encode(event))]
    assert kinds_in(presenter.feed(frames)) == ["created", "in_progress"]
    assert presenter.ending == Ending("failed", failure=failure)
    assert not presenter.answering
    assert presenter.feed(frames_of([said("late")])) == b""


def test_a_stream_that_fails_midway_ends_with_one_failed_response() -> None:
    presenter = forwarder({"metadata": {"a": "b"}})
    first = message("a")
    events = [*BEGUN, done(0, **first), added(1, type="function_call", id="fc_1", name="f")]
    before = presenter.feed(frames_of(events))
    last = presenter.feed(
        frames_of([envelope("failed", error={"code": "x", "message": "secret"}, usage=USAGE)])
    )
    end = presenter.fail(UpstreamError("Try again.", code="rate_limit_exceeded", status=429))
    assert last == b""
    events = events_in(before + end)
    assert [event["sequence_number"] for event in events[:-1]] == list(range(len(events) - 1))
    failed = events[-2]["response"]
    assert events[-2]["type"] == "response.failed"
    assert events[-1] == {"type": "[DONE]"}
    assert (failed["status"], failed["error"]) == (
        "failed",
        {"code": "rate_limit_exceeded", "message": "Try again."},
    )
    assert [item["type"] for item in failed["output"]] == ["message"]
    assert (failed["usage"]["total_tokens"], failed["metadata"]) == (12, {"a": "b"})
    assert b"secret" not in end
    for event in events[:-1]:
        judge_event(event)
    assert presenter.fail(UpstreamError("again")) == b""


def test_what_was_written_before_a_broken_event_is_not_lost() -> None:
    presenter = forwarder()
    with pytest.raises(ValueError, match="truncated"):
        presenter.feed([*frames_of(BEGUN), Frame(b"response.output_item.added", b'{"item":')])
    assert kinds_in(presenter.fail(UpstreamError("Broken."))) == [
        "created",
        "in_progress",
        "failed",
        "[DONE]",
    ]


@pytest.mark.parametrize(
    "frame",
    [
        Frame(b"response.output_text.delta", b'{"delta":"a"'),
        Frame(b"response.output_item.done", b'{"output_index":0}'),
        Frame(b"response.completed", b"[]"),
        Frame(b"response.completed", b'{"response":null}'),
        Frame(b"response.created", b"[" * 5000),
    ],
)
def test_what_cannot_be_read_is_an_error(frame: Frame) -> None:
    presenter = forwarder()
    presenter.feed(frames_of(BEGUN))
    with pytest.raises(ValueError, match=r"."):
        presenter.feed([frame])


def test_a_failure_before_the_first_event_is_still_a_whole_stream() -> None:
    error = UpstreamError("No luck.", code="server_error")
    call = parse({"stream": True, "instructions": "i"})
    for out in (forwarder({"instructions": "i"}).fail(error), DIALECT.opened_failure(call, VIEW, error)):
        events = events_in(out)
        assert [event["type"] for event in events] == ["response.created", "response.failed", "[DONE]"]
        assert events[0]["response"]["id"] == events[1]["response"]["id"]
        assert events[1]["response"]["instructions"] == "i"
        for event in events[:-1]:
            judge_event(event)


def test_a_stream_without_an_end_has_not_ended() -> None:
    presenter = forwarder()
    presenter.feed(frames_of([*BEGUN, said("a")]))
    assert presenter.finish() == b""
    assert presenter.ending is None


@pytest.mark.parametrize("reason", ["max_output_tokens", "max_time_limit", "content_filter"])
def test_an_incomplete_answer_says_why_in_words_that_clients_know(reason: str) -> None:
    end = envelope("incomplete", message("a"), incomplete_details={"reason": reason}, usage=USAGE)
    out = written(*BEGUN, end)
    last = events_in(out)[-2]["response"]
    known = "content_filter" if reason == "content_filter" else "max_output_tokens"
    assert (last["status"], last["incomplete_details"]) == ("incomplete", {"reason": known})
    assert last["output"][-1]["status"] == ("completed" if reason == "content_filter" else "incomplete")
    assert last["completed_at"] is None


@pytest.mark.parametrize(
    "request_fields",
    [
        {},
        {
            "tools": [
                {"type": "function", "name": "f"},
                {"type": "web_search_preview", "search_context_size": "low"},
                {"type": "code_interpreter"},
                {
                    "type": "mcp",
                    "server_label": "s",
                    "server_url": "https://x.example",
                    "require_approval": "never",
                },
            ],
            "tool_choice": {"type": "function", "name": "f"},
        },
        {
            "text": {
                "format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}},
                "verbosity": "low",
            }
        },
        {"user": "u", "metadata": {"a": "b"}, "temperature": 0, "top_p": 1, "max_output_tokens": 32000.0},
        {"store": False, "parallel_tool_calls": False, "reasoning": {"effort": "high", "summary": "concise"}},
    ],
)
def test_a_whole_answer_echoes_its_request(request_fields: Json) -> None:
    presenter = forwarder(request_fields)
    upstream = envelope("completed", message("hi"), usage=USAGE, user=None, tools=None)["response"]
    response = msgspec.json.decode(presenter.whole(msgspec.json.encode(upstream)), type=dict[str, Any])
    judge_response(response)
    assert len(response) == 31 + 2 + ("user" in request_fields)
    assert response["output_text"] == "hi"
    for name in ("user", "metadata", "store", "parallel_tool_calls", "reasoning", "max_output_tokens"):
        if name in request_fields:
            assert response[name] == request_fields[name]
    for tool, asked in zip(response["tools"], request_fields.get("tools", []), strict=True):
        assert tool.items() >= asked.items()


@pytest.mark.parametrize(
    "item",
    [
        {"type": "file_search_call", "id": "fs_1", "status": "completed", "queries": None, "results": None},
        {"type": "code_interpreter_call", "id": "ci_1", "code": "1", "outputs": None, "status": "failed"},
        {"type": "mcp_call", "id": "mcp_1", "name": "f", "arguments": "{}", "error": None, "output": None},
        {
            "type": "image_generation_call",
            "id": "ig_1",
            "status": "completed",
            "result": "aGk=",
            "prompt": "p",
        },
        {"type": "web_search_call", "id": "ws_1", "action": {"type": "open_page", "url": None}},
        {"type": "web_search_call", "id": "ws_1", "action": {"type": "find_in_page", "url": "https://x.ai"}},
        {"type": "web_search_call", "id": "ws_1", "action": {"type": "search", "sources": ["https://x.ai"]}},
        {"type": "web_search_call", "id": "fc_1", "name": "web_search", "arguments": "not json"},
        {
            "type": "web_search_call",
            "id": "fc_1",
            "name": "browse_page",
            "arguments": '{"url":"https://x.ai"}',
        },
        {"type": "compaction", "id": "cmp_1", "encrypted_content": "e"},
        {"type": "reasoning", "id": "rs_1", "summary": None, "content": None, "encrypted_content": None},
        {"type": "message", "id": "m", "role": None, "status": "failed", "content": "plain"},
        {
            "type": "message",
            "content": [
                {"type": "output_text", "text": None, "annotations": [{"type": "url_citation", "url": "x]"}]}
            ],
        },
        {"type": "function_call", "id": "fc_1", "call_id": "c", "name": "f", "arguments": {"a": 1}},
    ],
)
def test_strict_clients_take_every_kind_of_item(item: Json) -> None:
    out = written(*BEGUN, added(0, **item), done(0, **item), envelope("completed", item, usage=USAGE))
    last = judge_stream(out)
    body = forwarder().whole(msgspec.json.encode(envelope("completed", item, usage=USAGE)["response"]))
    assert msgspec.json.decode(body)["output"] == last["output"]


@pytest.mark.parametrize(
    ("content", "failure"),
    [
        ({"code": "x", "error": "text"}, {"code": "x", "error": "text"}),
        (envelope("failed", error={"code": "x"})["response"], {"code": "x"}),
    ],
)
def test_a_whole_answer_that_failed_is_left_to_the_gateway(content: Json, failure: Json) -> None:
    presenter = forwarder()
    assert presenter.whole(msgspec.json.encode(content)) == b""
    assert presenter.ending == Ending("failed", failure=failure)


@pytest.mark.parametrize("content", [b"", b"null", b"<html>", b'{"output":[]}'])
def test_a_whole_answer_that_cannot_be_read_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        forwarder().whole(content)


def test_an_error_before_the_stream_has_openais_envelope() -> None:
    body = msgspec.json.decode(DIALECT.error_body(InvalidRequest("No.", param="model"), "req_1"))
    assert body["error"].keys() == {"message", "type", "param", "code"}
