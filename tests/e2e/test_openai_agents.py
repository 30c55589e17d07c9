"""The OpenAI Agents SDK through the real server: its runner with function tools, on both surfaces."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import openai
import pytest
from agents import (
    Agent,
    Model,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    RunConfig,
    Runner,
    TResponseInputItem,
    function_tool,
)
from agents.result import RunResultBase
from openai import AsyncOpenAI
from pydantic import BaseModel

from support.processes import Gateway, Sandbox
from support.sdk import judged_async
from support.sessions import Loss, PoolOfTwo, Say, outlives_its_account

FAST, THINKING = "grok-3", "grok-4-mini"
UNTRACED = RunConfig(tracing_disabled=True)
STATELESS = ModelSettings(store=False, response_include=["reasoning.encrypted_content"])
SURFACES: dict[str, Callable[[str, AsyncOpenAI], Model]] = {
    "chat": OpenAIChatCompletionsModel,
    "responses": OpenAIResponsesModel,
}
Named = Callable[[str], Model]


class Meeting(BaseModel):
    """Who meets whom."""

    name: str
    participants: list[str]


@function_tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"22 degrees in {city}"


@pytest.fixture
async def sdk(gateway: Gateway, sandbox: Sandbox) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(
        base_url=gateway.base_url, api_key=gateway.key, max_retries=0, **judged_async()
    ) as made:
        yield made


@pytest.fixture
async def sdk_of_two(pool_of_two: PoolOfTwo, sandbox: Sandbox) -> AsyncIterator[AsyncOpenAI]:
    gateway = pool_of_two.gateway
    async with AsyncOpenAI(
        base_url=gateway.base_url, api_key=gateway.key, max_retries=0, **judged_async()
    ) as made:
        yield made


@pytest.fixture(params=SURFACES)
def model(request: pytest.FixtureRequest, sdk: AsyncOpenAI) -> Named:
    return lambda name: SURFACES[request.param](name, sdk)


async def whole(agent: Agent[Any], given: str | list[TResponseInputItem]) -> RunResultBase:
    return await Runner.run(agent, given, run_config=UNTRACED)


async def streamed(agent: Agent[Any], given: str | list[TResponseInputItem]) -> RunResultBase:
    result = Runner.run_streamed(agent, given, run_config=UNTRACED)
    async for _ in result.stream_events():
        pass
    return result


WAYS = pytest.mark.parametrize("ask", [whole, streamed])


@WAYS
@pytest.mark.parametrize("name", [FAST, THINKING])
async def test_an_answer(model: Named, ask: Any, name: str) -> None:
    settings = ModelSettings(include_usage=True)
    agent = Agent("kind", instructions="Be kind.", model=model(name), model_settings=settings)
    result = await ask(agent, "Say exactly: 你好, world 🌍")
    assert result.final_output == "你好, world 🌍"
    assert result.raw_responses[-1].usage.input_tokens > 0
    assert result.raw_responses[-1].usage.output_tokens > 0


async def test_the_text_comes_in_pieces(model: Named) -> None:
    result = Runner.run_streamed(Agent("counter", model=model(FAST)), "count to 30", run_config=UNTRACED)
    pieces = [
        event.data.delta
        async for event in result.stream_events()
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta"
    ]
    assert len(pieces) > 5
    assert "".join(pieces) == result.final_output


@WAYS
@pytest.mark.parametrize("name", [FAST, THINKING])
@pytest.mark.parametrize("choice", [None, "required", "get_weather"])
async def test_tools(model: Named, ask: Any, name: str, choice: str | None) -> None:
    settings = ModelSettings(tool_choice=choice, parallel_tool_calls=True)
    agent = Agent("forecaster", model=model(name), tools=[get_weather], model_settings=settings)
    result = await ask(agent, "What is the weather in Paris and in London?")
    called = [item.output for item in result.new_items if item.type == "tool_call_output_item"]
    assert called == ["22 degrees in Paris", "22 degrees in London"]
    assert "22 degrees in London" in result.final_output


@WAYS
async def test_another_agent_takes_over(model: Named, ask: Any) -> None:
    expert = Agent("expert", model=model(FAST), handoff_description="Knows it all.")
    agent = Agent("porter", model=model(FAST), handoffs=[expert])
    result = await ask(agent, "transfer to expert")
    assert result.last_agent.name == "expert"
    assert result.final_output


@WAYS
async def test_structured_output(model: Named, ask: Any) -> None:
    result = await ask(Agent("clerk", model=model(FAST), output_type=Meeting), "Alice and Bob meet.")
    assert isinstance(result.final_output, Meeting)


@WAYS
@pytest.mark.parametrize(
    ("name", "prompt", "error", "code"),
    [
        ("no-such-model", "hi", openai.NotFoundError, "model_not_found"),
        (FAST, "!sandbox:safety hi", openai.BadRequestError, "content_policy_violation"),
    ],
)
async def test_an_error(
    model: Named, ask: Any, name: str, prompt: str, error: type[openai.APIStatusError], code: str
) -> None:
    with pytest.raises(error) as caught:
        await ask(Agent("unlucky", model=model(name)), prompt)
    assert caught.value.code == code


@pytest.mark.parametrize(("ask", "loss"), [(whole, "blocked by xAI"), (streamed, "deleted")])
@pytest.mark.parametrize(("surface", "settings"), [("chat", ModelSettings()), ("responses", STATELESS)])
async def test_a_session_outlives_its_account(
    pool_of_two: PoolOfTwo,
    sdk_of_two: AsyncOpenAI,
    surface: str,
    settings: ModelSettings,
    ask: Any,
    loss: Loss,
) -> None:
    model = SURFACES[surface](THINKING, sdk_of_two)
    agent = Agent("friend", model=model, tools=[get_weather], model_settings=settings)

    def begin() -> Say:
        items: list[TResponseInputItem] = []

        async def say(text: str) -> str:
            nonlocal items
            result = await ask(agent, [*items, {"role": "user", "content": text}])
            items = result.to_input_list()
            return str(result.final_output)

        return say

    await outlives_its_account(pool_of_two, begin, loss)
