"""Streams that xAI really sent, where a copy of them is at hand (`XAI_CAPTURES_DIR`)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

import pytest

from grok2api.canonical.plan import Surface
from support.chat_turns import chunks_in, client_bytes, reader, stream_of, writer

CAPTURES = os.environ.get("XAI_CAPTURES_DIR", "")
WITH_USAGE: dict[str, Any] = {"stream_options": {"include_usage": True}}

pytestmark = pytest.mark.skipif(not CAPTURES, reason="XAI_CAPTURES_DIR is not set: no real captures are read")

STREAMS: list[tuple[str, Surface, int, int, str]] = [
    ("chat_xai-text.chunks.txt", "chat", 12, 291, "stop"),
    ("chat_xai-tool-call.chunks.txt", "chat", 291, 222, "tool_calls"),
    ("responses_xai-text-with-reasoning-streaming.1.chunks.txt", "responses", 216, 923, "stop"),
    ("responses_xai-web-search-tool.1.chunks.txt", "responses", 1875, 695, "stop"),
]


def payloads_of(name: str) -> list[bytes]:
    return [line for line in (Path(CAPTURES) / name).read_bytes().splitlines() if line.strip()]


@pytest.mark.parametrize(("name", "surface", "prompt", "completion", "reason"), STREAMS)
def test_a_captured_stream_reads_the_same_in_every_framing(
    name: str, surface: Surface, prompt: int, completion: int, reason: str
) -> None:
    payloads = payloads_of(name)
    framings: list[tuple[bool, Literal["\n", "\r\n"]]] = [
        (False, "\n"),
        (False, "\r\n"),
        (True, "\n"),
        (True, "\r\n"),
    ]
    written = set()
    for event_lines, end in framings:
        stream = stream_of(payloads, event_lines=event_lines, end=end)
        for size in (len(stream), 1021):
            cut = [stream[start : start + size] for start in range(0, len(stream), size)]
            written.add(client_bytes(surface, cut, WITH_USAGE))
    assert len(written) == 1
    chunks = chunks_in(written.pop())
    usage = chunks[-1]["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"]) == (prompt, completion)
    assert usage["total_tokens"] == prompt + completion
    assert chunks[-2]["choices"][0]["finish_reason"] == reason


def test_the_captured_search_names_its_sources_and_hides_its_call() -> None:
    stream = stream_of(payloads_of("responses_xai-web-search-tool.1.chunks.txt"))
    chunks = chunks_in(client_bytes("responses", [stream]))
    cited = [chunk["citations"] for chunk in chunks if "citations" in chunk]
    assert [len(urls) for urls in cited] == [5]
    assert not any("tool_calls" in chunk["choices"][0]["delta"] for chunk in chunks)


@pytest.mark.parametrize(
    ("name", "surface", "reason"),
    [
        ("chat_xai-text.json", "chat", b"stop"),
        ("chat_xai-tool-call.json", "chat", b"tool_calls"),
        ("responses_xai-web-search-tool.1.json", "responses", b"stop"),
        ("responses_xai-file-search-tool.1.json", "responses", b"stop"),
        ("responses_xai-image-generation-tool.1.json", "responses", b"stop"),
    ],
)
def test_a_captured_object_is_read(name: str, surface: Surface, reason: bytes) -> None:
    events = reader(surface).whole((Path(CAPTURES) / name).read_bytes())
    assert b'"finish_reason":"' + reason + b'"' in writer().whole(events)
