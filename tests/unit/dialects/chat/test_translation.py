"""What one chat request becomes on each of xAI's surfaces, and what never goes there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from grok2api.canonical.plan import Surface, Target
from grok2api.dialects.chat.dialect import ChatDialect
from grok2api.errors import InvalidRequest, Unsupported
from support.chat_turns import IDS, LEASE, MINIMAL, dispatched, parsed, sent

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
FUNCTION = {"name": "f", "description": "d", "parameters": SCHEMA, "strict": True}
TOOL = {"type": "function", "function": FUNCTION}
FORMAT = {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA, "strict": True}}


def test_the_smallest_request_on_the_responses_surface() -> None:
    assert sent({}) == {
        "model": "grok-4.7",
        "input": [{"role": "user", "content": "hello"}],
        "stream": False,
        "store": False,
    }


def test_the_smallest_request_on_the_chat_surface() -> None:
    assert sent({}, "chat") == {"model": "grok-4.7", "messages": MINIMAL["messages"], "stream": False}
    assert sent({"stream": True}, "chat")["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize(("surface", "path"), [("responses", "/responses"), ("chat", "/chat/completions")])
def test_a_dispatch_says_where_it_goes(surface: Surface, path: str) -> None:
    dispatch = dispatched({"stream": True, "prompt_cache_key": "k"}, surface)
    assert (dispatch.method, dispatch.path, dispatch.stream) == ("POST", path, True)
    assert (dispatch.conversation, dispatch.repeatable) == ("k", True)


def test_the_effort_is_the_targets_own() -> None:
    assert sent({"reasoning_effort": "max"}, effort="xhigh")["reasoning"] == {"effort": "xhigh"}
    assert sent({"reasoning_effort": "max"}, "chat", effort="xhigh")["reasoning_effort"] == "xhigh"
    assert "reasoning" not in sent({"reasoning_effort": "high"})
    assert "reasoning_effort" not in sent({"reasoning_effort": "high"}, "chat")


@pytest.mark.parametrize(
    ("surface", "name"), [("responses", "max_output_tokens"), ("chat", "max_completion_tokens")]
)
def test_the_newer_limit_wins(surface: Surface, name: str) -> None:
    assert sent({"max_tokens": 32000}, surface)[name] == 32000
    assert sent({"max_tokens": 32000.0}, surface)[name] == 32000
    assert sent({"max_tokens": 1, "max_completion_tokens": 2}, surface)[name] == 2


@pytest.mark.parametrize("surface", ["responses", "chat"])
def test_only_what_xai_takes_is_sent(surface: Surface) -> None:
    body = sent(
        {
            "temperature": 0,
            "top_p": 1,
            "user": "u",
            "safety_identifier": "s",
            "prompt_cache_key": "p",
            "stop": ["x"],
            "n": 1,
            "presence_penalty": 0,
            "frequency_penalty": 1,
            "logit_bias": {"1": 2},
            "seed": 3,
            "metadata": {"a": "b"},
            "store": True,
            "service_tier": "priority",
            "search_parameters": {"mode": "off"},
            "logprobs": False,
            "parallel_tool_calls": False,
            "tool_choice": "auto",
            "response_format": {"type": "text"},
            "unheard_of": 1,
        },
        surface,
    )
    always = {"model", "stream"} | ({"input", "store"} if surface == "responses" else {"messages"})
    assert set(body) - always == {"temperature", "top_p", "user", "safety_identifier", "prompt_cache_key"}
    assert body.get("store") is not True


def test_tools_are_flat_on_the_responses_surface() -> None:
    body = sent({"tools": [TOOL], "tool_choice": "required", "parallel_tool_calls": False})
    assert body["tools"] == [{"type": "function", **FUNCTION}]
    assert (body["tool_choice"], body["parallel_tool_calls"]) == ("required", False)


def test_tools_stay_nested_on_the_chat_surface() -> None:
    choice = {"type": "function", "function": {"name": "f"}}
    body = sent({"tools": [TOOL], "tool_choice": choice}, "chat")
    assert (body["tools"], body["tool_choice"]) == ([TOOL], choice)


@pytest.mark.parametrize(
    ("choice", "upstream"),
    [
        ({"type": "function", "function": {"name": "f"}}, {"type": "function", "name": "f"}),
        ({"type": "function", "name": "f"}, {"type": "function", "name": "f"}),
        ("none", "none"),
        ("auto", "auto"),
    ],
)
def test_a_choice_of_tools_is_translated(choice: object, upstream: object) -> None:
    assert sent({"tools": [TOOL], "tool_choice": choice})["tool_choice"] == upstream


def test_legacy_functions_are_tools() -> None:
    body = sent({"functions": [FUNCTION], "function_call": {"name": "f"}})
    assert body["tools"] == [{"type": "function", **FUNCTION}]
    assert body["tool_choice"] == {"type": "function", "name": "f"}
    assert body["parallel_tool_calls"] is False
    assert parsed({"functions": [FUNCTION]}).has_client_tools


def test_whether_the_client_has_tools_is_known() -> None:
    assert parsed({"tools": [TOOL]}).has_client_tools
    assert not parsed({"tools": []}).has_client_tools
    assert not parsed({"tool_choice": "none"}).has_client_tools


@pytest.mark.parametrize(
    ("body", "param", "error"),
    [
        ({"tools": [{"type": "file_search"}]}, "tools[0].type", Unsupported),
        ({"tools": [TOOL, {"type": "custom", "custom": {}}]}, "tools[1].type", Unsupported),
        ({"tools": [{"type": "function"}]}, "tools[0].function", InvalidRequest),
        ({"tools": [{"type": "function", "function": {}}]}, "tools[0].function.name", InvalidRequest),
        (
            {"tools": [{"function": {"name": "f", "parameters": {"type": "string"}}}]},
            "tools[0].function.parameters",
            InvalidRequest,
        ),
        ({"tools": [TOOL] * 351}, "tools", InvalidRequest),
        ({"tool_choice": "required"}, "tool_choice", InvalidRequest),
        ({"tool_choice": {"type": "function", "function": {"name": "f"}}}, "tool_choice", InvalidRequest),
        ({"tools": [TOOL], "tool_choice": "any"}, "tool_choice", InvalidRequest),
        ({"tools": [TOOL], "tool_choice": {"type": "custom"}}, "tool_choice.type", Unsupported),
        (
            {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "g"}}},
            "tool_choice",
            InvalidRequest,
        ),
    ],
)
def test_tools_that_cannot_be_honoured_are_refused_with_their_path(
    body: dict[str, Any], param: str, error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        parsed(body)
    assert getattr(caught.value, "param", None) == param


EMPTY = {"type": "object", "properties": {}}
A, B = {"type": "string"}, {"type": "integer"}


@pytest.mark.parametrize(
    ("schema", "upstream"),
    [
        (None, EMPTY),
        ({}, EMPTY),
        ({"type": ["object", "null"], "properties": {"a": A}}, {"type": "object", "properties": {"a": A}}),
        ({"properties": {"a": A}}, {"type": "object", "properties": {"a": A}}),
        (
            {"type": "object", "additionalProperties": False, "properties": {"a": {"anyOf": [A, B]}}},
            {"type": "object", "additionalProperties": False, "properties": {"a": {"anyOf": [A, B]}}},
        ),
        (
            {"anyOf": [{"properties": {"a": A}, "required": ["a"]}, {"properties": {"b": B}}]},
            {"type": "object", "properties": {"a": A, "b": B}},
        ),
        (
            {"oneOf": [{"properties": {"a": A}}, {"properties": {"a": B}}, {"properties": {"a": A}}]},
            {"type": "object", "properties": {"a": {"anyOf": [A, B]}}},
        ),
        (
            {
                "required": ["a"],
                "properties": {"a": A},
                "allOf": [{"$ref": "#/$defs/B"}, True],
                "$defs": {"B": {"properties": {"b": B}, "required": ["b"]}},
            },
            {
                "type": "object",
                "required": ["a", "b"],
                "properties": {"a": A, "b": B},
                "$defs": {"B": {"properties": {"b": B}, "required": ["b"]}},
            },
        ),
        ({"anyOf": [{"$ref": "#/elsewhere"}, 5]}, EMPTY),
    ],
)
def test_a_schema_gets_an_object_for_its_root(schema: object, upstream: object) -> None:
    body = sent({"tools": [{"type": "function", "function": {"name": "f", "parameters": schema}}]})
    assert body["tools"][0]["parameters"] == upstream


@pytest.mark.parametrize(
    ("wanted", "upstream"),
    [
        ({"type": "json_object"}, {"type": "json_object"}),
        (FORMAT, {"type": "json_schema", "name": "n", "schema": SCHEMA, "strict": True}),
        (
            {"type": "json_schema", "json_schema": {"schema": SCHEMA, "description": "d"}},
            {"type": "json_schema", "name": "response", "schema": SCHEMA, "description": "d"},
        ),
    ],
)
def test_a_response_format_is_flat_on_the_responses_surface(wanted: object, upstream: object) -> None:
    assert sent({"response_format": wanted})["text"] == {"format": upstream}


def test_a_response_format_stays_nested_on_the_chat_surface() -> None:
    assert sent({"response_format": FORMAT}, "chat")["response_format"] == FORMAT
    json = {"type": "json_object"}
    assert sent({"response_format": json}, "chat")["response_format"] == json


@pytest.mark.parametrize("surface", ["responses", "chat"])
def test_attempts_share_what_was_read_and_none_changes_it(surface: Surface) -> None:
    call = parsed({"tools": [TOOL], "response_format": FORMAT, "prompt_cache_key": "k", "max_tokens": 5.0})
    targets = (Target("grok-4.7", "high", surface), Target("grok-4.3", None, surface))
    shared = [ChatDialect(IDS).translate(call, target, LEASE).content for target in (*targets, *targets)]
    unprepared = [
        ChatDialect(IDS).translate(replace(call, prepared=None), target, LEASE).content
        for target in (*targets, *targets)
    ]
    assert shared == unprepared
    assert shared[:2] == shared[2:]


@pytest.mark.parametrize(
    "body",
    [
        {"tools": [{**TOOL, "type": None}]},
        {"tools": [TOOL], "tool_choice": {"type": None, "function": {"name": "f"}}},
        {"search_parameters": {"mode": None}},
        {
            "messages": [
                {"role": "assistant", "tool_calls": [{"id": "c", "type": None, "function": FUNCTION}]}
            ]
        },
    ],
)
def test_a_null_inside_is_as_good_as_absent(body: dict[str, Any]) -> None:
    assert sent(body) == sent(_without_null(body))


def _without_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_null(inner) for name, inner in value.items() if inner is not None}
    return [_without_null(inner) for inner in value] if isinstance(value, list) else value
