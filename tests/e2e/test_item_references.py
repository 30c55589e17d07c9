"""Items by reference: a client that keeps nothing but ids goes on where it was, whoever serves it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import OpenAI

from support.processes import Gateway, Sandbox
from support.sdk import judged

MODEL = "grok-4"
KEYS = ("xai-sandbox-alice", "xai-sandbox-bob", "xai-sandbox-carol")
SECRET: Any = ["reasoning.encrypted_content"]
TOOL: Any = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


@pytest.fixture(scope="module")
def pool(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway over three accounts, with two client keys."""
    started = Gateway.start(
        tmp_path_factory.mktemp("references"),
        upstream=shared_sandbox.base_url,
        keys=KEYS,
        environment={"GROK2API_POOL__STRATEGY": "round_robin"},
        client_key="sk-one,sk-two",
    )
    yield started
    started.stop()


@pytest.fixture
def one(pool: Gateway, sandbox: Sandbox) -> Iterator[OpenAI]:
    with OpenAI(base_url=pool.base_url, api_key="sk-one", max_retries=0, **judged()) as made:
        yield made


@pytest.fixture
def two(pool: Gateway, sandbox: Sandbox) -> Iterator[OpenAI]:
    with OpenAI(base_url=pool.base_url, api_key="sk-two", max_retries=0, **judged()) as made:
        yield made


def references(response: Any) -> list[Any]:
    return [{"type": "item_reference", "id": item.id} for item in response.output]


def said(text: str) -> Any:
    return {"role": "user", "content": text}


def posts(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [row for row in sandbox.calls("/responses") if row["method"] == "POST"]


def test_ten_turns_of_references_with_a_failover_in_the_middle(one: OpenAI, sandbox: Sandbox) -> None:
    history: list[Any] = [said("My name is Bob.")]
    for turn in range(10):
        if turn == 5:
            busy = posts(sandbox)[-1]["account"]
            sandbox.scenario("status", status=500, match={"key": busy})
        answer = one.responses.create(model=MODEL, input=history, include=SECRET)
        history += references(answer)
        history.append(said("What is my name?"))
    assert "Bob" in answer.output_text
    rows = posts(sandbox)
    kinds = [item.get("type", "message") for item in rows[-1]["body"]["input"]]
    assert kinds.count("message") == 10 + 9
    assert "item_reference" not in kinds
    assert len({row["team_id"] for row in rows}) > 1
    reads = [
        row["path"] for row in sandbox.journal() if row["method"] == "GET" and "/responses/" in row["path"]
    ]
    assert len(reads) == 1, "the first answer, of which nobody knew yet that it would be named"


def test_the_account_that_holds_everything_serves(one: OpenAI, sandbox: Sandbox) -> None:
    first = one.responses.create(model=MODEL, input="Think of a number.", include=SECRET)
    for number in range(6):
        one.responses.create(
            model=MODEL,
            input=[said("Think of a number."), *references(first), said(f"Again {number}.")],
            prompt_cache_key=f"own-{number}",
        )
    rows = posts(sandbox)
    assert len({row["team_id"] for row in rows}) == 1
    items = rows[-1]["body"]["input"]
    assert [item.get("type") for item in items[1:3]] == ["reasoning", "message"]
    assert items[1]["encrypted_content"]
    assert items[1]["id"].startswith("rs_")


def test_function_calls_and_bare_ids_are_resolved(one: OpenAI) -> None:
    first = one.responses.create(model=MODEL, input="What is the weather in Paris?", tools=[TOOL])
    call = next(item for item in first.output if item.type == "function_call")
    named: list[Any] = [{"id": item.id} for item in first.output]
    answer = one.responses.create(
        model=MODEL,
        tools=[TOOL],
        input=[
            said("What is the weather in Paris?"),
            *named,
            {"type": "function_call_output", "call_id": call.call_id, "output": "22 degrees"},
        ],
        stream=True,
    )
    last = list(answer)[-1]
    assert last.type == "response.completed"
    assert "get_weather tool returned: 22 degrees" in last.response.output_text


def test_input_items_can_be_referred_to(one: OpenAI) -> None:
    first = one.responses.create(model=MODEL, input=[said("My name is Eve."), said("Hello.")])
    listed = one.responses.input_items.list(first.id, order="asc").data
    again: list[Any] = [{"type": "item_reference", "id": item.id} for item in listed]
    answer = one.responses.create(model=MODEL, input=[*again, *references(first), said("What is my name?")])
    assert "Eve" in answer.output_text


@pytest.mark.parametrize("stream", [False, True])
def test_what_is_not_there_is_named(one: OpenAI, two: OpenAI, stream: bool) -> None:
    mine = one.responses.create(model=MODEL, input="Hello.")
    deleted = one.responses.create(model=MODEL, input="Hello again.")
    one.responses.delete(deleted.id)
    unstored = one.responses.create(model=MODEL, input="Forget me.", store=False)
    for client, public_id in (
        (one, "msg_1"),
        (one, mine.id),
        (two, mine.output[0].id),
        (one, deleted.output[0].id),
        (one, unstored.output[0].id),
    ):
        with pytest.raises(openai.BadRequestError) as caught:
            client.responses.create(
                model=MODEL,
                input=[said("x"), {"type": "item_reference", "id": str(public_id)}],
                stream=stream,
            )
        assert (caught.value.code, caught.value.param) == ("invalid_value", "input[1].id")
        assert caught.value.body["message"] == f"No item found with id '{public_id}'."  # type: ignore[index]


def test_what_was_read_before_is_gone_once_it_is_deleted(one: OpenAI) -> None:
    made = one.responses.create(model=MODEL, input="Hello.")
    one.responses.create(model=MODEL, input=[*references(made), said("Go on.")])
    one.responses.delete(made.id)
    with pytest.raises(openai.BadRequestError) as caught:
        one.responses.create(model=MODEL, input=[*references(made), said("Go on.")])
    assert caught.value.param == "input[0].id"


def test_reasoning_that_the_serving_account_cannot_read_is_left_out_and_told(
    one: OpenAI, sandbox: Sandbox
) -> None:
    first = one.responses.create(model=MODEL, input="Think.", include=SECRET)
    second = one.responses.create(model=MODEL, input="Think more.", include=SECRET)
    assert len({row["team_id"] for row in posts(sandbox)}) == 2
    answer = one.responses.with_raw_response.create(
        model=MODEL, input=[*references(first), *references(second), said("And now?")]
    )
    assert answer.headers["x-grok2api-dropped-params"] in {
        "input[0]",
        "input[2]",
        "input[0],input[2]",
    }
    assert answer.parse().output_text


def test_a_wrong_output_is_refused(one: OpenAI, sandbox: Sandbox) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        one.responses.create(
            model=MODEL,
            input=[said("x"), {"type": "function_call_output", "call_id": "call_9", "output": "y"}],
        )
    assert (caught.value.code, caught.value.param) == ("invalid_value", "input[1].call_id")
    assert not posts(sandbox)


def test_another_keys_response_is_404_everywhere(one: OpenAI, two: OpenAI) -> None:
    mine = one.responses.create(model=MODEL, input="Hello.")
    for ask in (
        lambda: two.responses.retrieve(mine.id),
        lambda: two.responses.delete(mine.id),
        lambda: two.responses.input_items.list(mine.id),
        lambda: two.responses.cancel(mine.id),
    ):
        with pytest.raises(openai.NotFoundError) as caught:
            ask()
        assert caught.value.code == "not_found"
    with pytest.raises(openai.BadRequestError) as refused:
        two.responses.create(model=MODEL, input="x", previous_response_id=mine.id)
    assert refused.value.code == "previous_response_not_found"
    assert one.responses.retrieve(mine.id).id == mine.id


def test_nothing_is_kept_on_the_gateways_disk(pool: Gateway, one: OpenAI) -> None:
    made = one.responses.create(model=MODEL, input="say exactly: xylophone zebra")
    one.responses.create(model=MODEL, input=[*references(made), said("Go on.")])
    data = Path(pool.directory, "data")
    assert not any(b"xylophone zebra" in file.read_bytes() for file in data.rglob("*") if file.is_file())
