"""Pydantic AI through the real server on Anthropic's surface."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from anthropic import AsyncAnthropic
from pydantic import BaseModel
from pydantic_ai import Agent, ModelHTTPError
from pydantic_ai.messages import ModelMessage, ThinkingPart, ToolReturnPart
from pydantic_ai.models.anthropic import AnthropicModel, AnthropicModelSettings
from pydantic_ai.providers.anthropic import AnthropicProvider

from support.processes import Sandbox
from support.pydantic_agents import WAYS, streamed, whole
from support.sessions import Loss, PoolOfTwo, Say, outlives_its_account

FAST, THINKING = "grok-3", "grok-4-mini"
THOUGHTFUL = AnthropicModelSettings(
    anthropic_thinking={"type": "enabled", "budget_tokens": 2000}, max_tokens=8000
)


class Meeting(BaseModel):
    """Who meets whom."""

    name: str
    participants: list[str]


def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"22 degrees in {city}"


@pytest.fixture
async def provider(pool_of_two: PoolOfTwo, sandbox: Sandbox) -> AsyncIterator[AnthropicProvider]:
    gateway = pool_of_two.gateway
    async with AsyncAnthropic(base_url=gateway.url, api_key=gateway.key, max_retries=0) as client:
        yield AnthropicProvider(anthropic_client=client)


@WAYS
@pytest.mark.parametrize(("name", "settings"), [(FAST, None), (THINKING, THOUGHTFUL)])
async def test_an_answer(provider: AnthropicProvider, ask: Any, name: str, settings: Any) -> None:
    agent = Agent(AnthropicModel(name, provider=provider, settings=settings), instructions="Be kind.")
    output, messages = await ask(agent, "Say exactly: 你好, world 🌍")
    assert output == "你好, world 🌍"
    thoughts = [part for part in messages[-1].parts if isinstance(part, ThinkingPart)]
    assert bool(thoughts) is (settings is not None)
    assert messages[-1].usage.output_tokens > 0


@WAYS
@pytest.mark.parametrize(("name", "settings"), [(FAST, None), (THINKING, THOUGHTFUL)])
async def test_tools(provider: AnthropicProvider, ask: Any, name: str, settings: Any) -> None:
    agent = Agent(AnthropicModel(name, provider=provider, settings=settings), tools=[get_weather])
    output, messages = await ask(agent, "What is the weather in Paris and in London?")
    returned = [part for message in messages for part in message.parts if isinstance(part, ToolReturnPart)]
    assert [part.content for part in returned] == ["22 degrees in Paris", "22 degrees in London"]
    assert "22 degrees in London" in output


@WAYS
async def test_structured_output(provider: AnthropicProvider, ask: Any) -> None:
    agent = Agent(AnthropicModel(FAST, provider=provider), output_type=Meeting)
    output, _ = await ask(agent, "Alice and Bob meet.")
    assert isinstance(output, Meeting)


@WAYS
@pytest.mark.parametrize(
    ("name", "prompt", "status"), [("no-such-model", "hi", 404), (FAST, "!sandbox:safety", 400)]
)
async def test_an_error(provider: AnthropicProvider, ask: Any, name: str, prompt: str, status: int) -> None:
    with pytest.raises(ModelHTTPError) as caught:
        await ask(Agent(AnthropicModel(name, provider=provider)), prompt)
    assert caught.value.status_code == status


@pytest.mark.parametrize(("ask", "loss"), [(whole, "blocked by xAI"), (streamed, "deleted")])
async def test_a_session_outlives_its_account(
    pool_of_two: PoolOfTwo, provider: AnthropicProvider, ask: Any, loss: Loss
) -> None:
    agent = Agent(AnthropicModel(THINKING, provider=provider, settings=THOUGHTFUL), tools=[get_weather])

    def begin() -> Say:
        history: list[ModelMessage] = []

        async def say(text: str) -> str:
            nonlocal history
            output, history = await ask(agent, text, message_history=history)
            return str(output)

        return say

    await outlives_its_account(pool_of_two, begin, loss)
