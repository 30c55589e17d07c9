"""Anthropic's SDK in long conversations: the account that began them is lost half way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import anthropic
import pytest
from anthropic import AsyncAnthropic

from support.processes import Sandbox
from support.sessions import LOSSES, Begin, Loss, PoolOfTwo, Say, outlives_its_account

FAST, THINKING = "grok-3", "grok-4-mini"
WEATHER: Any = {
    "name": "get_weather",
    "description": "The weather in a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


@pytest.fixture
async def sdk(pool_of_two: PoolOfTwo, sandbox: Sandbox) -> AsyncIterator[AsyncAnthropic]:
    gateway = pool_of_two.gateway
    async with AsyncAnthropic(base_url=gateway.url, api_key=gateway.key, max_retries=0) as made:
        yield made


async def asked(sdk: AsyncAnthropic, stream: bool, **more: Any) -> Any:
    arguments: Any = {"max_tokens": 8000} | more
    if not stream:
        return await sdk.messages.create(**arguments)
    async with sdk.messages.stream(**arguments) as events:
        return await events.get_final_message()


def text_of(message: Any) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def conversation(sdk: AsyncAnthropic, stream: bool, **more: Any) -> Begin:
    def begin() -> Say:
        messages: list[Any] = []

        async def say(text: str) -> str:
            messages.append({"role": "user", "content": text})
            answer = await asked(sdk, stream, messages=messages, **more)
            messages.append({"role": "assistant", "content": answer.content})
            return text_of(answer)

        return say

    return begin


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("stream", [False, True])
async def test_a_session_outlives_its_account(
    pool_of_two: PoolOfTwo, sdk: AsyncAnthropic, stream: bool, loss: Loss
) -> None:
    await outlives_its_account(pool_of_two, conversation(sdk, stream, model=FAST), loss)


@pytest.mark.parametrize("thinking", [{"type": "enabled", "budget_tokens": 2000}, {"type": "adaptive"}])
@pytest.mark.parametrize("stream", [False, True])
async def test_a_session_with_thinking_outlives_its_account(
    pool_of_two: PoolOfTwo, sdk: AsyncAnthropic, stream: bool, thinking: Any
) -> None:
    begin = conversation(sdk, stream, model=THINKING, thinking=thinking)
    await outlives_its_account(pool_of_two, begin, "deleted")


@pytest.mark.parametrize("name", [FAST, THINKING])
@pytest.mark.parametrize("stream", [False, True])
async def test_a_tool_is_called_by_one_account_and_its_result_read_by_the_other(
    pool_of_two: PoolOfTwo, sdk: AsyncAnthropic, stream: bool, name: str
) -> None:
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 2000}} if name == THINKING else {}
    more: Any = {"model": name, "tools": [WEATHER], **thinking}
    messages: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    first = await asked(sdk, stream, messages=messages, **more)
    assert first.stop_reason == "tool_use"
    call = first.content[-1]
    assert (call.name, call.input) == ("get_weather", {"city": "Paris"})
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "22 degrees"}
    messages += [{"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
    with pool_of_two.without(pool_of_two.served("Paris")[0], "blocked by xAI"):
        answer = await asked(sdk, stream, messages=messages, **more)
    assert "22 degrees" in text_of(answer)
    assert len(set(pool_of_two.served("Paris"))) == 2


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("name", "prompt", "error", "kind"),
    [
        ("no-such-model", "hi", anthropic.NotFoundError, "not_found_error"),
        (FAST, "!sandbox:safety hi", anthropic.BadRequestError, "invalid_request_error"),
    ],
)
async def test_an_error(
    sdk: AsyncAnthropic,
    stream: bool,
    name: str,
    prompt: str,
    error: type[anthropic.APIStatusError],
    kind: str,
) -> None:
    with pytest.raises(error) as caught:
        await asked(sdk, stream, model=name, messages=[{"role": "user", "content": prompt}])
    assert isinstance(caught.value.body, dict)
    assert caught.value.body["error"]["type"] == kind
    assert caught.value.request_id
