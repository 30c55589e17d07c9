"""Conversations as real clients send them, through the gateway to an upstream that is strict about them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from support.processes import Gateway, Sandbox

CHAT = "/chat/completions"
PICTURE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    "awAAAABJRU5ErkJggg=="
)
CALL = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
    "additionalProperties": False,
}


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


@pytest.fixture(scope="module", params=["responses", "chat"])
def house(
    request: pytest.FixtureRequest, shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Gateway, str]]:
    """A gateway whose turns go over one of xAI's surfaces, and the name of that surface."""
    gateway = Gateway.start(
        tmp_path_factory.mktemp(request.param),
        upstream=shared_sandbox.base_url,
        keys=("xai-sandbox-talker",),
        environment={"GROK2API_ROUTING__CHAT_SURFACE": request.param},
    )
    yield gateway, request.param
    gateway.stop()


def answer(house: tuple[Gateway, str], sandbox: Sandbox, **body: Any) -> dict[str, Any]:
    gateway, surface = house
    status, _, content = gateway.post(CHAT, {"model": "grok-4", **body})
    assert status == 200, content
    expected = "/v1/responses" if surface == "responses" else "/v1/chat/completions"
    assert [call["path"] for call in sandbox.calls()] == [expected]
    told: dict[str, Any] = json.loads(content)
    return told


@pytest.mark.parametrize(
    ("messages", "text"),
    [
        ([{"role": "developer", "content": "Be brief."}, user("say exactly: ok")], "ok"),
        ([user("first"), user("say exactly: second")], "second"),
        ([user(""), user([]), user("say exactly: ok")], "ok"),
        ([{"role": "system", "content": ""}, user("say exactly: ok")], "ok"),
        (
            [
                user("say exactly: one"),
                {"role": "assistant", "content": "one", "reasoning_content": "hidden", "refusal": None},
                {"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]},
                user("say exactly: two"),
            ],
            "two",
        ),
        ([user("say exactly: ok"), {"role": "assistant", "content": "The answer is"}], "ok"),
        ([{**user([{"type": "text", "text": "say exactly: ok"}]), "name": "alice"}], "ok"),
    ],
)
def test_any_order_and_emptiness_of_messages_is_taken(
    house: tuple[Gateway, str], sandbox: Sandbox, messages: list[dict[str, Any]], text: str
) -> None:
    told = answer(house, sandbox, messages=messages)
    assert told["choices"][0]["message"]["content"] == text


def test_a_conversation_that_says_nothing_is_answered(house: tuple[Gateway, str], sandbox: Sandbox) -> None:
    told = answer(house, sandbox, messages=[{"role": "system", "content": ""}, user("")])
    assert told["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize("output", ["", None, [], [{"type": "text", "text": "blue"}]])
def test_a_tool_may_give_back_nothing(house: tuple[Gateway, str], sandbox: Sandbox, output: object) -> None:
    told = answer(
        house,
        sandbox,
        messages=[
            user("look"),
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "call_1", "content": output},
        ],
    )
    assert "look tool returned" in told["choices"][0]["message"]["content"]


def test_a_tool_may_give_back_a_picture(house: tuple[Gateway, str], sandbox: Sandbox) -> None:
    shown = {"type": "image_url", "image_url": {"url": PICTURE, "detail": "low"}}
    answer(
        house,
        sandbox,
        messages=[
            user("look"),
            {"role": "assistant", "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "call_1", "content": [{"type": "text", "text": "see"}, shown]},
        ],
    )
    body = sandbox.calls()[0]["body"]
    if house[1] == "responses":
        output = body["input"][-1]["output"]
        assert output == [
            {"type": "input_text", "text": "see"},
            {"type": "input_image", "image_url": PICTURE, "detail": "low"},
        ]
    else:
        assert body["messages"][-1]["content"] == [{"type": "text", "text": "see"}, shown]


@pytest.mark.parametrize(
    ("source", "upstream"),
    [
        (
            {"file_data": "data:text/plain;base64,QQ==", "filename": "a.txt"},
            {"file_data": "QQ==", "filename": "a.txt", "mime_type": "text/plain"},
        ),
        ({"file_url": "https://x.ai/a.pdf"}, {"file_url": "https://x.ai/a.pdf"}),
    ],
)
def test_documents_go_in_over_the_surface_that_reads_them(
    house: tuple[Gateway, str], sandbox: Sandbox, source: dict[str, str], upstream: dict[str, str]
) -> None:
    parts = [{"type": "text", "text": "say exactly: read"}, {"type": "file", "file": source}]
    status, _, content = house[0].post(CHAT, {"model": "grok-4", "messages": [user(parts)]})
    assert status == 200, content
    (call,) = sandbox.calls()
    assert call["path"] == "/v1/responses"
    body = call["body"]
    assert body["input"][0]["content"][1] == {"type": "input_file", **upstream}


def test_structured_output_comes_over_both_surfaces(house: tuple[Gateway, str], sandbox: Sandbox) -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "who", "schema": SCHEMA, "strict": True}}
    told = answer(house, sandbox, messages=[user("Who is there?")], response_format=wanted)
    assert set(json.loads(told["choices"][0]["message"]["content"])) == {"name"}


def test_legacy_functions_go_round(house: tuple[Gateway, str], sandbox: Sandbox) -> None:
    functions = [{"name": "get_weather", "parameters": {"type": "object", "properties": {}}}]
    messages = [user("What is the weather in Paris?")]
    told = answer(house, sandbox, messages=messages, functions=functions, function_call="auto")
    message = told["choices"][0]["message"]
    assert told["choices"][0]["finish_reason"] == "tool_calls"
    assert message["function_call"]["name"] == "get_weather"
    sandbox.clear()
    messages += [
        {"role": "assistant", "content": None, "function_call": message["function_call"]},
        {"role": "function", "name": "get_weather", "content": "22 degrees"},
    ]
    again = answer(house, sandbox, messages=messages, functions=functions)
    assert "22 degrees" in again["choices"][0]["message"]["content"]
