"""The error inside a response that failed: in the codes that its readers know.

A stream has no status, so the code alone says what to do. OpenAI's SDK takes no code but those of its own
list where it validates; Codex gives up at some and tries again at all others. Must never let the client try
again what will fail again, and never write a code of ours where one of theirs says the same.
Source: openai-python `ResponseError`; Codex `codex-api`, which reads the wait from the message.
"""

from __future__ import annotations

import math
from typing import Final

from grok2api.dialects.responses.items import JsonObject
from grok2api.errors import Grok2ApiError

_KNOWN: Final = frozenset({"context_length_exceeded", "insufficient_quota", "rate_limit_exceeded"})
"""Codes of ours that are theirs too."""
_OF_THE_REQUEST: Final = "invalid_prompt"
_OF_THE_SERVER: Final = "server_error"
_TRIED_AGAIN: Final = frozenset({408, 409, 429})


def failed_error(error: Grok2ApiError) -> JsonObject:
    """Return `{code, message}`."""
    code, message = _code(error), error.public_message
    if code == "rate_limit_exceeded" and error.retry_after is not None:
        message = f"{message} Please try again in {max(1, math.ceil(error.retry_after))}s."
    return {"code": code, "message": message}


def _code(error: Grok2ApiError) -> str:
    if error.code in _KNOWN:
        return error.code
    if 400 <= error.status < 500 and error.status not in _TRIED_AGAIN:
        return _OF_THE_REQUEST
    return _OF_THE_SERVER
