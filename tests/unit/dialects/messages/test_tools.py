"""Tools and choices in xAI's words, on both of its surfaces."""

from __future__ import annotations

import pytest

from grok2api.errors import Unsupported
from support.messages_turns import Json, parsed, sent

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
WEATHER = {"name": "weather", "description": "The weather.", "input_schema": SCHEMA}
FUNCTION = {"type": "function", "name": "weather", "description": "The weather.", "parameters": SCHEMA}
SEARCH = {"type": "web_search_20250305", "name": "web_search"}


@pytest.mark.parametrize(
    ("tool", "upstream"),
    [
        (WEATHER, FUNCTION),
        (WEATHER | {"type": "custom", "cache_control": {"type": "ephemeral"}}, FUNCTION),
        (WEATHER | {"strict": True, "defer_loading": True}, FUNCTION | {"strict": True}),
        (
            {"name": "f"},
            {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}},
        ),
        (SEARCH, {"type": "web_search"}),
        (
            SEARCH | {"type": "web_search_20260318", "allowed_domains": ["x.ai"]},
            {"type": "web_search", "allowed_domains": ["x.ai"]},
        ),
        (SEARCH | {"blocked_domains": ["a.b"]}, {"type": "web_search", "excluded_domains": ["a.b"]}),
        ({"type": "code_execution_20260521", "name": "code_execution"}, {"type": "code_interpreter"}),
    ],
)
def test_a_tool_in_the_words_of_responses(tool: Json, upstream: Json) -> None:
    assert sent({"tools": [tool]})["tools"] == [upstream]


def test_a_union_at_the_root_of_a_schema_becomes_an_object() -> None:
    schema = {"anyOf": [{"type": "object", "properties": {"a": {"type": "string"}}}]}
    (tool,) = sent({"tools": [{"name": "f", "input_schema": schema}]})["tools"]
    assert tool["parameters"] == {"type": "object", "properties": {"a": {"type": "string"}}}


@pytest.mark.parametrize(
    ("choice", "upstream"),
    [
        ({"type": "auto"}, "auto"),
        ({"type": "any"}, "required"),
        ({"type": "none"}, "none"),
        ({"type": "tool", "name": "weather"}, {"type": "function", "name": "weather"}),
        ({"type": "tool", "name": "web_search"}, {"type": "web_search"}),
    ],
)
def test_a_choice_in_the_words_of_responses(choice: Json, upstream: object) -> None:
    written = sent({"tools": [WEATHER, SEARCH], "tool_choice": choice})
    assert written["tool_choice"] == upstream
    assert "parallel_tool_calls" not in written


def test_one_call_at_a_time() -> None:
    choice = {"type": "auto", "disable_parallel_tool_use": True}
    assert sent({"tools": [WEATHER], "tool_choice": choice})["parallel_tool_calls"] is False


@pytest.mark.parametrize("kind", ["auto", "none"])
def test_a_choice_without_tools_is_left_out(kind: str) -> None:
    assert "tool_choice" not in sent({"tool_choice": {"type": kind}})


def test_servers_of_tools_are_called_by_grok() -> None:
    servers = [
        {
            "type": "url",
            "url": "https://a/mcp",
            "name": "a",
            "authorization_token": "t",
            "tool_configuration": {"enabled": True, "allowed_tools": ["x"]},
        },
        {"type": "url", "url": "https://b/mcp", "name": "b", "tool_configuration": {"enabled": False}},
    ]
    tools = [{"type": "mcp_toolset", "mcp_server_name": "a"}]
    assert sent({"mcp_servers": servers, "tools": tools})["tools"] == [
        {
            "type": "mcp",
            "server_label": "a",
            "server_url": "https://a/mcp",
            "authorization": "t",
            "allowed_tools": ["x"],
        }
    ]


@pytest.mark.parametrize(
    ("tool", "param"),
    [
        (SEARCH | {"allowed_domains": ["a", "b", "c", "d", "e", "f"]}, "tools[0].allowed_domains"),
        (
            {"type": "mcp_toolset", "mcp_server_name": "a", "default_config": {"enabled": False}},
            "tools[0].default_config",
        ),
    ],
)
def test_what_would_call_more_than_was_allowed_is_refused(tool: Json, param: str) -> None:
    servers = [{"type": "url", "url": "https://a/mcp", "name": "a"}]
    with pytest.raises(Unsupported) as caught:
        parsed({"tools": [tool], "mcp_servers": servers})
    assert caught.value.param == param


@pytest.mark.parametrize(("tools", "has"), [([WEATHER], True), ([SEARCH], False), ([], False)])
def test_only_functions_are_tools_of_the_client(tools: list[Json], has: bool) -> None:
    assert parsed({"tools": tools}).has_client_tools is has


@pytest.mark.parametrize(
    ("tools", "needs"), [([WEATHER], False), ([SEARCH], True), ([WEATHER, SEARCH], True), ([], False)]
)
def test_what_upstream_runs_itself_needs_its_responses(tools: list[Json], needs: bool) -> None:
    assert parsed({"tools": tools}).needs_responses is needs
