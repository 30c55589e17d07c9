"""Whether a conversation whose own account cannot go on is rebuilt on another one.

Pure. Must never be for a key that did not ask for it, nor for a request that any account would refuse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import msgspec

from grok2api.canonical.call import Call
from grok2api.errors import Grok2ApiError, InvalidRequest, NoCredential, NotFound, PoolError, UpstreamError

PATIENCE: Final = 1.0
"""Seconds that a conversation waits for its own account before it is rebuilt on another one."""


def rescuable(call: Call) -> bool:
    """Tell whether a call goes on from a stored response whose conversation its key wants kept."""
    goes_on = call.continues is not None and call.account_pin is not None and call.history is None
    return goes_on and bool(call.caller.rescue)


def for_want_of_its_account(error: Grok2ApiError) -> bool:
    """Tell whether an error of a pinned call says that its account is gone, rests, or is to blame."""
    if isinstance(error, UpstreamError):
        return error.of_account
    return isinstance(error, PoolError) or is_gone(error)


def rebuilt(call: Call, items: Sequence[msgspec.Raw]) -> Call:
    """Return the call as any account can answer it that reads what else it carries."""
    freed = call.pinned_by in {None, "previous_response_id"} and call.files_in is None
    return replace(call, history=tuple(items), account_pin=None if freed else call.account_pin)


def told(call: Call, error: Grok2ApiError) -> Grok2ApiError:
    """Return what the client of a pinned call is told when its account cannot go on and nobody else can.

    One that is gone for good is like a response that is gone; one that only rests says for how long.
    """
    if call.continues is None or call.account_pin is None:
        return error
    return previous_response_gone() if is_gone(error) else error


def is_gone(error: Grok2ApiError) -> bool:
    """Tell whether an error of a pinned demand says that its account will not serve by itself any more."""
    if isinstance(error, NoCredential):
        return error.retry_after is None
    return isinstance(error, NotFound) and error.code == "not_found"


def previous_response_gone() -> InvalidRequest:
    """Return the error for a response that nobody can go on from."""
    return InvalidRequest(
        "The previous response does not exist, or can no longer be continued.",
        param="previous_response_id",
        code="previous_response_not_found",
    )
