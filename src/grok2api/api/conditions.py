"""What a client asks of bytes that it may hold already: unless they are the same, and only a part of them.

Pure decisions over headers. Several ranges in one request are answered with the whole: no player needs them,
and they are a way to make a server work. Must never fail on a header: what cannot be read counts as absent.
Sources: RFC 9110 §13 (conditions), §14 (ranges)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final

from grok2api.errors import RangeNotSatisfiable

_RANGE: Final = re.compile(r"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*\Z", re.ASCII | re.IGNORECASE)
_LONGEST_DATE: Final = 64


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes from `start` up to, and without, `end`."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def content_range(self, size: int) -> str:
        """Return the header that says which bytes of how many these are."""
        return f"bytes {self.start}-{self.end - 1}/{size}"


def wanted(header: str, size: int) -> Span | None:
    """Return the bytes that a `Range` header asks for; None for the whole.

    Raises:
        RangeNotSatisfiable: it asks for bytes behind the end only.
    """
    found = _RANGE.match(header)
    first, last = (found[1], found[2]) if found else ("", "")
    if not first and not last:
        return None
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= end:
        raise RangeNotSatisfiable(f"The range lies behind the end: there are {size} bytes.", size=size)
    return Span(start, end)


def unchanged(none_match: str, modified_since: str, *, etag: str, modified: float) -> bool:
    """Tell whether a client holds the same bytes already.

    Args:
        none_match: `If-None-Match`, which wins over the date.
        modified_since: `If-Modified-Since`.
        etag: The tag of the bytes, in its quotes.
        modified: Wall time of their last change.
    """
    if none_match:
        tags = (tag.strip().removeprefix("W/") for tag in none_match.split(","))
        return any(tag in {etag, "*"} for tag in tags)
    known = _moment(modified_since)
    return known is not None and int(modified) <= known


def still_the_same(if_range: str, *, etag: str, modified: float) -> bool:
    """Tell whether a part may be sent: the client's other parts, if it names them, are of the same bytes."""
    if not if_range:
        return True
    if '"' in if_range:
        return if_range.strip() == etag
    return _moment(if_range) == int(modified)


def http_date(moment: float) -> str:
    """Return a wall time as headers write it."""
    return format_datetime(datetime.fromtimestamp(int(moment), UTC), usegmt=True)


def _moment(date: str) -> int | None:
    if not date or len(date) > _LONGEST_DATE:
        return None
    try:
        return int(parsedate_to_datetime(date).timestamp())
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
