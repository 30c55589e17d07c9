"""A request's trace as text, and back: what `explain` shows long after the request.

One is written for every request, so the text is what costs least to write: rows without names, which are
given their names when somebody reads. Must never hold a secret: what a client is known by is left out, and
a conversation is kept only as the fact that there was one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from grok2api.canonical.plan import Demand
from grok2api.canonical.trace import Candidate, Decision, RequestTrace

_encode = msgspec.json.Encoder(order=None).encode


def written_trace(trace: RequestTrace) -> str:
    """Return a trace as JSON text."""
    demand = None if trace.demand is None else _demand(trace.demand)
    written: dict[str, object] = {"demand": demand, "attempts": trace.attempts}
    if trace.rescued_after is not None:
        written["rescued_after"] = trace.rescued_after
    return _encode(written).decode()


def told_trace(text: str) -> dict[str, object]:
    """Return what a written trace tells, by name: the `demand`, the `attempts` with their times in ms.

    `rescued_after` is how many of them came before the conversation was rebuilt; None if it was not.
    A text that another version wrote tells what can be understood of it.
    """
    try:
        content = msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError:
        content = {}
    try:
        attempts = [_named(each) for each in content.get("attempts", ())]
    except (KeyError, TypeError):
        attempts = []
    return {
        "demand": content.get("demand"),
        "attempts": attempts,
        "rescued_after": content.get("rescued_after"),
    }


def demand_in(content: Mapping[str, object]) -> Demand | None:
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


def _named(written: Mapping[str, Any]) -> dict[str, object]:
    decision = Decision(*written["decision"])
    return {
        "at_ms": _ms(written["at"]),
        "model": written["model"],
        "surface": written["surface"],
        "strategy": decision.strategy,
        "pool": decision.members,
        "removed": decision.removed,
        "looked_at": decision.looked_at,
        "considered": [Candidate(*each)._asdict() for each in decision.considered],
        "chosen": decision.chosen,
        "because": decision.because,
        "waited_ms": _ms(decision.waited),
        "sent_ms": _ms(written["sent"]),
        "connect_ms": _ms(written.get("connected")),
        "failed_ms": _ms(written["ended"]),
        "fault": written["fault"],
        "status": written["status"],
        "detail": written["detail"],
    }


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)
