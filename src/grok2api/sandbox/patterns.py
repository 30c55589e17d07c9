"""A string for a regular expression, for the simple patterns that schemas carry."""

from __future__ import annotations

import re

_CANDIDATES = (
    "abc",
    "ABC",
    "a1",
    "12345",
    "123-4567",
    "+15551234567",
    "ABC-123",
    "2026-11-23",
    "08:30",
    "alice@example.com",
    "https://example.com/",
    "#1f77b4",
    "1.2.3",
    "en-US",
)
_PART = re.compile(
    r"(?P<set>\[[^\]]+\])|\\(?P<escape>.)|(?P<any>\.)|(?P<literal>[^\\\[\](){}|?*+.^$])|(?P<group>[()^$|])"
)
_REPEAT = re.compile(r"\{(?P<least>\d+)(?:,\d*)?\}|(?P<sign>[?*+])")
_ESCAPES = {"d": "1", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a"}
_ALPHABET = "a1Az0Z-_ .:/#@+"


def matching(pattern: str, least: int, suggestion: str) -> str:
    """Return a string that `pattern` finds a match in, at least `least` long where that is easy."""
    try:
        compiled = re.compile(pattern)
    except re.error:
        return suggestion
    for candidate in (suggestion, *_CANDIDATES, _built(pattern)):
        longer = (
            candidate if len(candidate) >= least else candidate + candidate[-1:] * (least - len(candidate))
        )
        if compiled.search(longer):
            return longer
    return suggestion


def _built(pattern: str) -> str:
    made, position = "", 0
    while position < len(pattern):
        part = _PART.match(pattern, position)
        if part is None:
            position += 1
            continue
        position = part.end()
        character = _character(part)
        if part["group"] == "|":
            break
        repeat = _REPEAT.match(pattern, position)
        if repeat is not None:
            position = repeat.end()
        times = int(repeat["least"]) if repeat and repeat["least"] else 1
        made += character * times
    return made


def _character(part: re.Match[str]) -> str:
    if part["set"]:
        return next((each for each in _ALPHABET if re.match(part["set"], each)), "")
    if part["escape"]:
        return _ESCAPES.get(part["escape"], part["escape"])
    return "a" if part["any"] else part["literal"] or ""
