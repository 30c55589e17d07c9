"""Calls of the client's own tools as a client reads them, however upstream tells them."""

from __future__ import annotations

import itertools
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.kit.sse import Frame
from support.responses_api import (
    ACCOUNT,
    CALLER,
    IDS,
    UPSTREAM_ID,
    Json,
    events_in,
    forwarder,
    frames_of,
    judge_response,
    judge_stream,
    kinds_in,
)

FIND: Json = {"type": "function", "name": "find", "parameters": {"type": "object", "properties": {}}}
NOTE: Json = {"type": "custom", "name": "note"}
TOOLS: Json = {
    "tools": [NOTE, {"type": "namespace", "name": "crm", "description": "d", "tools": [FIND, NOTE]}]
}
DELTA = "response.function_call_arguments.delta"


def envelope(kind: str, *output: Json) -> Json:
    status = kind if kind == "completed" else "in_progress"
    response = {"id": UPSTREAM_ID, "created_at": 1795396001, "status": status, "output": list(output)}
    return {"type": f"response.{kind}", "sequence_number": 0, "response": response}


BEGUN = [envelope("created"), envelope("in_progress")]


def call(name: str, arguments: str, place: int = 0) -> Json:
    return {
        "type": "function_call",
        "id": f"fc_{place}",
        "call_id": f"call_{place}",
        "name": name,
        "arguments": arguments,
        "status": "completed",
    }


def opened(item: Json, place: int = 0) -> Json:
    item = item | {"arguments": "", "status": "in_progress"}
    return {"type": "response.output_item.added", "output_index": place, "item": item}


def delta(text: str, place: int = 0) -> Json:
    return {
        "type": DELTA,
        "sequence_number": 3,
        "delta": text,
        "item_id": f"fc_{place}",
        "output_index": place,
    }


def told(arguments: str, place: int = 0) -> Json:
    return {
        "type": "response.function_call_arguments.done",
        "arguments": arguments,
        "item_id": f"fc_{place}",
        "output_index": place,
    }


def closed(item: Json, place: int = 0) -> Json:
    return {"type": "response.output_item.done", "output_index": place, "item": item}


def written(*events: Json) -> bytes:
    return forwarder(TOOLS).feed(frames_of(events))


@given(st.text(max_size=30), st.lists(st.integers(0, 40), max_size=5), st.booleans(), st.booleans())
def test_a_custom_call_is_told_as_its_input(
    text: str, cuts: list[int], ascii_only: bool, with_done: bool
) -> None:
    arguments = json.dumps({"input": text}, ensure_ascii=ascii_only)
    edges = [0, *sorted(min(cut, len(arguments)) for cut in cuts), len(arguments)]
    item = call("note", arguments)
    deltas = [delta(arguments[a:b]) for a, b in itertools.pairwise(edges)]
    ends = [told(arguments)] if with_done else []
    out = written(*BEGUN, opened(item), *deltas, *ends, closed(item), envelope("completed", item))
    (shown,) = judge_stream(out)["output"]
    assert (shown["type"], shown["name"], shown["input"]) == ("custom_tool_call", "note", text)
    assert "arguments" not in shown
    assert shown["id"].startswith("ctc_")
    assert kinds_in(out).count("custom_tool_call_input.done") == 1
    assert b"function_call" not in out
    whole = msgspec.json.decode(
        forwarder(TOOLS).whole(msgspec.json.encode(envelope("completed", item)["response"]))
    )
    assert whole["output"] == [shown]


@pytest.mark.parametrize(
    "events",
    [
        lambda item: [opened(item), closed(item)],
        lambda item: [closed(item)],
        lambda item: [],
        lambda item: [opened(item), delta(item["arguments"])],
        lambda item: [opened(item), told(item["arguments"]), closed(item | {"arguments": ""})],
        lambda item: [opened(item), delta(item["arguments"]), closed(item | {"arguments": None})],
    ],
)
def test_a_custom_call_that_upstream_told_in_part_is_told_in_full(events: Any) -> None:
    item = call("note", '{"input":"a\\nb"}')
    out = written(*BEGUN, *events(item), envelope("completed", item))
    assert judge_stream(out)["output"][0]["input"] == "a\nb"
    kinds = [kind for kind in kinds_in(out) if kind.startswith("custom")]
    assert kinds == ["custom_tool_call_input.delta", "custom_tool_call_input.done"]


def test_a_call_of_a_namespace_comes_back_under_its_own_name() -> None:
    first, second = call("crm__find", '{"a":1}'), call("crm__note", '{"input":"n"}', 1)
    out = written(
        *BEGUN,
        opened(first),
        delta('{"a":1}'),
        told('{"a":1}'),
        closed(first),
        opened(second, 1),
        delta('{"input":"n"}', 1),
        closed(second, 1),
        envelope("completed", first, second),
    )
    response = judge_stream(out)
    judge_response(response)
    assert [(item["type"], item["namespace"], item["name"]) for item in response["output"]] == [
        ("function_call", "crm", "find"),
        ("custom_tool_call", "crm", "note"),
    ]
    done = [e for e in events_in(out) if e["type"] == "response.function_call_arguments.done"]
    assert done[0]["name"] == "find"
    assert b"crm__" not in out


def test_only_deltas_of_custom_calls_are_decoded() -> None:
    """What is no JSON passes as a delta of a function, and cannot be read as one of a custom tool."""
    presenter = forwarder(TOOLS)
    presenter.feed(frames_of([*BEGUN, opened(call("crm__find", "")), opened(call("note", "", 1), 1)]))
    odd = b'{"type":"%b","item_id":"fc_%d","output_index":%d,"delta":"\\x\xff","new":{no json}}'
    for _ in range(3):
        out = presenter.feed([Frame(b"", odd % (DELTA.encode(), 0, 0))])
        assert b'"delta":"\\x\xff","new":{no json}' in out
    with pytest.raises(ValueError, match="JSON"):
        presenter.feed([Frame(b"", odd % (DELTA.encode(), 1, 1))])


@pytest.mark.parametrize("kind", ["reasoning", "compaction"])
def test_encrypted_content_leaves_with_its_mark(kind: str) -> None:
    item = {"type": kind, "id": "x_1", "encrypted_content": "sealed", "summary": []}
    out = written(*BEGUN, closed(item), envelope("completed", item))
    content = judge_stream(out)["output"][0]["encrypted_content"]
    mark, _, text = content.partition(".")
    assert text == "sealed"
    opened_mark = IDS.open(mark)
    assert opened_mark is not None
    assert opened_mark.account_hash == IDS.account_hash(ACCOUNT)
    assert opened_mark.owner_hash == IDS.owner_hash(CALLER.key_id)
    assert b'"sealed"' not in out


def test_a_clients_tool_may_be_called_like_a_search_on_x() -> None:
    presenter = forwarder({"tools": [{"type": "custom", "name": "view_image"}]})
    item = call("view_image", '{"input":"a"}')
    search = {
        "type": "custom_tool_call",
        "id": "ctc_1",
        "call_id": "xs_call_1",
        "name": "view_image",
        "input": "{}",
    }
    out = presenter.feed(
        frames_of([*BEGUN, closed(search), closed(item, 1), envelope("completed", search, item)])
    )
    assert [one["input"] for one in judge_stream(out)["output"]] == ["a"]


@pytest.mark.parametrize(
    "item",
    [
        {
            "type": "shell_call",
            "id": "sh_1",
            "call_id": "c",
            "action": {"commands": ["ls"]},
            "status": "failed",
        },
        {"type": "shell_call", "id": "sh_1"},
        {"type": "tool_search_call", "id": "ts_1", "arguments": {"query": "a"}, "execution": "client"},
        {"type": "tool_search_call", "id": "ts_1", "status": "failed"},
        {
            "type": "mcp_list_tools",
            "id": "l_1",
            "server_label": "s",
            "tools": [{"name": "a", "input_schema": {}}],
        },
    ],
)
def test_strict_clients_take_the_calls_of_other_tools(item: Json) -> None:
    out = written(*BEGUN, opened(item), closed(item), envelope("completed", item))
    last = judge_stream(out)
    body = forwarder().whole(msgspec.json.encode(envelope("completed", item)["response"]))
    assert msgspec.json.decode(body)["output"] == last["output"]
