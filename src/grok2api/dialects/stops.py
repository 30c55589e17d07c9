"""Ends a text at a stop string, although xAI's reasoning models take none.

The text comes in pieces and a stop string may lie across them, so an end that could still become one is
held back. The string that is complete first wins, whatever the pieces. Must never let a part of a stop
string out.
Source: xai-api.md §8 row 2.
"""

from __future__ import annotations

from collections.abc import Sequence


class StopCutter:
    """Passes text on until a stop string is complete."""

    __slots__ = ("_held", "_starts", "_stops", "met")

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stops)
        self._starts = frozenset(stop[:size] for stop in stops for size in range(1, len(stop)))
        self._held = ""
        self.met: str | None = None
        """The stop string that ended the text."""

    @property
    def stopped(self) -> bool:
        """Whether a stop string was met."""
        return self.met is not None

    def feed(self, text: str) -> str:
        """Return what may be shown now."""
        if self.stopped:
            return ""
        text = self._held + text
        ends = [
            (position + len(stop), position, stop)
            for stop in self._stops
            if (position := text.find(stop)) >= 0
        ]
        if ends:
            _, position, self.met = min(ends)
            self._held = ""
            return text[:position]
        keep = self._unsure(text)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def flush(self) -> str:
        """Return what was held back: nothing more comes that could complete a stop string."""
        held, self._held = self._held, ""
        return held

    def _unsure(self, text: str) -> int:
        """Return the length of the longest end that begins a stop string."""
        longest = max((len(stop) - 1 for stop in self._stops), default=0)
        for size in range(min(longest, len(text)), 0, -1):
            if text[len(text) - size :] in self._starts:
                return size
        return 0
