"""What a prompt offers to fill arguments with: quoted texts, places, numbers, dates, addresses."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_PLACES = (
    "San Francisco",
    "New York",
    "Los Angeles",
    "London",
    "Paris",
    "Berlin",
    "Tokyo",
    "Beijing",
    "Shanghai",
    "Hong Kong",
    "Singapore",
    "Sydney",
    "Rome",
    "Madrid",
    "Boston",
    "Chicago",
    "Seattle",
    "北京",
    "上海",
    "广州",
    "深圳",
    "杭州",
    "成都",
    "香港",
    "东京",
    "巴黎",
    "伦敦",
    "纽约",
)
_AFTER_IN = re.compile(r"\b(?:in|at|for|to|from)\s+((?:[A-Z][\w'’-]+)(?:\s+[A-Z][\w'’-]+)*)")
_QUOTED = re.compile(r"[\"“「『]([^\"”」』]+)[\"”」』]")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_PLACE_NAMES = (
    "location",
    "city",
    "place",
    "destination",
    "region",
    "town",
    "origin",
    "address",
    "where",
    "country",
)
_TEXT_NAMES = (
    "query",
    "q",
    "text",
    "message",
    "question",
    "prompt",
    "content",
    "input",
    "body",
    "answer",
    "search",
)
_FORMATS = {
    "date": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "date-time": re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:Z|[+-]\d{2}:\d{2})"),
    "email": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "uri": re.compile(r"https?://[^\s\"'”」]+"),
}


class Hints:
    """The useful parts of one prompt; `turn` chooses the next place or text for a second call."""

    def __init__(self, prompt: str, turn: int = 0) -> None:
        self._prompt = prompt
        self.turn = turn
        self.places = _places(prompt)
        self._quoted = [found.strip() for found in _QUOTED.findall(prompt)]
        self._numbers = [float(found) for found in _NUMBER.findall(prompt)]

    def text(self, name: str, description: str = "") -> str:
        """Return a string for a property called `name`."""
        lowered = name.lower()
        for form, pattern in _FORMATS.items():
            found = pattern.search(self._prompt)
            if found and (form in lowered or (form == "uri" and "url" in lowered)):
                return found[0]
        place_like = any(word in lowered for word in _PLACE_NAMES) or "city" in description.lower()
        if place_like:
            return self._turn_of(self.places) or "San Francisco"
        if self._quoted:
            return self._turn_of(self._quoted)
        if lowered in _TEXT_NAMES and self._prompt:
            return self._prompt[:200]
        return "Alice" if "name" in lowered else f"sandbox {lowered or 'value'}"

    def formatted(self, form: str) -> str | None:
        """Return a text of the prompt that has a JSON schema format, or None."""
        pattern = _FORMATS.get(form)
        found = pattern.search(self._prompt) if pattern else None
        return found[0] if found else None

    def choice(self, options: list[Any]) -> Any:
        """Return the option that the prompt mentions, or the first."""
        lowered = self._prompt.lower()
        named = [each for each in options if isinstance(each, str) and each and each.lower() in lowered]
        return (named or options)[0]

    def number(self, accepts: Callable[[float], bool]) -> float | None:
        """Return a number of the prompt that is accepted, or None."""
        fitting = [each for each in self._numbers if accepts(each)]
        return fitting[min(self.turn, len(fitting) - 1)] if fitting else None

    def _turn_of(self, found: list[str]) -> str:
        return found[min(self.turn, len(found) - 1)] if found else ""


def _places(prompt: str) -> list[str]:
    known = [(prompt.find(place), place) for place in _PLACES if place in prompt]
    if known:
        return [place for _, place in sorted(known)]
    return _AFTER_IN.findall(prompt)
