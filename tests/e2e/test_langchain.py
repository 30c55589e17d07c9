"""LangChain's ChatOpenAI through the real server: on chat completions, and on Responses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from openai import DefaultAsyncHttpxClient, DefaultHttpxClient
from pydantic import BaseModel, SecretStr

from support.processes import Gateway, Sandbox
from support.sessions import Loss, PoolOfTwo, Say, outlives_its_account
from support.witness import AsyncJudgingTransport, JudgingTransport

FAST, THINKING = "grok-3", "grok-4-mini"
SURFACES: dict[str, dict[str, Any]] = {
    "chat": {},
    "responses": {"use_responses_api": True},
    "stateless responses": {
        "use_responses_api": True,
        "store": False,
        "include": ["reasoning.encrypted_content"],
    },
}
Model = Callable[..., ChatOpenAI]


class Meeting(BaseModel):
    """Who meets whom."""

    name: str
    participants: list[str]


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"22 degrees in {city}"


def model_of(gateway: Gateway, http: DefaultHttpxClient, surface: str, model: str, **more: Any) -> ChatOpenAI:
    return ChatOpenAI(
        model=model,
        base_url=gateway.base_url,
        api_key=SecretStr(gateway.key),
        max_retries=0,
        http_client=http,
        **(SURFACES[surface] | more),
    )


@pytest.fixture(scope="module")
def http() -> Iterator[DefaultHttpxClient]:
    """A client that is closed; LangChain keeps its own for good, across event loops."""
    with DefaultHttpxClient(transport=JudgingTransport()) as made:
        yield made


@pytest.fixture(params=SURFACES)
def surface(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def model(gateway: Gateway, sandbox: Sandbox, http: DefaultHttpxClient, surface: str) -> Model:
    return lambda name=FAST, **more: model_of(gateway, http, surface, name, **more)


def whole(model: Any, messages: list[BaseMessage]) -> AIMessage:
    answer = model.invoke(messages)
    assert isinstance(answer, AIMessage)
    return answer


def streamed(model: Any, messages: list[BaseMessage]) -> AIMessage:
    gathered: AIMessageChunk | None = None
    for chunk in model.stream(messages):
        gathered = chunk if gathered is None else gathered + chunk
    assert gathered is not None
    return gathered


WAYS = pytest.mark.parametrize("ask", [whole, streamed])


@WAYS
@pytest.mark.parametrize("name", [FAST, THINKING])
def test_an_answer(model: Model, ask: Any, name: str) -> None:
    answer = ask(model(name, stream_usage=True), [HumanMessage("Say exactly: 你好, world 🌍")])
    assert answer.text == "你好, world 🌍"
    assert answer.usage_metadata["input_tokens"] > 0
    assert answer.usage_metadata["output_tokens"] > 0


@WAYS
@pytest.mark.parametrize("name", [FAST, THINKING])
@pytest.mark.parametrize("parallel", [None, False])
def test_tools(model: Model, ask: Any, name: str, parallel: bool | None) -> None:
    bound = model(name).bind_tools([get_weather], parallel_tool_calls=parallel)
    messages: list[BaseMessage] = [HumanMessage("What is the weather in Paris?")]
    called = ask(bound, messages)
    assert [(call["name"], call["args"]) for call in called.tool_calls] == [
        ("get_weather", {"city": "Paris"})
    ]
    messages += [called, *[get_weather.invoke(call) for call in called.tool_calls]]
    assert isinstance(messages[-1], ToolMessage)
    assert "22 degrees in Paris" in ask(bound, messages).text


@pytest.mark.parametrize("choice", ["get_weather", "required"])
def test_a_tool_that_must_be_called(model: Model, choice: str) -> None:
    bound = model().bind_tools([get_weather], tool_choice=choice, strict=True, parallel_tool_calls=False)
    assert whole(bound, [HumanMessage("Hello.")]).tool_calls


@pytest.mark.parametrize("method", ["json_schema", "function_calling", "json_mode"])
def test_structured_output(model: Model, method: Any) -> None:
    said = 'Alice and Bob meet. Say exactly: {"name": "tea", "participants": ["Alice", "Bob"]}'
    asked = "Alice and Bob meet." if method != "json_mode" else said
    assert isinstance(model().with_structured_output(Meeting, method=method).invoke(asked), Meeting)


@WAYS
@pytest.mark.parametrize(
    ("name", "prompt", "error", "code"),
    [
        ("no-such-model", "hi", openai.NotFoundError, "model_not_found"),
        (FAST, "!sandbox:safety hi", openai.BadRequestError, "content_policy_violation"),
    ],
)
def test_an_error(
    model: Model, ask: Any, name: str, prompt: str, error: type[openai.APIStatusError], code: str
) -> None:
    with pytest.raises(error) as caught:
        ask(model(name), [HumanMessage(prompt)])
    assert caught.value.code == code


async def test_both_without_waiting(model: Model) -> None:
    asked = [HumanMessage("Say exactly: one two three")]
    async with DefaultAsyncHttpxClient(transport=AsyncJudgingTransport()) as waiting:
        client = model(http_async_client=waiting)
        assert (await client.ainvoke(asked)).text == "one two three"
        assert "".join([chunk.text async for chunk in client.astream(asked)]) == "one two three"


@pytest.mark.parametrize(("ask", "loss"), [(whole, "blocked by xAI"), (streamed, "deleted")])
@pytest.mark.parametrize("kind", ["chat", "stateless responses"])
async def test_a_session_outlives_its_account(
    pool_of_two: PoolOfTwo, sandbox: Sandbox, http: DefaultHttpxClient, kind: str, ask: Any, loss: Loss
) -> None:
    client = model_of(pool_of_two.gateway, http, kind, THINKING)

    def begin() -> Say:
        messages: list[BaseMessage] = []

        async def say(text: str) -> str:
            messages.append(HumanMessage(text))
            messages.append(ask(client, messages))
            return messages[-1].text

        return say

    await outlives_its_account(pool_of_two, begin, loss)
