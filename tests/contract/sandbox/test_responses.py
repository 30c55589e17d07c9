"""Responses: items, events, storage, ownership, search, encrypted reasoning."""

from __future__ import annotations

from typing import Any

import jsonschema  # type: ignore[import-untyped]
import msgspec

WEATHER = {
    "type": "function",
    "name": "weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


def text_of(response: Any) -> str:
    return "".join(
        p["text"] for item in response["output"] if item["type"] == "message" for p in item["content"]
    )


async def test_a_response_and_its_arithmetic(client: Any) -> None:
    body = (await client.respond("say exactly: ok", model="grok-4.7")).json
    assert text_of(body) == "ok"
    assert [item["type"] for item in body["output"]] == ["reasoning", "message"]
    assert body["output"][0]["id"] == f"rs_{body['id']}"
    assert body["output"][1]["id"] == f"msg_{body['id']}"
    assert body["status"] == "completed"
    assert body["store"] is True
    usage = body["usage"]
    assert usage["output_tokens"] > usage["output_tokens_details"]["reasoning_tokens"] > 0
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


async def test_event_order(client: Any) -> None:
    got = await client.respond("只回复：你好", stream=True, model="grok-4.7")
    events = got.events
    assert got.done
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert [frame.split("\n")[0] for frame in got.frames[:-1]] == [f"event: {e['type']}" for e in events]
    kinds = [kind.removeprefix("response.") for kind in dict.fromkeys(event["type"] for event in events)]
    assert kinds == [
        "created",
        "in_progress",
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "completed",
    ]
    assert "".join(e["delta"] for e in events if e["type"] == "response.output_text.delta") == "你好"
    whole = events[-1]["response"]
    assert (await client.send("GET", f"/v1/responses/{whole['id']}")).json == whole


async def test_a_conversation_continues_within_its_team(client: Any) -> None:
    first = (await client.respond("My name is Bob", model="grok-4.7")).json
    more = {"previous_response_id": first["id"]}
    second = (await client.respond("What is my name?", **more)).json
    assert "Bob" in text_of(second)
    assert second["previous_response_id"] == first["id"]
    assert second["usage"]["input_tokens"] > first["usage"]["input_tokens"]
    assert "Bob" in text_of((await client.respond("What is my name?", key="alice--2", **more)).json)
    path = f"/v1/responses/{first['id']}"
    assert (await client.respond("What is my name?", key="bob", **more)).status == 404
    assert (await client.send("GET", path, key="bob")).status == 404
    assert (await client.send("DELETE", path, key="bob")).status == 404
    deleted = (await client.send("DELETE", path)).json
    assert deleted == {"id": first["id"], "object": "response", "deleted": True}
    assert (await client.send("GET", path)).status == 404


async def test_what_is_not_stored_is_not_found(client: Any) -> None:
    for key, more in (("alice", {"store": False}), ("carol-zdr", {})):
        body = (await client.respond("hi", key=key, **more)).json
        assert body["store"] is False
        assert (await client.send("GET", f"/v1/responses/{body['id']}", key=key)).status == 404
    kept = (await client.respond("hi")).json
    await client.send("POST", "/sandbox/clock", {"advance": 31 * 86_400})
    assert (await client.send("GET", f"/v1/responses/{kept['id']}")).status == 404


async def test_input_items_are_paged(client: Any) -> None:
    asked = [{"role": "user", "content": text} for text in ("one", "two", "three")]
    path = f"/v1/responses/{(await client.respond(asked)).json['id']}/input_items"
    page = (await client.send("GET", f"{path}?order=asc&limit=2")).json
    assert [item["content"][0]["text"] for item in page["data"]] == ["one", "two"]
    assert page["has_more"] is True
    rest = (await client.send("GET", f"{path}?order=asc&after={page['last_id']}")).json
    assert [item["content"][0]["text"] for item in rest["data"]] == ["three"]
    assert rest["has_more"] is False


async def test_function_calls(client: Any) -> None:
    got = await client.respond("weather in Paris", tools=[WEATHER], stream=True)
    whole = got.events[-1]["response"]
    call = whole["output"][-1]
    assert call["type"] == "function_call"
    assert call["id"] == f"fc_{whole['id']}_0"
    assert call["arguments"] == '{"city":"Paris"}'
    done = [e for e in got.events if e["type"] == "response.function_call_arguments.done"]
    assert done[0]["arguments"] == call["arguments"]
    result = {"type": "function_call_output", "call_id": call["call_id"], "output": "rain"}
    stateless = [{"role": "user", "content": "weather in Paris"}, *whole["output"], result]
    assert "weather tool returned: rain" in text_of((await client.respond(stateless, tools=[WEATHER])).json)
    stateful = await client.respond([result], previous_response_id=whole["id"], tools=[WEATHER])
    assert "weather tool returned: rain" in text_of(stateful.json)


async def test_structured_output_and_truncation(client: Any) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    form = {"format": {"type": "json_schema", "name": "it", "schema": schema}}
    jsonschema.validate(msgspec.json.decode(text_of((await client.respond("Paris", text=form)).json)), schema)
    cut = await client.respond("count to 100", max_output_tokens=4, stream=True)
    assert cut.events[-1]["type"] == "response.incomplete"
    assert cut.events[-1]["response"]["incomplete_details"] == {"reason": "max_output_tokens"}


async def test_searches_and_citations(client: Any) -> None:
    tools = [{"type": "web_search"}, {"type": "x_search"}]
    got = await client.respond(
        "what is new?", tools=tools, stream=True, include=["web_search_call.action.sources"]
    )
    whole = got.events[-1]["response"]
    web, posts = whole["output"][1:3]
    assert web["action"]["query"] == "what is new?"
    assert web["action"]["sources"]
    assert posts["type"] == "custom_tool_call"
    assert posts["id"].startswith("ctc_")
    assert posts["call_id"].startswith("xs_call_")
    kinds = {event["type"] for event in got.events}
    assert {f"response.web_search_call.{step}" for step in ("in_progress", "searching", "completed")} <= kinds
    assert "response.custom_tool_call_input.done" in kinds
    part = whole["output"][-1]["content"][0]
    for index, note in enumerate(part["annotations"], start=1):
        assert part["text"][note["start_index"] : note["end_index"]] == f"[[{index}]]({note['url']})"
    assert whole["usage"]["num_server_side_tools_used"] == 2
    bare = (await client.respond("what is new?", tools=tools, include=["no_inline_citations"])).json
    assert "[[1]]" not in text_of(bare)
    assert set(bare["output"][-1]["content"][0]["annotations"][0]) == {"type", "url"}


async def test_encrypted_reasoning_belongs_to_team_and_family(client: Any) -> None:
    more = {"store": False, "include": ["reasoning.encrypted_content"]}
    first = (await client.respond("hello", model="grok-4.7", **more)).json
    assert first["output"][0]["encrypted_content"]
    replay = [{"role": "user", "content": "hello"}, *first["output"], {"role": "user", "content": "and?"}]
    assert (await client.respond(replay, model="grok-4.6")).status == 200
    for change in ({"key": "bob", "model": "grok-4.7"}, {"model": "grok-4.3"}):
        refused = await client.respond(replay, **change)
        assert refused.status == 400
        assert "encrypted_content" in refused.json["error"]


async def test_multi_agent_answers_here(client: Any) -> None:
    body = (await client.respond("hello", model="grok-4.20-multi-agent", reasoning={"effort": "high"})).json
    assert body["model"] == "grok-4.20-multi-agent-0309"
    assert body["reasoning"]["effort"] == "high"
    assert body["usage"]["input_tokens"] > 3_900


async def test_tools_of_the_server_leave_items_and_events(client: Any) -> None:
    tools = [{"type": kind} for kind in ("code_interpreter", "file_search", "mcp", "image_generation")]
    got = await client.respond("Compute it in the file, ask mcp and draw it.", stream=True, tools=tools)
    items = got.events[-1]["response"]["output"]
    assert [item["type"] for item in items][-6:] == [
        "code_interpreter_call",
        "file_search_call",
        "mcp_list_tools",
        "mcp_call",
        "image_generation_call",
        "message",
    ]
    assert "outputs" not in items[-6]
    code = [e["delta"] for e in got.events if e["type"] == "response.code_interpreter_call_code.delta"]
    assert "".join(code) == items[-6]["code"]
    used = got.events[-1]["response"]["usage"]["server_side_tool_usage_details"]
    assert [used[f"{name}_calls"] for name in ("code_interpreter", "mcp", "file_search")] == [1, 1, 1]


async def test_a_shell_is_the_clients_to_run(client: Any) -> None:
    tools = [{"type": "shell", "environment": {"type": "local"}}]
    body = (await client.respond("Use the shell.", tools=tools)).json
    call = body["output"][-1]
    assert call["type"] == "shell_call"
    output = {
        "type": "shell_call_output",
        "call_id": call["call_id"],
        "output": [{"stdout": "hi there", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}],
    }
    said = [{"role": "user", "content": "Use the shell."}, call, output]
    assert "hi there" in text_of((await client.respond(said, tools=tools)).json)
