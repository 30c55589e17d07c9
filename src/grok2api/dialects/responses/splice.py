"""Deltas as bytes: numbers and ids are exchanged in place, the text is never decoded.

A delta is a flat object, and a quote inside a JSON string is always escaped, so `"key":` can only match
a key; a nested member that a delta may carry one day comes after the first match of its name. Must never
be used on events whose nested objects carry the same keys: those are decoded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

Members = dict[bytes, re.Match[bytes]]

_MEMBER = re.compile(
    rb'"(type|sequence_number|output_index|item_id|content_index|summary_index|logprobs)"\s*:\s*'
    rb'("(?:[^"\\]|\\.)*"|\d+|null|)'
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
