"""Reads the free-form input of a custom tool out of the arguments of the function that stands for it.

The input is one JSON string inside the arguments. Pieces of it are decoded as they come, and whatever the
model writes, the pieces are the beginning of the whole: both are read by the same rule. Must never raise on
what a model wrote.
Source: openai-python `ResponseCustomToolCall`; xai-api.md §8 row 12.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

INPUT: Final = "input"
"""The one argument of a function that stands for a custom tool."""

_HEAD: Final = re.compile(rf'\s*\{{\s*"{INPUT}"\s*:\s*"')
_PAIR: Final = r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
_COMPLETE: Final = re.compile(rf'(?:[^"\\]|\\["\\/bfnrt]|\\u(?![dD][89abAB])[0-9a-fA-F]{{4}}|{_PAIR})*')
"""The longest text of a JSON string that is sure to end between two characters."""
_STRING: Final = re.compile(r'(?:[^"\\]|\\.)*', re.DOTALL)
_ESCAPE: Final = re.compile(rf"{_PAIR}|\\u([0-9a-fA-F]{{4}})|\\(.)", re.DOTALL)
_SIMPLE: Final[Mapping[str, str]] = MappingProxyType(
    {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
)
_decode_object = msgspec.json.Decoder(dict[str, object]).decode


class InputReader:
    """Reads the input piece by piece."""

    __slots__ = ("_inside", "_rest", "text")

    def __init__(self) -> None:
        self.text = ""
        """What was read so far."""
        self._rest = ""
        self._inside = False

    def feed(self, piece: str) -> str:
        """Return what a piece of the arguments adds to the input; possibly nothing yet."""
        self._rest += piece
        if not self._inside:
            head = _HEAD.match(self._rest)
            if head is None:
                return ""
            self._rest, self._inside = self._rest[head.end() :], True
        found = _COMPLETE.match(self._rest)
        if found is None:
            return ""
        # What ends the string stays, and with it nothing more is ever read.
        self._rest = self._rest[found.end() :]
        text = _text(found.group())
        self.text += text
        return text


def free_form_input(arguments: str) -> str:
    """Return the whole input; arguments of another form are the input themselves."""
    head = _HEAD.match(arguments)
    if head is not None:
        body = _STRING.match(arguments, head.end())
        return "" if body is None else _text(body.group())
    try:
        value = _decode_object(arguments).get(INPUT)
    except (msgspec.DecodeError, RecursionError):
        value = None
    return value if isinstance(value, str) else arguments


def free_form_arguments(text: str) -> str:
    """Return the arguments of the function that stands for a call with this input."""
    return msgspec.json.encode({INPUT: text}).decode()


def _text(escaped: str) -> str:
    """Return the text of a JSON string; an escape that is none stands for itself."""
    return _ESCAPE.sub(_character, escaped) if "\\" in escaped else escaped


def _character(escape: re.Match[str]) -> str:
    high, low, code, simple = escape.groups()
    if high is not None:
        return chr(0x10000 + ((int(high, 16) & 0x3FF) << 10) + (int(low, 16) & 0x3FF))
    if code is not None:
        point = int(code, 16)
        # Half a pair, which no text can hold.
        return "\ufffd" if 0xD800 <= point <= 0xDFFF else chr(point)
    return _SIMPLE.get(simple, escape.group())
