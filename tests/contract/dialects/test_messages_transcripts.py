"""Recorded turns: an upstream answer, and byte for byte what a Messages client reads of it.

Each folder holds a client's request and both answers, and what upstream sent where that is not the recording
of the same name that chat clients read. The bytes are the same for every framing and every cut of the stream.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from anthropic.lib.streaming._messages import accumulate_event
from anthropic.types import Message, RawMessageStreamEvent
from anthropic.types.parsed_message import ParsedMessage
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from support.chat_turns import reader, stream_of
from support.messages_turns import client_bytes, events_in, writer
from support.transcripts import RECORDED, bytewise, cut, folders_of, request_of, surface_of

FOLDERS = folders_of("messages")
NAMES = [path.name for path in FOLDERS]
EVENT: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)


def recorded(folder: Path, name: str) -> bytes:
    own = folder / name
    return (own if own.exists() else RECORDED / "chat" / folder.name / name).read_bytes()


def upstream_of(folder: Path, *, event_lines: bool = False, end: Literal["\n", "\r\n"] = "\n") -> bytes:
    return stream_of(recorded(folder, "upstream.jsonl").splitlines(), event_lines=event_lines, end=end)


@pytest.mark.parametrize("folder", FOLDERS, ids=NAMES)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("event_lines", [True, False], ids=["event-lines", "data-only"])
def test_a_stream_is_written_byte_for_byte(
    folder: Path, event_lines: bool, end: Literal["\n", "\r\n"]
) -> None:
    stream = upstream_of(folder, event_lines=event_lines, end=end)
    expected = (folder / "client.sse").read_bytes()
    request, surface = request_of(folder), surface_of(folder)
    assert client_bytes(surface, [stream], request) == expected
    assert client_bytes(surface, bytewise(stream), request) == expected


@given(st.sampled_from(FOLDERS), st.lists(st.integers(0, 6000), max_size=6))
def test_no_cut_of_the_upstream_stream_changes_a_byte(folder: Path, places: list[int]) -> None:
    stream = upstream_of(folder, event_lines=True)
    written = client_bytes(surface_of(folder), cut(stream, places), request_of(folder))
    assert written == (folder / "client.sse").read_bytes()


@pytest.mark.parametrize("folder", FOLDERS, ids=NAMES)
def test_a_single_object_is_written_byte_for_byte(folder: Path) -> None:
    events = reader(surface_of(folder)).whole(recorded(folder, "upstream.json"))
    assert writer(request_of(folder)).whole(events) + b"\n" == (folder / "client.json").read_bytes()


@pytest.mark.parametrize("folder", FOLDERS, ids=NAMES)
def test_the_official_types_take_every_answer_and_both_say_the_same(folder: Path) -> None:
    answer = Message.model_validate_json((folder / "client.json").read_bytes(), strict=True)
    message: ParsedMessage[None] | None = None
    buffers: dict[int, bytes] = {}
    for event in events_in((folder / "client.sse").read_bytes()):
        checked = EVENT.validate_python(event, strict=True)
        message = accumulate_event(event=checked, current_snapshot=message, json_bufs=buffers)
    assert message is not None
    assert message.to_dict(exclude_none=True) == answer.to_dict(exclude_none=True)
