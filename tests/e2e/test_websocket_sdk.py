"""openai-python's `responses.connect()`, sync and async, through the real server over a socket."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
from openai import AsyncOpenAI, OpenAI
from openai.types.responses import FunctionToolParam, Response, ResponsesServerEvent
from websockets.exceptions import InvalidStatus

from support.processes import Gateway, Sandbox

TOOL: FunctionToolParam = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    "strict": False,
}


def finished(events: Iterable[ResponsesServerEvent]) -> tuple[str, Response]:
    """Return what was said in a turn, and its response."""
    said = ""
    for event in events:
        assert event.type not in {"error", "response.failed"}, event
        if event.type == "response.output_text.delta":
            said += event.delta
        if event.type == "response.completed":
            return said, event.response
    raise AssertionError("the socket was closed")


def test_an_agent_on_one_connection(client: OpenAI, sandbox: Sandbox) -> None:
    with client.responses.connect() as connection:
        connection.response.create(
            model="grok-4", input="What is the weather in Paris?", tools=[TOOL], store=False
        )
        _, first = finished(connection)
        (call,) = [item for item in first.output if item.type == "function_call"]
        assert json.loads(call.arguments)["city"]
        connection.response.create(
            model="grok-4",
            previous_response_id=first.id,
            input=[{"type": "function_call_output", "call_id": call.call_id, "output": "22 degrees"}],
            tools=[TOOL],
            store=False,
        )
        said, second = finished(connection)
    assert "22 degrees" in said
    assert second.output_text == said
    assert len(sandbox.calls("/responses")) == 2


async def test_prepared_first_and_an_error_between(async_client: AsyncOpenAI, sandbox: Sandbox) -> None:
    async with async_client.responses.connect() as connection:
        create = connection.response.create
        await create(model="grok-4", input="My name is Bob.", store=False, generate=False)
        _, prepared = finished([await connection.recv(), await connection.recv()])
        await create(model="nobody", input="hello")
        failed = await connection.recv()
        assert failed.type == "error"
        assert (failed.status, failed.error.code) == (404, "model_not_found")
        assert sandbox.calls() == []
        await create(model="grok-4", input="What is my name?", store=False, previous_response_id=prepared.id)
        events: list[ResponsesServerEvent] = []
        while not events or events[-1].type != "response.completed":
            events.append(await connection.recv())
    said, answer = finished(events)
    assert "Bob" in said
    assert answer.previous_response_id == prepared.id


def test_a_wrong_key_is_told(gateway: Gateway) -> None:
    with (
        OpenAI(base_url=gateway.base_url, api_key="sk-wrong") as client,
        pytest.raises(InvalidStatus) as refused,
        client.responses.connect(),
    ):
        pass
    assert refused.value.response.status_code == 401
