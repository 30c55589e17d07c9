"""Every fault that upstream can commit, and what a client notices of it.

Before the first byte of the answer: nothing, another credential answers. After it: the stream ends in the
words of its dialect, and never as if all were well. A fault of the request is told at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from support.observing import (
    chat_text,
    events_of,
    eventually,
    finish_reasons,
    impersonal,
    ledger,
    responses_text,
)
from support.processes import Gateway, Sandbox

KEYS = tuple(f"xai-sandbox-f{number}" for number in range(1, 41))
NO_REST = {
    "GROK2API_POOL__RATE_LIMIT_SECONDS": "0",
    "GROK2API_POOL__UPSTREAM_ERROR_SECONDS": "0",
    "GROK2API_POOL__UNREADABLE_SECONDS": "0",
    "GROK2API_POOL__NO_CREDIT_SECONDS": "1",
    "GROK2API_POOL__QUOTA_SECONDS": "1",
    "GROK2API_POOL__LAST_USABLE_SECONDS": "0",
    "GROK2API_GROK__RETRY_BACKOFF_BASE": "0",
    "GROK2API_GROK__TIMEOUT": "1",
}
WORDS = "one two three four five six seven eight nine ten"
MIXED = "你好，世界 🎉 naïve – café, one two three"


@dataclass(frozen=True)
class Way:
    """A dialect of the client, and the surface of upstream that serves it."""

    path: str
    surface: str

    def body(self, text: str, *, stream: bool, model: str = "grok-3") -> dict[str, Any]:
        said: dict[str, Any] = {"input": text}
        if self.path == "/chat/completions":
            said = {"messages": [{"role": "user", "content": text}]}
        return {"model": model, "stream": stream, **said}


CHAT = Way("/chat/completions", "/responses")
CHAT_ON_CHAT = Way("/chat/completions", "/chat/completions")
RESPONSES = Way("/responses", "/responses")
WAYS = {"chat": CHAT, "chat on chat": CHAT_ON_CHAT, "responses": RESPONSES}
each_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
both_ways = pytest.mark.parametrize("way", [CHAT, RESPONSES], ids=["chat", "responses"])
each_kind = pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])


@dataclass
class Gateways:
    """One gateway per surface of upstream for chat."""

    usual: Gateway
    on_chat: Gateway

    def of(self, way: Way) -> Gateway:
        return self.on_chat if way is CHAT_ON_CHAT else self.usual


@pytest.fixture(scope="module")
def gateways(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateways]:
    started = [
        Gateway.start(
            tmp_path_factory.mktemp("faults"),
            upstream=shared_sandbox.base_url,
            keys=KEYS,
            environment=NO_REST | {"GROK2API_ROUTING__CHAT_SURFACE": surface},
        )
        for surface in ("responses", "chat")
    ]
    yield Gateways(*started)
    for gateway in started:
        gateway.stop()


def text_of(way: Way, answer: bytes, *, stream: bool) -> str:
    """Return the text of an answer that must be whole and well-formed."""
    if not stream:
        told = json.loads(answer)
        if way is RESPONSES:
            assert told["status"] == "completed"
            return str(told["output_text"])
        assert told["choices"][0]["finish_reason"] == "stop"
        return str(told["choices"][0]["message"]["content"])
    events = events_of(answer)
    assert events[-1].data == "[DONE]"
    if way is RESPONSES:
        assert events[-2].name == "response.completed"
        assert [each.data["sequence_number"] for each in events[:-1]] == list(range(len(events) - 1))
        return responses_text(events)
    assert finish_reasons(events) == ["stop"]
    return chat_text(events)


def error_of(answer: bytes) -> dict[str, Any]:
    """Return the error of an envelope with its four keys."""
    error: dict[str, Any] = json.loads(answer)["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert "xai-" not in error["message"], "nothing of a credential leaves"
    return error


def bodied(status: int, code: str, error: str) -> dict[str, Any]:
    return {"fault": "status", "status": status, "body": {"code": code, "error": error}}


HIDDEN: dict[str, dict[str, Any]] = {
    "401": {"fault": "status", "status": 401},
    "402": {"fault": "status", "status": 402},
    "403 without a reason": {"fault": "status", "status": 403},
    "429": {"fault": "status", "status": 429},
    "429 with a wait": {"fault": "status", "status": 429, "retry_after": 1},
    "500": {"fault": "status", "status": 500},
    "502": {"fault": "status", "status": 502},
    "503": {"fault": "status", "status": 503},
    "504": {"fault": "status", "status": 504},
    "520": {"fault": "status", "status": 520},
    "529": {"fault": "status", "status": 529},
    "wrong key": bodied(400, "invalid-argument", "Incorrect API key provided: xa***y1."),
    "blocked": bodied(403, "unauthorized:blocked-user", "User is blocked. Please contact support."),
    "sign-in expired": bodied(
        403, "unauthenticated:bad-credentials", "The access token could not be validated."
    ),
    "no credit": bodied(403, "permission-denied", "Your team t has used all available credits."),
    "free usage": bodied(429, "subscription:free-usage-exhausted", "Free usage is exhausted for now."),
    "model missing": bodied(404, "not-found", "The model grok-4.3 does not exist."),
    "model denied": bodied(403, "permission-denied", "The API key has no permission for model grok-4.3."),
    "foreign reasoning": {"fault": "foreign_reasoning"},
    "a text for an error": {"fault": "status", "status": 500, "body": "upstream connect error"},
    "html 502": {"fault": "html"},
    "html 403": {"fault": "html", "status": 403},
    "error under 200": {"fault": "error_200"},
    "nothing but headers": {"fault": "hang", "delay": 5},
    "reset": {"fault": "reset"},
    "empty": {"fault": "empty_stream"},
    "error event first": {"fault": "stream_error", "after_events": 2},
    "failed at once": {"fault": "response_failed", "after_events": 2},
    "broken JSON first": {"fault": "malformed", "after_events": 0},
    "cut at once": {"fault": "cut", "after_events": 0},
    "reset at once": {"fault": "reset", "after_events": 0},
}
ONLY_STREAMED = {"ends before it began": {"fault": "no_done", "after_events": 0}}
PATIENT: dict[str, dict[str, Any]] = {
    "slow": {"fault": "slow_first_byte", "delay": 0.2},
    "foreign items": {"fault": "older_search"},
}


@each_way
@each_kind
@pytest.mark.parametrize("fault", HIDDEN.values(), ids=HIDDEN.keys())
def test_a_fault_before_the_answer_is_not_seen(
    gateways: Gateways, sandbox: Sandbox, way: Way, stream: bool, fault: dict[str, Any]
) -> None:
    if way is CHAT_ON_CHAT and stream and fault.get("after_events"):
        fault = fault | {"after_events": 0}  # its first event opens the answer already
    sandbox.scenario(**fault, match={"path": way.surface}, times=1)
    status, headers, answer = gateways.of(way).post(
        way.path, way.body(f"say exactly: {WORDS}", stream=stream)
    )
    assert status == 200, answer
    assert text_of(way, answer, stream=stream) == WORDS
    assert headers["x-request-id"]
    calls = sandbox.calls()
    assert [call["path"] for call in calls] == ["/v1" + way.surface] * 2
    assert len({call["key"] for call in calls}) == 2
    assert calls[0]["body"] == calls[1]["body"]


@each_way
@pytest.mark.parametrize("fault", ONLY_STREAMED.values(), ids=ONLY_STREAMED.keys())
def test_a_stream_that_ends_before_its_answer_is_not_seen(
    gateways: Gateways, sandbox: Sandbox, way: Way, fault: dict[str, Any]
) -> None:
    sandbox.scenario(**fault, match={"path": way.surface}, times=1)
    status, _, answer = gateways.of(way).post(way.path, way.body(f"say exactly: {WORDS}", stream=True))
    assert (status, text_of(way, answer, stream=True)) == (200, WORDS)
    assert len({call["key"] for call in sandbox.calls()}) == 2


@each_way
@each_kind
@pytest.mark.parametrize("fault", PATIENT.values(), ids=PATIENT.keys())
def test_what_is_merely_odd_costs_no_second_call(
    gateways: Gateways, sandbox: Sandbox, way: Way, stream: bool, fault: dict[str, Any]
) -> None:
    sandbox.scenario(**fault, match={"path": way.surface}, times=1)
    status, _, answer = gateways.of(way).post(way.path, way.body(f"say exactly: {WORDS}", stream=stream))
    assert (status, text_of(way, answer, stream=stream)) == (200, WORDS)
    assert len(sandbox.calls()) == 1


@each_way
@each_kind
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"fault": "safety"}, "content_policy_violation"),
        ({"fault": "context_overflow"}, "context_length_exceeded"),
        ({"fault": "status", "status": 400}, "invalid_value"),
        ({"fault": "status", "status": 422}, "invalid_value"),
        (
            bodied(400, "invalid-argument", "Argument not supported on this model: topP"),
            "unsupported_parameter",
        ),
    ],
    ids=["safety", "context", "invalid", "unprocessable", "argument"],
)
def test_a_fault_of_the_request_is_told_at_once(
    gateways: Gateways, sandbox: Sandbox, way: Way, stream: bool, fault: dict[str, Any], code: str
) -> None:
    sandbox.scenario(**fault, match={"path": way.surface})
    status, headers, answer = gateways.of(way).post(way.path, way.body("hello", stream=stream))
    assert status == 400
    assert error_of(answer)["code"] == code
    assert error_of(answer)["type"] == "invalid_request_error"
    assert headers["content-type"] == "application/json"
    assert "retry-after" not in headers
    assert len(sandbox.calls()) == 1


LATE = 1500
"""Events after which a fault comes: far more than one read from a socket can hold back."""
CUT_OFF: dict[str, dict[str, Any]] = {
    "cut": {"fault": "cut"},
    "reset": {"fault": "reset"},
    "error event": {"fault": "stream_error"},
    "failed": {"fault": "response_failed"},
    "safety": {
        "fault": "response_failed",
        "body": {"code": "permission-denied", "message": "Content violates usage guidelines."},
    },
    "ends early": {"fault": "no_done"},
    "broken JSON": {"fault": "malformed"},
}


@each_way
@pytest.mark.parametrize("fault", CUT_OFF.values(), ids=CUT_OFF.keys())
def test_a_fault_after_the_first_byte_ends_the_stream_in_its_own_words(
    gateways: Gateways, sandbox: Sandbox, way: Way, fault: dict[str, Any]
) -> None:
    sandbox.scenario(**fault, after_events=LATE, match={"path": way.surface})
    gateway = gateways.of(way)
    status, headers, answer = gateway.post(way.path, way.body("count to 2000", stream=True))
    assert status == 200
    events = events_of(answer)
    code = "content_policy_violation" if "body" in fault else "upstream_error"
    if way is RESPONSES:
        assert ended_responses(answer) == ("invalid_prompt" if "body" in fault else "server_error")
    else:
        assert ended_chat(answer) == code
    said = responses_text(events) if way is RESPONSES else chat_text(events)
    assert said.startswith("1"), "the answer had begun"
    assert "2000" not in said
    assert len(sandbox.calls()) == 1
    row = ledger_row(gateway, headers["x-request-id"])
    assert (row["end"], row["error_code"], row["attempts"], row["status"]) == ("cut", code, 1, 200)


def ended_chat(answer: bytes) -> str:
    """Check that a chat stream ended with one error and nothing that looks like success; return its code."""
    events = events_of(answer)
    assert b"[DONE]" not in answer
    assert finish_reasons(events) == []
    assert [("error" in event.data) for event in events].count(True) == 1
    error = events[-1].data["error"]
    assert events[-1].data.keys() == {"error"}
    assert error.keys() == {"message", "type", "param", "code"}
    return str(error["code"])


def ended_responses(answer: bytes) -> str:
    """Check that a responses stream ended with one `response.failed` and `[DONE]`; return its code."""
    events = events_of(answer)
    assert events[-1].data == "[DONE]"
    names = [event.name for event in events]
    assert names[-2] == "response.failed"
    assert names.count("response.failed") == 1
    assert not {"response.completed", "response.incomplete", "error"} & set(names)
    assert [event.data["sequence_number"] for event in events[:-1]] == list(range(len(events) - 1))
    assert all(event.name == event.data["type"] for event in events[:-1])
    response = events[-2].data["response"]
    assert response["status"] == "failed"
    assert response["error"].keys() == {"code", "message"}
    assert response["id"] == events[0].data["response"]["id"]
    return str(response["error"]["code"])


def ledger_row(gateway: Gateway, request_id: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = eventually(
        lambda: [row for row in ledger(gateway.directory) if row["request_id"] == request_id], "the row"
    )
    return rows[0]


@each_way
@pytest.mark.parametrize("fault", ["malformed", "cut", "reset"])
def test_half_a_body_is_not_seen(gateways: Gateways, sandbox: Sandbox, way: Way, fault: str) -> None:
    sandbox.scenario(fault, after_events=5, match={"path": way.surface}, times=1)
    status, _, answer = gateways.of(way).post(way.path, way.body(f"say exactly: {WORDS}", stream=False))
    assert (status, text_of(way, answer, stream=False)) == (200, WORDS)
    assert len({call["key"] for call in sandbox.calls()}) == 2


NEUTRAL: dict[str, dict[str, Any]] = {
    "split characters": {"fault": "split_utf8"},
    "CRLF": {"fault": "crlf"},
    "no event lines": {"fault": "no_event_lines"},
    "gaps in the numbers": {"fault": "skip_sequence"},
    "byte by byte": {"fault": "trickle", "delay": 0, "byte_wise": True},
}


@each_way
@each_kind
@pytest.mark.parametrize("fault", NEUTRAL.values(), ids=NEUTRAL.keys())
def test_another_framing_gives_the_same_bytes(
    gateways: Gateways, sandbox: Sandbox, way: Way, stream: bool, fault: dict[str, Any]
) -> None:
    """Each request is a conversation of its own, or upstream's cache would tell them apart."""
    body = way.body(
        f"say exactly: {MIXED}", stream=stream, model="grok-3" if "delay" in fault else "grok-4-mini"
    )
    gateway = gateways.of(way)
    _, _, plain = gateway.post(way.path, body, **{"session-id": token_hex()})
    sandbox.scenario(**fault, match={"path": way.surface})
    status, _, answer = gateway.post(way.path, body, **{"session-id": token_hex()})
    assert status == 200
    assert text_of(way, answer, stream=stream) == MIXED
    assert impersonal(answer) == impersonal(plain)


@both_ways
@each_kind
@pytest.mark.parametrize(
    ("upstream", "told", "code"),
    [
        (500, 502, "upstream_error"),
        (502, 502, "upstream_error"),
        (503, 503, "overloaded"),
        (504, 504, "upstream_timeout"),
        (522, 502, "upstream_error"),
        (529, 503, "overloaded"),
    ],
)
def test_an_upstream_that_fails_everywhere_is_told(
    gateways: Gateways,
    sandbox: Sandbox,
    way: Way,
    stream: bool,
    upstream: int,
    told: int,
    code: str,
) -> None:
    sandbox.scenario("status", status=upstream, body="no reason given", match={"path": way.surface})
    status, _, answer = gateways.of(way).post(way.path, way.body("hello", stream=stream))
    assert status == told
    assert (error_of(answer)["type"], error_of(answer)["code"]) == ("server_error", code)
    assert len(sandbox.calls()) == 4, "grok.max_retry is 3"


@pytest.fixture(scope="module")
def limited(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that takes a rate limit seriously."""
    directory = tmp_path_factory.mktemp("limited")
    gateway = Gateway.start(directory, upstream=shared_sandbox.base_url, keys=KEYS[:2])
    yield gateway
    gateway.stop()


@both_ways
@each_kind
@pytest.mark.parametrize(("model", "wait"), [("grok-3", 20), ("grok-4", 300)], ids=["soon", "not soon"])
def test_all_rate_limited(
    limited: Gateway, sandbox: Sandbox, *, way: Way, stream: bool, model: str, wait: int
) -> None:
    sandbox.scenario("status", status=429, retry_after=wait, match={"path": "/responses"})
    status, headers, answer = limited.post(way.path, way.body("hello", stream=stream, model=model))
    assert status == 429
    assert error_of(answer)["code"] == "rate_limit_exceeded"
    assert error_of(answer)["type"] == "rate_limit_error"
    assert 1 <= int(headers["retry-after"]) <= min(wait, 60)
    assert (headers.get("x-should-retry") == "false") is (wait > 60)
    assert len(sandbox.calls()) <= 2


@pytest.mark.parametrize(
    ("traits", "status", "code"),
    [
        (("sandbox-a-broke", "sandbox-b-free", "sandbox-c-billing"), 429, "insufficient_quota"),
        (("wrong-1", "wrong-2"), 503, "no_available_account"),
        (("sandbox-a-blocked", "sandbox-b-blocked"), 503, "no_available_account"),
        ((), 503, "no_available_account"),
    ],
    ids=["out of credit", "wrong keys", "blocked", "empty"],
)
def test_nobody_can_serve(
    sandbox: Sandbox, tmp_path: Path, traits: tuple[str, ...], status: int, code: str
) -> None:
    keys = tuple(f"xai-{name}" for name in traits)
    gateway = Gateway.start(tmp_path, upstream=sandbox.base_url, keys=keys)
    try:
        for way in (CHAT, RESPONSES):
            for stream in (False, True):
                got, headers, answer = gateway.post(way.path, way.body("hello", stream=stream))
                assert (got, error_of(answer)["code"]) == (status, code)
                assert (headers.get("x-should-retry") == "false") is (status == 429)
        assert len(sandbox.calls()) <= len(keys), "a credential that cannot serve is asked once"
    finally:
        gateway.stop()


def test_a_model_that_nobody_may_use_is_no_model(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.scenario(**bodied(403, "permission-denied", "The API key has no permission for this model."))
    gateway = Gateway.start(tmp_path, upstream=sandbox.base_url, keys=KEYS[:2])
    try:
        for way in (CHAT, RESPONSES):
            status, headers, answer = gateway.post(way.path, way.body("hello", stream=False))
            error = error_of(answer)
            assert (status, error["code"], error["param"]) == (404, "model_not_found", "model")
            assert "retry-after" not in headers
    finally:
        gateway.stop()


def test_a_deadline_ends_what_takes_too_long(sandbox: Sandbox, tmp_path: Path) -> None:
    environment = {"GROK2API_GROK__DEADLINE": "1", "GROK2API_STREAM__OPEN_AFTER": "0.1"}
    gateway = Gateway.start(tmp_path, upstream=sandbox.base_url, keys=KEYS[:2], environment=environment)
    try:
        sandbox.scenario("slow_first_byte", delay=60, match={"path": "/responses"}, times=4)
        whole = gateway.post(CHAT.path, CHAT.body("hello", stream=False))
        assert (whole[0], error_of(whole[2])["code"]) == (504, "upstream_timeout")
        assert gateway.post(RESPONSES.path, RESPONSES.body("hello", stream=False))[0] == 504
        silent = [gateway.post(way.path, way.body("hello", stream=True)) for way in (CHAT, RESPONSES)]
        sandbox.scenario("trickle", match={"path": "/responses"})
        slow = [gateway.post(way.path, way.body("count to 500", stream=True)) for way in (CHAT, RESPONSES)]
        eventually(lambda: {call["ended"] for call in sandbox.calls()} == {"cancelled"}, "the cancelling")
    finally:
        gateway.stop()
    for status, _, answer in (silent[0], slow[0]):
        assert (status, ended_chat(answer)) == (200, "upstream_timeout")
    for status, _, answer in (silent[1], slow[1]):
        assert (status, ended_responses(answer)) == (200, "server_error")
    assert all(answer.startswith(b": keep-alive\n\n") for _, _, answer in silent)
    assert [row["end"] for row in ledger(tmp_path)] == ["failed"] * 4 + ["cut"] * 2
