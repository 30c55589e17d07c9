"""Finds the error in what a stream says went wrong.

For the classifier only: nothing of it ever reaches a client. Must never raise.
Source: xai-api.md §1.6 (a), (b) and (i).
"""

from __future__ import annotations

from collections.abc import Mapping

from grok2api.canonical.events import TurnFailed


def failure_of(event: Mapping[str, object]) -> TurnFailed:
    """Return the failure that an event or a body tells of: its nested error, or else itself."""
    nested = event.get("error")
    if not isinstance(nested, Mapping):
        return TurnFailed(dict(event))
    status = {name: event[name] for name in ("status", "status_code") if isinstance(event.get(name), int)}
    return TurnFailed({**status, **{name: value for name, value in nested.items() if value is not None}})
