"""However upstream's stream is cut, a client reads the same: every single cut of every stream there is.

A cut inside a frame must not change the frames, and a cut between two frames must not change what is written
for them; together these are all cuts. Streams are the repository's own transcripts and, where a copy is at
hand (`XAI_CAPTURES_DIR`), what xAI really sent.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from grok2api.canonical.plan import Surface
from grok2api.kit.sse import Frame, FrameReader
from support import chat_turns, messages_turns, responses_api
from support.transcripts import events_of, folders_of, request_of, surface_of

CAPTURES = os.environ.get("XAI_CAPTURES_DIR", "")
FRAMINGS: list[tuple[Literal["\n", "\r\n"], bool]] = [
    ("\n", False),
    ("\n", True),
    ("\r\n", False),
    ("\r\n", True),
]
Groups = Sequence[Sequence[Frame]]


@dataclass(frozen=True, slots=True)
class Recording:
    """Upstream's events on one surface, and what a client asked for."""

    name: str
    surface: Surface
    payloads: tuple[bytes, ...]
    request: dict[str, Any]

    def stream(self, end: Literal["\n", "\r\n"], *, event_lines: bool) -> bytes:
        return chat_turns.stream_of(self.payloads, event_lines=event_lines, end=end)

    def clients(self) -> list[Callable[[Groups], bytes]]:
        """Return who reads this surface: chat and Messages always, Responses where bytes are forwarded."""
        forwarded = [self._responses] if self.surface == "responses" else []
        return [self._chat, self._messages, *forwarded]

    def _chat(self, groups: Groups) -> bytes:
        reader = chat_turns.reader(self.surface)
        asked = self.request if "messages" in self.request else {"stream_options": {"include_usage": True}}
        writer = chat_turns.writer(asked)
        return b"".join([*(writer.write(reader.feed(group)) for group in groups), writer.write(reader.end())])

    def _messages(self, groups: Groups) -> bytes:
        reader = chat_turns.reader(self.surface)
        writer = messages_turns.writer({"thinking": {"type": "adaptive"}, "stop_sequences": ["\n\n", "END"]})
        return b"".join([*(writer.write(reader.feed(group)) for group in groups), writer.write(reader.end())])

    def _responses(self, groups: Groups) -> bytes:
        presenter = responses_api.forwarder({} if "messages" in self.request else self.request)
        return b"".join([*(presenter.feed(group) for group in groups), presenter.finish()])


def transcripts() -> Iterator[Recording]:
    for dialect in ("chat", "responses", "messages"):
        for folder in folders_of(dialect):
            if (folder / "upstream.jsonl").exists():
                request = {} if dialect == "messages" else request_of(folder)
                name = f"{dialect}/{folder.name}"
                yield Recording(name, surface_of(folder), tuple(events_of(folder)), request)


def captures() -> Iterator[Recording]:
    for path in sorted(Path(CAPTURES).glob("*.chunks.txt")) if CAPTURES else ():
        surface: Surface = "responses" if path.name.startswith("responses") else "chat"
        lines = tuple(line for line in path.read_bytes().splitlines() if line.strip())
        yield Recording(path.name, surface, lines, {})


RECORDINGS = [*transcripts(), *captures()]
every_recording = pytest.mark.parametrize("recording", RECORDINGS, ids=[each.name for each in RECORDINGS])


def blocks(stream: bytes, end: str) -> list[bytes]:
    """Return the bytes of each frame, its blank line included."""
    blank = (end * 2).encode()
    return [block + blank for block in stream.split(blank)[:-1]]


@every_recording
@pytest.mark.parametrize(("end", "event_lines"), FRAMINGS)
def test_no_cut_inside_a_frame_changes_the_frames(
    recording: Recording, end: Literal["\n", "\r\n"], event_lines: bool
) -> None:
    parts = blocks(recording.stream(end, event_lines=event_lines), end)
    whole = FrameReader().feed(b"".join(parts))
    assert len(whole) == len(parts)
    for place, (block, frame) in enumerate(zip(parts, whole, strict=True)):
        reader = FrameReader()
        if place:
            assert reader.feed(parts[place - 1]) == [whole[place - 1]]
        for cut in range(len(block) + 1):
            reader = reader if place else FrameReader()
            frames = [*reader.feed(block[:cut]), *reader.feed(block[cut:])]
            assert frames == [frame], (place, cut)
            assert not reader.unfinished


@every_recording
def test_no_cut_between_frames_changes_what_a_client_reads(recording: Recording) -> None:
    frames = FrameReader().feed(recording.stream("\n", event_lines=False))
    for client in recording.clients():
        expected = client([frames])
        assert expected
        assert client([[frame] for frame in frames]) == expected
        for cut in range(1, len(frames)):
            assert client([frames[:cut], frames[cut:]]) == expected, cut


@every_recording
def test_no_framing_changes_what_a_client_reads(recording: Recording) -> None:
    for client in recording.clients():
        read = {
            client([FrameReader().feed(recording.stream(end, event_lines=event_lines))])
            for end, event_lines in FRAMINGS
        }
        assert len(read) == 1
