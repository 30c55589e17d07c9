"""Moments as bodies and queries of the admin API write them: ISO 8601, UTC where they do not say.

Must never take a number for a moment: nobody could tell seconds from milliseconds.
"""

from __future__ import annotations

from datetime import UTC, datetime

from grok2api.errors import InvalidRequest


def moment_of(text: str, param: str) -> float:
    """Return the wall time of a moment in ISO 8601, taken as UTC where it does not say; InvalidRequest."""
    try:
        if text.isdecimal():
            raise ValueError  # a basic date of ISO 8601 has no dashes; a count of seconds looks the same
        when = datetime.fromisoformat(text)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise InvalidRequest(
            f"{param} is a moment in ISO 8601, such as 2027-01-31T12:00:00Z.", param=param
        ) from None


def span_of(since: str, until: str, names: tuple[str, str]) -> tuple[float | None, float | None]:
    """Return the wall times between which something lies; None for an end that is left open.

    Args:
        since: A moment in ISO 8601, or nothing.
        until: The same; it lies behind the other one.
        names: What the two are called where they were sent.

    Raises:
        InvalidRequest: one is no moment, or the span ends before it begins.
    """
    first, last = names
    begin = moment_of(since, first) if since else None
    end = moment_of(until, last) if until else None
    if begin is not None and end is not None and begin >= end:
        raise InvalidRequest(f"'{first}' has to lie before '{last}'.", param=first)
    return begin, end
