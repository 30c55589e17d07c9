"""How long upstream wants to be left alone: from headers in three notations, or from its text.

Must never cap: how long we obey is the pool's decision. Garbage and negative values are ignored.
Source: RFC 9110 §10.2.3; `retry-after-ms` as OpenAI's clients read it; xai-api.md §1.3, §1.7.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

_RESETS = re.compile(r"resets? in:?\s*((?:\d+(?:\.\d+)?\s*(?:ms|[dhms])\s*)+)", re.IGNORECASE)
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|[dhms])", re.IGNORECASE)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PER_SECOND = re.compile(r"requests per second", re.IGNORECASE)


def retry_after_seconds(headers: Mapping[str, str], now: float) -> float | None:
    """Return the wait in seconds that the headers ask for, or None."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        if not value.isascii() or not value:
            continue
        try:
            seconds = float(value) * scale
        except ValueError:
            seconds = _until(value, now) if scale == 1.0 else math.nan
        if math.isfinite(seconds) and seconds >= 0:
            return seconds
    return None


def _until(value: str, now: float) -> float:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError, IndexError, TypeError):
        return math.nan
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, moment.timestamp() - now)


def seconds_in_text(text: str) -> float | None:
    """Return the wait that a rate limit's text tells ("Resets in: 3m 4s"), 1 s for a per-second limit."""
    match = _RESETS.search(text)
    if match:
        parts = _PART.findall(match.group(1))
        seconds = sum(float(number) * _UNITS[unit.lower()] for number, unit in parts)
        return seconds if math.isfinite(seconds) else None
    return 1.0 if _PER_SECOND.search(text) else None
