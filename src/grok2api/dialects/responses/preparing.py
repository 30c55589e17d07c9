"""The response to a request that only prepares a conversation: complete at once, empty, and free.

Codex sends `generate: false` before its user has typed. Must never look like an answer of the model.
Source: openai-python `ResponseCreate.generate`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from grok2api.canonical.usage import Usage
from grok2api.dialects.responses.envelope import Echo, public_response
from grok2api.dialects.responses.eventlog import EventLog

_NOTHING_USED: Mapping[str, Any] = MappingProxyType({"usage": MappingProxyType({})})


def prepared(echo: Echo, public_id: str) -> tuple[str, bytes]:
    """Return the id and the stream of a response that nobody had to think about."""
    log = EventLog()
    begun = public_response({}, echo, public_id=public_id, output=[], status="in_progress")
    log.event("response.created", {"response": begun})
    ended = public_response(
        _NOTHING_USED, echo, public_id=public_id, output=[], status="completed", usage=Usage()
    )
    log.event("response.completed", {"response": ended})
    log.end()
    return public_id, log.take()
