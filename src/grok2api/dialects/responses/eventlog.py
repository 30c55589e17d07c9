"""The client's stream as it is written: numbered without gaps, one line of JSON per event.

Must never know what an event means.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from grok2api.dialects.responses.splice import Members, Template, spliced
from grok2api.kit.sse import Frame, write_data, write_frame

_encode = msgspec.json.Encoder().encode


class EventLog:
    """Collects events until they are taken.

    Args:
        first: The number of the first one.
    """

    __slots__ = ("_pieces", "_sequence")

    def __init__(self, first: int = 0) -> None:
        self._pieces: list[bytes] = []
        self._sequence = first

    def event(self, kind: str, members: Mapping[str, Any]) -> None:
        """Write one event; its type and its number are not among `members`."""
        event = {"type": kind, "sequence_number": self._sequence, **members}
        self._pieces.append(b"event: %b\ndata: %b\n\n" % (kind.encode(), _encode(event)))
        self._sequence += 1

    def delta(self, kind: bytes, data: bytes, found: Members, wanted: dict[bytes, bytes]) -> bytes:
        """Write an event of upstream with some members exchanged, its type and its number among them.

        Returns:
            The event's data as written.

        Raises:
            ValueError: `data` is not one object.
        """
        wanted[b"type"] = b'"type":"%b"' % kind
        wanted[b"sequence_number"] = b'"sequence_number":%d' % self._sequence
        written = spliced(data, found, wanted)
        self._pieces.append(write_frame(kind, written))
        self._sequence += 1
        return written

    def again(self, template: Template, frame: Frame) -> bytes | None:
        """Write the next delta of a template; return its text as written in JSON, None if it was none."""
        fitted = template.fit(frame.event, frame.data, self._sequence)
        if fitted is None:
            return None
        event, text = fitted
        self._pieces.append(event)
        self._sequence += 1
        return text

    def end(self) -> None:
        """Write the mark that no event follows."""
        self._pieces.append(write_data(b"[DONE]"))

    def take(self) -> bytes:
        """Return what was written since the last time."""
        written = b"".join(self._pieces)
        self._pieces.clear()
        return written
