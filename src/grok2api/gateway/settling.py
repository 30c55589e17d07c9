"""How a request that has failed before its answer is settled, and what its client is told.

Must never settle a request that has begun to be answered: its exchange does.
"""

from __future__ import annotations

from grok2api.canonical.call import Call
from grok2api.canonical.plan import Plan
from grok2api.errors import ClientError, Grok2ApiError, InvalidRequest, NotFound, UpstreamError
from grok2api.gateway import rescue
from grok2api.gateway.orders import Errand


def settled(order: Errand, error: Grok2ApiError) -> Grok2ApiError:
    """Settle a request that failed before its answer; return the error in the call's own terms."""
    error = in_terms_of(order.call, error)
    refused = isinstance(error, ClientError) or error.status < 429
    order.settlement.close(end="refused" if refused else "failed", status=error.status, error_code=error.code)
    return error


def in_terms_of(call: Call, error: Grok2ApiError) -> Grok2ApiError:
    """Say a missing stored object in the words of the field that named it."""
    missing = isinstance(error, NotFound) or (isinstance(error, UpstreamError) and error.code == "not_found")
    if not missing or error.code != "not_found" or call.account_pin is None:
        return error
    if call.pinned_by is None or call.pinned_by == "previous_response_id":
        return rescue.previous_response_gone()
    return InvalidRequest(
        f"'{call.pinned_by}' can no longer be read: it, or the account that holds it, is not there any more.",
        param=call.pinned_by,
    )


def dropped(call: Call, decided: Plan) -> tuple[str, ...]:
    """Return the names of everything that was asked for and could not be honoured."""
    return tuple(sorted({*call.dropped, *decided.dropped}))
