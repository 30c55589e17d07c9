"""Server-sent events as bytes, written from the standard alone.

Knows nothing of what an event means; must never add anything that was not asked for.
"""

from __future__ import annotations

import msgspec

from grok2api.sandbox.wire import Event


def encode(event: Event, *, event_lines: bool = True, newline: str = "\n") -> bytes:
    """Return one frame: an optional `event:` line, a `data:` line and a blank line."""
    data = event.data if isinstance(event.data, str) else msgspec.json.encode(event.data).decode()
    name = f"event: {event.name}{newline}" if event.name is not None and event_lines else ""
    return f"{name}data: {data}{newline}{newline}".encode()
