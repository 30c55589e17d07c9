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

    __slots__ = ("_held", "_searches", "met")

    def __init__(self, stops: Sequence[str]) -> None:
        self._searches = [_Search(stop) for stop in stops]
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
        found = [
            (end, -len(search.stop), search.stop) for search in self._searches if (end := search.feed(text))
        ]
        before = len(self._held)
        text = self._held + text
        if found:
            end, _, self.met = min(found)
            self._held = ""
            return text[: before + end - len(self.met)]
        sure = len(text) - max((search.begun for search in self._searches), default=0)
        self._held = text[sure:]
        return text[:sure]

    def flush(self) -> str:
        """Return what was held back: nothing more comes that could complete a stop string."""
        held, self._held = self._held, ""
        for search in self._searches:
            search.begun = 0
        return held


class _Search:
    """Looks for one stop string in time that grows with the text only (Knuth, Morris and Pratt)."""

    __slots__ = ("_borders", "begun", "stop")

    def __init__(self, stop: str) -> None:
        self.stop = stop
        self.begun = 0
        """How many characters of the stop string the text ends with."""
        self._borders = [0]
        """By length, less one, of what was begun so far: how much of it both begins and ends it."""

    def feed(self, text: str) -> int:
        """Return behind how many characters of `text` the stop string is complete; 0 if it is not."""
        stop, place, begun = self.stop, 0, self.begun
        while place < len(text):
            if not begun:
                place = text.find(stop[0], place)
                if place < 0:
                    break
            begun = self._next(begun, text[place])
            place += 1
            if begun == len(stop):
                return place
        self.begun = begun
        return 0

    def _next(self, begun: int, character: str) -> int:
        """Return how much is begun after one more character."""
        stop, borders = self.stop, self._borders
        while begun and stop[begun] != character:
            begun = borders[begun - 1]
        if stop[begun] == character:
            begun += 1
        if begun > len(borders):
            borders.append(self._next(borders[-1], character))
        return begun
