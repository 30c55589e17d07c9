"""The only place where an exception becomes an HTTP answer.

Every error of /v1 leaves in OpenAI's envelope, or in Anthropic's where its clients ask; the framework's own
404, 405 and 500 too. What a client
should do next is said in headers that the SDKs obey: `Retry-After` in whole seconds and never over 60
(openai-node would sleep for an hour if told so), and `x-should-retry: false` where waiting does not help.
"""

from __future__ import annotations

import math

from grok2api.api.context import RequestContext
from grok2api.dialects import anthropic_errors
from grok2api.dialects.openai_errors import error_body
from grok2api.errors import Grok2ApiError, MethodNotAllowed, RangeNotSatisfiable, TooLarge

_LONGEST = 60
_MESSAGES = "/v1/messages"
_MODELS = "/v1/models"


def speaks_anthropic(path: str, context: RequestContext) -> bool:
    """Tell whether the client of a request reads Anthropic's API: by its path, or where two share one."""
    if path == _MESSAGES or path.startswith(f"{_MESSAGES}/"):
        return True
    return path.startswith(_MODELS) and b"anthropic-version" in context.headers


def error_response(
    error: Grok2ApiError, *, anthropic_id: str = ""
) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
    """Return status, body and headers for an error.

    Args:
        error: What went wrong.
        anthropic_id: The request's id, if its client reads Anthropic's envelope.
    """
    headers: list[tuple[bytes, bytes]] = []
    final = error.final
    if error.retry_after is not None and not final:
        seconds = max(1, math.ceil(error.retry_after))
        final = seconds > _LONGEST
        headers.append((b"retry-after", b"%d" % min(seconds, _LONGEST)))
    if final:
        headers.append((b"x-should-retry", b"false"))
    if isinstance(error, MethodNotAllowed):
        headers.append((b"allow", error.allowed.encode("latin-1")))
    if isinstance(error, RangeNotSatisfiable):
        headers.append((b"content-range", b"bytes */%d" % error.size))
    if isinstance(error, TooLarge):
        headers.append((b"connection", b"close"))
    body = anthropic_errors.error_body(error, anthropic_id) if anthropic_id else error_body(error)
    return error.status, body, headers
