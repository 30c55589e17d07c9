"""Why no credential could be had, as the client reads it. Must never name a credential."""

from __future__ import annotations

from grok2api.errors import AllCoolingDown, NoCredential, OutOfCredit, PoolError
from grok2api.pool.selection import Nothing


def refusal(nothing: Nothing) -> PoolError:
    """Return the error that says why nobody can serve."""
    error: PoolError
    if nothing.all_out_of_credit:
        error = OutOfCredit(
            "Every credential that may serve this is out of credit. Whoever runs this server tops one up at "
            "xAI, or adds another one."
        )
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
        error = NoCredential(_nobody(nothing))
    if nothing.reasons:
        error.add_note(", ".join(f"{count} {reason}" for reason, count in sorted(nothing.reasons.items())))
    return error


def _nobody(nothing: Nothing) -> str:
    """Say why waiting helps nobody: the rules by which credentials are out, in an operator's words."""
    rules = sorted({*nothing.unfit, *nothing.reasons})
    if not rules:
        return (
            "The pool holds no credential. Whoever runs this server adds one in the console, or with "
            "'grok2api credentials add'."
        )
    return (
        f"No credential in the pool can serve this request ({', '.join(rules)}). Whoever runs this server "
        "sees more with 'grok2api explain' and this answer's x-request-id."
    )
