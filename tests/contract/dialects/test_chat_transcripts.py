"""Recorded turns: an upstream answer, and byte for byte what a chat client reads of it.

Each folder holds a client's request, upstream's events, upstream's single object, and both answers. The
bytes are the same for every framing and every cut of the upstream stream.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from support.chat_turns import chunks_in, client_bytes, reader, stream_of, writer
from support.transcripts import bytewise, cut, events_of, folders_of, request_of, surface_of

FOLDERS = folders_of("chat")
NAMES = [path.name for path in FOLDERS]


def upstream_of(folder: Path, *, event_lines: bool = False, end: Literal["\n", "\r\n"] = "\n") -> bytes:
    return stream_of(events_of(folder), event_lines=event_lines, end=end)


@pytest.mark.parametrize("folder", FOLDERS, ids=NAMES)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("event_lines", [True, False], ids=["event-lines", "data-only"])
def test_a_stream_is_written_byte_for_byte(
    folder: Path, event_lines: bool, end: Literal["\n", "\r\n"]
) -> None:
    stream = upstream_of(folder, event_lines=event_lines, end=end)
    expected = (folder / "client.sse").read_bytes()
    request = request_of(folder)
    assert client_bytes(surface_of(folder), [stream], request) == expected
    assert client_bytes(surface_of(folder), bytewise(stream), request) == expected


@given(st.sampled_from(FOLDERS), st.lists(st.integers(0, 6000), max_size=6))
def test_no_cut_of_the_upstream_stream_changes_a_byte(folder: Path, places: list[int]) -> None:
    stream = upstream_of(folder, event_lines=True)
    assert (
        client_bytes(surface_of(folder), cut(stream, places), request_of(folder))
        == (folder / "client.sse").read_bytes()
    )


@pytest.mark.parametrize("folder", FOLDERS, ids=NAMES)
def test_a_single_object_is_written_byte_for_byte(folder: Path) -> None:
    events = reader(surface_of(folder)).whole((folder / "upstream.json").read_bytes())
    assert writer(request_of(folder)).whole(events) + b"\n" == (folder / "client.json").read_bytes()


@pytest.mark.parametrize("folder", FOLDERS, ids=NAMES)
def test_the_official_types_take_every_answer(folder: Path) -> None:
    answer = ChatCompletion.model_validate_json((folder / "client.json").read_bytes(), strict=True)
    chunks = [
        ChatCompletionChunk.model_validate(chunk, strict=True)
        for chunk in chunks_in((folder / "client.sse").read_bytes())
    ]
    choices = [choice for chunk in chunks for choice in chunk.choices]
    message = answer.choices[0].message
    assert "".join(choice.delta.content or "" for choice in choices) == (message.content or "")
    assert "".join(choice.delta.refusal or "" for choice in choices) == (message.refusal or "")
    calls = [call for choice in choices for call in choice.delta.tool_calls or []]
    assert [call.id for call in calls] == [call.id for call in message.tool_calls or []]
    assert choices[-1].finish_reason == answer.choices[0].finish_reason
    assert [choice.finish_reason for choice in choices[:-1]] == [None] * (len(choices) - 1)
