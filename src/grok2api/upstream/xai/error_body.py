"""Reading what xAI says when it refuses: many shapes, one small value.

Seen in the wild: `{code, error: "text"}` in two generations of codes; OpenAI's nested object; `{error}`
alone; numeric codes with the real one as `[WKE=...]` in the text; a bare JSON string; `{detail}`; an HTML
page from the CDN; `status_code` beside any of them. Must never raise: an unreadable body is an answer too.
Source: xai-api.md §1.6.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

_WELL_KNOWN = re.compile(r"\[WKE=([^\]\s]{1,120})\]")
_MAX_TEXT = 2000


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """What could be read of an error."""

    code: str = ""
    """Lower case; the well-known code when the text carries one."""
    text: str = ""
    param: str | None = None
    status: int = 0
    """A status that the body itself names."""
    readable: bool = False

    @property
    def searchable(self) -> str:
        """Return code and text in lower case, to look for markers in."""
        return f"{self.code}\n{self.text}".lower()


def read_error_body(content: bytes) -> ErrorBody:
    """Read an error from a response body."""
    try:
        value = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return ErrorBody(text=content[:_MAX_TEXT].decode("utf-8", "replace").strip())
    if isinstance(value, str):
        return _made(None, value, None, 0)
    return read_error_object(value) if isinstance(value, Mapping) else ErrorBody()


def read_error_object(value: Mapping[str, object]) -> ErrorBody:
    """Read an error from a decoded object: a body, or the error of a stream event."""
    status = _status(value)
    nested = value.get("error")
    if isinstance(nested, Mapping):
        code = nested.get("code") or nested.get("type")
        text = _text(nested, ("message", "error", "detail"))
        return _made(code, text, nested.get("param"), _status(nested) or status)
    if isinstance(nested, str):
        return _made(value.get("code"), nested, value.get("param"), status)
    code = value.get("code") or value.get("type")
    return _made(code, _text(value, ("message", "detail", "msg")), value.get("param"), status)


def _status(value: Mapping[str, object]) -> int:
    """Return the status that an error names itself; 0 if it names none that a failure can have."""
    named = (value.get(name) for name in ("status", "status_code"))
    return next((each for each in named if isinstance(each, int) and 400 <= each < 600), 0)


def _text(value: Mapping[str, object], names: tuple[str, ...]) -> str:
    for name in names:
        text = value.get(name)
        if isinstance(text, str) and text:
            return text
        if text:
            return msgspec.json.encode(text).decode()
    return ""


def _made(code: object, text: str, param: object, status: int) -> ErrorBody:
    text = text[:_MAX_TEXT]
    if isinstance(code, int) and not isinstance(code, bool):
        status, code = status or (code if 400 <= code < 600 else 0), ""
    marker = _WELL_KNOWN.search(text)
    name = marker.group(1) if marker else code if isinstance(code, str) else ""
    return ErrorBody(
        code=name.strip().lower()[:200],
        text=text,
        param=param if isinstance(param, str) else None,
        status=status,
        readable=bool(text or name),
    )
