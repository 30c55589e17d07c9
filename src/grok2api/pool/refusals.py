"""Why no credential could be had, as the client reads it. Must never name a credential."""

from __future__ import annotations

from grok2api.errors import AllCoolingDown, NoCredential, OutOfCredit, PoolError
from grok2api.pool.selection import Nothing


def refusal(nothing: Nothing) -> PoolError:
    """Return the error that says why nobody can serve."""
    error: PoolError
    if nothing.all_out_of_credit:
        error = OutOfCredit("Every credential that may serve this is out of credit.")
    elif nothing.reasons and set(nothing.reasons) <= {"proxy down"}:
        error = NoCredential(
            "The proxies on the way to upstream cannot be reached.", retry_after=nothing.retry_after
        )
    elif nothing.retry_after is not None:
        error = AllCoolingDown(
            "Every credential that may serve this is resting or busy; try again shortly.",
            retry_after=nothing.retry_after,
        )
    else:
        error = NoCredential("No credential in the pool can serve this request.")
    if nothing.reasons:
        error.add_note(", ".join(f"{count} {reason}" for reason, count in sorted(nothing.reasons.items())))
    return error
