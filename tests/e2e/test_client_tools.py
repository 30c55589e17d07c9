"""A session that uses custom tools and tools of a namespace, as agents do, through the real server.

xAI knows neither; what it is sent stands in the sandbox's journal, what the client reads is judged by the
official SDK in its strict mode and by the order of its events.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai import BadRequestError, OpenAI
from openai.types.responses import Response

from support.event_streams import check_story, response_events
from support.processes import Gateway, Sandbox

Json = dict[str, Any]

GRAMMAR = 'start: "*** Begin Patch" /.+/'
PATCH: Json = {
    "type": "custom",
    "name": "apply_patch",
    "description": "Changes files.",
    "format": {"type": "grammar", "syntax": "lark", "definition": GRAMMAR},
}
LOOKUP: Json = {
    "type": "function",
    "name": "lookup",
    "description": "Finds a customer.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
CRM: Json = {
    "type": "namespace",
    "name": "crm",
    "description": "All about customers.",
    "tools": [LOOKUP, {"type": "custom", "name": "note"}],
}
WEATHER: Json = LOOKUP | {"name": "get_weather", "description": "The weather in a city."}
TOOLS = [WEATHER, PATCH, CRM, {"type": "web_search", "external_web_access": False}]
OFFERED = ["get_weather", "apply_patch", "crm__lookup", "crm__note"]


def asked(client: OpenAI, *, stream: bool, **request: Any) -> Response:
    """Return the answer, streamed or whole, with its items as strict clients read them."""
    if not stream:
        answer: Response = client.responses.create(model="grok-4", **request)
        return answer
    events = list(client.responses.create(model="grok-4", stream=True, **request))
    assert events[-1].type == "response.completed"
    last: Response = events[-1].response
    return last


def call_of(answer: Response) -> Json:
    """Return the one call of an answer, as a client replays it."""
    calls = [item for item in answer.output if item.type.endswith("_call")]
    assert len(calls) == 1
    return calls[0].model_dump(exclude_none=True)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_session_with_every_kind_of_client_tool(client: OpenAI, sandbox: Sandbox, stream: bool) -> None:
    """Each turn calls one tool, gets its output, and the whole conversation is replayed."""
    history: list[Any] = []
    turns = [
        ("Please use apply_patch for 'readme'.", "custom_tool_call", "apply_patch", None),
        ("Please use crm lookup for Paris.", "function_call", "lookup", "crm"),
        ("Please use crm note about it.", "custom_tool_call", "note", "crm"),
        ("What is the weather in Paris?", "function_call", "get_weather", None),
    ]
    for number, (said, kind, name, namespace) in enumerate(turns):
        history.append({"role": "user", "content": said})
        answer = asked(client, stream=stream, input=history, tools=TOOLS, store=False)
        call = call_of(answer)
        assert (call["type"], call["name"], call.get("namespace")) == (kind, name, namespace)
        assert [tool.type for tool in answer.tools] == ["function", "custom", "namespace", "web_search"]
        output = f"{kind}_output" if kind == "custom_tool_call" else "function_call_output"
        history += [call, {"type": output, "call_id": call["call_id"], "output": f"result {number}"}]
        answer = asked(client, stream=stream, input=history, tools=TOOLS, store=False)
        assert f"result {number}" in answer.output_text
        history.append({"role": "assistant", "content": answer.output_text, "phase": "final_answer"})
    for row in sandbox.calls("/responses"):
        body = row["body"]
        assert [tool["name"] for tool in body["tools"]] == OFFERED
        assert {tool["type"] for tool in body["tools"]} == {"function"}
        kinds = {item.get("type", "message") for item in body["input"]}
        assert kinds <= {"message", "function_call", "function_call_output"}
        assert "phase" not in json.dumps(body["input"])
        assert '"namespace"' not in json.dumps(body["input"])
    names = [item["name"] for item in body["input"] if item.get("type") == "function_call"]
    assert names == ["apply_patch", "crm__lookup", "crm__note", "get_weather"]


def test_the_events_of_a_custom_call_join_to_its_input(gateway: Gateway, sandbox: Sandbox) -> None:
    request = {"model": "grok-4", "stream": True, "input": "Use apply_patch for 'a \"b\" 🎉'", "tools": TOOLS}
    status, _, content = gateway.post("/responses", request)
    assert status == 200
    events = response_events(content)
    check_story(events)
    own = [event for event in events if ".custom_tool_call_input." in event["type"]]
    assert [event["type"].rpartition(".")[2] for event in own] == ["delta", "done"]
    item = events[-1]["response"]["output"][-1]
    assert item["type"] == "custom_tool_call"
    assert "".join(event["delta"] for event in own[:-1]) == own[-1]["input"] == item["input"]
    assert item["input"] == json.loads(json.dumps(item["input"]))
    added = next(e for e in events if e["type"] == "response.output_item.added" and "call_id" in e["item"])
    assert (added["item"]["input"], added["item"]["status"]) == ("", "in_progress")


def test_a_stored_response_shows_its_tools_and_calls_as_the_client_knows_them(client: OpenAI) -> None:
    tools = [PATCH, CRM]
    first = client.responses.create(model="grok-4", input="Use apply_patch for 'x'.", tools=tools)  # type: ignore[arg-type]
    again = client.responses.retrieve(first.id)
    assert again.output == first.output
    assert again.tools[0].to_dict() == PATCH
    namespace = again.tools[1].to_dict()
    assert (namespace["name"], namespace["description"]) == ("crm", "All about customers.")
    inner: Any = namespace["tools"]
    assert [(tool["type"], tool["name"]) for tool in inner] == [("function", "lookup"), ("custom", "note")]
    assert inner[0]["description"] == LOOKUP["description"]
    call = call_of(first)
    output = {"type": "custom_tool_call_output", "call_id": call["call_id"], "output": "done"}
    history: Any = [{"role": "user", "content": "Use apply_patch for 'x'."}, call, output]
    second = client.responses.create(model="grok-4", input=history, tools=tools)  # type: ignore[arg-type]
    assert "done" in second.output_text
    listed = list(client.responses.input_items.list(second.id, order="asc"))
    assert [item.type for item in listed] == ["message", "custom_tool_call", "custom_tool_call_output"]
    assert listed[1].to_dict()["input"] == call["input"]


@pytest.mark.parametrize(
    ("choice", "kind", "name"),
    [
        ({"type": "custom", "name": "apply_patch"}, "custom_tool_call", "apply_patch"),
        ({"type": "function", "name": "lookup", "namespace": "crm"}, "function_call", "lookup"),
        ({"type": "function", "name": "lookup"}, "function_call", "lookup"),
        (
            {"type": "allowed_tools", "mode": "required", "tools": [{"type": "custom", "name": "note"}]},
            "custom_tool_call",
            "note",
        ),
        (
            {"type": "allowed_tools", "mode": "required", "tools": [{"type": "namespace", "name": "crm"}]},
            "function_call",
            "lookup",
        ),
    ],
)
def test_a_choice_of_a_tool_is_kept(client: OpenAI, choice: Json, kind: str, name: str) -> None:
    answer = client.responses.create(model="grok-4", input="Hello", tools=TOOLS, tool_choice=choice)  # type: ignore[call-overload]
    call = call_of(answer)
    assert (call["type"], call["name"]) == (kind, name)
    assert answer.to_dict()["tool_choice"] == choice


def test_a_hosted_tool_that_must_be_used_is_the_only_one_offered(client: OpenAI, sandbox: Sandbox) -> None:
    tools: Any = [
        WEATHER,
        {"type": "web_search"},
        {"type": "code_interpreter", "container": {"type": "auto"}},
    ]
    answer = client.responses.create(
        model="grok-4",
        input="The weather in Paris?",
        tools=tools,
        tool_choice={"type": "web_search_preview"},
    )
    assert "web_search_call" in [item.type for item in answer.output]
    message = answer.output[-1]
    assert message.type == "message"
    assert message.content[0].type == "output_text"
    assert [one.type for one in message.content[0].annotations] == ["url_citation"]
    body = sandbox.calls("/responses")[-1]["body"]
    assert (body["tools"], body["tool_choice"]) == ([{"type": "web_search"}], "required")


def test_a_search_on_x_stays_hidden_beside_a_clients_custom_call(gateway: Gateway) -> None:
    request: Json = {
        "model": "grok-4",
        "input": "What is new?",
        "tools": [{"type": "x_search"}, {"type": "custom", "name": "view_image"}],
        "stream": True,
    }
    _, _, content = gateway.post("/responses", request)
    assert b"custom_tool_call" not in content
    assert [item["type"] for item in response_events(content)[-1]["response"]["output"]][-1] == "message"
    _, _, content = gateway.post("/responses", request | {"input": "Use view_image now."})
    item = response_events(content)[-1]["response"]["output"][-1]
    assert (item["type"], item["name"]) == ("custom_tool_call", "view_image")


def test_a_conversation_as_codex_has_it(gateway: Gateway, sandbox: Sandbox) -> None:
    """Its prompt is a developer message; it replays reasoning with nulls and items with keys of its own."""
    request: Json = {
        "model": "grok-4",
        "stream": True,
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "reasoning": {"summary": "auto"},
        "prompt_cache_key": "thread-1",
        "client_metadata": {"a": "b"},
        "tools": TOOLS,
    }
    passthrough = {"internal_chat_message_metadata_passthrough": {"turn": 1}}
    said = [{"type": "input_text", "text": "Use apply_patch for 'readme'."}]
    items: list[Json] = [
        {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "Be brief."}]},
        {"type": "message", "role": "user", "id": "msg_0191d4b5", "content": said, **passthrough},
    ]
    _, headers, content = gateway.post("/responses", request | {"input": items})
    assert "x-grok2api-dropped-params" not in headers
    output = response_events(content)[-1]["response"]["output"]
    assert [item["type"] for item in output] == ["reasoning", "custom_tool_call"]
    replayed = [{**item, "content": None} if item["type"] == "reasoning" else item for item in output]
    result = {"type": "custom_tool_call_output", "call_id": output[-1]["call_id"], "output": "Done!"}
    items += [*({name: value for name, value in item.items() if name != "id"} for item in replayed), result]
    _, headers, content = gateway.post("/responses", request | {"input": items})
    assert "x-grok2api-dropped-params" not in headers
    last = response_events(content)[-1]
    assert "Done!" in last["response"]["output"][-1]["content"][0]["text"]
    first, second = sandbox.calls("/responses")
    assert first["account"] == second["account"]
    kinds = [item["type"] for item in second["body"]["input"]]
    assert kinds == ["message", "message", "reasoning", "function_call", "function_call_output"]
    assert all(value is not None for item in second["body"]["input"] for value in item.values())
    assert "passthrough" not in json.dumps(second["body"])


def test_a_call_can_be_answered_in_the_stored_conversation(client: OpenAI, sandbox: Sandbox) -> None:
    tools: Any = TOOLS[:3]
    first = client.responses.create(model="grok-4", input="Use crm note now.", tools=tools)
    output: Any = {
        "type": "custom_tool_call_output",
        "call_id": call_of(first)["call_id"],
        "output": "noted well",
    }
    second = client.responses.create(
        model="grok-4", input=[output], tools=tools, previous_response_id=first.id
    )
    assert "noted well" in second.output_text
    assert sandbox.calls("/responses")[-1]["body"]["input"][0]["type"] == "function_call_output"


@pytest.mark.parametrize(
    ("tools", "param"),
    [
        ([{"type": "computer_use"}], "tools[0].type"),
        ([{"type": "apply_patch"}], "tools[0].type"),
        ([PATCH, {"type": "function", "name": "apply_patch"}], "tools[1].name"),
    ],
)
def test_what_cannot_be_offered_is_refused_by_name(client: OpenAI, tools: Any, param: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        client.responses.create(model="grok-4", input="Hello", tools=tools)
    assert caught.value.param == param
