"""What the real server says on /v1/responses, judged by the Open Responses document."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.event_streams import check_story, response_events
from support.open_responses import check_event, check_item, check_response, needs_schema
from support.processes import Gateway, Sandbox

pytestmark = needs_schema

Json = dict[str, Any]

WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
TOOL = {"type": "function", "name": "get_weather", "description": "d", "parameters": WEATHER, "strict": True}
ASK = "What is the weather in Paris?"
PICTURE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    "AAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
REQUESTS: dict[str, Json] = {
    "text": {"model": "grok-3", "input": "Hello"},
    "text in Chinese": {"model": "grok-4", "input": "你好", "instructions": "用中文回答"},
    "reasoning": {
        "model": "grok-4-mini",
        "input": "Hello",
        "reasoning": {"effort": "high", "summary": "auto"},
    },
    "sealed reasoning": {
        "model": "grok-4",
        "input": "Hello",
        "store": False,
        "include": ["reasoning.encrypted_content"],
    },
    "sealed and stored reasoning": {
        "model": "grok-4",
        "input": "Hello",
        "include": ["reasoning.encrypted_content"],
    },
    "tool": {"model": "grok-4", "input": ASK, "tools": [TOOL]},
    "tools without all keys": {
        "model": "grok-3",
        "input": ASK,
        "tools": [{"type": "function", "name": "get_weather", "parameters": WEATHER}],
        "tool_choice": "required",
    },
    "named tool": {
        "model": "grok-3",
        "input": "Hello",
        "tools": [TOOL],
        "tool_choice": {"type": "function", "name": "get_weather"},
        "parallel_tool_calls": False,
    },
    "tool's result": {
        "model": "grok-3",
        "input": [
            {"role": "user", "content": ASK},
            {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_1", "output": "22 degrees"},
        ],
        "tools": [TOOL],
    },
    "structured": {
        "model": "grok-3",
        "input": "Paris",
        "text": {"format": {"type": "json_schema", "name": "place", "schema": WEATHER, "strict": True}},
    },
    "structured without all keys": {
        "model": "grok-3",
        "input": "Paris",
        "text": {"format": {"type": "json_schema", "name": "place", "schema": WEATHER}},
    },
    "any JSON": {"model": "grok-3", "input": "Paris in JSON", "text": {"format": {"type": "json_object"}}},
    "web search": {"model": "grok-4", "input": "What is xAI?", "tools": [{"type": "web_search"}]},
    "X search": {"model": "grok-4", "input": "What is new?", "tools": [{"type": "x_search"}]},
    "custom tool": {
        "model": "grok-4",
        "input": "Use patch_file.",
        "tools": [{"type": "custom", "name": "patch_file"}],
    },
    "tools of a namespace": {
        "model": "grok-4",
        "input": ASK,
        "tools": [{"type": "namespace", "name": "outside", "description": "d", "tools": [TOOL]}],
    },
    "allowed tools": {
        "model": "grok-4",
        "input": ASK,
        "tools": [TOOL, {"type": "web_search"}],
        "tool_choice": {
            "type": "allowed_tools",
            "mode": "auto",
            "tools": [{"type": "function", "name": "get_weather"}],
        },
    },
    "picture": {
        "model": "grok-4",
        "input": [
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "What is this?"},
                    {"type": "input_image", "image_url": PICTURE, "detail": "auto"},
                ],
            }
        ],
    },
    "all the rest": {
        "model": "grok-3",
        "input": "Hello",
        "temperature": 0.5,
        "top_p": 0.9,
        "max_output_tokens": 400,
        "metadata": {"a": "b"},
        "prompt_cache_key": "k",
        "safety_identifier": "s",
        "user": "u",
        "store": False,
        "truncation": "auto",
        "service_tier": "auto",
        "max_tool_calls": 3,
    },
}
CUT_SHORT = {"model": "grok-3", "input": "Tell me a long story.", "max_output_tokens": 5}


def whole(gateway: Gateway, request: Json) -> Json:
    status, _, content = gateway.post("/responses", request)
    assert status == 200, content
    response: Json = json.loads(content)
    return response


def streamed(gateway: Gateway, request: Json) -> list[Json]:
    status, _, content = gateway.post("/responses", request | {"stream": True})
    assert status == 200, content
    return response_events(content)


@pytest.mark.parametrize("name", REQUESTS)
def test_a_whole_answer(gateway: Gateway, sandbox: Sandbox, name: str) -> None:
    response = whole(gateway, REQUESTS[name])
    check_response(response)
    assert response["status"] == "completed"
    assert response["output"]


@pytest.mark.parametrize("name", REQUESTS)
def test_a_streamed_answer(gateway: Gateway, sandbox: Sandbox, name: str) -> None:
    events = streamed(gateway, REQUESTS[name])
    for event in events:
        check_event(event)
    assert events[-1]["type"] == "response.completed"
    check_story(events)


@pytest.mark.parametrize("name", REQUESTS)
def test_both_have_the_same_keys(gateway: Gateway, sandbox: Sandbox, name: str) -> None:
    response, last = whole(gateway, REQUESTS[name]), streamed(gateway, REQUESTS[name])[-1]["response"]
    assert set(response) - set(last) <= {"output_text", "created"}
    assert set(last) <= set(response)
    assert [item["type"] for item in response["output"]] == [item["type"] for item in last["output"]]
    assert [set(item) for item in response["output"]] == [set(item) for item in last["output"]]


def test_an_answer_cut_short_is_incomplete(gateway: Gateway, sandbox: Sandbox) -> None:
    response, events = whole(gateway, CUT_SHORT), streamed(gateway, CUT_SHORT)
    for event in events:
        check_event(event)
    check_story(events)
    assert events[-1]["type"] == "response.incomplete"
    for each in (response, events[-1]["response"]):
        check_response(each)
        assert each["status"] == "incomplete"
        assert each["incomplete_details"] == {"reason": "max_output_tokens"}
        assert each["output"][-1]["status"] == "incomplete"


@pytest.mark.parametrize("fault", ["stream_error", "response_failed", "cut", "reset", "no_done", "malformed"])
def test_a_stream_that_breaks_ends_as_failed(gateway: Gateway, sandbox: Sandbox, fault: str) -> None:
    """It breaks long after the answer began, so that it cannot be tried again."""
    sandbox.scenario(fault, after_events=1000, match={"path": "/v1/responses"})
    events = streamed(gateway, {"model": "grok-3", "input": "Tell me a story of 1500 words."})
    for event in [*events[:10], *events[-10:]]:
        check_event(event)
    last = events[-1]
    assert last["type"] == "response.failed"
    assert last["response"]["status"] == "failed"
    assert last["response"]["error"]["message"]
    assert last["response"]["id"] == events[0]["response"]["id"]


@pytest.mark.parametrize(
    "name",
    [
        *("text", "reasoning", "tool", "web search", "structured", "picture"),
        *("custom tool", "tools of a namespace", "sealed and stored reasoning"),
    ],
)
def test_a_stored_answer_is_the_same_when_it_is_read(gateway: Gateway, sandbox: Sandbox, name: str) -> None:
    made = whole(gateway, REQUESTS[name])
    status, _, content = gateway.get(f"/responses/{made['id']}")
    assert status == 200
    read = json.loads(content)
    check_response(read)
    assert read.pop("reasoning").keys() == made.pop("reasoning").keys()  # read back: what upstream made of it
    assert read == made
    status, _, content = gateway.get(f"/responses/{made['id']}/input_items")
    assert status == 200
    listed = json.loads(content)
    assert set(listed) == {"object", "data", "first_id", "last_id", "has_more"}
    assert listed["data"]
    for item in listed["data"]:
        check_item(item)
