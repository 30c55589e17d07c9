"""How much of its allowance an account has left, where an answer's headers tell. Must never guess.

xAI documents no such headers, and some have seen them: they are used where they are and missed nowhere.
Source: xai-api.md §1.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_KINDS: Final = ("requests", "tokens")


def allowance_in(headers: Mapping[str, str]) -> float | None:
    """Return the smallest share that is left of any limit that is told, 0 to 1; None if none is."""
    shares = [share for kind in _KINDS if (share := _share(headers, kind)) is not None]
    return min(shares, default=None)


def _share(headers: Mapping[str, str], kind: str) -> float | None:
    limit = headers.get(f"x-ratelimit-limit-{kind}")
    if limit is None:
        return None
    left = headers.get(f"x-ratelimit-remaining-{kind}", "")
    if (
        not (limit.isascii() and limit.isdigit() and left.isascii() and left.isdigit())
        or len(limit + left) > 40
    ):
        return None
    return min(1.0, int(left) / int(limit)) if int(limit) else None
