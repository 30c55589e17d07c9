"""Thinking that goes out and comes back, over a pool of two accounts that cannot read each other's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from anthropic import Anthropic
from anthropic.types import Message, MessageParam

from support.processes import Gateway, Sandbox
from support.sdk import anthropic_client

ADAPTIVE: Any = {"type": "adaptive"}
HELLO: list[MessageParam] = [{"role": "user", "content": "hello"}]
DROPPED = "x-grok2api-dropped-params"


@pytest.fixture
def two(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway of its own, since accounts are taken away from it."""
    shared_sandbox.clear()
    started = Gateway.start(
        tmp_path_factory.mktemp("two"),
        upstream=shared_sandbox.base_url,
        keys=("xai-sandbox-alice", "xai-sandbox-bob"),
    )
    yield started
    started.stop()
    shared_sandbox.clear()


@pytest.fixture
def claude(two: Gateway) -> Iterator[Anthropic]:
    with anthropic_client(two) as made:
        yield made


def think(claude: Anthropic, messages: list[MessageParam], *, stream: bool) -> Message:
    asked: dict[str, Any] = {"model": "grok-4", "max_tokens": 500, "messages": messages, "thinking": ADAPTIVE}
    if stream:
        with claude.messages.stream(**asked) as events:
            streamed: Message = events.get_final_message()
            return streamed
    answer: Message = claude.messages.create(**asked)
    return answer


def continued(first: Message) -> list[MessageParam]:
    return [
        *HELLO,
        {"role": "assistant", "content": first.content},
        {"role": "user", "content": "and what is my name?"},
    ]


def sealed_in(call: dict[str, Any]) -> list[str]:
    return [item["encrypted_content"] for item in call["body"]["input"] if item.get("type") == "reasoning"]


def follow(claude: Anthropic, first: Message) -> tuple[str | None, Message]:
    """Send the conversation back; return what the header says was left out, and the answer."""
    raw = claude.messages.with_raw_response.create(
        model="grok-4", max_tokens=500, messages=continued(first), thinking=ADAPTIVE
    )
    return raw.headers.get(DROPPED), raw.parse()


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_thoughts_survive_a_round_trip_on_their_account(
    claude: Anthropic, shared_sandbox: Sandbox, stream: bool
) -> None:
    first = think(claude, HELLO, stream=stream)
    thought = first.content[0]
    assert thought.type == "thinking"
    assert thought.thinking
    for _ in range(3):
        dropped, answer = follow(claude, first)
        assert dropped is None
        assert answer.content[-1].type == "text"
    calls = shared_sandbox.calls("/responses")
    assert len({call["account"] for call in calls}) == 1
    assert all(len(sealed_in(call)) == 1 for call in calls[1:])
    assert thought.signature.endswith("." + sealed_in(calls[1])[0])


def test_when_their_account_is_gone_they_are_left_out_and_named(
    claude: Anthropic, shared_sandbox: Sandbox
) -> None:
    first = think(claude, HELLO, stream=False)
    origin = shared_sandbox.calls("/responses")[0]["account"]
    shared_sandbox.scenario("status", status=401, match={"key": origin})
    dropped, answer = follow(claude, first)
    assert dropped == "messages[1].content[0].signature"
    assert answer.stop_reason == "end_turn"
    last = shared_sandbox.calls("/responses")[-1]
    assert last["account"] != origin
    assert sealed_in(last) == []
    thought = answer.content[0]
    assert thought.type == "thinking"
    assert thought.signature != first.content[0].to_dict()["signature"]


def test_what_grok_could_not_read_after_all_is_left_out_and_named(
    claude: Anthropic, shared_sandbox: Sandbox
) -> None:
    first = think(claude, HELLO, stream=False)
    shared_sandbox.scenario("foreign_reasoning", match={"path": "/responses"}, times=1)
    dropped, answer = follow(claude, first)
    assert dropped == "messages[1].content[0].signature"
    assert answer.stop_reason == "end_turn"


def test_thoughts_of_another_model_family_are_no_error(claude: Anthropic) -> None:
    first = think(claude, HELLO, stream=False)
    messages = continued(first)
    answer = claude.messages.create(model="grok-4-mini", max_tokens=500, messages=messages)
    assert answer.stop_reason == "end_turn"


def test_anthropics_own_signature_is_no_error(claude: Anthropic, shared_sandbox: Sandbox) -> None:
    foreign: list[MessageParam] = [
        *HELLO,
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Hm.", "signature": "EqQBCgIYAhIM1gbcDa9GJwZA2b3h"},
                {"type": "redacted_thinking", "data": "EmwKAhgBEgy3va3pzix"},
                {"type": "text", "text": "Hello!"},
            ],
        },
        {"role": "user", "content": "and?"},
    ]
    raw = claude.messages.with_raw_response.create(model="grok-4", max_tokens=50, messages=foreign)
    assert raw.headers[DROPPED] == "messages[1].content[0].signature,messages[1].content[1].data"
    assert sealed_in(shared_sandbox.calls("/responses")[0]) == []


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_session_of_ten_turns_outlives_the_account_that_began_it(
    claude: Anthropic, shared_sandbox: Sandbox, stream: bool
) -> None:
    turns: list[MessageParam] = [{"role": "user", "content": "My name is Bob."}]
    for number in range(1, 11):
        answer = think(claude, turns, stream=stream)
        assert answer.stop_reason == "end_turn"
        assert [block.type for block in answer.content] == ["thinking", "text"]
        turns.append({"role": "assistant", "content": answer.content})
        turns.append({"role": "user", "content": f"What is my name? ({number})"})
        if number == 5:
            origin = shared_sandbox.calls("/responses")[0]["account"]
            shared_sandbox.scenario("status", status=401, match={"key": origin})
    assert answer.content[-1].type == "text"
    assert "Bob" in answer.content[-1].text
    served = [call for call in shared_sandbox.calls("/responses") if call["status"] == 200]
    assert [call["account"] == origin for call in served] == [True] * 5 + [False] * 5
    assert [len(sealed_in(call)) for call in served] == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]
