"""Answers that xAI really gave, where a copy of them is at hand (`XAI_CAPTURES_DIR`)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from support.responses_api import forwarder, judge_response, judge_stream, read, stream_of

CAPTURES = os.environ.get("XAI_CAPTURES_DIR", "")

pytestmark = pytest.mark.skipif(not CAPTURES, reason="XAI_CAPTURES_DIR is not set: no real captures are read")


@pytest.mark.parametrize(
    ("name", "items", "total"),
    [
        ("responses_xai-text-with-reasoning-streaming.1.chunks.txt", ["reasoning", "message"], 1139),
        ("responses_xai-web-search-tool.1.chunks.txt", ["web_search_call", "message"], 2570),
    ],
)
def test_a_captured_stream_reads_the_same_in_every_framing(name: str, items: list[str], total: int) -> None:
    payloads = [line for line in (Path(CAPTURES) / name).read_bytes().splitlines() if line.strip()]
    written = set()
    for event_lines in (False, True):
        for size in (1 << 20, 1021):
            lf = stream_of(payloads, event_lines=event_lines)
            crlf = stream_of(payloads, event_lines=event_lines, end="\r\n")
            for stream in (lf, crlf):
                cut = [stream[start : start + size] for start in range(0, len(stream), size)]
                written.add(read(forwarder(), cut))
    assert len(written) == 1
    last = judge_stream(written.pop())
    assert [item["type"] for item in last["output"]] == items
    assert last["usage"]["total_tokens"] == total
    assert last["model"] == "grok-4"


@pytest.mark.parametrize(
    ("name", "items"),
    [
        ("responses_xai-file-search-tool.1.json", ["file_search_call", "message"]),
        ("responses_xai-image-generation-tool.1.json", ["image_generation_call", "message"]),
        ("responses_xai-web-search-tool.1.json", ["web_search_call", "message"]),
    ],
)
def test_a_captured_object_is_read(name: str, items: list[str]) -> None:
    body = forwarder().whole((Path(CAPTURES) / name).read_bytes())
    response = msgspec.json.decode(body, type=dict[str, Any])
    judge_response(response)
    assert [item["type"] for item in response["output"]] == items
    assert response["output_text"]
