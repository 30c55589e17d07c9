"""Recorded turns that break: what upstream sent until then, and byte for byte how each client is told.

Each folder holds upstream's events, and what chat, Messages and (where bytes are forwarded) Responses clients
read of them. Nobody may take such an answer for a whole one: no finish, no stop, no mark of the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from grok2api.dialects.base import Presenter
from grok2api.gateway.failures import fault_error
from grok2api.gateway.pipeline import TurnPresenter
from grok2api.kit.sse import FrameReader
from grok2api.upstream.xai.faults import broken_stream, classify_event
from support import chat_turns, messages_turns, responses_api
from support.transcripts import bytewise, events_of, folders_of, surface_of

FOLDERS = folders_of("broken")
CLIENTS = {"chat": "chat.sse", "messages": "messages.sse", "responses": "responses.sse"}
CASES = [(folder, client) for folder in FOLDERS for client in CLIENTS if (folder / CLIENTS[client]).exists()]
SIGNS_OF_SUCCESS = (b"message_stop", b'"stop_reason":"', b'"finish_reason":"', b"response.completed")


def name_of(value: Path | str) -> str:
    return value if isinstance(value, str) else value.name


def presenter_of(folder: Path, client: str) -> Presenter:
    surface = surface_of(folder)
    if client == "chat":
        return TurnPresenter(chat_turns.reader(surface), chat_turns.writer())
    if client == "messages":
        wanted = {"thinking": {"type": "adaptive"}}
        return TurnPresenter(chat_turns.reader(surface), messages_turns.writer(wanted))
    return responses_api.forwarder()


def stream_of(folder: Path) -> bytes:
    """Return upstream's bytes; what is cut has no mark of its end."""
    stream = chat_turns.stream_of(events_of(folder), event_lines=True)
    return stream.removesuffix(b"data: [DONE]\n\n") if folder.name.endswith("-cut") else stream


def told(presenter: Presenter, chunks: Sequence[bytes]) -> bytes:
    """Return what a client reads, to the error that ends it."""
    frames, written = FrameReader(), b""
    for chunk in chunks:
        written += presenter.feed(frames.feed(chunk))
        ending = presenter.ending
        if ending is not None:
            assert ending.failure is not None
            return written + presenter.fail(fault_error(classify_event(ending.failure)))
    written += presenter.finish()
    assert presenter.ending is None
    return written + presenter.fail(fault_error(broken_stream("the stream ended without its end")))


@pytest.mark.parametrize(("folder", "client"), CASES, ids=name_of)
def test_a_turn_that_breaks_is_told_byte_for_byte(folder: Path, client: str) -> None:
    stream, expected = stream_of(folder), (folder / CLIENTS[client]).read_bytes()
    assert told(presenter_of(folder, client), [stream]) == expected
    assert told(presenter_of(folder, client), bytewise(stream)) == expected
    assert not any(sign in expected for sign in SIGNS_OF_SUCCESS)


@pytest.mark.parametrize("folder", [folder for folder, client in CASES if client == "responses"], ids=name_of)
def test_strict_clients_take_the_events_of_a_response_that_breaks(folder: Path) -> None:
    *events, end = responses_api.events_in((folder / "responses.sse").read_bytes())
    assert end == {"type": "[DONE]"}
    for event in events[:-1]:
        responses_api.judge_event(event)
    assert events[-1]["type"] == "response.failed"
    assert events[-1]["response"]["status"] == "failed"
