"""Recorded answers of the Responses API: upstream's events, and byte for byte what a client reads of them.

`tidy` comes in the documented order, `sloppy` leaves out most of it, `truncated` ends at a limit. The bytes
are the same for every framing and every cut of the upstream stream.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.responses_api import (
    SCHEMA,
    forwarder,
    judge_response,
    judge_stream,
    read,
    stream_of,
)
from support.transcripts import bytewise, cut, events_of, folders_of, request_of

FOLDERS = folders_of("responses")
NAMES = [path.name for path in FOLDERS]


def final_of(folder: Path) -> bytes:
    """Return upstream's final object, as it would answer without streaming."""
    for line in events_of(folder):
        event = msgspec.json.decode(line, type=dict[str, Any])
        if event["type"] in {"response.completed", "response.incomplete"}:
            return msgspec.json.encode(event["response"])
    raise AssertionError("no terminal event")


@pytest.mark.parametrize("folder", FOLDERS, ids=NAMES)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("event_lines", [True, False], ids=["event-lines", "data-only"])
def test_a_stream_is_written_byte_for_byte(
    folder: Path, event_lines: bool, end: Literal["\n", "\r\n"]
) -> None:
    stream = stream_of(events_of(folder), event_lines=event_lines, end=end)
    expected = (folder / "client.sse").read_bytes()
    request = request_of(folder)
    assert read(forwarder(request), [stream]) == expected
    assert read(forwarder(request), bytewise(stream)) == expected


@given(st.sampled_from(FOLDERS), st.lists(st.integers(0, 9000), max_size=6))
def test_no_cut_of_the_upstream_stream_changes_a_byte(folder: Path, places: list[int]) -> None:
    stream = stream_of(events_of(folder), event_lines=True)
    assert read(forwarder(request_of(folder)), cut(stream, places)) == (folder / "client.sse").read_bytes()


@pytest.mark.parametrize("folder", FOLDERS, ids=NAMES)
def test_strict_clients_take_every_event(folder: Path) -> None:
    judge_response(judge_stream((folder / "client.sse").read_bytes()))


@pytest.mark.skipif(not SCHEMA, reason="OPEN_RESPONSES_SCHEMA is not set: that schema judges nothing")
@pytest.mark.parametrize("folder", FOLDERS, ids=NAMES)
def test_the_open_responses_schema_takes_every_event(folder: Path) -> None:
    judge_stream((folder / "client.sse").read_bytes())


@pytest.mark.parametrize("folder", FOLDERS, ids=NAMES)
def test_without_streaming_the_same_object_comes(folder: Path) -> None:
    presenter = forwarder(request_of(folder))
    whole = msgspec.json.decode(presenter.whole(final_of(folder)), type=dict[str, Any])
    judge_response(whole)
    text, created = whole.pop("output_text"), whole.pop("created")
    assert whole == judge_stream((folder / "client.sse").read_bytes())
    assert created == whole["created_at"]
    assert text == "".join(
        part.get("text", "")
        for item in whole["output"]
        if item["type"] == "message"
        for part in item["content"]
    )
    assert presenter.ending is not None
    assert presenter.ending.end == whole["status"]
