"""`n`: several answers to one chat request, each a call of its own, told and settled as one."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam, ChatCompletionToolParam

from support.observing import PAUSE, Caller, Said, events_of, eventually, ledger_since, row_of
from support.processes import Gateway, Sandbox, run_command
from support.sdk import judged

CHAT, RESPONSES = "/chat/completions", "/responses"
ASKED: list[ChatCompletionMessageParam] = [{"role": "user", "content": "say exactly: one two three four"}]
WEATHER: ChatCompletionToolParam = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def started(shared_sandbox: Sandbox, directory: Path, **settings: str) -> Gateway:
    """Return a gateway without credentials whose ledger is written at once."""
    environment = {"GROK2API_LEDGER__FLUSH_MS": "10"} | settings
    return Gateway.start(directory, upstream=shared_sandbox.base_url, environment=environment)


def add_credential(gateway: Gateway, sandbox: Sandbox, key: str) -> None:
    """Add a credential that serves one call at a time."""
    words = ("credentials", "add", key, "--max-concurrency", "1")
    run_command(gateway.directory, *words, GROK2API_GROK__BASE_URL=sandbox.base_url)


@pytest.fixture(scope="module")
def pair(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway with two credentials that serve one call at a time."""
    settings = {"GROK2API_GROK__MAX_RETRY": "0", "GROK2API_PERFORMANCE__QUEUE_WAIT": "20"}
    gateway = started(shared_sandbox, tmp_path_factory.mktemp("pair"), **settings)
    for name in ("left", "right"):
        add_credential(gateway, shared_sandbox, f"xai-sandbox-{name}")
    eventually(lambda: serving(gateway, shared_sandbox) == {"left", "right"}, "both credentials' service")
    yield gateway
    gateway.stop()


@pytest.fixture
def sdk(pair: Gateway) -> Iterator[OpenAI]:
    with OpenAI(
        base_url=pair.base_url, api_key=pair.key, max_retries=0, _strict_response_validation=True, **judged()
    ) as made:
        yield made


def body(text: str = "say exactly: one", **more: Any) -> dict[str, Any]:
    return {"model": "grok-3", "messages": [{"role": "user", "content": text}], **more}


def serving(gateway: Gateway, sandbox: Sandbox) -> set[str]:
    """Return which accounts share the answers of one request."""
    sandbox.clear()
    gateway.post(CHAT, body(n=2))
    return {call["account"] for call in sandbox.calls()}


def check_settled(row: dict[str, Any], sandbox: Sandbox, usage: dict[str, Any], choices: int) -> None:
    """Check that what upstream billed, what the ledger holds and what the client is told are the same."""
    billed = [call["usage"] for call in sandbox.calls()]
    assert len(billed) == choices
    assert row["attempts"] == choices
    assert row["end"] == "completed"
    assert row["input_tokens"] == usage["prompt_tokens"] == sum(each["input_tokens"] for each in billed)
    assert row["output_tokens"] == usage["completion_tokens"] == sum(each["output_tokens"] for each in billed)
    ticks = sum(each["cost_in_usd_ticks"] for each in billed)
    assert row["cost_ticks"] == usage["cost_in_usd_ticks"] == ticks > 0


def choices_of(chunks: list[ChatCompletionChunk], index: int) -> list[Any]:
    return [choice for chunk in chunks for choice in chunk.choices if choice.index == index]


def test_several_answers_in_one_object(pair: Gateway, sandbox: Sandbox) -> None:
    status, headers, content = pair.post(CHAT, body("Tell me anything.", n=3))
    answer = json.loads(content)
    assert status == 200
    assert headers["x-grok2api-upstream-model"] == "grok-4.3"
    assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2]
    assert all(choice["message"]["content"] for choice in answer["choices"])
    assert all("n" not in call["body"] for call in sandbox.calls())
    check_settled(row_of(pair, headers["x-request-id"]), sandbox, answer["usage"], 3)
    assert {call["account"] for call in sandbox.calls()} == {"left", "right"}


def test_the_strict_sdk_takes_several_answers(sdk: OpenAI) -> None:
    answer = sdk.chat.completions.create(model="grok-4", messages=ASKED, n=2, stop=["three"])
    assert [choice.message.content for choice in answer.choices] == ["one two ", "one two "]
    assert {choice.finish_reason for choice in answer.choices} == {"stop"}
    tooled = sdk.chat.completions.create(
        model="grok-4",
        messages=[{"role": "user", "content": "The weather in Paris?"}],
        tools=[WEATHER],
        n=2,
    )
    calls = [call.id for choice in tooled.choices for call in choice.message.tool_calls or []]
    assert len(set(calls)) == 2
    assert {choice.finish_reason for choice in tooled.choices} == {"tool_calls"}


@pytest.mark.parametrize("include_usage", [False, True])
def test_several_answers_stream_side_by_side(
    sdk: OpenAI, pair: Gateway, sandbox: Sandbox, *, include_usage: bool
) -> None:
    with sdk.chat.completions.with_streaming_response.create(
        model="grok-4-mini", messages=ASKED, n=3, stream=True, stream_options={"include_usage": include_usage}
    ) as answer:
        request_id = answer.headers["x-request-id"]
        chunks = list(answer.parse())
    assert len({(chunk.id, chunk.created, chunk.model, chunk.object) for chunk in chunks}) == 1
    for index in range(3):
        own = choices_of(chunks, index)
        assert [choice.delta.role for choice in own] == ["assistant"] + [None] * (len(own) - 1)
        assert [choice.finish_reason for choice in own] == [None] * (len(own) - 1) + ["stop"]
        assert "".join(choice.delta.content or "" for choice in own) == "one two three four"
        assert any((choice.delta.model_extra or {}).get("reasoning_content") for choice in own)
    assert [chunk.usage is not None for chunk in chunks] == [False] * (len(chunks) - 1) + [include_usage]
    row = row_of(pair, request_id)
    assert row["end"] == "completed"
    if include_usage:
        usage = chunks[-1].usage
        assert usage is not None
        check_settled(row, sandbox, usage.model_dump(), 3)


def test_answers_interleave_and_end_once(pair: Gateway, sandbox: Sandbox) -> None:
    sandbox.scenario("trickle", delay=PAUSE, match={"path": RESPONSES})
    _, _, stream = pair.post(CHAT, body("count to 30", n=2, stream=True))
    assert stream.count(b"data: [DONE]\n\n") == 1
    assert stream.endswith(b"data: [DONE]\n\n")
    order = [event.data["choices"][0]["index"] for event in events_of(stream)[:-1]]
    assert order not in (sorted(order), sorted(order, reverse=True))


def test_more_answers_than_credentials_wait_for_their_turn(pair: Gateway, sandbox: Sandbox) -> None:
    status, _, content = pair.post(CHAT, body("say exactly: six", n=6))
    assert status == 200
    told = [choice["message"]["content"] for choice in json.loads(content)["choices"]]
    assert told == ["six"] * 6
    status, _, stream = pair.post(CHAT, body("say exactly: six", n=6, stream=True))
    assert status == 200
    assert {index_of(event) for event in events_of(stream)[:-1]} == set(range(6))
    assert len(sandbox.calls()) == 12


def index_of(event: Said) -> int:
    index: int = event.data["choices"][0]["index"]
    return index


@pytest.mark.parametrize("count", [0, 17, "two", 2.5])
def test_more_than_sixteen_answers_are_refused(pair: Gateway, sandbox: Sandbox, count: object) -> None:
    status, _, content = pair.post(CHAT, body(n=count))
    error = json.loads(content)["error"]
    assert (status, error["param"], error["code"]) == (400, "n", "invalid_value")
    assert sandbox.calls() == []


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_one_failure_before_the_first_byte_is_the_failure_of_all(
    pair: Gateway, sandbox: Sandbox, *, stream: bool
) -> None:
    sandbox.scenario("slow_first_byte", delay=60, match={"path": RESPONSES}, times=1)
    sandbox.scenario("safety", match={"path": RESPONSES})  # the other one has come by then
    status, headers, content = pair.post(CHAT, body(n=2, stream=stream))
    assert (status, json.loads(content)["error"]["code"]) == (400, "content_policy_violation")
    eventually(lambda: [call["ended"] for call in sandbox.calls()].count("cancelled") == 1, "the cancelling")
    row = row_of(pair, headers["x-request-id"])
    assert (row["end"], row["attempts"], row["error_code"]) == ("refused", 2, "content_policy_violation")
    sandbox.clear()
    assert pair.post(CHAT, body(n=2))[0] == 200, "both slots are free again"


def test_one_failure_in_mid_stream_ends_all(pair: Gateway, sandbox: Sandbox) -> None:
    sandbox.scenario("trickle", delay=PAUSE, match={"path": RESPONSES}, times=1)
    sandbox.scenario("cut", after_events=30, match={"path": RESPONSES})
    _, headers, stream = pair.post(CHAT, body("count to 500", n=2, stream=True))
    events = events_of(stream)
    assert events[-1].data["error"]["code"] == "upstream_error"
    assert b"[DONE]" not in stream
    assert b'"finish_reason":"' not in stream
    eventually(lambda: {call["ended"] for call in sandbox.calls()} == {"cut", "cancelled"}, "the cancelling")
    row = row_of(pair, headers["x-request-id"])
    assert (row["end"], row["error_code"], row["attempts"]) == ("cut", "upstream_error", 2)


def test_a_client_that_leaves_ends_all(pair: Gateway, sandbox: Sandbox) -> None:
    sandbox.scenario("trickle", delay=PAUSE, match={"path": RESPONSES})
    with Caller(pair, CHAT, body("count to 500", n=2, stream=True)) as caller:
        request_id = caller.answer.headers["x-request-id"]
        caller.read_until(b'"index":1')
        caller.leave()
    eventually(
        lambda: [call["ended"] for call in sandbox.calls()] == ["cancelled"] * 2, "the cancelling of both"
    )
    row = row_of(pair, request_id)
    assert (row["end"], row["attempts"], row["usage_source"]) == ("client_gone", 2, "estimated")


def test_a_client_that_leaves_before_the_first_byte_ends_all(pair: Gateway, sandbox: Sandbox) -> None:
    since = time.time()
    sandbox.scenario("slow_first_byte", delay=60, match={"path": RESPONSES})
    for stream in (True, False):
        with Caller(pair, CHAT, body(n=2, stream=stream)) as caller:
            eventually(lambda: len(sandbox.calls()) == 2, "both calls")
            caller.leave()
        eventually(lambda: {call["ended"] for call in sandbox.calls()} == {"cancelled"}, "the cancelling")
        sandbox.clear()
        sandbox.scenario("slow_first_byte", delay=60, match={"path": RESPONSES})
    rows = ledger_since(pair.directory, since, rows=2)
    assert [(row["end"], row["status"], row["attempts"]) for row in rows] == [("client_gone", 499, 2)] * 2


def test_an_answer_that_cannot_begin_any_more_ends_all(sandbox: Sandbox, tmp_path: Path) -> None:
    settings = {"GROK2API_GROK__MAX_RETRY": "0", "GROK2API_PERFORMANCE__QUEUE_WAIT": "0.5"}
    gateway = started(sandbox, tmp_path, **settings)
    try:
        add_credential(gateway, sandbox, "xai-sandbox-alone")
        eventually(lambda: gateway.post(CHAT, body())[0] == 200, "the first answer")
        sandbox.clear()
        sandbox.scenario("trickle", delay=PAUSE, match={"path": RESPONSES})
        _, headers, stream = gateway.post(CHAT, body("count to 500", n=2, stream=True))
        assert events_of(stream)[-1].data["error"]["code"] == "rate_limit_exceeded"
        assert b"[DONE]" not in stream
        row = row_of(gateway, headers["x-request-id"])
        assert (row["end"], row["error_code"], row["attempts"]) == ("cut", "rate_limit_exceeded", 1)
        eventually(lambda: [call["ended"] for call in sandbox.calls()] == ["cancelled"], "the cancelling")
    finally:
        gateway.stop()
