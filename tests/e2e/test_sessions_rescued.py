"""Clients whose conversations live upstream go on elsewhere, with a key that has them rescued."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from agents import Agent, OpenAIResponsesModel, RunConfig, Runner
from langchain_core.messages import BaseMessage, HumanMessage
from langchain_openai import ChatOpenAI
from openai import AsyncOpenAI, DefaultHttpxClient
from pydantic import SecretStr
from pydantic_ai import Agent as PydanticAgent
from pydantic_ai.messages import ModelMessage
from pydantic_ai.models.openai import OpenAIResponsesModel as PydanticModel
from pydantic_ai.models.openai import OpenAIResponsesModelSettings
from pydantic_ai.providers.openai import OpenAIProvider

from support.processes import Sandbox
from support.sdk import judged_async
from support.sessions import LOSSES, Loss, PoolOfTwo, Say, outlives_its_account
from support.witness import JudgingTransport

FAST, THINKING = "grok-3", "grok-4-mini"


@pytest.fixture(scope="module")
def key(pool_of_two: PoolOfTwo) -> str:
    return pool_of_two.rescued_key()


@pytest.fixture
async def sdk(pool_of_two: PoolOfTwo, sandbox: Sandbox, key: str) -> AsyncIterator[AsyncOpenAI]:
    base = pool_of_two.gateway.base_url
    async with AsyncOpenAI(base_url=base, api_key=key, max_retries=0, **judged_async()) as made:
        yield made


@pytest.fixture
def http() -> Iterator[DefaultHttpxClient]:
    with DefaultHttpxClient(transport=JudgingTransport()) as made:
        yield made


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", [FAST, THINKING])
async def test_the_official_sdk(
    pool_of_two: PoolOfTwo, sdk: AsyncOpenAI, name: str, stream: bool, loss: Loss
) -> None:
    def begin() -> Say:
        previous: str | None = None

        async def say(text: str) -> str:
            nonlocal previous
            asked: dict[str, Any] = {"model": name, "input": text}
            if previous is not None:
                asked["previous_response_id"] = previous
            if stream:
                async with sdk.responses.stream(**asked) as events:
                    answer = await events.get_final_response()
            else:
                answer = await sdk.responses.create(**asked)
            previous = answer.id
            return str(answer.output_text)

        return say

    await outlives_its_account(pool_of_two, begin, loss)


async def test_langchain(
    pool_of_two: PoolOfTwo, sandbox: Sandbox, http: DefaultHttpxClient, key: str
) -> None:
    client = ChatOpenAI(
        model=THINKING,
        base_url=pool_of_two.gateway.base_url,
        api_key=SecretStr(key),
        max_retries=0,
        http_client=http,
        use_responses_api=True,
        use_previous_response_id=True,
    )

    def begin() -> Say:
        messages: list[BaseMessage] = []

        async def say(text: str) -> str:
            messages.append(HumanMessage(text))
            messages.append(client.invoke(messages))
            return str(messages[-1].text)

        return say

    await outlives_its_account(pool_of_two, begin, "disabled")


async def test_the_agents_sdk(pool_of_two: PoolOfTwo, sdk: AsyncOpenAI) -> None:
    agent = Agent("friend", model=OpenAIResponsesModel(THINKING, sdk))

    def begin() -> Say:
        previous: str | None = None

        async def say(text: str) -> str:
            nonlocal previous
            untraced = RunConfig(tracing_disabled=True)
            result = await Runner.run(agent, text, previous_response_id=previous, run_config=untraced)
            previous = result.last_response_id
            return str(result.final_output)

        return say

    await outlives_its_account(pool_of_two, begin, "blocked by xAI")


async def test_pydantic_ai(pool_of_two: PoolOfTwo, sdk: AsyncOpenAI) -> None:
    settings = OpenAIResponsesModelSettings(openai_previous_response_id="auto")
    model = PydanticModel(THINKING, provider=OpenAIProvider(openai_client=sdk), settings=settings)
    agent = PydanticAgent(model)

    def begin() -> Say:
        history: list[ModelMessage] = []

        async def say(text: str) -> str:
            nonlocal history
            result = await agent.run(text, message_history=history)
            history = result.all_messages()
            return result.output

        return say

    await outlives_its_account(pool_of_two, begin, "deleted")
