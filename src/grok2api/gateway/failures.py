"""From a classified fault to the error that a client reads. The only bridge between the two."""

from __future__ import annotations

from grok2api.canonical.fault import Fault, FaultKind, FaultScope
from grok2api.errors import ContentRefused, Grok2ApiError, UpstreamError

_FINAL = frozenset({FaultKind.NO_CREDIT, FaultKind.QUOTA})
_OF_ACCOUNT = frozenset({FaultScope.CREDENTIAL, FaultScope.ACCOUNT, FaultScope.ACCOUNT_MODEL})


def fault_error(fault: Fault) -> Grok2ApiError:
    """Return the public error for a fault."""
    if fault.kind is FaultKind.SAFETY:
        return ContentRefused(fault.message)
    return UpstreamError(
        fault.message,
        status=fault.status,
        code=fault.code,
        kind=_kind(fault.status),
        param=fault.param,
        retry_after=fault.retry_after,
        final=fault.kind in _FINAL,
        of_account=fault.scope in _OF_ACCOUNT,
    )


def _kind(status: int) -> str:
    if status == 429:
        return "rate_limit_error"
    return "invalid_request_error" if status < 500 else "server_error"


def blames_the_pool(fault: Fault) -> bool:
    """Whether the pool's own account of itself says more than this fault (a key is bad, a limit reached)."""
    return fault.scope in _OF_ACCOUNT and (fault.kind not in {FaultKind.UNREADABLE, FaultKind.MODEL_MISSING})
