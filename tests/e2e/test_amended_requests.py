"""A request that upstream refuses for one thing in it is sent again without that, once, and it is told.

Arguments that a model does not take, and encrypted reasoning that nobody here can read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.event_streams import response_events
from support.observing import eventually
from support.processes import Gateway, Sandbox, request, run_command

Json = dict[str, Any]
POOL = ("xai-sandbox-alice", "xai-sandbox-bob")
NO_REST = {
    "GROK2API_POOL__RATE_LIMIT_SECONDS": "0",
    "GROK2API_POOL__LAST_USABLE_SECONDS": "0",
    "GROK2API_GROK__RETRY_BACKOFF_BASE": "0",
}


@dataclass(frozen=True)
class Way:
    """A dialect of the client, and the surface of upstream that serves it."""

    path: str
    surface: str

    def body(self, **more: Any) -> Json:
        said: Json = {"input": "Hello"}
        if self.path == "/chat/completions":
            said = {"messages": [{"role": "user", "content": "Hello"}]}
        return {"model": "grok-4", **said, **more}


CHAT, ON_CHAT = Way("/chat/completions", "responses"), Way("/chat/completions", "chat")
RESPONSES = Way("/responses", "responses")
each_way = pytest.mark.parametrize(
    "way", [CHAT, ON_CHAT, RESPONSES], ids=["chat", "chat on chat", "responses"]
)
each_kind = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


@pytest.fixture(scope="module")
def gateways(
    shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Gateway]]:
    started = {
        surface: Gateway.start(
            tmp_path_factory.mktemp("amended"),
            upstream=shared_sandbox.base_url,
            keys=POOL,
            environment=NO_REST | {"GROK2API_ROUTING__CHAT_SURFACE": surface},
        )
        for surface in ("responses", "chat")
    }
    yield started
    for gateway in started.values():
        gateway.stop()


def new_key(gateway: Gateway, *options: str) -> dict[str, str]:
    """Return the headers of a key that the command line made and the running server knows."""
    made = run_command(gateway.directory, "keys", "create", "--name", "other", *options)
    headers = {"Authorization": f"Bearer {made.strip()}"}
    eventually(
        lambda: request("GET", f"{gateway.base_url}/models", headers=headers)[0] == 200, "a key that is known"
    )
    return headers


@each_way
@each_kind
@pytest.mark.parametrize(
    ("argument", "asked", "upstream", "told"),
    [
        ("topP", {"top_p": 0.5}, ("top_p",), "top_p"),
        (
            "parallelToolCalls",
            {"parallel_tool_calls": False},
            ("parallel_tool_calls",),
            "parallel_tool_calls",
        ),
        ("reasoningEffort", {"reasoning_effort": "high"}, ("reasoning", "reasoning_effort"), "reasoning"),
    ],
)
def test_an_argument_that_a_model_does_not_take_is_left_out(
    gateways: dict[str, Gateway],
    sandbox: Sandbox,
    way: Way,
    stream: bool,
    argument: str,
    asked: Json,
    upstream: tuple[str, ...],
    told: str,
) -> None:
    tools: Json = {}
    if argument == "parallelToolCalls":
        function: Json = {"name": "f", "parameters": {"type": "object", "properties": {}}}
        tool = {"type": "function", **({"function": function} if way.path != "/responses" else function)}
        tools = {"tools": [tool]}
    text = f"Argument not supported on this model: {argument}"
    if argument == "reasoningEffort":
        text = f"Model grok-4.7 does not support parameter {argument}."
    sandbox.scenario(
        "status",
        status=400,
        body={"code": "invalid-argument", "error": text},
        times=1,
        match={"method": "POST"},
    )
    status, headers, content = gateways[way.surface].post(way.path, way.body(stream=stream, **asked, **tools))
    assert status == 200, content
    name = {"reasoning": "reasoning.effort" if way is RESPONSES else "reasoning_effort"}.get(told, told)
    assert headers["x-grok2api-dropped-params"] == name
    first, second = sandbox.calls("/chat" if way is ON_CHAT else "/responses")
    assert set(upstream) & first["body"].keys()
    assert not set(upstream) & second["body"].keys()
    assert first["body"].keys() - set(upstream) == second["body"].keys()
    assert first["account"] == second["account"]


def test_a_strict_key_hears_of_the_argument(gateways: dict[str, Gateway], sandbox: Sandbox) -> None:
    gateway = gateways["responses"]
    headers = new_key(gateway, "--strict")
    text = "Argument not supported on this model: topP"
    for way in (CHAT, RESPONSES):
        sandbox.clear()
        sandbox.scenario(
            "status",
            status=400,
            body={"code": "invalid-argument", "error": text},
            times=1,
            match={"method": "POST"},
        )
        status, _, content = request(
            "POST", gateway.base_url + way.path, way.body(top_p=0.5), headers=headers
        )
        error = json.loads(content)["error"]
        assert (status, error["code"], error["param"]) == (400, "unsupported_parameter", "top_p")
        assert len(sandbox.calls("/responses")) == 1


@each_kind
@pytest.mark.parametrize(
    "text",
    [
        "Argument not supported: instructions",
        "instructions and previous_response_id are mutually exclusive",
    ],
)
def test_instructions_beside_a_previous_response_are_said_even_where_upstream_refuses_them(
    gateways: dict[str, Gateway], sandbox: Sandbox, stream: bool, text: str
) -> None:
    gateway = gateways["responses"]
    previous = json.loads(gateway.post("/responses", RESPONSES.body())[2])["id"]
    sandbox.clear()
    sandbox.scenario(
        "status",
        status=400,
        body={"code": "invalid-argument", "error": text},
        times=1,
        match={"method": "POST"},
    )
    asked = {"input": "And?", "instructions": "Be kind.", "previous_response_id": previous, "stream": stream}
    status, headers, content = gateway.post("/responses", RESPONSES.body(**asked))
    assert status == 200, content
    assert "x-grok2api-dropped-params" not in headers
    first, second = (row["body"] for row in sandbox.calls("/responses"))
    assert (first["instructions"], first["input"]) == ("Be kind.", "And?")
    assert "instructions" not in second
    assert second["previous_response_id"] == first["previous_response_id"]
    assert second["input"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "And?"},
    ]
    told = response_events(content)[-1]["response"] if stream else json.loads(content)
    assert told["instructions"] == "Be kind."


def test_what_gives_the_request_its_meaning_is_not_left_out(
    gateways: dict[str, Gateway], sandbox: Sandbox
) -> None:
    text = "Argument not supported on this model: tools"
    sandbox.scenario("status", status=400, body={"code": "invalid-argument", "error": text})
    body = RESPONSES.body(tools=[{"type": "function", "name": "f"}])
    status, _, content = gateways["responses"].post("/responses", body)
    assert (status, json.loads(content)["error"]["param"]) == (400, "tools")
    assert len(sandbox.calls("/responses")) == 1


def reasoned(gateway: Gateway, headers: dict[str, str] | None = None) -> tuple[list[Json], str]:
    """Return a conversation with encrypted reasoning in it, and the account that it was had with."""
    body = RESPONSES.body(store=False, include=["reasoning.encrypted_content"])
    if headers is None:
        status, _, content = gateway.post("/responses", body)
    else:
        status, _, content = request("POST", gateway.base_url + "/responses", body, headers=headers)
    assert status == 200
    output = json.loads(content)["output"]
    assert output[0]["encrypted_content"].startswith("enc_")
    return [{"role": "user", "content": "Hello"}, *output, {"role": "user", "content": "Go on"}], output[0][
        "encrypted_content"
    ]


def last_call(sandbox: Sandbox) -> Json:
    row: Json = sandbox.calls("/responses")[-1]
    return row


def kinds_of(row: Json) -> list[str]:
    return [item.get("type", "message") for item in row["body"]["input"]]


@each_kind
def test_encrypted_reasoning_goes_back_to_the_account_that_wrote_it(
    gateways: dict[str, Gateway], sandbox: Sandbox, stream: bool
) -> None:
    gateway = gateways["responses"]
    for _ in range(4):
        conversation, marked = reasoned(gateway)
        origin = last_call(sandbox)["account"]
        body = RESPONSES.body(input=conversation, store=False, stream=stream)
        status, headers, content = gateway.post("/responses", body)
        assert status == 200, content
        assert "x-grok2api-dropped-params" not in headers
        row = last_call(sandbox)
        assert row["account"] == origin
        assert row["body"]["input"][1]["encrypted_content"] == marked.partition(".")[2]
        assert len([each for each in sandbox.calls("/responses") if each["status"] != 200]) == 0


@each_kind
def test_where_that_account_cannot_serve_the_reasoning_is_left_out_and_named(
    gateways: dict[str, Gateway], sandbox: Sandbox, stream: bool
) -> None:
    gateway = gateways["responses"]
    conversation, _ = reasoned(gateway)
    origin = last_call(sandbox)["account"]
    sandbox.scenario("status", status=429, match={"key": origin})
    body = RESPONSES.body(input=conversation, store=False, stream=stream)
    status, headers, content = gateway.post("/responses", body)
    assert status == 200, content
    assert headers["x-grok2api-dropped-params"] == "input[1].encrypted_content"
    row = last_call(sandbox)
    assert row["account"] != origin
    assert kinds_of(row) == ["message", "message", "message"]
    if stream:
        assert response_events(content)[-1]["type"] == "response.completed"


def test_reasoning_without_a_mark_is_tried_and_then_left_out(
    gateways: dict[str, Gateway], sandbox: Sandbox
) -> None:
    gateway = gateways["responses"]
    conversation, _ = reasoned(gateway)
    conversation[1]["encrypted_content"] = "from-before-the-gateway"
    sandbox.clear()
    status, headers, content = gateway.post("/responses", RESPONSES.body(input=conversation, store=False))
    assert status == 200, content
    assert headers["x-grok2api-dropped-params"] == "input[1].encrypted_content"
    first, second = sandbox.calls("/responses")
    assert first["body"]["input"][1]["encrypted_content"] == "from-before-the-gateway"
    assert kinds_of(second) == ["message", "message", "message"]
    assert first["account"] == second["account"]


def test_a_stream_that_fails_for_it_begins_anew(gateways: dict[str, Gateway], sandbox: Sandbox) -> None:
    gateway = gateways["responses"]
    conversation, _ = reasoned(gateway)
    sandbox.clear()
    failure = {"code": "invalid-argument", "message": "Could not decrypt the provided encrypted_content."}
    sandbox.scenario("response_failed", body=failure, after_events=2, times=1, match={"method": "POST"})
    body = RESPONSES.body(input=conversation, store=False, stream=True)
    status, headers, content = gateway.post("/responses", body)
    assert (status, headers["x-grok2api-dropped-params"]) == (200, "input[1].encrypted_content")
    events = response_events(content)
    assert [event["type"] for event in events].count("response.created") == 1
    assert events[-1]["type"] == "response.completed"
    assert [kinds_of(row) for row in sandbox.calls("/responses")] == [
        ["message", "reasoning", "message", "message"],
        ["message", "message", "message"],
    ]


def test_another_keys_reasoning_is_left_out_and_named(gateways: dict[str, Gateway], sandbox: Sandbox) -> None:
    gateway = gateways["responses"]
    conversation, _ = reasoned(gateway, new_key(gateway))
    sandbox.clear()
    status, headers, _ = gateway.post("/responses", RESPONSES.body(input=conversation, store=False))
    assert (status, headers["x-grok2api-dropped-params"]) == (200, "input[1].encrypted_content")
    assert [kinds_of(row) for row in sandbox.calls("/responses")] == [["message", "message", "message"]]


def test_a_strict_key_is_told_that_its_reasoning_cannot_be_read(
    gateways: dict[str, Gateway], sandbox: Sandbox
) -> None:
    gateway = gateways["responses"]
    headers = new_key(gateway, "--strict")
    conversation, _ = reasoned(gateway, headers)
    sandbox.scenario("status", status=429, match={"key": last_call(sandbox)["account"]})
    body = RESPONSES.body(input=conversation, store=False)
    status, _, content = request("POST", gateway.base_url + "/responses", body, headers=headers)
    error = json.loads(content)["error"]
    assert (status, error["code"]) == (400, "unsupported_parameter")
    assert error["param"] == "input[1].encrypted_content"


def compacted(gateway: Gateway) -> Json:
    """Return the item that a compaction of a short conversation leaves."""
    status, _, content = gateway.post(
        "/responses/compact", {"model": "grok-4", "input": [{"role": "user", "content": "My name is Bob."}]}
    )
    assert status == 200, content
    item: Json = json.loads(content)["output"][0]
    assert item["type"] == "compaction"
    return item


def test_a_compacted_conversation_is_served_by_its_own_account_only(
    gateways: dict[str, Gateway], sandbox: Sandbox, tmp_path: Path
) -> None:
    gateway = gateways["responses"]
    by_account: dict[str, Json] = {}
    while len(by_account) < 2:
        item = compacted(gateway)
        by_account[last_call(sandbox)["account"]] = item
        if len(by_account) == 1:
            sandbox.scenario("status", status=429, match={"key": last_call(sandbox)["account"]})
    sandbox.clear()
    asked = {"role": "user", "content": "Go on"}
    for account, item in by_account.items():
        status, _, content = gateway.post("/responses", RESPONSES.body(input=[item, asked]))
        assert status == 200, content
        row = last_call(sandbox)
        assert row["account"] == account
        assert row["body"]["input"][0]["encrypted_content"] == item["encrypted_content"].partition(".")[2]
    both = list(by_account.values())
    first = json.loads(gateway.post("/responses", RESPONSES.body())[2])["id"]
    served = last_call(sandbox)["account"]
    other = next(item for account, item in by_account.items() if account != served)
    for body, place in (
        (RESPONSES.body(input=[*both, asked]), 1),
        (RESPONSES.body(input=[other, asked], previous_response_id=first), 0),
    ):
        status, _, content = gateway.post("/responses", body)
        error = json.loads(content)["error"]
        assert (status, error["param"]) == (400, f"input[{place}].encrypted_content")
        assert "different upstream accounts" in error["message"]
    stranger = new_key(gateway)
    body = RESPONSES.body(input=[other, asked])
    status, _, content = request("POST", gateway.base_url + "/responses", body, headers=stranger)
    assert (status, json.loads(content)["error"]["param"]) == (400, "input[0].encrypted_content")
