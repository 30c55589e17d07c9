"""Why this credential? What was decided about one request, and how the whole pool stands to it now.

What was decided was written down with the request; the full list is made anew, because keeping ten thousand
candidates for every request would cost more than the request. Must never show a secret.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from grok2api.accounting.traces import demand_in, told_trace
from grok2api.canonical.plan import Demand
from grok2api.kit.clock import Clock
from grok2api.kit.secretbox import SecretBox
from grok2api.operations.notation import moment
from grok2api.operations.requests import request_view
from grok2api.pool.pool import Pool
from grok2api.pool.roster import Roster
from grok2api.pool.status import candidates
from grok2api.pool.view import View
from grok2api.storage.records import UsageRecord
from grok2api.storage.stores import Records

_TOLD: Final = (
    *(
        "started_at",
        "operation",
        "model",
        "upstream_model",
        "credential_id",
        "account_id",
        "stream",
        "status",
    ),
    *("end", "error_code", "attempts", "first_byte_ms", "total_ms", "upstream_request_id", "usage_source"),
    *("input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens", "cost_in_usd_ticks"),
    "cache_savings_in_usd_ticks",
)


async def explain(records: Records, pool: Pool, clock: Clock, request_id: str) -> dict[str, object] | None:
    """Return the trace of a request, what it came to, and every credential as it stands to the request now.

    Args:
        records: Where traces are kept.
        pool: The pool to look at for the full list.
        clock: Where time comes from.
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
        "request": _request(row),
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
    """Return what the request log tells of a request; 1 USD = 10^10 ticks."""
    told = request_view(row)
    return {name: told[name] for name in _TOLD}
