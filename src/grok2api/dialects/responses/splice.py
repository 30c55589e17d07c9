"""Deltas as bytes: numbers and ids are exchanged in place, the text is never decoded.

A delta is a flat object, and a quote inside a JSON string is always escaped, so `"key":` can only match
a key; a nested member that a delta may carry one day comes after the first match of its name. Must never
be used on events whose nested objects carry the same keys: those are decoded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

Members = dict[bytes, re.Match[bytes]]

_DELTA = re.compile(rb'"delta"\s*:\s*"([^"\\]*(?:\\.[^"\\]*)*)"')
_VALUE = rb'\s*:\s*("[^"\\]*(?:\\.[^"\\]*)*"|\d+|null|)'
_NUMBER = re.compile(rb'"sequence_number"' + _VALUE)
_MEMBER = re.compile(
    rb'"(type|sequence_number|output_index|item_id|content_index|summary_index|logprobs)"' + _VALUE
)


def members(data: bytes) -> Members:
    """Return where the known members of a delta stand, the first of each name, in their order."""
    found: Members = {}
    for match in _MEMBER.finditer(data):
        found.setdefault(match[1], match)
    return found


def number(found: Members, name: bytes) -> int | None:
    """Return a member that is a whole number."""
    match = found.get(name)
    return int(match[2]) if match is not None and match[2].isdigit() else None


def text(found: Members, name: bytes) -> str | None:
    """Return a member that is a plain string."""
    match = found.get(name)
    if match is None or not match[2].startswith(b'"'):
        return None
    return match[2][1:-1].decode("utf-8", "replace")


def spliced(data: bytes, found: Members, wanted: Mapping[bytes, bytes]) -> bytes:
    """Return the delta with some members exchanged, and those that were missing added at its end.

    Args:
        data: One JSON object.
        found: What `members` says of it.
        wanted: New members, key and value, by the name of the member whose place they take.

    Raises:
        ValueError: The data is not one object.
    """
    pieces: list[bytes] = []
    at = 0
    for name, match in found.items():
        member = wanted.get(name)
        if member is not None and member != match[0]:
            pieces += (data[at : match.start()], member)
            at = match.end()
    missing = [member for name, member in wanted.items() if name not in found]
    end = len(data)
    if missing:
        end = data.rindex(b"}")
        pieces += (data[at:end], *(b"," + member for member in missing))
        at = end
    if not data.rstrip().endswith(b"}"):
        raise ValueError("a delta that is not an object")
    line = b"".join((*pieces, data[at:]))
    return line.replace(b"\n", b" ") if b"\n" in line else line


class Template:
    """What stays the same from one delta of a part to the next, in upstream's bytes and in the client's.

    Of the deltas that follow only the number and the text differ, so they need no search for members.
    """

    __slots__ = ("_event", "_head", "_middle", "_new_head", "_new_middle", "_new_tail", "_tail")

    def __init__(
        self, event: bytes, old: tuple[bytes, bytes, bytes], new: tuple[bytes, bytes, bytes]
    ) -> None:
        self._event = event
        self._head, self._middle, self._tail = old
        self._new_head, self._new_middle, self._new_tail = new

    @classmethod
    def learn(cls, event: bytes, data: bytes, kind: bytes, written: bytes) -> Template | None:
        """Return the template of a delta and of what was written for it; None if it has another layout."""
        old, new = _cut(data), _cut(written)
        if old is None or new is None:
            return None
        framed = (b"event: " + kind + b"\ndata: " + new[0], new[1], new[2] + b"\n\n")
        return cls(event, old, framed)

    def fit(self, event: bytes, data: bytes, sequence: int) -> tuple[bytes, bytes] | None:
        """Return the client's whole event for the next delta, and its text; None if it is of another."""
        if event != self._event or not data.startswith(self._head) or not data.endswith(self._tail):
            return None
        start = len(self._head)
        at = data.find(self._middle, start, start + len(self._middle) + 20)
        begin, end = at + len(self._middle), len(data) - len(self._tail)
        if at < 0 or begin > end or not data[start:at].isdigit():
            return None
        text = data[begin:end]
        # A quote and a colon may be another member, which would have to be looked at.
        if b'":' in text or b"\n" in text:
            return None
        return b"%b%d%b%b%b" % (self._new_head, sequence, self._new_middle, text, self._new_tail), text


def text_of(data: bytes) -> bytes:
    """Return the text of a delta as it is written in JSON; empty if it has none."""
    found = _DELTA.search(data)
    return b"" if found is None else found[1]


def _cut(data: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Return what stands before the number, between number and text, and after the text."""
    found, delta = _NUMBER.search(data), _DELTA.search(data)
    if found is None or delta is None or found.end() > delta.start() or b"\n" in data:
        return None
    return data[: found.start(1)], data[found.end(1) : delta.start(1)], data[delta.end(1) :]
