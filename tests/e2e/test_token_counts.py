"""Counting tokens before a request is sent: upstream's tokeniser where it answers, else an estimate."""

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
PATH = "/responses/input_tokens"
SOURCE = "x-grok2api-token-count"
PIXEL = "data:image/png;base64,iVBORw0KGgo="


@pytest.fixture(scope="module")
def counting(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    started = Gateway.start(
        tmp_path_factory.mktemp("counting"),
        upstream=shared_sandbox.base_url,
        keys=("xai-sandbox-alice", "xai-sandbox-bob"),
        environment={"GROK2API_LEDGER__FLUSH_MS": "10"},
    )
    yield started
    started.stop()


@pytest.fixture
def one(counting: Gateway, sandbox: Sandbox) -> Iterator[OpenAI]:
    with OpenAI(
        base_url=counting.base_url,
        api_key=counting.key,
        max_retries=0,
        _strict_response_validation=True,
        **judged(),
    ) as made:
        yield made


def test_the_count_grows_with_everything_that_is_sent(one: OpenAI, sandbox: Sandbox) -> None:
    tool: Any = {"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": False}
    small: dict[str, Any] = {"model": MODEL, "input": "hello there"}
    message: Any = {"role": "user", "content": [{"type": "input_text", "text": "hello there"}]}
    picture: Any = {"type": "input_image", "image_url": PIXEL, "detail": "auto"}
    least = one.responses.input_tokens.count(**small).input_tokens
    assert least > 0
    for larger in (
        {"input": "hello there, 你好世界"},
        {"instructions": "Be brief."},
        {"tools": [tool]},
        {"input": [message, message]},
        {"input": [{**message, "content": [*message["content"], picture]}]},
        {"text": {"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}}}},
    ):
        assert one.responses.input_tokens.count(**(small | larger)).input_tokens > least, larger
    assert {row["path"] for row in sandbox.calls()} == {"/v1/tokenize-text"}


def test_a_conversation_is_counted_whole(one: OpenAI) -> None:
    alone = one.responses.input_tokens.count(model=MODEL, input="Go on.").input_tokens
    first = one.responses.create(model=MODEL, input="a story of 100 words")
    second = one.responses.create(model=MODEL, input="Go on.", previous_response_id=first.id)
    after_one = one.responses.input_tokens.count(
        model=MODEL, input="Go on.", previous_response_id=first.id
    ).input_tokens
    after_two = one.responses.input_tokens.count(
        model=MODEL, input="Go on.", previous_response_id=second.id
    ).input_tokens
    referred: Any = [{"type": "item_reference", "id": item.id} for item in first.output]
    by_name = one.responses.input_tokens.count(model=MODEL, input=referred).input_tokens
    assert after_two > after_one > alone + 100
    assert by_name > alone + 100


def test_it_says_who_counted_and_costs_nothing(one: OpenAI, counting: Gateway, sandbox: Sandbox) -> None:
    answer = one.responses.input_tokens.with_raw_response.count(input="hello")
    assert answer.headers[SOURCE] == "upstream"
    request_id = answer.headers["x-request-id"]
    (row,) = eventually(
        lambda: [each for each in ledger(counting.directory) if each["request_id"] == request_id], "its row"
    )
    assert (row["operation"], row["end"], row["attempts"]) == ("input_tokens", "completed", 0)
    assert (row["input_tokens"], row["cost_ticks"]) == (0, 0)


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({"model": MODEL}, "missing_required_parameter", "input"),
        ({"model": "no-such-model", "input": "x"}, "model_not_found", "model"),
        ({"model": MODEL, "input": "x", "conversation": "c"}, "unsupported_parameter", "conversation"),
        (
            {"model": MODEL, "previous_response_id": "resp_1"},
            "previous_response_not_found",
            "previous_response_id",
        ),
        ({"model": MODEL, "input": [{"id": "msg_1"}]}, "invalid_value", "input[0].id"),
    ],
)
def test_errors_name_the_field(
    counting: Gateway, sandbox: Sandbox, body: dict[str, Any], code: str, param: str
) -> None:
    status, _, answer = counting.post(PATH, body)
    error = json.loads(answer)["error"]
    assert (error["code"], error["param"]) == (code, param)
    assert status in {400, 404}


def test_a_response_of_another_model_can_be_gone(one: OpenAI) -> None:
    made = one.responses.create(model=MODEL, input="Hello.")
    one.responses.delete(made.id)
    with pytest.raises(openai.BadRequestError) as caught:
        one.responses.input_tokens.count(model=MODEL, input="x", previous_response_id=made.id)
    assert caught.value.code == "previous_response_not_found"


def test_without_the_tokeniser_there_is_an_estimate(sandbox: Sandbox, tmp_path: Any) -> None:
    gateway = Gateway.start(tmp_path, upstream=sandbox.base_url, keys=("xai-sandbox-alice",))
    try:
        sandbox.scenario("status", status=404, match={"path": "/tokenize-text"})
        counts = []
        for text in ("hello", "hello, world", "hello, world" * 50):
            status, headers, body = gateway.post(PATH, {"model": MODEL, "input": text})
            assert (status, headers[SOURCE]) == (200, "estimated")
            counts.append(json.loads(body)["input_tokens"])
        assert counts == sorted(set(counts))
        assert len(sandbox.calls("/tokenize-text")) == 1, "after a failure it is left alone for a while"
        assert (
            gateway.post(
                "/chat/completions", {"model": MODEL, "messages": [{"role": "user", "content": "x"}]}
            )[0]
            == 200
        )
    finally:
        gateway.stop()


def test_an_empty_pool_can_still_count(tmp_path: Any) -> None:
    gateway = Gateway.start(tmp_path, upstream=None)
    try:
        status, headers, body = gateway.post(PATH, {"model": MODEL, "input": "你好，世界"})
        assert (status, headers[SOURCE]) == (200, "estimated")
        assert json.loads(body)["input_tokens"] >= 5
    finally:
        gateway.stop()
