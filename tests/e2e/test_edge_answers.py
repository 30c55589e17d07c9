"""The edge of the real server where it answers: headers that tell the truth, and streams byte for byte."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from support.processes import Gateway, Sandbox, run_command
from support.raw_http import Reply, Stream, message, send, stream

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
SAY = "say exactly: one two three"
BODIES: dict[str, dict[str, Any]] = {
    CHAT: {"model": "grok-3", "messages": [{"role": "user", "content": SAY}]},
    RESPONSES: {"model": "grok-3", "input": SAY},
}
SURFACES = pytest.mark.parametrize("path", list(BODIES))


@pytest.fixture(scope="module")
def impatient(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that opens a late stream at once, and often shows that it lives."""
    started = Gateway.start(
        tmp_path_factory.mktemp("impatient"),
        upstream=shared_sandbox.base_url,
        keys=("xai-sandbox-alice", "xai-sandbox-bob"),
        environment={"GROK2API_STREAM__OPEN_AFTER": "0.1", "GROK2API_STREAM__KEEPALIVE": "0.1"}
        | {"GROK2API_GROK__MAX_RETRY": "2"},
    )
    yield started
    started.stop()


@pytest.fixture(scope="module")
def strict_key(gateway: Gateway) -> str:
    """A key in strict mode, made by the command line and known to the running server."""
    made = run_command(gateway.directory, "keys", "create", "--name", "strict", "--strict")
    key = made.strip()
    deadline = time.monotonic() + 10
    known = message("GET", "/v1/models", [("x-api-key", key)])
    while send(gateway.url, known).status == 401 and time.monotonic() < deadline:
        time.sleep(0.05)
    return key


def content(gateway: Gateway, path: str, body: dict[str, Any], *, key: str | None = None) -> bytes:
    headers = [("Authorization", f"Bearer {key or gateway.key}"), ("Content-Type", "application/json")]
    return message("POST", path, headers, json.dumps(body).encode())


def ask(gateway: Gateway, path: str, *, key: str | None = None, **more: object) -> Reply:
    return send(gateway.url, content(gateway, path, BODIES[path] | more, key=key))


def ask_streamed(gateway: Gateway, path: str, **more: object) -> Stream:
    return stream(gateway.url, content(gateway, path, BODIES[path] | {"stream": True} | more))


def texts(path: str, answer: Reply) -> str:
    """Return the text of a streamed answer."""
    found = []
    for frame in answer.body.decode().split("\n\n")[:-1]:
        data = frame.rpartition("data: ")[2]
        if frame.startswith(":") or data == "[DONE]":
            continue
        event = json.loads(data)
        if path == CHAT:
            found += [choice["delta"].get("content") or "" for choice in event["choices"]]
        elif event["type"] == "response.output_text.delta":
            found.append(event["delta"])
    return "".join(found)


# Which answers stream


@SURFACES
@pytest.mark.parametrize("value", [None, False, "absent"])
def test_an_answer_comes_whole_unless_stream_is_true(gateway: Gateway, path: str, value: object) -> None:
    reply = ask(gateway, path) if value == "absent" else ask(gateway, path, stream=value)
    assert reply.status == 200
    assert reply.header("content-type") == "application/json"
    assert reply.json()["object"] in {"chat.completion", "response"}


@SURFACES
@pytest.mark.parametrize("value", ["true", "false", 1, 0, [], {"a": 1}])
def test_stream_is_a_boolean_or_400(gateway: Gateway, path: str, value: object) -> None:
    reply = ask(gateway, path, stream=value)
    assert reply.status == 400
    error = reply.error()
    assert (error["code"], error["param"]) == ("invalid_value", "stream")


# Headers that tell the truth


@SURFACES
def test_what_was_dropped_is_named_in_order(gateway: Gateway, path: str) -> None:
    more: dict[str, Any] = {
        "seed": 7,
        "presence_penalty": 0.5,
        "logit_bias": {"1": 2},
        "frequency_penalty": 0,
        "user": "u",
    }
    for reply in (ask(gateway, path, **more), ask_streamed(gateway, path, **more).reply):
        assert reply.status == 200
        assert reply.header("x-grok2api-dropped-params") == "logit_bias,presence_penalty,seed"


@SURFACES
def test_nothing_dropped_means_no_header(gateway: Gateway, path: str) -> None:
    neutral: dict[str, Any] = {
        "n": 1,
        "presence_penalty": 0,
        "logprobs": None,
        "metadata": {"a": "b"},
        "seed": None,
    }
    for reply in (ask(gateway, path, **neutral), ask_streamed(gateway, path, **neutral).reply):
        assert reply.status == 200
        assert reply.header("x-grok2api-dropped-params") is None


def test_a_part_of_a_field_is_named_by_its_path(gateway: Gateway) -> None:
    reply = ask(gateway, RESPONSES, text={"format": {"type": "text"}, "verbosity": "low"})
    assert reply.header("x-grok2api-dropped-params") == "text.verbosity"


def test_what_a_long_conversation_loses_leaves_room_in_the_headers(gateway: Gateway) -> None:
    picture = {"type": "input_image", "image_url": "https://example.com/a.png", "detail": "original"}
    said = [{"role": "user", "content": [picture, {"type": "input_text", "text": SAY}]}] * 300
    reply = ask(gateway, RESPONSES, input=said, seed=7)
    assert reply.status == 200
    assert reply.header("x-grok2api-dropped-params") == "input[*].content[*].detail,seed"


@SURFACES
def test_a_strict_key_refuses_what_would_be_dropped(gateway: Gateway, strict_key: str, path: str) -> None:
    assert ask(gateway, path, key=strict_key).status == 200
    refused = ask(gateway, path, key=strict_key, seed=7)
    assert refused.status == 400
    error = refused.error()
    assert (error["code"], error["param"]) == ("unsupported_parameter", "seed")
    assert ask(gateway, path, seed=7).status == 200


@SURFACES
@pytest.mark.parametrize("streamed", [False, True])
def test_the_upstream_model_is_told_and_the_asked_one_echoed(
    gateway: Gateway, path: str, streamed: bool
) -> None:
    reply = ask_streamed(gateway, path).reply if streamed else ask(gateway, path)
    assert reply.header("x-grok2api-upstream-model") == "grok-4.3"
    assert b'"model":"grok-3"' in reply.body
    assert b"grok-4.3" not in reply.body


@SURFACES
@pytest.mark.parametrize("streamed", [False, True])
def test_every_answer_carries_its_id_and_its_times(gateway: Gateway, path: str, streamed: bool) -> None:
    reply = ask_streamed(gateway, path).reply if streamed else ask(gateway, path)
    assert (reply.header("x-request-id") or "").startswith("req_")
    assert (reply.header("openai-processing-ms") or "").isdigit()
    assert "upstream;dur=" in (reply.header("server-timing") or "")
    assert reply.header("x-content-type-options") == "nosniff"
    assert reply.header("server") is None


# Models


def test_models(gateway: Gateway) -> None:
    authorization = [("Authorization", f"Bearer {gateway.key}")]
    listed = send(gateway.url, message("GET", "/v1/models", authorization)).json()
    assert set(listed) == {"object", "data"}
    assert listed["object"] == "list"
    names = [row["id"] for row in listed["data"]]
    assert {"grok-3", "grok-4", "grok-4.7"} <= set(names)
    assert len(names) == len(set(names))
    for row in listed["data"]:
        assert set(row) == {"id", "object", "created", "owned_by"}
        assert (row["object"], row["owned_by"]) == ("model", "xai")
        assert isinstance(row["created"], int)
        assert send(gateway.url, message("GET", f"/v1/models/{row['id']}", authorization)).json() == row


@pytest.mark.parametrize("name", ["xai/grok-4", "grok-4:free", "a/b/c:d", "%67rok/4", "模型", "x" * 3000])
def test_an_unknown_model_may_have_any_name(gateway: Gateway, name: str) -> None:
    authorization = [("Authorization", f"Bearer {gateway.key}")]
    found = send(
        gateway.url, message("GET", f"/v1/models/{name}".replace("模型", "%E6%A8%A1"), authorization)
    )
    assert found.status == 404
    assert found.error()["code"] == "model_not_found"
    for path in BODIES:
        asked = ask(gateway, path, model=name)
        assert asked.status == 404
        assert (asked.error()["code"], asked.error()["param"]) == ("model_not_found", "model")


# Streams, byte for byte


@SURFACES
def test_a_stream_has_the_headers_that_keep_proxies_from_holding_it(gateway: Gateway, path: str) -> None:
    reply = ask_streamed(gateway, path).reply
    assert reply.status == 200
    assert reply.header("content-type") == "text/event-stream; charset=utf-8"
    assert reply.header("cache-control") == "no-cache"
    assert reply.header("x-accel-buffering") == "no"
    assert reply.header("content-length") is None
    assert reply.header("content-encoding") is None


@SURFACES
@pytest.mark.parametrize("fault", ["", "crlf", "no_event_lines", "split_utf8", "trickle"])
def test_events_are_whole_and_end_in_line_feeds(
    gateway: Gateway, sandbox: Sandbox, path: str, fault: str
) -> None:
    if fault:
        sandbox.scenario(fault, match={"path": "/v1/responses"}, times=1)
    got = ask_streamed(gateway, path)
    assert b"\r" not in got.reply.body
    for write in got.writes:
        assert write.endswith(b"\n\n")
        for frame in write[:-2].split(b"\n\n"):
            lines = frame.split(b"\n")
            if frame == b"data: [DONE]":
                continue
            data = json.loads(lines[-1].removeprefix(b"data: "))
            named = [] if path == CHAT else [f"event: {data['type']}".encode()]
            assert lines[:-1] == named
    assert got.reply.body.endswith(b"data: [DONE]\n\n")
    assert texts(path, got.reply) == "one two three"


@SURFACES
def test_a_silent_upstream_is_bridged_with_comments(impatient: Gateway, sandbox: Sandbox, path: str) -> None:
    sandbox.scenario("trickle", delay=0.25, match={"path": "/v1/responses"}, times=1)
    got = ask_streamed(impatient, path)
    assert got.writes.count(b": keep-alive\n\n") >= 2
    assert texts(path, got.reply) == "one two three"


@SURFACES
def test_a_late_stream_is_opened_before_its_answer(impatient: Gateway, sandbox: Sandbox, path: str) -> None:
    sandbox.scenario("slow_first_byte", delay=0.8, match={"path": "/v1/responses"}, times=1)
    got = ask_streamed(impatient, path)
    assert got.reply.status == 200
    assert got.writes[0] == b": keep-alive\n\n"
    assert got.reply.header("x-grok2api-upstream-model") is None
    assert texts(path, got.reply) == "one two three"


@SURFACES
def test_a_stream_opened_early_says_what_went_wrong_in_an_event(
    impatient: Gateway, sandbox: Sandbox, path: str
) -> None:
    """Upstream is down; between two attempts the client is shown life, so the status is out already."""
    sandbox.scenario("status", status=503)
    got = ask_streamed(impatient, path)
    assert got.reply.status == 200
    assert got.writes[0] == b": keep-alive\n\n"
    frames = [frame for frame in got.reply.body.split(b"\n\n") if frame and not frame.startswith(b":")]
    last = json.loads(frames[0 if path == CHAT else -2].rpartition(b"data: ")[2])
    if path == CHAT:
        assert len(frames) == 1
        assert set(last["error"]) == {"message", "type", "param", "code"}
    else:
        assert frames[-1] == b"data: [DONE]"
        assert last["type"] == "response.failed"
        assert last["response"]["status"] == "failed"
        assert set(last["response"]["error"]) == {"code", "message"}
