"""A prompt that orders calls word for word, on both surfaces."""

from __future__ import annotations

from typing import Any

import pytest

PROMPT = 'Tidy: !sandbox:call=write {"path": "a b.txt", "text": "{\\"x\\": 1}"} then !sandbox:call=list it.'
FLAT = [{"type": "function", "name": name, "parameters": {"type": "object"}} for name in ("write", "list")]
TOOLS = [{"type": "function", "function": {"name": each["name"], "parameters": {}}} for each in FLAT]


async def test_the_calls_are_made_in_turn_and_then_the_result_is_quoted(client: Any) -> None:
    messages: list[Any] = [{"role": "user", "content": PROMPT}]
    made = []
    for result in ("written", "a b.txt"):
        message = (await client.chat(messages, tools=TOOLS)).json["choices"][0]["message"]
        (call,) = message["tool_calls"]
        made.append((call["function"]["name"], call["function"]["arguments"]))
        messages += [message, {"role": "tool", "tool_call_id": call["id"], "content": result}]
    assert made == [("write", '{"path": "a b.txt", "text": "{\\"x\\": 1}"}'), ("list", "{}")]
    answer = (await client.chat(messages, tools=TOOLS)).json["choices"][0]
    assert answer["message"]["content"] == "The list tool returned: a b.txt"
    messages += [answer["message"], {"role": "user", "content": "say exactly: bye"}]
    assert (await client.chat(messages, tools=TOOLS)).json["choices"][0]["message"]["content"] == "bye"


async def test_another_team_goes_on_with_the_script(client: Any) -> None:
    first = (await client.respond(PROMPT, tools=FLAT, store=False)).json["output"][-1]
    assert (first["name"], first["type"]) == ("write", "function_call")
    items = [
        {"role": "user", "content": PROMPT},
        {"type": "function_call", "call_id": "c1", "name": "write", "arguments": first["arguments"]},
        {"type": "function_call_output", "call_id": "c1", "output": "written"},
        {"role": "user", "content": "A reminder that has nothing to do with it."},
    ]
    for key in ("alice", "bob"):
        got = await client.respond(items, tools=FLAT, store=False, key=key)
        assert got.json["output"][-1]["name"] == "list"


@pytest.mark.parametrize("more", [{"tools": TOOLS[1:]}, {"tools": TOOLS, "tool_choice": "none"}, {}])
async def test_what_is_not_offered_is_not_called(client: Any, more: dict[str, Any]) -> None:
    message = (await client.chat(PROMPT, **more)).json["choices"][0]["message"]
    assert not message.get("tool_calls")
    assert "!sandbox" not in message["content"]


async def test_a_fault_may_stand_beside_a_call(client: Any) -> None:
    got = await client.chat("!sandbox:call=list {} !sandbox:503", tools=TOOLS)
    assert got.status == 503
