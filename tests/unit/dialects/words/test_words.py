"""What was said is found in every dialect, and media in none of what is kept."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from grok2api.dialects.words.bodies import Said, asked_in, said_of_body
from grok2api.dialects.words.forms import form_texts
from grok2api.dialects.words.streams import said_in
from grok2api.dialects.words.trimming import Trimmer, bounded, cut_text

BYTES = base64.b64encode(bytes(range(256)) * 4).decode()
URL = f"data:image/png;base64,{BYTES}"


def stream(*events: dict[str, Any]) -> bytes:
    return b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in events)


def test_no_media_is_let_through_wherever_it_stands() -> None:
    body = {
        "messages": [
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": URL}}]},
            {
                "role": "user",
                "content": [{"type": "input_audio", "input_audio": {"data": "QUJD", "format": "wav"}}],
            },
            {
                "role": "user",
                "content": [{"source": {"type": "base64", "media_type": "image/png", "data": "QUJD"}}],
            },
            {"role": "assistant", "content": f"Look: ![it]({URL}) and data: nothing"},
        ],
        "b64_json": "QUJD",
        "encrypted_content": BYTES,
        "model": "grok-4",
        "n": 1,
    }
    trimmer = Trimmer()
    kept = json.dumps(trimmer.value(body))
    assert trimmer.omitted == 6
    assert "QUJD" not in kept
    assert BYTES[:40] not in kept
    assert "[image/png, about 1026 bytes, not kept]" in kept
    assert "and data: nothing" in kept
    assert BYTES[:40] not in Trimmer().text('{"image": "' + URL[:-90]), "also where a body was cut"


def test_what_is_too_long_is_cut_and_says_so() -> None:
    whole = {"messages": [{"role": "user", "content": "a" * 9000 + "end"}], "model": "grok-4"}
    assert bounded(whole, 20_000) == (whole, False)
    smaller, cut = bounded(whole, 4000)
    assert cut
    text = smaller["messages"][0]["content"]
    assert text.startswith("aaa")
    assert text.endswith("end")
    assert "bytes cut" in text
    text, cut = bounded({"messages": [{"role": "user", "content": "b" * 90}] * 900}, 4000)
    assert cut
    assert isinstance(text, str)
    assert len(text) < 4100
    assert cut_text("short", 5) == ("short", False)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            {"messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi"}]},
            [("system", "be brief"), ("user", "hi")],
        ),
        ({"instructions": "be brief", "input": "hi"}, [("system", "be brief"), ("user", "hi")]),
        (
            {"input": [{"role": "user", "content": [{"type": "input_text", "text": "hi"}]}]},
            [("user", "hi")],
        ),
        (
            {"input": [{"type": "function_call_output", "call_id": "c", "output": "sunny"}]},
            [("tool", "sunny")],
        ),
        (
            {
                "system": [{"type": "text", "text": "be brief"}],
                "messages": [{"role": "user", "content": "hi"}],
            },
            [("system", "be brief"), ("user", "hi")],
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "tool_result", "content": "sunny"}]}]},
            [("tool", "sunny")],
        ),
        ({"prompt": "a cat", "size": "1024x1024"}, [("user", "a cat")]),
        ({"input": "say this", "voice": "eve"}, [("user", "say this")]),
        ("cut …", []),
        ({"messages": [None, 3], "input": 5}, []),
    ],
)
def test_what_was_asked(body: Any, told: list[tuple[str, str]]) -> None:
    assert [(each.role, each.text) for each in asked_in(body)] == told


def test_what_was_answered_whole() -> None:
    call = {"function": {"name": "f", "arguments": "{}"}}
    chat = {"choices": [{"message": {"content": "yes", "tool_calls": [call]}, "finish_reason": "stop"}]}
    assert said_of_body(chat) == [
        Said(text="yes", tool_calls=[{"name": "f", "arguments": "{}"}], finish="stop")
    ]
    response = {
        "output": [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "yes"}]},
            {"type": "function_call", "name": "f", "arguments": "{}"},
        ]
    }
    assert said_of_body(response) == [
        Said(text="yes", reasoning="hm", tool_calls=[{"name": "f", "arguments": "{}"}])
    ]
    blocks = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "yes"}]
    assert said_of_body({"content": blocks, "stop_reason": "end_turn"}) == [
        Said(text="yes", reasoning="hm", finish="end_turn")
    ]
    assert said_of_body({"data": [{"url": "https://a/b"}]}) == [Said(media=["https://a/b"])]
    assert said_of_body({"text": "heard"}) == [Said(text="heard")]
    assert said_of_body({"error": {}}) == []


def test_what_was_answered_in_streams_also_in_those_that_broke_off() -> None:
    def delta(**fields: Any) -> dict[str, Any]:
        return {"choices": [{"index": 0, "delta": fields}]}

    calls = [{"index": 0, "function": {"name": "f", "arguments": "{"}}]
    more = [{"index": 0, "function": {"arguments": "}"}}]
    chat = stream(delta(content="y"), delta(content="es", reasoning_content="hm"), delta(tool_calls=calls))
    assert said_in(chat + stream(delta(tool_calls=more)) + b'data: {"choi') == (
        [Said(text="yes", reasoning="hm", tool_calls=[{"name": "f", "arguments": "{}"}])],
        None,
    )
    text = {"type": "response.output_text.delta", "delta": "yes"}
    assert said_in(stream(text)) == ([Said(text="yes")], None)
    output = [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "yes!"}]}]
    done = {"type": "response.completed", "response": {"output": output}}
    assert said_in(stream(text, done)) == ([Said(text="yes!")], None)
    failed = {"type": "response.failed", "response": {"output": [], "error": {"code": "x"}}}
    assert said_in(stream(text, failed)) == ([Said(text="yes")], {"code": "x"})
    messages = stream(
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "yes"}},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "name": "f"}},
        {
            "type": "content_block_delta",
            "index": 1,
            "delta": {"type": "input_json_delta", "partial_json": "{}"},
        },
        {"type": "error", "error": {"type": "api_error"}},
    )
    assert said_in(messages) == (
        [Said(text="yes", tool_calls=[{"name": "f", "arguments": "{}"}])],
        {"type": "api_error"},
    )


def test_of_a_form_the_texts_are_told_and_of_files_their_kind() -> None:
    form = (
        b'--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\na cat\r\n'
        b'--b\r\nContent-Disposition: form-data; name="image"; filename="c.png"\r\n'
        b"Content-Type: image/png\r\n\r\nPNGBYTES\r\n"
        b'--b\r\nContent-Disposition: form-data; name="tag"\r\n\r\n1\r\n'
        b'--b\r\nContent-Disposition: form-data; name="tag"\r\n\r\n2\r\n--b--\r\n'
    )
    fields = {"prompt": "a cat", "image": "[image/png, 8 bytes, not kept]", "tag": ["1", "2"]}
    assert form_texts("multipart/form-data; boundary=b", form) == (fields, 1)
    assert form_texts("multipart/form-data", form) == ({}, 0)
    assert form_texts("multipart/form-data; boundary=b", form[:150])[1] == 1
