"""A request's trace as text, and back: what `explain` shows long after the request.

The text has names, so that it can be read by people and by later versions. Must never hold a secret: what
a client is known by is left out, and a conversation is kept only as the fact that there was one.
"""

from __future__ import annotations

import msgspec

from grok2api.canonical.plan import Demand
from grok2api.canonical.trace import AttemptTrace, Candidate, RequestTrace

_encode = msgspec.json.Encoder(order=None).encode


def written_trace(trace: RequestTrace) -> str:
    """Return a trace as JSON text."""
    told = {
        "demand": None if trace.demand is None else _demand(trace.demand),
        "attempts": [_attempt(each) for each in trace.attempts],
    }
    return _encode(told).decode()


def demand_in(content: dict[str, object]) -> Demand | None:
    """Return the demand that a written trace tells of, but for its conversation and its pin.

    None if it tells of none, or of one that only another version understands.
    """
    told = content.get("demand")
    if not isinstance(told, dict):
        return None
    try:
        return msgspec.convert({name: told[name] for name in _DEMAND if name in told}, Demand)
    except msgspec.ValidationError:
        return None


_DEMAND = ("upstream_id", "tier", "surface", "scope")


def _demand(demand: Demand) -> dict[str, object]:
    tags, tier = demand.scope.tags, demand.scope.tier
    return {
        "upstream_id": demand.upstream_id,
        "tier": demand.tier,
        "surface": demand.surface,
        "scope": {"tags": None if tags is None else sorted(tags), "tier": tier},
        "pinned": demand.account_pin is not None,
        "conversation": demand.affinity is not None,
    }


def _attempt(attempt: AttemptTrace) -> dict[str, object]:
    decision = attempt.decision
    return {
        "at_ms": _ms(attempt.at),
        "model": attempt.model,
        "surface": attempt.surface,
        "strategy": decision.strategy,
        "pool": decision.members,
        "removed": decision.removed,
        "looked_at": decision.looked_at,
        "considered": [_candidate(each) for each in decision.considered],
        "chosen": decision.chosen,
        "because": decision.because,
        "waited_ms": _ms(decision.waited),
        "sent_ms": _ms(attempt.sent),
        "failed_ms": _ms(attempt.ended),
        "fault": attempt.fault,
        "status": attempt.status,
        "detail": attempt.detail,
    }


def _candidate(candidate: Candidate) -> dict[str, object]:
    return candidate._asdict()


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)
