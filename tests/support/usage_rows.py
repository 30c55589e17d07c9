"""Rows of the ledger, as requests leave them that went well. Must never hold what a test is about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from grok2api.storage.records import UsageRecord

_COMPLETED: Final = UsageRecord(
    request_id="req_1",
    started_at=1_795_000_000.0,
    key_id="key_1",
    operation="chat",
    model="grok-4",
    status=200,
    end="completed",
    total_ms=1.0,
)


def completed(**fields: Any) -> UsageRecord:
    """Return the row of a chat that was answered, with these fields instead."""
    return replace(_COMPLETED, **fields)
