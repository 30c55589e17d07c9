"""xAI's Responses events as bytes: what can be known of one without decoding it.

A quote inside a JSON string is always escaped, so `"key":` can only ever match a key. Deltas are
flat objects; in the other events the first `response.…` type belongs to the event itself. Must never be
used on an object whose nested parts may carry the same key: those are decoded.
Source: xai-api.md §3.2; captured streams.
"""

from __future__ import annotations

import re

from grok2api.kit.sse import Frame

_TYPE = re.compile(rb'"type"\s*:\s*"((?:response\.[a-z_.]+)|error|ping|keepalive)"')

DONE = b"[DONE]"


def event_type(frame: Frame) -> bytes:
    """Return the type of a Responses event, from its `event:` line or else its payload; empty if unknown."""
    if frame.event.startswith(b"response."):
        return frame.event
    match = _TYPE.search(frame.data)
    return match.group(1) if match else frame.event
