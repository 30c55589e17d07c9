"""Frames of a client, and events as frames: pure, and without decoding what travels."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from grok2api.dialects.responses.socket_frames import (
    Aside,
    Create,
    Refused,
    error_text,
    event_texts,
    read_frame,
    with_members,
)
from grok2api.errors import InvalidRequest

CREATE = '{"type":"response.create","model":"grok-4",%s}'


def created(more: str) -> Create:
    frame = read_frame(CREATE % more)
    assert isinstance(frame, Create)
    return frame


def test_the_body_is_that_of_the_same_request_over_http() -> None:
    more = '"generate":true,"stream_id":"a","background":null,"stream":false,"x":{"y":[1e3, "\\u00e9"]}'
    frame = created('"input":"hi",' + more)
    assert frame.body == b'{"model":"grok-4","input":"hi","x":{"y":[1e3, "\\u00e9"]},"stream":true}'


@pytest.mark.parametrize(
    ("more", "name", "value"),
    [
        ('"store":false', "stored", False),
        ('"store":null', "stored", True),
        ('"store":true', "stored", True),
        ('"input":"hi"', "stored", True),
        ('"generate":false', "generate", False),
        ('"generate":null', "generate", True),
        ('"previous_response_id":"resp_1"', "previous", "resp_1"),
        ('"previous_response_id":null', "previous", None),
        ('"previous_response_id":7', "previous", None),
        ('"stream_id":"a"', "lane", "a"),
        ('"background":false', "lane", None),
    ],
)
def test_what_is_read_of_a_turn(more: str, name: str, value: object) -> None:
    assert getattr(created(more), name) == value


@pytest.mark.parametrize(
    ("text", "code", "param", "lane"),
    [
        (None, "invalid_value", None, None),
        ("", "invalid_json", None, None),
        ("null", "invalid_json", None, None),
        ('{"type":', "invalid_json", None, None),
        ('{"type":null,"stream_id":"a"}', "missing_required_parameter", "type", "a"),
        ('{"type":["response.create"]}', "invalid_value", "type", None),
        ('{"type":"session.update","stream_id":"a"}', "invalid_value", "type", "a"),
        (CREATE % '"background":true,"stream_id":"a"', "unsupported_parameter", "background", "a"),
        (CREATE % '"generate":"no"', "invalid_value", "generate", None),
        (CREATE % '"stream_id":7', "invalid_value", "stream_id", None),
        (CREATE % f'"stream_id":"{"a" * 257}"', "invalid_value", "stream_id", None),
        ('{"type":"response.create","response":{}}', "invalid_value", "response", None),
    ],
)
def test_what_cannot_be_a_turn(text: str | None, code: str, param: str | None, lane: str | None) -> None:
    frame = read_frame(text)
    assert isinstance(frame, Refused)
    assert (frame.error.code, frame.error.param, frame.lane) == (code, param, lane)


def test_an_acknowledgement_wants_no_answer() -> None:
    assert read_frame('{"type":"response.processed","response_id":"resp_1"}') == Aside(b"")


def test_steering_comes_back_as_it_was() -> None:
    frame = read_frame('{"type":"response.steer","previous_response_id":"r","input":[{"role":"user"}]}')
    assert isinstance(frame, Aside)
    event = msgspec.json.decode(frame.answer)
    assert event["type"] == "response.steer.failed"
    assert event["steer"] == {"previous_response_id": "r", "input": [{"role": "user"}]}


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        (b"", []),
        (b": keep-alive\n\n", []),
        (b"data: [DONE]\n\n", []),
        (b'event: a\ndata: {"x":"data: [DONE]"}\n\n', [b'{"x":"data: [DONE]"}']),
        (b"event: a\ndata: 1\n\n: x\n\nevent: b\ndata: 2\n\ndata: [DONE]\n\n", [b"1", b"2"]),
    ],
)
def test_framing_is_taken_off(content: bytes, texts: list[bytes]) -> None:
    assert list(event_texts(content)) == texts


@pytest.mark.parametrize(
    ("event", "members", "whole"),
    [
        (b'{"a":1}', {}, b'{"a":1}'),
        (b'{"a":{}}', {"b": "c", "d": {"e": 1}}, b'{"a":{},"b":"c","d":{"e":1}}'),
        (b'{"a":"}"} ', {"b": 1}, b'{"a":"}","b":1}'),
        (b'{"not": json, \xff}', {"b": 1}, b'{"not": json, \xff,"b":1}'),
    ],
)
def test_members_are_added_to_the_bytes(event: bytes, members: dict[str, Any], whole: bytes) -> None:
    assert with_members(event, members) == whole


def test_an_error_has_the_form_that_codex_and_openai_read() -> None:
    error = InvalidRequest("No.", param="input", code="invalid_value")
    event = msgspec.json.decode(error_text(error, {"x-request-id": "req_1"}, "a"))
    assert event == {
        "type": "error",
        "status": 400,
        "error": {
            "message": "No.",
            "type": "invalid_request_error",
            "param": "input",
            "code": "invalid_value",
        },
        "headers": {"x-request-id": "req_1"},
        "stream_id": "a",
    }
    assert "stream_id" not in msgspec.json.decode(error_text(error, {}))
