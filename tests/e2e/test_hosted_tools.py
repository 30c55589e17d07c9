"""Tools that run at xAI: their items and their events, through the real server, judged by the strict SDK."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai import OpenAI

from support.event_streams import response_events
from support.open_responses import SCHEMA, check_event, check_response
from support.processes import Gateway

Json = dict[str, Any]

MCP: Json = {"type": "mcp", "server_label": "sandbox", "server_url": "https://mcp.invalid"}
TOOLS: list[Json] = [
    {"type": "code_interpreter", "container": {"type": "auto"}},
    {"type": "file_search", "vector_store_ids": ["collection_1"]},
    MCP | {"require_approval": "never"},
    {"type": "image_generation"},
    {"type": "web_search"},
]
INCLUDE = ["code_interpreter_call.outputs", "file_search_call.results", "mcp_call.output"]
KINDS = [
    "reasoning",
    "web_search_call",
    "code_interpreter_call",
    "file_search_call",
    "mcp_list_tools",
    "mcp_call",
    "image_generation_call",
    "message",
]
FAMILIES: dict[str, list[str]] = {
    "web_search_call": [f"web_search_call.{step}" for step in ("in_progress", "searching", "completed")],
    "code_interpreter_call": [
        "code_interpreter_call.in_progress",
        "code_interpreter_call_code.delta",
        "code_interpreter_call_code.done",
        "code_interpreter_call.interpreting",
        "code_interpreter_call.completed",
    ],
    "file_search_call": [f"file_search_call.{step}" for step in ("in_progress", "searching", "completed")],
    "mcp_list_tools": ["mcp_list_tools.in_progress", "mcp_list_tools.completed"],
    "mcp_call": [
        "mcp_call.in_progress",
        "mcp_call_arguments.delta",
        "mcp_call_arguments.done",
        "mcp_call.completed",
    ],
    "image_generation_call": [
        f"image_generation_call.{step}" for step in ("in_progress", "generating", "completed")
    ],
}
ASK = "Compute it in the file, ask mcp and draw it."


def test_the_strict_sdk_takes_every_item_and_event(client: OpenAI) -> None:
    tools: Any = TOOLS
    include: Any = INCLUDE[:2]
    whole = client.responses.create(model="grok-4", input=ASK, tools=tools, include=include)
    assert [item.type for item in whole.output] == KINDS
    code = whole.output[2].to_dict()
    assert code["outputs"] == [{"type": "logs", "logs": f"{ASK}\n"}]
    stream = client.responses.create(model="grok-4", input=ASK, tools=tools, include=include, stream=True)
    events = list(stream)
    assert events[-1].type == "response.completed"
    assert [item.type for item in events[-1].response.output] == KINDS
    assert client.responses.retrieve(whole.id).output == whole.output


def test_the_events_of_each_family_come_in_order_under_one_id(gateway: Gateway) -> None:
    request = {"model": "grok-4", "input": ASK, "tools": TOOLS, "include": INCLUDE, "stream": True}
    status, _, content = gateway.post("/responses", request)
    assert status == 200
    events = response_events(content)
    output = events[-1]["response"]["output"]
    assert [item["type"] for item in output] == KINDS
    for index, item in enumerate(output):
        own = [event for event in events if event.get("output_index") == index]
        assert {event.get("item_id") or event["item"]["id"] for event in own} == {item["id"]}
        if item["type"] in FAMILIES:
            kinds = list(dict.fromkeys(event["type"].removeprefix("response.") for event in own))
            assert kinds == ["output_item.added", *FAMILIES[item["type"]], "output_item.done"]
    assert output[5]["output"] == ASK


def test_the_output_of_hosted_tools_is_taken_back(gateway: Gateway) -> None:
    first = {"model": "grok-4", "input": ASK, "tools": TOOLS, "include": INCLUDE, "store": False}
    _, _, content = gateway.post("/responses", first)
    history = [{"role": "user", "content": ASK}, *json.loads(content)["output"]]
    again = first | {"input": [*history, {"role": "user", "content": "say exactly: fine"}]}
    status, _, content = gateway.post("/responses", again)
    assert (status, json.loads(content)["output_text"].partition("[")[0]) == (200, "fine")


@pytest.mark.skipif(not SCHEMA, reason="OPEN_RESPONSES_SCHEMA is not set: that schema judges nothing")
def test_the_open_responses_document_takes_what_stands_around_them(gateway: Gateway) -> None:
    request = {"model": "grok-4", "input": "What is xAI? Compute it.", "tools": [TOOLS[0], TOOLS[4]]}
    _, _, content = gateway.post("/responses", request | {"stream": True})
    events = response_events(content)
    for event in events:
        check_event(event)
    check_response(events[-1]["response"])


def test_a_shell_is_run_by_the_client(client: OpenAI) -> None:
    tools: Any = [{"type": "shell", "environment": {"type": "local"}}]
    first = client.responses.create(model="grok-4", input="Use the shell.", tools=tools)
    call = first.output[-1]
    assert call.type == "shell_call"
    assert call.action.commands[0].startswith("echo")
    outcome = {"type": "exit", "exit_code": 0}
    output: Any = {
        "type": "shell_call_output",
        "call_id": call.call_id,
        "output": [{"stdout": "hi there", "stderr": "", "outcome": outcome}],
    }
    second = client.responses.create(
        model="grok-4", previous_response_id=first.id, input=[output], tools=tools
    )
    assert "hi there" in second.output_text


def test_a_tool_of_an_mcp_server_can_be_demanded(gateway: Gateway, sandbox: Any) -> None:
    choice = {"type": "mcp", "server_label": "sandbox", "name": "ask"}
    request = {"model": "grok-4", "input": "Ask mcp.", "tools": [*TOOLS, MCP | {"server_label": "other"}]}
    status, _, content = gateway.post("/responses", request | {"tool_choice": choice})
    assert status == 200, content
    body = sandbox.calls("/responses")[-1]["body"]
    assert body["tools"] == [MCP | {"allowed_tools": ["ask"]}]
    assert body["tool_choice"] == "required"
    assert json.loads(content)["tool_choice"] == choice
