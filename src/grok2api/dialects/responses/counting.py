"""`POST /v1/responses/input_tokens`: a request that is measured instead of sent.

Must never differ from what a turn with the same fields would send.
Source: openai-python `input_tokens.count`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import msgspec

from grok2api.canonical.body import Body
from grok2api.canonical.call import Call, Caller
from grok2api.dialects.base import Envelope
from grok2api.dialects.fields import missing
from grok2api.dialects.responses.count_fields import INPUT_TOKENS_FIELDS
from grok2api.dialects.responses.request import parse, previous_response
from grok2api.kit.sealedid import SealedIds

_NOT_SENT: Final = frozenset({"stream", "store", "background", "include"})


def parse_to_count(
    raw: bytes, envelope: Envelope, ids: SealedIds, *, fallback: Callable[[Caller], str]
) -> Call:
    """Check a request body.

    Args:
        raw: The body.
        envelope: What is known beside it.
        ids: Opens the ids that clients send back.
        fallback: Names the model for a key whose request names none; empty if there is none.

    Raises:
        InvalidRequest: something is missing or malformed.
        Unsupported: something is asked for that Grok cannot do.
    """
    body = Body.parse(raw)
    checked = INPUT_TOKENS_FIELDS.check(body, strict=envelope.caller.strict)
    model = checked.values.get("model") or fallback(envelope.caller)
    if not model:
        raise missing("model")
    call = parse(body.edited({"model": model}, checked.remove | _NOT_SENT).content(), envelope, ids)
    named = checked.values.get("previous_response_id")
    return replace(
        call,
        unrolled=None
        if named is None
        else previous_response(ids, str(named), envelope.caller.key_id).upstream_id,
        dropped=tuple(sorted({*call.dropped, *checked.dropped})),
    )


def input_tokens_body(count: int) -> bytes:
    """Return the body of the answer."""
    return msgspec.json.encode({"object": "response.input_tokens", "input_tokens": count})
