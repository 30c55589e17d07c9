"""Answers that are not what was asked for, or not what their content type says.

xAI, and what stands in front of it, answers a stream with a JSON error under status 200, and may call it an
event stream; the other way round, events come where one object was asked for. What such a body says decides
whether the request is to blame, so it is read as what it is. Must never make an answer out of half of one.
Source: xai-api.md §1.6 (h) and (i).
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from grok2api.kit.sse import Frame, FrameReader, FrameTooLong

_EVENTS: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:data|event|id|retry)?:")
_DONE: Final = b"[DONE]"
_ENOUGH: Final = 16
"""Bytes that tell events from anything else."""


class _Event(msgspec.Struct):
    """What is looked at in an event."""

    type: str = ""
    error: msgspec.Raw = msgspec.Raw(b"null")
    response: msgspec.Raw = msgspec.Raw(b"")


_event = msgspec.json.Decoder(_Event)


def tells(beginning: bytes) -> bool:
    """Tell whether the beginning of a body is long enough to see what it is."""
    return len(beginning) >= _ENOUGH


def are_events(beginning: bytes) -> bool:
    """Tell whether a body begins as an event stream does, whatever it is called."""
    return _EVENTS.match(beginning) is not None


def is_whole(frame: Frame) -> bool:
    """Tell whether a frame that nothing ended holds all of its data."""
    if frame.data == _DONE:
        return True
    try:
        msgspec.json.decode(frame.data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return False
    return True


def told_by_events(content: bytes) -> bytes:
    """Return the response or the error on which an event stream ended; the content if it tells neither."""
    if not are_events(content):
        return content
    try:
        frames = FrameReader().feed(content + b"\n\n")
    except FrameTooLong:
        return content
    for frame in reversed(frames):
        try:
            event = _event.decode(frame.data)
        except (msgspec.DecodeError, RecursionError):
            continue
        if event.type in {"response.completed", "response.incomplete", "response.failed"}:
            return bytes(event.response)
        if event.type == "error" or bytes(event.error) != b"null":
            return frame.data
    return content
