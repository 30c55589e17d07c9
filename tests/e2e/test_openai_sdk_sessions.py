"""The official Python SDK in long conversations: the account that began them is lost half way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from support.processes import Sandbox
from support.sdk import judged_async
from support.sessions import (
    LOSSES,
    Begin,
    Loss,
    PoolOfTwo,
    Say,
    is_refused_without_its_account,
    outlives_its_account,
)

THINKING = "grok-4-mini"


@pytest.fixture
async def sdk(pool_of_two: PoolOfTwo, sandbox: Sandbox) -> AsyncIterator[AsyncOpenAI]:
    gateway = pool_of_two.gateway
    async with AsyncOpenAI(
        base_url=gateway.base_url, api_key=gateway.key, max_retries=0, **judged_async()
    ) as made:
        yield made


def chat(sdk: AsyncOpenAI, stream: bool) -> Begin:
    def begin() -> Say:
        messages: list[Any] = []

        async def say(text: str) -> str:
            messages.append({"role": "user", "content": text})
            if stream:
                async with sdk.chat.completions.stream(model=THINKING, messages=messages) as events:
                    message = (await events.get_final_completion()).choices[0].message
            else:
                answer = await sdk.chat.completions.create(model=THINKING, messages=messages)
                message = answer.choices[0].message  # type: ignore[assignment]
            messages.append(message.model_dump(exclude_none=True, exclude={"parsed"}))
            return message.content or ""

        return say

    return begin


def stateless_responses(sdk: AsyncOpenAI, stream: bool) -> Begin:
    def begin() -> Say:
        items: list[Any] = []

        async def say(text: str) -> str:
            items.append({"role": "user", "content": text})
            asked: dict[str, Any] = {
                "model": THINKING,
                "input": items,
                "store": False,
                "include": ["reasoning.encrypted_content"],
            }
            if stream:
                async with sdk.responses.stream(**asked) as events:
                    answer = await events.get_final_response()
            else:
                answer = await sdk.responses.create(**asked)
            output = [item.model_dump(exclude_none=True) for item in answer.output]
            assert output[0]["encrypted_content"]
            items.extend(output)
            text_said: str = answer.output_text
            return text_said

        return say

    return begin


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("stream", [False, True])
async def test_chat(pool_of_two: PoolOfTwo, sdk: AsyncOpenAI, stream: bool, loss: Loss) -> None:
    await outlives_its_account(pool_of_two, chat(sdk, stream), loss)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("stream", [False, True])
async def test_stateless_responses(
    pool_of_two: PoolOfTwo, sdk: AsyncOpenAI, stream: bool, loss: Loss
) -> None:
    await outlives_its_account(pool_of_two, stateless_responses(sdk, stream), loss)


async def test_previous_response_id(pool_of_two: PoolOfTwo, sdk: AsyncOpenAI) -> None:
    def begin() -> Say:
        previous: str | None = None

        async def say(text: str) -> str:
            nonlocal previous
            answer = await sdk.responses.create(model="grok-3", input=text, previous_response_id=previous)
            previous = answer.id
            return answer.output_text

        return say

    refused = await is_refused_without_its_account(pool_of_two, begin, openai.BadRequestError)
    assert isinstance(refused.value, openai.BadRequestError)
    assert refused.value.code == "previous_response_not_found"
    assert refused.value.param == "previous_response_id"
