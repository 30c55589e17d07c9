"""Pydantic AI through the real server: on chat completions, and on Responses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from openai import AsyncOpenAI
from pydantic import BaseModel
from pydantic_ai import Agent, ModelHTTPError, NativeOutput, ToolOutput
from pydantic_ai.messages import ModelMessage, ThinkingPart, ToolReturnPart
from pydantic_ai.models import Model
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel, OpenAIResponsesModelSettings
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.openai import OpenAIProvider

from support.processes import Gateway, Sandbox
from support.pydantic_agents import WAYS, streamed, whole
from support.sdk import judged_async
from support.sessions import Loss, PoolOfTwo, Say, outlives_its_account

FAST, THINKING = "grok-3", "grok-4-mini"
ENCRYPTED = OpenAIModelProfile(openai_supports_encrypted_reasoning_content=True)
SURFACES: dict[str, Callable[[str, OpenAIProvider], Model]] = {
    "chat": lambda name, provider: OpenAIChatModel(name, provider=provider),
    "responses": lambda name, provider: OpenAIResponsesModel(name, provider=provider),
    "stateless responses": lambda name, provider: OpenAIResponsesModel(
        name,
        provider=provider,
        profile=ENCRYPTED,
        settings=OpenAIResponsesModelSettings(openai_store=False),
    ),
}
Named = Callable[[str], Model]


class Meeting(BaseModel):
    """Who meets whom."""

    name: str
    participants: list[str]


def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"22 degrees in {city}"


async def provider_of(gateway: Gateway) -> AsyncIterator[OpenAIProvider]:
    async with AsyncOpenAI(
        base_url=gateway.base_url, api_key=gateway.key, max_retries=0, **judged_async()
    ) as client:
        yield OpenAIProvider(openai_client=client)


@pytest.fixture
async def provider(gateway: Gateway, sandbox: Sandbox) -> AsyncIterator[OpenAIProvider]:
    async for made in provider_of(gateway):
        yield made


@pytest.fixture
async def provider_of_two(pool_of_two: PoolOfTwo, sandbox: Sandbox) -> AsyncIterator[OpenAIProvider]:
    async for made in provider_of(pool_of_two.gateway):
        yield made


@pytest.fixture(params=SURFACES)
def model(request: pytest.FixtureRequest, provider: OpenAIProvider) -> Named:
    return lambda name: SURFACES[request.param](name, provider)


@WAYS
@pytest.mark.parametrize("name", [FAST, THINKING])
async def test_an_answer(model: Named, ask: Any, name: str) -> None:
    agent = Agent(model(name), instructions="Be kind.")
    output, messages = await ask(agent, "Say exactly: 你好, world 🌍")
    assert output == "你好, world 🌍"
    thoughts = [part for part in messages[-1].parts if isinstance(part, ThinkingPart)]
    assert bool(thoughts) is (name == THINKING)
    assert messages[-1].usage.input_tokens > 0
    assert messages[-1].usage.output_tokens > 0


async def test_the_text_comes_in_pieces(model: Named) -> None:
    async with Agent(model(FAST)).run_stream("count to 30") as result:
        pieces = [piece async for piece in result.stream_text(delta=True, debounce_by=None)]
    assert len(pieces) > 5
    assert "29, 30" in "".join(pieces)


@WAYS
@pytest.mark.parametrize("name", [FAST, THINKING])
async def test_tools(model: Named, ask: Any, name: str) -> None:
    agent = Agent(model(name), tools=[get_weather])
    output, messages = await ask(agent, "What is the weather in Paris and in London?")
    returned = [part for message in messages for part in message.parts if isinstance(part, ToolReturnPart)]
    assert [part.content for part in returned] == ["22 degrees in Paris", "22 degrees in London"]
    assert "22 degrees in London" in output


@WAYS
@pytest.mark.parametrize("form", [Meeting, ToolOutput(Meeting), NativeOutput(Meeting)], ids=str)
async def test_structured_output(model: Named, ask: Any, form: Any) -> None:
    output, _ = await ask(Agent(model(FAST), output_type=form), "Alice and Bob meet.")
    assert isinstance(output, Meeting)


@WAYS
@pytest.mark.parametrize(
    ("name", "prompt", "status", "code"),
    [
        ("no-such-model", "hi", 404, "model_not_found"),
        (FAST, "!sandbox:safety hi", 400, "content_policy_violation"),
    ],
)
async def test_an_error(model: Named, ask: Any, name: str, prompt: str, status: int, code: str) -> None:
    with pytest.raises(ModelHTTPError) as caught:
        await ask(Agent(model(name)), prompt)
    assert caught.value.status_code == status
    assert isinstance(caught.value.body, dict)
    assert caught.value.body["code"] == code


@pytest.mark.parametrize(("ask", "loss"), [(whole, "blocked by xAI"), (streamed, "deleted")])
@pytest.mark.parametrize("surface", ["chat", "stateless responses"])
async def test_a_session_outlives_its_account(
    pool_of_two: PoolOfTwo, provider_of_two: OpenAIProvider, surface: str, ask: Any, loss: Loss
) -> None:
    agent = Agent(SURFACES[surface](THINKING, provider_of_two), tools=[get_weather])

    def begin() -> Say:
        history: list[ModelMessage] = []

        async def say(text: str) -> str:
            nonlocal history
            output, history = await ask(agent, text, message_history=history)
            return str(output)

        return say

    await outlives_its_account(pool_of_two, begin, loss)
