"""The error envelope of Anthropic's API; whoever wrote the text, it is ours.

Its types follow from the status: clients of this API know no code of ours. The envelope has no place for the
field at fault, so the message names it. Must never say less than OpenAI's envelope of the same error would.
Source: https://docs.anthropic.com/en/api/errors
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from grok2api.errors import Grok2ApiError

_TYPES: Final[Mapping[int, str]] = MappingProxyType(
    {
        401: "authentication_error",
        403: "permission_error",
        404: "not_found_error",
        408: "timeout_error",
        413: "request_too_large",
        429: "rate_limit_error",
        502: "overloaded_error",
        503: "overloaded_error",
        504: "timeout_error",
        529: "overloaded_error",
    }
)


def error_type(status: int) -> str:
    """Return Anthropic's word for an error of this status."""
    return _TYPES.get(status, "invalid_request_error" if status < 500 else "api_error")


def error_object(error: Grok2ApiError, request_id: str) -> dict[str, object]:
    """Return `{"type": "error", "error": {type, message}, "request_id"}`."""
    told = {"type": error_type(error.status), "message": _message(error)}
    return {"type": "error", "error": told, "request_id": request_id}


def _message(error: Grok2ApiError) -> str:
    """Return the text, as Anthropic words it, with the path of the field before it if it is not in it."""
    if error.param is None or error.param in error.public_message:
        return error.public_message
    return f"{error.param}: {error.public_message}"


def error_body(error: Grok2ApiError, request_id: str) -> bytes:
    """Return the envelope as JSON text."""
    return msgspec.json.encode(error_object(error, request_id))
