"""A conversation keeps its home among several accounts, and what the prompt cache saved is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam

from support.observing import eventually, ledger
from support.processes import Gateway, Sandbox, run_command
from support.sdk import judged

KEYS = tuple(f"xai-sandbox-home-{name}" for name in ("ann", "ben", "cat", "dan"))
TOLD = "You are a patient clerk. " * 100
TURNS = 5
SAVED_PER_TOKEN = 15_000
"""Ticks between a fresh and a cached token of grok-4.7."""


@pytest.fixture(scope="module")
def house(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway with four accounts."""
    gateway = Gateway.start(
        tmp_path_factory.mktemp("house"),
        upstream=shared_sandbox.base_url,
        keys=KEYS,
        environment={"GROK2API_LEDGER__FLUSH_MS": "10"},
    )
    yield gateway
    gateway.stop()


@pytest.fixture
def sdk(house: Gateway) -> Iterator[OpenAI]:
    with OpenAI(
        base_url=house.base_url,
        api_key=house.key,
        max_retries=0,
        _strict_response_validation=True,
        **judged(),
    ) as made:
        yield made


def check_home(sandbox: Sandbox, cached: list[int]) -> None:
    """Check that one account served every turn, and that each turn found the one before in the cache."""
    calls = sandbox.calls()
    assert len(calls) == TURNS
    assert len({call["account"] for call in calls}) == 1
    assert len({call["headers"]["x-grok-conv-id"] for call in calls}) == 1
    assert cached[0] == 0
    assert cached == sorted(set(cached))


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_chat_stays_where_its_cache_is(sdk: OpenAI, sandbox: Sandbox, *, stream: bool) -> None:
    messages: list[ChatCompletionMessageParam] = [
        {"role": "system", "content": f"{TOLD} Stream: {stream}."},
        {"role": "user", "content": "say exactly: turn 0"},
    ]
    cached = []
    for turn in range(TURNS):
        if stream:
            chunks = sdk.chat.completions.create(
                model="grok-4", messages=messages, stream=True, stream_options={"include_usage": True}
            )
            *_, last = chunks
            usage = last.usage
        else:
            usage = sdk.chat.completions.create(model="grok-4", messages=messages).usage
        assert usage is not None
        assert usage.prompt_tokens_details is not None
        cached.append(usage.prompt_tokens_details.cached_tokens or 0)
        money = usage.model_extra or {}
        assert money["cost_in_usd_ticks"] == sandbox.calls()[-1]["usage"]["cost_in_usd_ticks"] > 0
        assert money["cache_savings_in_usd_ticks"] == cached[-1] * SAVED_PER_TOKEN
        messages.append({"role": "assistant", "content": f"turn {turn}"})
        messages.append({"role": "user", "content": f"say exactly: turn {turn + 1}"})
    check_home(sandbox, cached)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_response_stays_where_its_cache_is(sdk: OpenAI, sandbox: Sandbox, *, stream: bool) -> None:
    said: list[Any] = [{"role": "user", "content": "say exactly: turn 0"}]
    told, cached = f"{TOLD} Responses, stream: {stream}.", []
    for turn in range(TURNS):
        if stream:
            with sdk.responses.stream(model="grok-4", instructions=told, input=said, store=False) as events:
                usage = events.get_final_response().usage
        else:
            usage = sdk.responses.create(model="grok-4", instructions=told, input=said, store=False).usage
        assert usage is not None
        cached.append(usage.input_tokens_details.cached_tokens)
        money = usage.model_extra or {}
        assert money["cost_in_usd_ticks"] == sandbox.calls()[-1]["usage"]["cost_in_usd_ticks"] > 0
        assert money["cache_savings_in_usd_ticks"] == cached[-1] * SAVED_PER_TOKEN
        said += [
            {"role": "assistant", "content": f"turn {turn}"},
            {"role": "user", "content": f"say exactly: turn {turn + 1}"},
        ]
    check_home(sandbox, cached)


def test_a_cache_key_of_the_client_goes_first(house: Gateway, sandbox: Sandbox) -> None:
    for number in range(4):
        body = {
            "model": "grok-4",
            "prompt_cache_key": "the-clients-own",
            "messages": [{"role": "user", "content": f"say exactly: {number}"}],
        }
        assert house.post("/chat/completions", body)[0] == 200
    calls = sandbox.calls()
    assert {call["headers"]["x-grok-conv-id"] for call in calls} == {"the-clients-own"}
    assert {call["body"]["prompt_cache_key"] for call in calls} == {"the-clients-own"}
    assert len({call["account"] for call in calls}) == 1


def test_the_operator_is_told_what_was_saved(house: Gateway, sandbox: Sandbox) -> None:
    body = {"model": "grok-4", "messages": [{"role": "user", "content": f"{TOLD} Explained."}]}
    assert house.post("/chat/completions", body)[0] == 200
    status, headers, content = house.post("/chat/completions", body)
    assert status == 200
    usage = json.loads(content)["usage"]
    cached = usage["prompt_tokens_details"]["cached_tokens"]
    name = headers["x-request-id"]
    rows = eventually(lambda: [row for row in ledger(house.directory) if row["request_id"] == name])
    assert rows[0]["cached_tokens"] == cached > 0
    request = json.loads(explained(house.directory, name, "--json"))["request"]
    assert request["cached_tokens"] == cached
    assert request["cache_savings_in_usd_ticks"] == usage["cache_savings_in_usd_ticks"] > 0
    text = explained(house.directory, name)
    assert f"{cached:,} of {usage['prompt_tokens']:,} input tokens came from the cache: saved $0." in text


def explained(directory: Path, request_id: str, *arguments: str) -> str:
    """Return what `grok2api explain` prints."""
    return run_command(directory, "explain", request_id, *arguments)
