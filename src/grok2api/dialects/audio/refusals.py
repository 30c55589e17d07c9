"""What upstream refuses of a sound, in the words of the field that it is about.

Must never change what is not about a field of the request.
Source: xai-api.md §1.6 (c): these errors name no field.
"""

from __future__ import annotations

from typing import Final

from grok2api.dialects.audio.voices import unknown_voice
from grok2api.errors import Grok2ApiError, InvalidRequest, UpstreamError

_REFUSALS: Final = frozenset({400, 404, 422})
_OF_SOUND: Final = ("audio", "decode", "damaged")


def about_voice(error: Grok2ApiError, name: str) -> Grok2ApiError:
    """Return the error for a voice that upstream does not know, or the error as it is."""
    return unknown_voice(name) if _refused(error) and "voice" in _text(error) else error


def about_file(error: Grok2ApiError, param: str) -> Grok2ApiError:
    """Return the error for a sound that upstream cannot read with where it stands, or the error as it is."""
    if _refused(error) and error.param is None and any(word in _text(error) for word in _OF_SOUND):
        return InvalidRequest(error.public_message, param=param)
    return error


def _refused(error: Grok2ApiError) -> bool:
    return isinstance(error, UpstreamError) and error.status in _REFUSALS


def _text(error: Grok2ApiError) -> str:
    return error.public_message.lower()
