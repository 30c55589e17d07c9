"""Compaction through the real server: a conversation becomes one item, and goes on from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI

from support.observing import eventually, ledger
from support.processes import Gateway, Sandbox
from support.sdk import judged

MODEL = "grok-4"
TALK: Any = [
    {"role": "user", "content": "My name is Bob."},
    {"role": "assistant", "content": "Nice to meet you, Bob!"},
]
ASKED: Any = {"role": "user", "content": "What is my name?"}


@pytest.fixture(scope="module")
def pool(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway over three accounts, with two client keys."""
    started = Gateway.start(
        tmp_path_factory.mktemp("compaction"),
        upstream=shared_sandbox.base_url,
        keys=("xai-sandbox-alice", "xai-sandbox-bob", "xai-sandbox-carol"),
        environment={"GROK2API_POOL__STRATEGY": "round_robin", "GROK2API_LEDGER__FLUSH_MS": "10"},
        client_key="sk-one,sk-two",
    )
    yield started
    started.stop()


@pytest.fixture
def one(pool: Gateway, sandbox: Sandbox) -> Iterator[OpenAI]:
    with OpenAI(
        base_url=pool.base_url, api_key="sk-one", max_retries=0, _strict_response_validation=True, **judged()
    ) as made:
        yield made


def compactions(sandbox: Sandbox) -> list[dict[str, Any]]:
    return sandbox.calls("/responses/compact")


def test_a_conversation_goes_on_from_its_compaction(one: OpenAI, sandbox: Sandbox) -> None:
    for _ in range(4):
        compacted = one.responses.compact(model=MODEL, input=TALK, instructions="Be brief.")
        again: Any = [item.model_dump(exclude_none=True) for item in compacted.output]
        answer = one.responses.create(model=MODEL, input=[*again, ASKED])
        assert "Bob" in answer.output_text
    assert compacted.id.startswith("resp_")
    assert compacted.object == "response.compaction"
    assert [item.type for item in compacted.output] == ["compaction"]
    assert str(compacted.output[0].id).startswith("cmp_")
    assert compacted.usage.total_tokens == compacted.usage.input_tokens + compacted.usage.output_tokens
    assert compacted.usage.model_dump()["dropped_message_count"] == 3
    rows = compactions(sandbox)
    assert set(rows[-1]["body"]) == {"model", "input"}
    assert rows[-1]["body"]["input"][0] == {"role": "system", "content": "Be brief."}
    turns = [row for row in sandbox.calls("/responses") if row["path"].endswith("/responses")]
    assert [row["team_id"] for row in turns] == [row["team_id"] for row in rows]
    assert len({row["team_id"] for row in rows}) > 1


def test_a_stored_conversation_is_compacted_whole(one: OpenAI, sandbox: Sandbox) -> None:
    first = one.responses.create(model=MODEL, input="My name is Bob.")
    second = one.responses.create(model=MODEL, previous_response_id=first.id, input="remember: the cat")
    third = one.responses.create(model=MODEL, previous_response_id=second.id, input="Hello.")
    compacted = one.responses.compact(
        model=MODEL, previous_response_id=third.id, input=[{"role": "user", "content": "That was all."}]
    )
    items = compactions(sandbox)[-1]["body"]["input"]
    texts = [
        item["content"][0]["text"]
        for item in items
        if item.get("type") == "message" and item["role"] == "user"
    ]
    assert texts[:3] == ["My name is Bob.", "remember: the cat", "Hello."]
    assert items[-1]["content"] == "That was all."
    assert sum(item.get("role") == "assistant" for item in items) == 3
    names = [item["id"] for item in items if "id" in item]
    assert len(names) == len(set(names))
    assert len({row["team_id"] for row in sandbox.calls("/responses")}) == 1
    again: Any = [item.model_dump(exclude_none=True) for item in compacted.output]
    answer = one.responses.create(
        model=MODEL, input=[*again, {"role": "user", "content": "What did I ask you to remember?"}]
    )
    assert "the cat" in answer.output_text


def test_it_fails_over_and_is_settled_once(one: OpenAI, pool: Gateway, sandbox: Sandbox) -> None:
    sandbox.scenario("status", status=500, match={"path": "/responses/compact"}, times=1)
    answer = one.responses.with_raw_response.compact(
        model=MODEL, input=TALK, extra_body={"service_tier": "priority", "tools": []}
    )
    assert answer.headers["x-grok2api-dropped-params"] == "service_tier"
    assert answer.headers["x-grok2api-upstream-model"] == "grok-4.7"
    assert len({row["team_id"] for row in compactions(sandbox)}) == 2
    request_id = answer.headers["x-request-id"]

    def row() -> list[dict[str, Any]]:
        return [each for each in ledger(pool.directory) if each["request_id"] == request_id]

    (settled,) = eventually(row, "its row")
    assert (settled["operation"], settled["end"], settled["attempts"]) == ("compact", "completed", 2)
    assert settled["input_tokens"] == answer.parse().usage.input_tokens
    assert settled["cost_ticks"] > 0


def test_a_model_that_upstream_lacks_is_replaced(one: OpenAI, sandbox: Sandbox) -> None:
    body = {"code": "not-found", "error": "The model grok-4.7 does not exist or your team has no access."}
    sandbox.scenario("status", status=404, body=body, match={"model": "grok-4.7"})
    answer = one.responses.with_raw_response.compact(model=MODEL, input=TALK)
    assert answer.headers["x-grok2api-upstream-model"] == "grok-4.6"


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({"input": "x"}, "missing_required_parameter", "model"),
        ({"model": MODEL}, "missing_required_parameter", "input"),
        ({"model": MODEL, "input": [{"type": "telepathy"}]}, "invalid_value", "input[0].type"),
        (
            {"model": MODEL, "previous_response_id": "resp_1"},
            "previous_response_not_found",
            "previous_response_id",
        ),
        ({"model": MODEL, "input": "x", "stream": True}, "unsupported_parameter", "stream"),
    ],
)
def test_errors_name_the_field(
    pool: Gateway, sandbox: Sandbox, body: dict[str, Any], code: str, param: str
) -> None:
    pool.headers["Authorization"] = "Bearer sk-one"
    status, _, answer = pool.post("/responses/compact", body)
    error = json.loads(answer)["error"]
    assert (status, error["code"], error["param"]) == (400, code, param)


def test_a_compaction_is_its_keys_own(one: OpenAI, pool: Gateway) -> None:
    compacted = one.responses.compact(model=MODEL, input=TALK)
    again: Any = [item.model_dump(exclude_none=True) for item in compacted.output]
    with pytest.raises(openai.BadRequestError) as caught:
        one.with_options(api_key="sk-two").responses.create(model=MODEL, input=[*again, ASKED])
    assert caught.value.param == "input[0].encrypted_content"
    with pytest.raises(openai.NotFoundError):
        one.responses.retrieve(compacted.id)


def test_an_answer_without_a_compaction_is_none(one: OpenAI, sandbox: Sandbox) -> None:
    body = {"object": "response.compaction", "id": "cmp_1", "output": []}
    sandbox.scenario("status", status=200, body=body, match={"path": "/responses/compact"})
    with pytest.raises(openai.InternalServerError) as caught:
        one.responses.compact(model=MODEL, input=TALK)
    assert caught.value.code == "upstream_error"
