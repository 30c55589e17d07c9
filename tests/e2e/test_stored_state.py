"""Stored responses when nothing is as it was: streamed again, deleted, their account gone or resting."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import openai
import pytest
from openai import OpenAI

from support.observing import Caller, eventually
from support.pool_faults import Drill, drilling
from support.processes import Gateway, Sandbox
from support.sdk import judged

MODEL = "grok-4"
WAIT = 1


@pytest.fixture(scope="module")
def shared_drill(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    with drilling(
        tmp_path_factory.mktemp("stored"),
        shared_sandbox,
        PERFORMANCE__QUEUE_WAIT=WAIT,
        STREAM__OPEN_AFTER="0.1",
    ) as drill:
        yield drill


@pytest.fixture
def pooled(drill: Drill) -> Iterator[OpenAI]:
    with OpenAI(
        base_url=drill.gateway.base_url, api_key=drill.gateway.key, max_retries=0, **judged()
    ) as made:
        yield made


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"tools": [{"type": "web_search"}]},
        {"max_output_tokens": 4, "input": "count to 100"},
        {
            "input": "What is the weather in Paris?",
            "tools": [
                {"type": "function", "name": "get_weather", "parameters": {"type": "object"}, "strict": False}
            ],
        },
    ],
    ids=["text", "search", "cut", "call"],
)
def test_a_stored_response_is_streamed_again(client: OpenAI, more: dict[str, Any]) -> None:
    asked: dict[str, Any] = {"model": MODEL, "input": "你好，世界", **more}
    made = client.responses.create(**asked)
    events = list(
        client.responses.retrieve(
            made.id, stream=True, include=["reasoning.encrypted_content"], include_obfuscation=False
        )
    )
    assert [event.sequence_number for event in events] == list(range(len(events)))
    kinds = [event.type for event in events]
    assert kinds[:2] == ["response.created", "response.in_progress"]
    last = events[-1]
    assert last.type == ("response.incomplete" if "max_output_tokens" in more else "response.completed")
    assert last.response.id == made.id
    assert [item.id for item in last.response.output] == [item.id for item in made.output]
    assert last.response.output_text == made.output_text
    spoken = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert spoken == made.output_text
    done = [event.item for event in events if event.type == "response.output_item.done"]
    assert [item.id for item in done] == [item.id for item in made.output]
    assert kinds.count("response.output_item.added") == len(made.output)


def test_only_the_whole_stream_can_be_had(client: OpenAI) -> None:
    made = client.responses.create(model=MODEL, input="hello")
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.retrieve(made.id, stream=True, starting_after=3)
    assert caught.value.param == "starting_after"
    assert "background" in str(caught.value)


def test_a_stored_response_shows_what_it_was_asked_with(client: OpenAI) -> None:
    made = client.responses.create(
        model=MODEL, input="hello", instructions="Be brief.", metadata={"job": "7"}, temperature=0.5
    )
    assert made.metadata == {"job": "7"}
    again = client.responses.retrieve(made.id)
    assert (again.instructions, again.temperature) == ("Be brief.", 0.5)
    assert again.metadata == {}, "xAI keeps none, and what it writes there itself is not the client's"


def test_what_was_not_to_be_stored_is_not_even_asked_for(
    client: OpenAI, gateway: Gateway, sandbox: Sandbox
) -> None:
    made = client.responses.create(model=MODEL, input="Forget me.", store=False)
    for ask in (
        lambda: client.responses.retrieve(made.id),
        lambda: client.responses.retrieve(made.id, stream=True),
        lambda: client.responses.input_items.list(made.id),
        lambda: client.responses.delete(made.id),
    ):
        with pytest.raises(openai.NotFoundError):
            ask()
    assert not [row for row in sandbox.journal() if row["method"] != "POST" and "/responses/" in row["path"]]


def test_what_upstream_kept_against_its_word_is_not_shown(client: OpenAI, sandbox: Sandbox) -> None:
    made = client.responses.create(model=MODEL, input="hello")
    body = {"id": "x", "object": "response", "status": "completed", "store": False, "output": []}
    sandbox.scenario("status", status=200, body=body, match={"path": "/responses/*"})
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(made.id)
    with pytest.raises(openai.BadRequestError):
        client.responses.create(
            model=MODEL, input=[{"type": "item_reference", "id": str(made.output[-1].id)}]
        )


def asks_of(client: OpenAI, response_id: str) -> list[Callable[[], object]]:
    """Return every way to ask for a stored response itself."""
    return [
        lambda: client.responses.retrieve(response_id),
        lambda: client.responses.input_items.list(response_id),
        lambda: client.responses.delete(response_id),
    ]


def test_an_account_that_left_takes_its_responses_along(drill: Drill, pooled: OpenAI) -> None:
    drill.fill(["ann", "bob"])
    made = pooled.responses.create(model=MODEL, input="My name is Bob.")
    owner = drill.credentials()[drill.served_by()[-1]]
    drill.admin("DELETE", f"/credentials/{owner['id']}")
    path = f"/responses/{made.id}"
    eventually(lambda: drill.gateway.get(path)[0] == 404, "the account's end")
    for ask in asks_of(pooled, made.id):
        with pytest.raises(openai.NotFoundError) as missing:
            ask()
        assert missing.value.code == "not_found"
    for going_on in (
        lambda: pooled.responses.create(model=MODEL, input="x", previous_response_id=made.id),
        lambda: pooled.responses.compact(model=MODEL, previous_response_id=made.id),
        lambda: pooled.responses.input_tokens.count(model=MODEL, input="x", previous_response_id=made.id),
    ):
        with pytest.raises(openai.BadRequestError) as refused:
            going_on()
        assert refused.value.code == "previous_response_not_found"
        assert refused.value.param == "previous_response_id"
    with pytest.raises(openai.BadRequestError) as named:
        pooled.responses.create(
            model=MODEL, input=[{"type": "item_reference", "id": str(made.output[-1].id)}]
        )
    assert named.value.param == "input[0].id"


def test_a_busy_owner_is_waited_for_then_429(drill: Drill, pooled: OpenAI) -> None:
    drill.fill(["ann"], lambda _: {"max_concurrency": 1})
    made = pooled.responses.create(model=MODEL, input="My name is Bob.")
    reference: Any = {"type": "item_reference", "id": made.output[-1].id}
    drill.add("bob")
    eventually(lambda: "bob" in drill.live(), "the second credential")
    hanging = {"model": MODEL, "input": "!sandbox:hang=60 x", "stream": True, "previous_response_id": made.id}
    with ExitStack() as stack:
        stack.enter_context(Caller(drill.gateway, "/responses", hanging))
        eventually(lambda: "hang=60" in str(drill.sandbox.journal()[-1]["body"]), "the long turn")
        going_on: list[Callable[[], object]] = [
            lambda: pooled.responses.create(model=MODEL, input="x", previous_response_id=made.id),
            lambda: pooled.responses.compact(model=MODEL, previous_response_id=made.id),
            lambda: pooled.responses.create(model=MODEL, input=[reference]),
        ]
        for ask in (*asks_of(pooled, made.id), *going_on):
            with pytest.raises(openai.RateLimitError) as caught:
                ask()
            assert caught.value.code == "rate_limit_exceeded"
            assert int(caught.value.response.headers["retry-after"]) >= 1
        assert pooled.responses.create(model=MODEL, input="x").output_text, "others are not held up"
    answer = pooled.responses.create(model=MODEL, input="What is my name?", previous_response_id=made.id)
    assert "Bob" in answer.output_text


def test_a_resting_owner_cannot_go_on_but_its_items_can_elsewhere(drill: Drill, pooled: OpenAI) -> None:
    drill.fill(["ann"])
    made = pooled.responses.create(model=MODEL, input="My name is Bob.")
    referred: Any = [
        {"role": "user", "content": "My name is Bob."},
        *({"type": "item_reference", "id": item.id} for item in made.output),
        {"role": "user", "content": "What is my name?"},
    ]
    drill.add("bob")
    eventually(lambda: "bob" in drill.live(), "the second credential")
    drill.sandbox.scenario("status", status=429, retry_after=50, match={"path": "/responses", "key": "ann"})
    with pytest.raises(openai.RateLimitError) as caught:
        pooled.responses.create(model=MODEL, input="x", previous_response_id=made.id)
    assert int(caught.value.response.headers["retry-after"]) > WAIT
    answer = pooled.responses.create(model=MODEL, input=referred)
    assert "Bob" in answer.output_text
    assert drill.served_by()[-1] == "bob"
    assert pooled.responses.retrieve(made.id).id == made.id


def test_errors_of_a_stream_come_before_it(gateway: Gateway) -> None:
    status, headers, body = gateway.get("/responses/resp_1?stream=true")
    assert (status, headers["content-type"]) == (404, "application/json")
    assert json.loads(body)["error"]["code"] == "not_found"
