"""Why this credential? What was decided about one request, and how the whole pool stands to it now.

What was decided was written down with the request; the full list is made anew, because keeping ten thousand
candidates for every request would cost more than the request. Must never show a secret.
"""

from __future__ import annotations

from dataclasses import asdict

from grok2api.accounting.pricing import Prices
from grok2api.accounting.traces import demand_in, told_trace
from grok2api.canonical.plan import Demand
from grok2api.canonical.usage import Usage
from grok2api.kit.clock import Clock
from grok2api.kit.secretbox import SecretBox
from grok2api.operations.notation import moment
from grok2api.pool.pool import Pool
from grok2api.pool.roster import Roster
from grok2api.pool.status import candidates
from grok2api.pool.view import View
from grok2api.storage.records import UsageRecord
from grok2api.storage.stores import Records


async def explain(
    records: Records, pool: Pool, clock: Clock, prices: Prices, request_id: str
) -> dict[str, object] | None:
    """Return the trace of a request, what it came to, and every credential as it stands to the request now.

    Args:
        records: Where traces are kept.
        pool: The pool to look at for the full list.
        clock: Where time comes from.
        prices: Tell what the prompt cache saved.
        request_id: The `x-request-id` of the answer; the newest request with it is meant.

    Returns:
        None if nothing is known of such a request. A refused request has no decisions, and neither has one
        whose trace is forgotten; both have no list then.
    """
    row = await records.usage.latest(request_id)
    if row is None:
        return None
    kept = await records.usage.trace(row.cursor)
    trace = {} if kept is None else told_trace(kept.content)
    demand = demand_in(trace)
    return {
        "request_id": request_id,
        "request": _request(row) | _used(row, prices),
        "demand": trace.get("demand"),
        "decisions": trace.get("attempts", []),
        "rescued_after": trace.get("rescued_after"),
        "now": None if demand is None else _now(pool, clock, demand),
    }


async def stored_pool(
    records: Records, box: SecretBox, clock: Clock, *, base_url: str, sign_ins: bool
) -> Pool:
    """Return a pool as the store has it, for a look from outside a server.

    What only a server knows (calls under way, short rests, model lists) is not in it.
    """
    roster = Roster(base_url, sign_ins=sign_ins)
    pool = Pool(roster, clock=clock, persist=lambda _change: None)
    View(roster, box, clock).apply(await records.changes_since(0))
    return pool


def _now(pool: Pool, clock: Clock, demand: Demand) -> dict[str, object]:
    rows = [asdict(row) for row in candidates(pool, clock, demand)]
    return {"at": moment(clock.now()), "credentials": rows}


def _request(row: UsageRecord) -> dict[str, object]:
    return {
        "started_at": moment(row.started_at),
        "operation": row.operation,
        "model": row.model,
        "upstream_model": row.upstream_model,
        "credential_id": row.credential_id,
        "account_id": row.account_id,
        "stream": row.stream,
        "status": row.status,
        "end": row.end,
        "error_code": row.error_code,
        "attempts": row.attempts,
        "first_byte_ms": row.first_byte_ms,
        "total_ms": row.total_ms,
        "upstream_request_id": row.upstream_request_id,
    }


def _used(row: UsageRecord, prices: Prices) -> dict[str, object]:
    """Return what a request used; 1 USD = 10^10 ticks. What the cache saved is by our own price list."""
    usage = Usage(input=row.input_tokens, cached=row.cached_tokens, output=row.output_tokens)
    return {
        "usage_source": row.usage_source,
        "input_tokens": row.input_tokens,
        "cached_tokens": row.cached_tokens,
        "output_tokens": row.output_tokens,
        "reasoning_tokens": row.reasoning_tokens,
        "cost_in_usd_ticks": row.cost_ticks,
        "cache_savings_in_usd_ticks": prices.saved(row.upstream_model, usage),
    }
