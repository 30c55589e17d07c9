"""What a kept stream tells of its response: the object as it stands, and an end where it has none.

A background response is told from its stream alone, by whichever worker reads it, so that there is one
history and not two. Only the events that carry the object or a finished item are looked at; deltas pass by.
Must never number an event that is in the stream already.
Source: openai-python `responses.retrieve`, `.cancel`; Open Responses streaming.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from grok2api.dialects.base import RecordedState
from grok2api.dialects.responses.eventlog import EventLog
from grok2api.dialects.responses.failed import failed_error
from grok2api.dialects.responses.items import JsonObject, output_text
from grok2api.errors import Grok2ApiError

_NAME: Final = b"event: response."
_DATA: Final = b"\ndata: "
_BEGINNINGS: Final = frozenset({b"created", b"queued", b"in_progress"})
_ENDS: Final = frozenset({b"completed", b"incomplete", b"failed"})
_ITEM: Final = b"output_item.done"
_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode


class ResponseRecording:
    """The response of one stream."""

    def __init__(self) -> None:
        self._opening: JsonObject = {}
        self._items: list[bytes] = []
        self._final: JsonObject | None = None

    @property
    def public_id(self) -> str:
        """Return the response's id; empty before its first frame."""
        return str(self._opening.get("id", ""))

    @property
    def state(self) -> RecordedState:
        """Return how far the response is."""
        state: RecordedState = "running" if self._final is None else self._final["status"]
        return state

    def note(self, frames: Sequence[bytes]) -> None:
        """Take down what matters of further frames, each a whole event."""
        for frame in frames:
            if not frame.startswith(_NAME):
                continue
            name = frame[len(_NAME) : frame.index(b"\n")]
            if name == _ITEM:
                self._items.append(frame)
            elif name in _BEGINNINGS:
                self._opening = _event(frame)["response"]
            elif name in _ENDS:
                self._final = _event(frame)["response"]

    def opened(self) -> bytes:
        """Return the response object as it stood at the beginning, as a body."""
        return _body(self._opening)

    def body(self) -> bytes:
        """Return the response object as it stands, as a body."""
        return _body(self._final or {**self._opening, "output": self._output()})

    def ending(self, number: int, error: Grok2ApiError | None) -> bytes:
        """Return the frames that end a stream which has no end of its own.

        No client knows an event for a response that was cancelled; its status says it in the one for a
        response that failed.
        """
        response = {**self._opening, "output": self._output(), "status": "failed" if error else "cancelled"}
        if error is not None:
            response["error"] = failed_error(error)
        log = EventLog(number)
        log.event("response.failed", {"response": response})
        log.end()
        return log.take()

    def _output(self) -> list[JsonObject]:
        """Return the finished items in their places."""
        events = [_event(frame) for frame in self._items]
        return [event["item"] for event in sorted(events, key=lambda event: int(event["output_index"]))]


def _event(frame: bytes) -> JsonObject:
    return _decode(frame[frame.index(_DATA) + len(_DATA) :])


def _body(response: JsonObject) -> bytes:
    """Return an object as it is given outside of a stream, which has two members more."""
    more = {"output_text": output_text(response["output"]), "created": response["created_at"]}
    return _encode({**response, **more})
