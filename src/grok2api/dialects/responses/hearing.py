"""Keeps the text of a stream's deltas as it came, so that it can be counted if the end is missing.

Must never decode a delta while the stream runs, and must never be shown to anybody: it is for counting.
"""

from __future__ import annotations

from typing import Final

import msgspec

from grok2api.dialects.base import Heard
from grok2api.dialects.responses.splice import text_of

_THOUGHTS: Final = b"response.reasoning"


class Hearing:
    """The text of one stream."""

    __slots__ = ("_now", "_said", "_thought")

    def __init__(self) -> None:
        self._said, self._thought = bytearray(), bytearray()
        self._now = self._said

    def begin(self, kind: bytes, data: bytes) -> None:
        """Take down the text of a delta of this kind; what follows by `more` is of the same."""
        self._now = self._thought if kind.startswith(_THOUGHTS) else self._said
        self._now += text_of(data)

    def more(self, text: bytes) -> None:
        """Take down a further text of the kind that was named last, as it is written in JSON."""
        self._now += text

    @property
    def heard(self) -> Heard:
        """Return all of it."""
        return Heard(_decoded(self._said), _decoded(self._thought))


def _decoded(text: bytearray) -> str:
    try:
        return msgspec.json.decode(b'"%b"' % bytes(text), type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):  # half of a pair of surrogates
        return text.decode("utf-8", "replace")
