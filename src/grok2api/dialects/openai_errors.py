"""The error envelope of OpenAI's APIs: all four keys, always; whoever wrote the text, it is ours.

Source: openai-python `APIError` reads `error.message`, `.type`, `.param`, `.code`.
"""

from __future__ import annotations

import msgspec

from grok2api.errors import Grok2ApiError


def error_object(error: Grok2ApiError) -> dict[str, object]:
    """Return `{"error": {message, type, param, code}}`."""
    return {
        "error": {
            "message": error.public_message,
            "type": error.kind,
            "param": error.param,
            "code": error.code,
        }
    }


def error_body(error: Grok2ApiError) -> bytes:
    """Return the envelope as JSON text."""
    return msgspec.json.encode(error_object(error))
