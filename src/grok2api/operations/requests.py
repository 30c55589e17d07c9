"""What the ledger tells an operator of requests: rows, pages and exports of them, the course of one.

Must never show a prompt, an answer or the address of a client: the ledger has none.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from grok2api.accounting.traces import told_trace
from grok2api.canonical.request_ids import public_id
from grok2api.operations.notation import moment, usd
from grok2api.storage.records import UsageRecord
from grok2api.storage.stores import Records
from grok2api.storage.usage import UsageFilter, UsageStore

_PAGE: Final = 500
_ROUNDS: Final = 4
"""How often a page goes on looking before it tells that there may be more."""
EXPORTED: Final = (
    *("id", "request_id", "started_at", "operation", "stream", "key_id", "model", "upstream_model"),
    *("credential_id", "account_id", "status", "end", "error_code", "attempts", "usage_source"),
    *("input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens", "cost_in_usd_ticks", "cost_usd"),
    *("cost_source", "price_in_usd_ticks", "cache_savings_in_usd_ticks", "queue_ms", "first_byte_ms"),
    *("total_ms", "upstream_request_id"),
)
"""The columns of an export, in their order."""


def request_view(row: UsageRecord) -> dict[str, object]:
    """Return what a row tells; 1 USD is 10^10 ticks, times are milliseconds."""
    return {
        "id": row.request_id,
        "request_id": public_id(row.request_id),
        "started_at": moment(row.started_at),
        "operation": row.operation,
        "stream": row.stream,
        "key_id": row.key_id,
        "model": row.model,
        "upstream_model": row.upstream_model,
        "credential_id": row.credential_id,
        "account_id": row.account_id,
        "status": row.status,
        "end": row.end,
        "error_code": row.error_code,
        "attempts": row.attempts,
        "usage_source": row.usage_source,
        "input_tokens": row.input_tokens,
        "cached_tokens": row.cached_tokens,
        "output_tokens": row.output_tokens,
        "reasoning_tokens": row.reasoning_tokens,
        "cost_in_usd_ticks": row.cost_ticks,
        "cost_usd": usd(row.cost_ticks),
        "cost_source": row.cost_source,
        "price_in_usd_ticks": row.price_ticks,
        "cache_savings_in_usd_ticks": row.saved_ticks,
        "queue_ms": round(row.queue_ms, 1),
        "first_byte_ms": None if row.first_byte_ms is None else round(row.first_byte_ms, 1),
        "total_ms": round(row.total_ms, 1),
        "upstream_request_id": row.upstream_request_id,
    }


async def page_of(
    usage: UsageStore, wanted: UsageFilter, *, limit: int, before: tuple[float, str] | None
) -> tuple[list[UsageRecord], tuple[float, str] | None]:
    """Return a page of rows, newest first, and where to go on; what is rare is looked for a few times."""
    rows: list[UsageRecord] = []
    for _ in range(_ROUNDS):
        page = await usage.search(wanted, limit=limit - len(rows), before=before)
        rows += page.rows
        before = page.next
        if before is None or len(rows) >= limit:
            break
    return rows, before


async def every_row(usage: UsageStore, wanted: UsageFilter) -> AsyncIterator[Sequence[UsageRecord]]:
    """Give all rows that fit, newest first, a bounded number at a time."""
    before = None
    while True:
        page = await usage.search(wanted, limit=_PAGE, before=before)
        if page.rows:
            yield page.rows
        before = page.next
        if before is None:
            return


async def course_of(records: Records, request_id: str) -> dict[str, object] | None:
    """Return a request whole: its row, and what happened in which order, as far as that is still kept.

    None if nothing is known of it; of several requests with an id that a client chose, the newest is meant.
    """
    row = await records.usage.latest(request_id)
    if row is None:
        return None
    kept = await records.usage.trace(row.cursor)
    attempts: Any = [] if kept is None else told_trace(kept.content)["attempts"]
    return {**request_view(row), "traced": kept is not None, "timeline": timeline(row, attempts)}


def timeline(row: UsageRecord, attempts: Sequence[Mapping[str, Any]]) -> list[dict[str, object]]:
    """Return what happened to a request, in order, `at_ms` milliseconds after it came.

    Each attempt is chosen (after its wait in the queue), sent, connected unless a kept connection served it,
    and failed or answered.
    """
    events: list[dict[str, object]] = [{"at_ms": 0.0, "event": "received"}]
    for number, attempt in enumerate(attempts, start=1):
        told = {"attempt": number, "credential_id": attempt["chosen"], "model": attempt["model"]}
        if attempt["waited_ms"]:
            waited = {"attempt": number, "waited_ms": attempt["waited_ms"]}
            events.append({"at_ms": attempt["at_ms"] - attempt["waited_ms"], "event": "queued", **waited})
        if attempt["chosen"]:
            events.append(
                {"at_ms": attempt["at_ms"], "event": "chosen", **told, "because": attempt["because"]}
            )
        else:
            events.append({"at_ms": attempt["at_ms"], "event": "nobody", "attempt": number})
        if attempt["sent_ms"] is not None:
            events.append(
                {"at_ms": attempt["sent_ms"], "event": "sent", **told, "surface": attempt["surface"]}
            )
            if (took := attempt["connect_ms"]) is not None:
                connected = {"attempt": number, "took_ms": took}
                events.append({"at_ms": attempt["sent_ms"] + took, "event": "connected", **connected})
        if attempt["failed_ms"] is not None:
            fault = {name: attempt[name] for name in ("fault", "status", "detail")}
            events.append({"at_ms": attempt["failed_ms"], "event": "failed", **told, **fault})
    if row.first_byte_ms is not None:
        events.append({"at_ms": round(row.first_byte_ms, 1), "event": "first_byte"})
    ended = {"end": row.end, "status": row.status, "error_code": row.error_code}
    events.append({"at_ms": round(row.total_ms, 1), "event": "ended", **ended})
    return sorted(events, key=_at)


def _at(event: Mapping[str, object]) -> float:
    at = event["at_ms"]
    return at if isinstance(at, float) else 0.0
