"""The official Python SDK, in its strict mode, through the real server over a socket."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam
from openai.types.responses import FunctionToolParam
from pydantic import BaseModel

from support.processes import Sandbox

WEATHER: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
CHAT_TOOL: ChatCompletionToolParam = {
    "type": "function",
    "function": {"name": "get_weather", "description": "The weather in a city.", "parameters": WEATHER},
}
RESPONSES_TOOL: FunctionToolParam = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city.",
    "parameters": WEATHER,
    "strict": True,
}
HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "你好"}]


class Event(BaseModel):
    name: str
    participants: list[str]


def test_chat(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="grok-4", messages=HELLO)
    assert answer.id.startswith("chatcmpl-")
    assert answer.model == "grok-4"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.choices[0].message.content
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


@pytest.mark.parametrize("include_usage", [False, True])
def test_chat_streamed(client: OpenAI, include_usage: bool) -> None:
    stream = client.chat.completions.create(
        model="grok-4", messages=HELLO, stream=True, stream_options={"include_usage": include_usage}
    )
    chunks = list(stream)
    assert chunks[0].choices[0].delta.role == "assistant"
    assert len({(chunk.id, chunk.created, chunk.model) for chunk in chunks}) == 1
    assert [c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason] == [
        "stop"
    ]
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert (chunks[-1].usage is not None) is include_usage
    assert bool(chunks[-1].choices) is not include_usage


def test_chat_stream_and_whole_answer_agree(client: OpenAI) -> None:
    said: list[ChatCompletionMessageParam] = [{"role": "user", "content": "say exactly: one two three"}]
    whole = client.chat.completions.create(model="grok-3", messages=said)
    stream = client.chat.completions.create(model="grok-3", messages=said, stream=True)
    assert "".join(c.choices[0].delta.content or "" for c in stream) == whole.choices[0].message.content


def test_reasoning_has_a_field_of_its_own(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="grok-4-mini", messages=HELLO)
    extra = answer.choices[0].message.model_extra or {}
    assert extra["reasoning_content"]
    assert answer.usage is not None
    assert answer.usage.completion_tokens_details is not None
    assert answer.usage.completion_tokens_details.reasoning_tokens


@pytest.mark.parametrize("stream", [False, True])
def test_chat_tools_go_round(client: OpenAI, stream: bool) -> None:
    messages: list[ChatCompletionMessageParam] = [
        {"role": "user", "content": "What is the weather in Paris?"}
    ]
    if stream:
        with client.chat.completions.stream(model="grok-4", messages=messages, tools=[CHAT_TOOL]) as events:
            message = events.get_final_completion().choices[0].message
    else:
        message = (
            client.chat.completions.create(  # type: ignore[assignment]
                model="grok-4", messages=messages, tools=[CHAT_TOOL]
            )
            .choices[0]
            .message
        )
    assert message.tool_calls
    call = message.tool_calls[0]
    assert call.type == "function"
    assert call.function.name == "get_weather"
    assert json.loads(call.function.arguments)["city"]
    messages.append(message.model_dump(exclude_none=True, exclude={"parsed"}))  # type: ignore[arg-type]
    messages.append({"role": "tool", "tool_call_id": call.id, "content": "22 degrees and sunny"})
    answer = client.chat.completions.create(model="grok-4", messages=messages, tools=[CHAT_TOOL])
    assert "22 degrees" in (answer.choices[0].message.content or "")


def test_chat_structured_output(client: OpenAI) -> None:
    answer = client.chat.completions.parse(
        model="grok-4", messages=[{"role": "user", "content": "Alice and Bob meet."}], response_format=Event
    )
    assert isinstance(answer.choices[0].message.parsed, Event)


def test_stop_ends_the_answer(client: OpenAI) -> None:
    said: list[ChatCompletionMessageParam] = [{"role": "user", "content": "say exactly: one two three four"}]
    for stream in (False, True):
        if stream:
            chunks = client.chat.completions.create(
                model="grok-3", messages=said, stop=["three"], stream=True
            )
            text = "".join(c.choices[0].delta.content or "" for c in chunks)
        else:
            whole = client.chat.completions.create(model="grok-3", messages=said, stop="three")
            text = whole.choices[0].message.content or ""
        assert text == "one two "


def test_responses(client: OpenAI) -> None:
    answer = client.responses.create(model="grok-4", input="你好", instructions="你是一个友好的助手")
    assert answer.id.startswith("resp_")
    assert answer.model == "grok-4"
    assert answer.status == "completed"
    assert answer.output_text
    assert answer.instructions == "你是一个友好的助手"
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens


def test_responses_streamed(client: OpenAI) -> None:
    events = list(client.responses.create(model="grok-4", input="你好", stream=True))
    kinds = [event.type for event in events]
    assert kinds[:2] == ["response.created", "response.in_progress"]
    assert kinds[-1] == "response.completed"
    assert [event.sequence_number for event in events] == list(range(len(events)))
    deltas = "".join(e.delta for e in events if e.type == "response.output_text.delta")
    assert deltas
    last = events[-1]
    assert last.type == "response.completed"
    assert last.response.output_text == deltas
    added = [e.item.id for e in events if e.type == "response.output_item.added"]
    assert added == [item.id for item in last.response.output]
    assert {e.item_id for e in events if e.type == "response.output_text.delta"} <= set(added)


@pytest.mark.parametrize("stream", [False, True])
def test_responses_tools_go_round(client: OpenAI, stream: bool) -> None:
    asked = "What is the weather in Paris?"
    if stream:
        with client.responses.stream(model="grok-4", input=asked, tools=[RESPONSES_TOOL]) as events:
            first = events.get_final_response()
    else:
        first = client.responses.create(model="grok-4", input=asked, tools=[RESPONSES_TOOL])  # type: ignore[assignment]
    calls = [item for item in first.output if item.type == "function_call"]
    assert calls
    assert json.loads(calls[0].arguments)["city"]
    answer = client.responses.create(
        model="grok-4",
        previous_response_id=first.id,
        input=[{"type": "function_call_output", "call_id": calls[0].call_id, "output": "22 degrees"}],
        tools=[RESPONSES_TOOL],
    )
    assert "22 degrees" in answer.output_text


def test_responses_structured_output(client: OpenAI) -> None:
    answer = client.responses.parse(model="grok-4", input="Alice and Bob meet.", text_format=Event)
    assert isinstance(answer.output_parsed, Event)


def test_a_conversation_goes_on_where_it_was(client: OpenAI, sandbox: Sandbox) -> None:
    first = client.responses.create(model="grok-4", input="My name is Bob.")
    second = client.responses.create(model="grok-4", previous_response_id=first.id, input="What is my name?")
    assert "Bob" in second.output_text
    assert second.previous_response_id == first.id
    assert len({row["team_id"] for row in sandbox.calls("/responses")}) == 1


def test_stored_responses_can_be_read_listed_and_deleted(client: OpenAI) -> None:
    made = client.responses.create(model="grok-4", input="Remember me.")
    again = client.responses.retrieve(made.id)
    assert again.id == made.id
    assert again.model == "grok-4"
    assert again.output_text == made.output_text
    assert [item.id for item in again.output] == [item.id for item in made.output]
    items = client.responses.input_items.list(made.id)
    assert items.data
    client.responses.delete(made.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(made.id)


def test_what_is_not_stored_cannot_be_read(client: OpenAI) -> None:
    made = client.responses.create(model="grok-4", input="Forget me.", store=False)
    assert made.model_dump()["store"] is False
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(made.id)


def test_pictures_go_in(client: OpenAI) -> None:
    picture = (
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
        "AAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
    answer = client.responses.create(
        model="grok-4",
        input=[
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "这是什么？"},
                    {"type": "input_image", "image_url": picture, "detail": "auto"},
                ],
            }
        ],
    )
    assert answer.output_text
    chat = client.chat.completions.create(
        model="grok-4",
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image_url", "image_url": {"url": picture}},
                ],
            }
        ],
    )
    assert chat.choices[0].message.content


def test_web_search(client: OpenAI) -> None:
    events = list(
        client.responses.create(
            model="grok-4", input="Search the web: what is xAI?", tools=[{"type": "web_search"}], stream=True
        )
    )
    last = events[-1]
    assert last.type == "response.completed"
    assert any(item.type == "web_search_call" for item in last.response.output)


def test_models(client: OpenAI) -> None:
    listed = {model.id: model for model in client.models.list()}
    assert {"grok-3", "grok-4", "grok-4-heavy", "grok-4.1-thinking", "grok-4.7"} <= set(listed)
    assert all(model.owned_by == "xai" and model.created > 0 for model in listed.values())
    assert client.models.retrieve("grok-4") == listed["grok-4"]
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("no/such:model")
    assert caught.value.code == "model_not_found"


@pytest.mark.parametrize(
    ("arguments", "error", "code", "param"),
    [
        ({"model": "no-such-model"}, openai.NotFoundError, "model_not_found", "model"),
        ({"temperature": 9}, openai.BadRequestError, "invalid_value", "temperature"),
        ({"logprobs": True}, openai.BadRequestError, "unsupported_parameter", "logprobs"),
        ({"n": 17}, openai.BadRequestError, "invalid_value", "n"),
        ({"messages": []}, openai.BadRequestError, "invalid_value", "messages"),
        ({"stream": "yes"}, openai.BadRequestError, "invalid_value", "stream"),
    ],
)
def test_errors_name_the_field(
    client: OpenAI, arguments: dict[str, Any], error: type[openai.APIStatusError], code: str, param: str
) -> None:
    with pytest.raises(error) as caught:
        client.chat.completions.create(**({"model": "grok-4", "messages": HELLO} | arguments))
    assert (caught.value.code, caught.value.param) == (code, param)
    assert caught.value.request_id


def test_a_wrong_key_is_refused(client: OpenAI) -> None:
    for api_key in ("sk-wrong", "xai-sandbox-alice"):
        with pytest.raises(openai.AuthenticationError) as caught:
            client.with_options(api_key=api_key).models.list()
        assert caught.value.code == "invalid_api_key"


def test_an_unknown_previous_response_is_named(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model="grok-4", input="x", previous_response_id="resp_nothing")
    assert caught.value.code == "previous_response_not_found"
    assert caught.value.param == "previous_response_id"


def test_refused_content_is_a_400(client: OpenAI, sandbox: Sandbox) -> None:
    body = {"code": "permission-denied", "error": "Content violates usage guidelines. SAFETY_CHECK_TYPE_X"}
    sandbox.scenario("status", status=403, body=body, times=1, match={"method": "POST"})
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="grok-4", messages=HELLO)
    assert caught.value.code == "content_policy_violation"
    assert len(sandbox.calls()) == 1


async def test_the_async_client_does_both(async_client: AsyncOpenAI) -> None:
    async with async_client:
        answer = await async_client.chat.completions.create(model="grok-4", messages=HELLO)
        assert answer.choices[0].message.content
        async for event in await async_client.responses.create(model="grok-4", input="你好", stream=True):
            last = event
        assert last.type == "response.completed"
        stream = await async_client.chat.completions.create(model="grok-4", messages=HELLO, stream=True)
        assert [chunk async for chunk in stream]
