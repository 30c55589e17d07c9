"""Faults made short."""

from __future__ import annotations

from grok2api.canonical.fault import Fault, FaultKind, FaultScope


def make_fault(
    kind: FaultKind,
    *,
    scope: FaultScope = FaultScope.CREDENTIAL,
    retry_after: float | None = None,
    upstream_status: int = 0,
    detail: str = "",
) -> Fault:
    """Return a fault of which only the kind matters unless said otherwise."""
    return Fault(
        kind=kind,
        scope=scope,
        status=502,
        code="upstream_error",
        message="It failed.",
        retryable=True,
        retry_after=retry_after,
        upstream_status=upstream_status,
        detail=detail,
    )
