"""Anthropic's official Python SDK through the real server over a socket, every answer judged by its types."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest
from anthropic import Anthropic, AsyncAnthropic
from anthropic.types import Message, MessageParam, ToolParam
from pydantic import BaseModel

from support.processes import Gateway, Sandbox
from support.sdk import anthropic_client

MODEL = "grok-4"
HELLO: list[MessageParam] = [{"role": "user", "content": "hello"}]
LATE = 1500
"""Events after which an answer has surely begun to reach its client."""
COUNTED: list[MessageParam] = [{"role": "user", "content": "say exactly: one two three four"}]
WEATHER: ToolParam = {
    "name": "get_weather",
    "description": "The weather in a city.",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class Event(BaseModel):
    name: str
    participants: list[str]


@pytest.fixture(scope="module")
def claude(gateway: Gateway) -> Iterator[Anthropic]:
    """The official SDK, strict about every key and type."""
    with anthropic_client(gateway) as made:
        yield made


def ask(claude: Anthropic, messages: list[MessageParam], *, stream: bool = False, **more: Any) -> Message:
    """Return the answer, whole or put together from its stream by the SDK, after a strict look at it."""
    arguments: dict[str, Any] = {"model": MODEL, "max_tokens": 1024, "messages": messages} | more
    if stream:
        with claude.messages.stream(**arguments) as events:
            answer: Message = events.get_final_message()
    else:
        answer = claude.messages.create(**arguments)
    return Message.model_validate(answer.to_dict(mode="python"), strict=True)


def texts(answer: Message) -> str:
    return "".join(block.text for block in answer.content if block.type == "text")


both_ways = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


@both_ways
def test_a_message(claude: Anthropic, stream: bool) -> None:
    answer = ask(claude, HELLO, stream=stream)
    assert answer.id.startswith("msg_")
    assert (answer.model, answer.role, answer.stop_reason) == (MODEL, "assistant", "end_turn")
    assert answer.stop_sequence is None
    assert [block.type for block in answer.content] == ["text"]
    assert texts(answer)
    assert answer.usage.input_tokens > 0
    assert answer.usage.output_tokens > 0
    assert answer.usage.cache_creation_input_tokens == 0
    assert answer.usage.service_tier == "standard"


def test_a_stream_and_a_whole_answer_agree(claude: Anthropic) -> None:
    whole, streamed = ask(claude, COUNTED), ask(claude, COUNTED, stream=True)
    assert texts(whole) == texts(streamed) == "one two three four"


def test_raw_events_come_in_their_order(claude: Anthropic) -> None:
    events = list(
        claude.messages.create(
            model=MODEL, max_tokens=100, messages=HELLO, stream=True, thinking={"type": "adaptive"}
        )
    )
    kinds = [event.type for event in events]
    assert kinds[:2] == ["message_start", "content_block_start"]
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    opened = [event.index for event in events if event.type == "content_block_start"]
    assert opened == [0, 1]


@pytest.mark.anyio
async def test_the_asynchronous_client(gateway: Gateway) -> None:
    async with AsyncAnthropic(
        base_url=gateway.url, auth_token=gateway.key, max_retries=0, _strict_response_validation=True
    ) as claude:
        answer = await claude.messages.create(model=MODEL, max_tokens=100, messages=COUNTED)
        async with claude.messages.stream(model=MODEL, max_tokens=100, messages=COUNTED) as events:
            told = [text async for text in events.text_stream]
    assert texts(answer) == "".join(told) == "one two three four"


@both_ways
def test_tools_go_round(claude: Anthropic, stream: bool) -> None:
    asked: list[MessageParam] = [{"role": "user", "content": "What is the weather in Paris and in London?"}]
    answer = ask(claude, asked, stream=stream, tools=[WEATHER], thinking={"type": "adaptive"})
    assert answer.stop_reason == "tool_use"
    calls = [block for block in answer.content if block.type == "tool_use"]
    assert [call.input for call in calls] == [{"city": "Paris"}, {"city": "London"}]
    results: Any = [
        {"type": "tool_result", "tool_use_id": call.id, "content": f"{place} degrees"}
        for place, call in zip((22, 9), calls, strict=True)
    ]
    followed: list[MessageParam] = [
        *asked,
        {"role": "assistant", "content": answer.content},
        {"role": "user", "content": [*results, {"type": "text", "text": "Tell me."}]},
        {"role": "system", "content": "Be brief."},
    ]
    last = ask(claude, followed, stream=stream, tools=[WEATHER], thinking={"type": "adaptive"})
    assert texts(last)


def test_a_result_is_read_by_the_model(claude: Anthropic) -> None:
    asked: list[MessageParam] = [{"role": "user", "content": "What is the weather in Paris?"}]
    answer = ask(claude, asked, tools=[WEATHER])
    (call,) = [block for block in answer.content if block.type == "tool_use"]
    result: Any = {
        "type": "tool_result",
        "tool_use_id": call.id,
        "content": [{"type": "text", "text": "no such city"}],
        "is_error": True,
    }
    followed: list[MessageParam] = [
        *asked,
        {"role": "assistant", "content": answer.content},
        {"role": "user", "content": [result]},
    ]
    assert "Error: no such city" in texts(ask(claude, followed, tools=[WEATHER]))


def test_a_tool_can_be_forced_or_forbidden(claude: Anthropic) -> None:
    forced = ask(claude, HELLO, tools=[WEATHER], tool_choice={"type": "tool", "name": "get_weather"})
    assert forced.stop_reason == "tool_use"
    spoken: list[MessageParam] = [{"role": "user", "content": "What is the weather in Paris?"}]
    forbidden = ask(claude, spoken, tools=[WEATHER], tool_choice={"type": "none"})
    assert forbidden.stop_reason == "end_turn"


@both_ways
def test_pictures_and_documents_go_in(claude: Anthropic, sandbox: Sandbox, stream: bool) -> None:
    pdf = base64.b64encode(b"%PDF-1.4 ...").decode()
    content: Any = [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
        {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": pdf}},
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "A plan."}},
        {"type": "text", "text": "What do you see?"},
    ]
    answer = ask(claude, [{"role": "user", "content": content}], stream=stream)
    assert "1 image" in texts(answer)
    (call,) = sandbox.calls("/responses")
    parts = call["body"]["input"][0]["content"]
    assert [part["type"] for part in parts] == ["input_image", "input_file", "input_text", "input_text"]


@both_ways
def test_a_stop_sequence_ends_the_answer(claude: Anthropic, stream: bool) -> None:
    answer = ask(claude, COUNTED, stream=stream, stop_sequences=["never", "three"])
    assert texts(answer) == "one two "
    assert (answer.stop_reason, answer.stop_sequence) == ("stop_sequence", "three")


@both_ways
def test_a_limit_ends_the_answer(claude: Anthropic, stream: bool) -> None:
    said: list[MessageParam] = [{"role": "user", "content": "count to 100"}]
    answer = ask(claude, said, stream=stream, max_tokens=5)
    assert answer.stop_reason == "max_tokens"
    assert answer.usage.output_tokens > 0


def test_structured_output(claude: Anthropic) -> None:
    answer = claude.messages.parse(
        model=MODEL,
        max_tokens=100,
        messages=[{"role": "user", "content": "Alice and Bob meet."}],
        output_format=Event,
    )
    assert isinstance(answer.parsed_output, Event)


@both_ways
def test_a_search_names_its_sources(claude: Anthropic, stream: bool) -> None:
    said: list[MessageParam] = [{"role": "user", "content": "What is new at xAI?"}]
    tool: Any = {"type": "web_search_20250305", "name": "web_search"}
    answer = ask(claude, said, stream=stream, tools=[tool])
    cited = [each for block in answer.content if block.type == "text" for each in block.citations or ()]
    assert cited
    assert all(each.type == "web_search_result_location" and each.url for each in cited)


def test_a_cached_beginning_is_counted_apart(claude: Anthropic, sandbox: Sandbox) -> None:
    told = "You know the following rules. " + "Rule by rule. " * 400
    turns: list[MessageParam] = [{"role": "user", "content": "hello"}]
    first = ask(claude, turns, system=told)
    turns += [{"role": "assistant", "content": first.content}, {"role": "user", "content": "and again"}]
    second = ask(claude, turns, system=told)
    assert second.usage.cache_read_input_tokens
    assert second.usage.input_tokens < first.usage.input_tokens
    assert len({call["headers"]["x-grok-conv-id"] for call in sandbox.calls("/responses")}) == 1
    assert len({call["account"] for call in sandbox.calls("/responses")}) == 1


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"x-claude-code-session-id": "session-77"}, {}),
        ({}, {"metadata": {"user_id": "user_ab_account__session_5f0b6c1e-0d3a-4a51-9b1e-7a0e9e8d1c2b"}}),
        ({}, {"metadata": {"user_id": '{"device_id":"d","session_id":"5f0b6c1e-0d3a"}'}}),
        ({}, {"metadata": {"user_id": "somebody"}}),
    ],
)
def test_a_session_goes_where_its_cache_is(
    claude: Anthropic, sandbox: Sandbox, headers: dict[str, str], body: dict[str, Any]
) -> None:
    for turn in ("hello", "another beginning", "a third"):
        ask(claude, [{"role": "user", "content": turn}], extra_headers=headers, **body)
    calls = sandbox.calls("/responses")
    assert len({call["headers"]["x-grok-conv-id"] for call in calls}) == 1
    assert len({call["account"] for call in calls}) == 1
    assert "metadata" not in calls[0]["body"]


def test_tokens_are_counted_before_they_are_spent(claude: Anthropic, sandbox: Sandbox) -> None:
    short = claude.messages.count_tokens(model="grok-4", messages=[{"role": "user", "content": "hello"}])
    long = claude.messages.count_tokens(
        model="grok-4",
        system="You are a careful assistant.",
        messages=[{"role": "user", "content": "hello " * 200}],
        tools=[WEATHER],
    )
    assert 0 < short.input_tokens < long.input_tokens
    assert not sandbox.calls("/responses"), "no model was asked"
    with pytest.raises(anthropic.NotFoundError) as caught:
        claude.messages.count_tokens(model="no-such", messages=[{"role": "user", "content": "hello"}])
    assert_envelope(caught.value, "not_found_error")


def test_models_have_anthropics_shape(claude: Anthropic) -> None:
    page = claude.models.list()
    names = [model.id for model in page.data]
    assert {"grok-4", "grok-3"} <= set(names)
    assert (page.first_id, page.last_id, page.has_more) == (names[0], names[-1], False)
    one = claude.models.retrieve("grok-4")
    assert (one.id, one.type, one.lifecycle) == ("grok-4", "model", "active")
    assert one.created_at.year == 2025
    with pytest.raises(anthropic.NotFoundError) as caught:
        claude.models.retrieve("grok-99")
    assert_envelope(caught.value, "not_found_error")


def assert_envelope(error: anthropic.APIStatusError, kind: str) -> None:
    body: Any = error.body
    assert set(body) == {"type", "error", "request_id"}
    assert (body["type"], body["error"]["type"]) == ("error", kind)
    assert body["error"]["message"]
    assert body["request_id"] == error.request_id


REFUSED: list[tuple[dict[str, Any], type[anthropic.APIStatusError], str]] = [
    ({"status": 429, "retry_after": 7}, anthropic.RateLimitError, "rate_limit_error"),
    ({"status": 500}, anthropic.InternalServerError, "overloaded_error"),
]


@both_ways
@pytest.mark.parametrize(("fault", "error", "kind"), REFUSED, ids=["429", "500"])
def test_an_error_before_the_answer_has_its_class(
    shared_sandbox: Sandbox,
    lonely: Anthropic,
    stream: bool,
    fault: dict[str, Any],
    error: type[anthropic.APIStatusError],
    kind: str,
) -> None:
    shared_sandbox.clear()
    shared_sandbox.scenario("status", match={"path": "/responses", "key": "carol"}, **fault)
    with pytest.raises(error) as caught:
        ask(lonely, HELLO, stream=stream)
    shared_sandbox.clear()
    assert_envelope(caught.value, kind)


@pytest.fixture
def lonely(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Anthropic]:
    """The SDK before a gateway with one credential and no second try."""
    started = Gateway.start(
        tmp_path_factory.mktemp("lonely"),
        upstream=shared_sandbox.base_url,
        keys=("xai-sandbox-carol",),
        environment={"GROK2API_GROK__MAX_RETRY": "0", "GROK2API_PERFORMANCE__QUEUE_WAIT": "0"},
    )
    with Anthropic(base_url=started.url, api_key=started.key, max_retries=0) as made:
        yield made
    started.stop()


def test_each_refusal_has_its_class(claude: Anthropic, gateway: Gateway, sandbox: Sandbox) -> None:
    with pytest.raises(anthropic.BadRequestError) as malformed:
        ask(claude, HELLO, extra_body={"temperature": 9})
    assert_envelope(malformed.value, "invalid_request_error")
    assert "temperature" in malformed.value.message
    with pytest.raises(anthropic.NotFoundError) as missing:
        ask(claude, HELLO, model="grok-99")
    assert_envelope(missing.value, "not_found_error")
    with (
        Anthropic(base_url=gateway.url, api_key="sk-wrong", max_retries=0) as stranger,
        pytest.raises(anthropic.AuthenticationError) as unknown,
    ):
        ask(stranger, HELLO)
    assert_envelope(unknown.value, "authentication_error")
    sandbox.scenario("safety", match={"path": "/responses"}, times=1)
    with pytest.raises(anthropic.BadRequestError) as refused:
        ask(claude, HELLO)
    assert_envelope(refused.value, "invalid_request_error")


@pytest.mark.parametrize("fault", ["stream_error", "response_failed", "cut", "malformed"])
def test_an_error_in_mid_stream_is_an_error(claude: Anthropic, sandbox: Sandbox, fault: str) -> None:
    sandbox.scenario(fault, match={"path": "/responses"}, after_events=LATE, times=1)
    told: list[str] = []
    with pytest.raises(anthropic.APIStatusError) as caught:
        read_into(told, claude)
    assert told
    assert_envelope(caught.value, "overloaded_error")


def read_into(told: list[str], claude: Anthropic) -> None:
    """Read a long stream, piece by piece, so that an error does not lose what came before it."""
    said: list[MessageParam] = [{"role": "user", "content": "count to 2000"}]
    with claude.messages.stream(model="grok-3", max_tokens=40_000, messages=said) as events:
        told.extend(events.text_stream)
