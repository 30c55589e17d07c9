"""Moments as bodies and queries of the admin API write them: ISO 8601, UTC where they do not say.

Must never take a number for a moment: nobody could tell seconds from milliseconds.
"""

from __future__ import annotations

from datetime import UTC, datetime

from grok2api.errors import InvalidRequest


def moment_of(text: str, param: str) -> float:
    """Return the wall time of a moment in ISO 8601, taken as UTC where it does not say; InvalidRequest."""
    try:
        when = datetime.fromisoformat(text)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise InvalidRequest(
            f"{param} is a moment in ISO 8601, such as 2027-01-31T12:00:00Z.", param=param
        ) from None
