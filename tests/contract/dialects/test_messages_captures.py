"""Streams that xAI really sent, read as messages, where a copy of them is at hand (`XAI_CAPTURES_DIR`)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest
from anthropic.types import Message, RawMessageStreamEvent
from pydantic import TypeAdapter

from grok2api.canonical.plan import Surface
from support.chat_turns import reader, stream_of
from support.messages_turns import client_bytes, events_in, writer

CAPTURES = os.environ.get("XAI_CAPTURES_DIR", "")
THINKS: dict[str, Any] = {"thinking": {"type": "adaptive"}}
EVENT: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)
FRAMINGS: list[tuple[bool, Literal["\n", "\r\n"]]] = [
    (False, "\n"),
    (False, "\r\n"),
    (True, "\n"),
    (True, "\r\n"),
]

pytestmark = pytest.mark.skipif(not CAPTURES, reason="XAI_CAPTURES_DIR is not set: no real captures are read")


@pytest.mark.parametrize(
    ("name", "surface", "counts", "reason", "kinds"),
    [
        ("chat_xai-text.chunks.txt", "chat", (12, 291), "end_turn", ["thinking", "text"]),
        ("chat_xai-tool-call.chunks.txt", "chat", (291, 222), "tool_use", ["thinking", "tool_use"]),
        (
            "responses_xai-text-with-reasoning-streaming.1.chunks.txt",
            "responses",
            (216, 923),
            "end_turn",
            ["thinking", "text"],
        ),
        ("responses_xai-web-search-tool.1.chunks.txt", "responses", (1875, 695), "end_turn", None),
    ],
)
def test_a_captured_stream_reads_the_same_in_every_framing(
    name: str, surface: Surface, counts: tuple[int, int], reason: str, kinds: list[str] | None
) -> None:
    payloads = [line for line in (Path(CAPTURES) / name).read_bytes().splitlines() if line.strip()]
    written = set()
    for event_lines, end in FRAMINGS:
        stream = stream_of(payloads, event_lines=event_lines, end=end)
        for size in (len(stream), 1021):
            cut = [stream[start : start + size] for start in range(0, len(stream), size)]
            written.add(client_bytes(surface, cut, THINKS))
    assert len(written) == 1
    events = events_in(written.pop())
    for event in events:
        EVENT.validate_python(event, strict=True)
    usage = events[-2]["usage"]
    assert (usage["input_tokens"] + usage["cache_read_input_tokens"], usage["output_tokens"]) == counts
    assert events[-2]["delta"]["stop_reason"] == reason
    opened = [event["content_block"]["type"] for event in events if event["type"] == "content_block_start"]
    assert "text" in opened if kinds is None else opened == kinds


def test_the_captured_search_names_its_sources_and_hides_its_call() -> None:
    payloads = (Path(CAPTURES) / "responses_xai-web-search-tool.1.chunks.txt").read_bytes().splitlines()
    events = events_in(client_bytes("responses", [stream_of(filter(bytes.strip, payloads))]))
    deltas = [event["delta"] for event in events if event["type"] == "content_block_delta"]
    assert len([delta for delta in deltas if delta["type"] == "citations_delta"]) == 5
    assert not any(delta["type"] == "input_json_delta" for delta in deltas)


@pytest.mark.parametrize(
    ("name", "surface", "reason"),
    [
        ("chat_xai-text.json", "chat", "end_turn"),
        ("chat_xai-tool-call.json", "chat", "tool_use"),
        ("responses_xai-web-search-tool.1.json", "responses", "end_turn"),
        ("responses_xai-file-search-tool.1.json", "responses", "end_turn"),
        ("responses_xai-image-generation-tool.1.json", "responses", "end_turn"),
    ],
)
def test_a_captured_object_is_read(name: str, surface: Surface, reason: str) -> None:
    events = reader(surface).whole((Path(CAPTURES) / name).read_bytes())
    answer = Message.model_validate(msgspec.json.decode(writer(THINKS).whole(events)), strict=True)
    assert answer.stop_reason == reason
