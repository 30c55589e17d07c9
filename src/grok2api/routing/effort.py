"""Reasoning effort: OpenAI's words cut down to what an upstream model takes.

Must never send a value that the model would answer with 400.
"""

from __future__ import annotations

from collections.abc import Sequence

SCALE = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_SYNONYMS = {"minimal": "low", "max": "xhigh"}


def asks_to_reason(effort: str | None) -> bool:
    """Tell whether a client asks for more than the least effort."""
    return effort is not None and effort not in {"none", "minimal"}


def clamp(effort: str, allowed: Sequence[str]) -> str | None:
    """Return the allowed effort nearest to `effort`; None when the model rejects the field.

    A value above what is allowed becomes the highest below it, one below becomes the lowest; who
    asks to reason is never given `none` while the model has anything else.
    """
    if effort in allowed:
        return effort
    wanted = _SYNONYMS.get(effort, effort)
    if wanted in allowed:
        return wanted
    known = sorted((word for word in allowed if word in SCALE), key=SCALE.index)
    reasoning = [word for word in known if word != "none"] or known
    if not reasoning:
        return None
    below = [word for word in reasoning if SCALE.index(word) <= SCALE.index(wanted)]
    return below[-1] if below else reasoning[0]
