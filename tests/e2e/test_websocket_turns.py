"""Turns over one WebSocket: the same answers as over HTTP, in order, and what the connection remembers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from support.observing import eventually, impersonal, ledger
from support.processes import Gateway, Sandbox, run_command
from support.responses_api import judge_event
from support.sockets import MODEL, Json, Talk, text_of

RESPONSES = "/responses"
WEATHER: Json = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
PENALTY = {"presence_penalty": 0.5}


@pytest.fixture
def talk(gateway: Gateway, sandbox: Sandbox) -> Iterator[Talk]:
    with Talk(gateway) as talk:
        yield talk


def streamed(gateway: Gateway, request: Json) -> list[Json]:
    """Return the events of the same request over HTTP."""
    status, _, body = gateway.post(RESPONSES, {"model": MODEL, "stream": True, **request})
    assert status == 200
    frames = body.decode().split("\n\n")[:-2]
    return [json.loads(frame.partition("\ndata: ")[2]) for frame in frames]


def without_headers(events: list[Json]) -> list[Json]:
    """Return events without the one member that only a socket has."""
    return [{name: value for name, value in event.items() if name != "headers"} for event in events]


def without_cache(events: list[Json]) -> list[Json]:
    """Return events with the names in their usage only: which account's cache is met is not ours to say."""

    def plain(response: Json) -> Json:
        return {**response, "usage": sorted(response["usage"])} if response.get("usage") else response

    return [
        {**event, "response": plain(event["response"])} if "response" in event else event for event in events
    ]


# The same turn as over HTTP


@pytest.mark.parametrize(
    "asked",
    [
        {"input": "say exactly: one two three", "store": False},
        {"input": "Why?", "model": "grok-4-mini", "store": False},
        {"input": "What is the weather in Paris?", "tools": [WEATHER], "store": False},
        {"input": "count to 50", "max_output_tokens": 9, "store": False},
    ],
    ids=["text", "reasoning", "tool", "incomplete"],
)
def test_the_events_are_those_of_the_stream(gateway: Gateway, talk: Talk, asked: Json) -> None:
    over_http = streamed(gateway, asked)
    talk.send(asked)
    over_socket = talk.turn()
    for event in without_headers(over_socket):
        judge_event(event)
    one, other = (
        impersonal(json.dumps(without_cache(events), separators=(",", ":")).encode())
        for events in (over_http, without_headers(over_socket))
    )
    assert one == other


def test_a_failure_in_mid_answer_is_an_event_and_the_socket_goes_on(talk: Talk, sandbox: Sandbox) -> None:
    sandbox.scenario("cut", after_events=8, match={"path": RESPONSES}, times=1)
    talk.send({"input": "count to 50"})
    *_, last = talk.turn()
    assert last["type"] == "response.failed"
    assert last["response"]["error"]["code"] == "server_error"
    assert text_of(talk.ask("say exactly: still here")) == "still here"


def test_a_failure_before_the_first_event_has_a_status(talk: Talk, sandbox: Sandbox) -> None:
    sandbox.scenario("safety", match={"path": RESPONSES}, times=1)
    event = talk.refused({"input": "hello"})
    assert (event["status"], event["error"]["code"]) == (400, "content_policy_violation")
    assert text_of(talk.ask("say exactly: still here")) == "still here"


def test_what_headers_say_stands_in_the_first_event(talk: Talk) -> None:
    talk.send({"input": "say exactly: one", "stream_id": "lane 1", **PENALTY})
    events = talk.turn()
    headers = events[0]["headers"]
    assert headers["x-grok2api-dropped-params"] == "presence_penalty"
    assert headers["x-grok2api-upstream-model"] == "grok-4.3"
    assert headers["x-request-id"].startswith("req_")
    assert not any("headers" in event for event in events[1:])
    assert {event["stream_id"] for event in events} == {"lane 1"}


def test_an_empty_pool_is_told_at_once(sandbox: Sandbox, tmp_path: Any) -> None:
    gateway = Gateway.start(tmp_path, upstream=sandbox.base_url)
    try:
        with Talk(gateway) as talk:
            for _ in range(2):
                event = talk.refused({"input": "hello"})
                assert (event["status"], event["error"]["code"]) == (503, "no_available_account")
    finally:
        gateway.stop()


# In order, whatever a turn says


def test_three_requests_at_once_are_answered_in_their_order(talk: Talk) -> None:
    for word in ("one", "two", "three"):
        talk.send({"input": f"say exactly: {word}"})
    turns = [talk.turn() for _ in range(3)]
    assert [text_of(turn[-1]["response"]) for turn in turns] == ["one", "two", "three"]
    for events in turns:
        assert [event["sequence_number"] for event in events] == list(range(len(events)))


@pytest.mark.parametrize(
    ("frame", "status", "code", "param"),
    [
        ("{", 400, "invalid_json", None),
        ("[]", 400, "invalid_json", None),
        (b"{}", 400, "invalid_value", None),
        ("{}", 400, "missing_required_parameter", "type"),
        ({"type": "response.cancel"}, 400, "invalid_value", "type"),
        ('{"type":"response.create"}', 400, "missing_required_parameter", "model"),
        ('{"type":"response.create","response":{"model":"grok-3"}}', 400, "invalid_value", "response"),
        ({"input": []}, 400, "invalid_value", "input"),
        ({"input": "hi", "model": "nobody"}, 404, "model_not_found", "model"),
        ({"input": "hi", "background": True}, 400, "unsupported_parameter", "background"),
        ({"input": "hi", "generate": 1}, 400, "invalid_value", "generate"),
        ({"input": "hi", "stream_id": ""}, 400, "invalid_value", "stream_id"),
        ({"input": "hi", "logprobs": True}, 400, "unsupported_parameter", "logprobs"),
    ],
)
def test_a_wrong_frame_is_told_and_the_socket_goes_on(
    talk: Talk, frame: Any, status: int, code: str, param: str | None
) -> None:
    event = talk.refused(frame)
    assert event["status"] == status
    assert (event["error"]["code"], event["error"]["param"]) == (code, param)
    assert event["error"]["type"] == "invalid_request_error"
    assert event["headers"]["x-request-id"]
    assert text_of(talk.ask("say exactly: still here")) == "still here"


def test_fields_of_the_transport_mean_nothing(talk: Talk, sandbox: Sandbox) -> None:
    """Codex sends `stream`; openai-python may send nulls."""
    talk.ask("hello", stream=False, background=False, generate=None, stream_id=None)
    sent = sandbox.calls(RESPONSES)[0]["body"]
    assert sent["stream"] is True
    assert not sent.keys() & {"type", "background", "generate", "stream_id"}


def test_an_acknowledgement_is_not_answered_and_steering_is_given_back(talk: Talk) -> None:
    talk.send({"type": "response.processed", "response_id": "resp_1"})
    talk.send({"type": "response.steer", "previous_response_id": "resp_1", "input": "left"})
    event = talk.event()
    assert event["type"] == "response.steer.failed"
    assert event["error"]["code"] == "steering_not_supported"
    assert event["steer"] == {"previous_response_id": "resp_1", "input": "left"}


# What the connection remembers


def test_a_prepared_response_costs_nothing_and_the_next_turn_stands_on_it(
    talk: Talk, sandbox: Sandbox
) -> None:
    rules = [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "My name is Bob."}]
    talk.send({"input": rules, "generate": False, "instructions": "Never inherited."})
    events = talk.turn()
    for event in without_headers(events):
        judge_event(event)
    assert [event["type"] for event in events] == ["response.created", "response.completed"]
    prepared = events[-1]["response"]
    assert prepared["output"] == []
    assert prepared["usage"]["total_tokens"] == prepared["usage"]["input_tokens"] == 0
    assert sandbox.calls() == []
    answer = talk.ask("What is my name?", previous_response_id=prepared["id"])
    assert "Bob" in text_of(answer)
    assert answer["previous_response_id"] == prepared["id"]
    assert answer["instructions"] is None
    (call,) = sandbox.calls(RESPONSES)
    assert call["body"]["input"] == [*rules, {"role": "user", "content": "What is my name?"}]
    assert "previous_response_id" not in call["body"]


def test_a_prepared_response_may_hold_all_there_is_to_ask(talk: Talk, sandbox: Sandbox) -> None:
    """Codex prepares with the whole conversation, and adds nothing if its user's words were in it."""
    prepared = talk.ask("say exactly: yes", generate=False)
    again = talk.ask([], generate=False, previous_response_id=prepared["id"])
    assert text_of(talk.ask([], previous_response_id=again["id"])) == "yes"
    assert len(sandbox.calls()) == 1


def test_a_chain_of_unstored_turns_with_a_tool(talk: Talk, sandbox: Sandbox) -> None:
    first = talk.ask("My name is Bob. What is the weather in Paris?", tools=[WEATHER])
    (made,) = [item for item in first["output"] if item["type"] == "function_call"]
    output = {"type": "function_call_output", "call_id": made["call_id"], "output": "22 degrees"}
    second = talk.ask([output], tools=[WEATHER], previous_response_id=first["id"])
    assert "22 degrees" in text_of(second)
    third = talk.ask("What is my name?", previous_response_id=second["id"])
    assert "Bob" in text_of(third)
    kinds = [item.get("type") for item in sandbox.calls(RESPONSES)[-1]["body"]["input"]]
    assert [kind for kind in kinds if kind != "reasoning"] == [
        *(None, "function_call", "function_call_output", "message", None)
    ]
    assert not any(call["body"].get("store") for call in sandbox.calls(RESPONSES))


def test_encrypted_reasoning_goes_round(talk: Talk, sandbox: Sandbox) -> None:
    more = {"model": "grok-4-mini", "include": ["reasoning.encrypted_content"]}
    first = talk.ask("Why?", **more)
    talk.ask("And then?", previous_response_id=first["id"], **more)
    sent = sandbox.calls(RESPONSES)[-1]
    assert any(item.get("encrypted_content") for item in sent["body"]["input"])
    assert sent["account"] == sandbox.calls(RESPONSES)[0]["account"]


def missing(talk: Talk, response_id: str) -> bool:
    """Tell whether a socket refuses to go on from a response."""
    event = talk.refused({"input": "And now?", "previous_response_id": response_id})
    found: bool = event["error"]["code"] != "previous_response_not_found"
    assert (event["status"], event["error"]["param"]) == (400, "previous_response_id")
    return not found


@pytest.mark.parametrize(
    "follow_up",
    [
        {"input": [{"type": "function_call_output", "call_id": "call_nobody", "output": "1"}]},
        {"input": "hi", "logprobs": True},
        {"input": "hi", "model": "nobody"},
    ],
    ids=["unmatched", "refused", "no model"],
)
def test_a_failed_continuation_evicts(talk: Talk, follow_up: Json) -> None:
    first = talk.ask("hello")
    event = talk.refused({"previous_response_id": first["id"], **follow_up})
    assert event["status"] in {400, 404}
    assert missing(talk, first["id"])


def test_an_answer_that_failed_evicts_too(talk: Talk, sandbox: Sandbox) -> None:
    first = talk.ask("hello")
    sandbox.scenario("cut", after_events=8, match={"path": RESPONSES}, times=1)
    talk.send({"input": "count to 50", "previous_response_id": first["id"]})
    assert talk.turn()[-1]["type"] == "response.failed"
    assert missing(talk, first["id"])


def test_the_output_without_a_call_is_named(talk: Talk) -> None:
    first = talk.ask("hello")
    items = [{"role": "user", "content": "hm"}]
    items.append({"type": "function_call_output", "call_id": "call_nobody", "output": "1"})
    event = talk.refused({"previous_response_id": first["id"], "input": items})
    assert event["error"]["param"] == "input[1].call_id"


def test_another_socket_remembers_nothing_of_it(gateway: Gateway, talk: Talk) -> None:
    prepared, answered = talk.ask("hi", generate=False), talk.ask("hello")
    with Talk(gateway) as other:
        assert missing(other, prepared["id"])
        assert missing(other, answered["id"])
    assert text_of(talk.ask("say exactly: mine", previous_response_id=answered["id"])) == "mine"
    for made in (prepared, answered):
        assert gateway.get(f"{RESPONSES}/{made['id']}")[0] == 404


def test_a_stored_response_goes_on_anywhere(gateway: Gateway, talk: Talk) -> None:
    first = talk.ask("My name is Bob.", store=True)
    with Talk(gateway) as other:
        second = other.ask("What is my name?", store=None, previous_response_id=first["id"])
        assert "Bob" in text_of(second)
        unstored = other.ask("hello", previous_response_id=second["id"])
        event = other.refused({"input": "hi", "generate": False, "previous_response_id": second["id"]})
        assert event["error"]["param"] == "generate"
        assert missing(other, unstored["id"]), "what it stands on is not in the connection's memory"
    assert gateway.get(f"{RESPONSES}/{second['id']}")[0] == 200


@pytest.mark.parametrize("include", [[], ["reasoning.encrypted_content"]], ids=["plain", "encrypted"])
def test_the_death_of_an_account_in_mid_chain_is_not_noticed(
    sandbox: Sandbox, tmp_path: Any, include: list[str]
) -> None:
    keys = ("xai-sandbox-ann", "xai-sandbox-ben")
    gateway = Gateway.start(tmp_path, upstream=sandbox.base_url, keys=keys)
    try:
        with Talk(gateway) as talk:
            first = talk.ask("My name is Bob.", include=include)
            second = talk.ask("hello", previous_response_id=first["id"], include=include)
            accounts = [call["account"] for call in sandbox.calls(RESPONSES)]
            assert len(set(accounts)) == 1, "a conversation stays where it was"
            dead = {"code": "unauthenticated:bad-credentials", "error": "Incorrect API key provided."}
            sandbox.scenario("status", status=401, body=dead, match={"key": accounts[0]})
            third = talk.ask("What is my name?", previous_response_id=second["id"], include=include)
            assert "Bob" in text_of(third)
            assert sandbox.calls(RESPONSES)[-1]["account"] not in accounts
            assert "Bob" in text_of(talk.ask("What is my name?", previous_response_id=third["id"]))
    finally:
        gateway.stop()


# What an operator sees


def test_every_turn_has_a_row_a_log_line_and_an_explanation(sandbox: Sandbox, tmp_path: Any) -> None:
    environment = {"GROK2API_LEDGER__FLUSH_MS": "10"}
    gateway = Gateway.start(
        tmp_path, upstream=sandbox.base_url, keys=("xai-sandbox-ann",), environment=environment
    )
    try:
        with Talk(gateway, x_request_id="my-socket") as talk:
            assert talk.connection.response is not None
            assert talk.connection.response.headers["x-request-id"] == "my-socket"
            talk.send({"input": "say exactly: one"})
            request_id = talk.turn()[0]["headers"]["x-request-id"]
            talk.ask("hi", generate=False)
            talk.refused("{")
        eventually(lambda: len(ledger(tmp_path)) == 3, "three rows")
        rows = ledger(tmp_path)
        explained = run_command(tmp_path, "explain", request_id)
    finally:
        gateway.stop()
    assert [(row["operation"], row["end"], row["status"], row["attempts"]) for row in rows] == [
        ("responses", "completed", 200, 1),
        ("responses", "completed", 200, 0),
        ("responses", "refused", 400, 0),
    ]
    assert rows[0]["request_id"] == request_id
    assert (rows[1]["cost_ticks"], rows[1]["input_tokens"]) == (0, 0)
    assert "completed" in explained
    lines = [json.loads(line) for line in gateway.log.read_text().splitlines() if line.startswith("{")]
    turns = [line for line in lines if line["event"] == "turn"]
    (socket,) = [line for line in lines if line["event"] == "socket"]
    assert [(turn["status"], turn["socket"]) for turn in turns] == [
        *((200, "my-socket"), (200, "my-socket"), (400, "my-socket"))
    ]
    assert (socket["status"], socket["turns"], socket["request_id"]) == (101, 3, "my-socket")
