"""An upload as a client sends it, checked, and as upstream takes it.

Must never look at a file's content.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

import msgspec

from grok2api.canonical.body import Body
from grok2api.canonical.dispatch import Dispatch
from grok2api.dialects.fields import missing
from grok2api.dialects.files.fields import FILES_FIELDS, PURPOSES, ExpiresAfter
from grok2api.errors import InvalidRequest
from grok2api.kit.multipart import Field, File, MultipartBody, Source

PATH: Final = "/files"
_NAMELESS: Final = "upload"
_LONGEST_MIME: Final = 255
_EXPIRY: Final = "expires_after"


class Sent(Source, Protocol):
    """A file of a form."""

    @property
    def name(self) -> str:
        """Return the field's name."""
        ...

    @property
    def filename(self) -> str:
        """Return the file's name, without a path."""
        ...

    @property
    def content_type(self) -> str:
        """Return what the client says it is."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file that is to be kept."""

    filename: str
    content_type: str
    purpose: str
    seconds: int | None
    """How long it is to be kept; None is for good."""
    source: Source

    def dispatch(self) -> Dispatch:
        """Return the request that has upstream keep it; upstream wants the expiry before the file."""
        fields = [Field("purpose", self.purpose)]
        if self.seconds is not None:
            fields.insert(0, Field(_EXPIRY, str(self.seconds)))
        file = File("file", self.filename, self.source, self.content_type)
        return Dispatch(method="POST", path=PATH, upload=MultipartBody([*fields, file]), repeatable=False)


def read_upload(fields: Mapping[str, Sequence[str]], files: Sequence[Sent], *, strict: bool) -> NewFile:
    """Return what an upload asks for.

    Raises:
        InvalidRequest: a part is missing, stands twice or has a value that it may not have.
    """
    sent = [file for file in files if file.name == "file"]
    if len(sent) > 1:
        raise InvalidRequest(f"{len(sent)} files were sent. Send one file per request.", param="file")
    if not sent or not (sent[0].filename or sent[0].size):
        raise _no_file(fields)
    file = sent[0]
    if not file.size:
        raise InvalidRequest("The file is empty. Send a file with content.", param="file")
    body = {"file": file.filename, "purpose": _purpose(fields), _EXPIRY: _expiry(fields)}
    raw = {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in body.items()}
    values = FILES_FIELDS.check(Body(raw), strict=strict).values
    expires = cast(ExpiresAfter | None, values.get(_EXPIRY))
    return NewFile(
        filename=file.filename or _NAMELESS,
        content_type=file.content_type[:_LONGEST_MIME],
        purpose=str(values["purpose"]),
        seconds=None if expires is None else expires.seconds,
        source=file,
    )


def _no_file(fields: Mapping[str, Sequence[str]]) -> InvalidRequest:
    if "file" in fields:
        return InvalidRequest(
            "'file' was sent as a text. Send it as a part with a file name: filename=\"...\".", param="file"
        )
    return missing("file")


def _purpose(fields: Mapping[str, Sequence[str]]) -> str:
    purpose = _once(fields, "purpose") or PURPOSES[0]
    if purpose not in PURPOSES:
        raise InvalidRequest(f"'purpose' must be one of {', '.join(PURPOSES)}.", param="purpose")
    return purpose


def _expiry(fields: Mapping[str, Sequence[str]]) -> dict[str, Any] | None:
    """Return the expiry in OpenAI's form, from any of the forms there are; the table checks it."""
    seconds, anchor = (_once(fields, f"{_EXPIRY}[{name}]") for name in ("seconds", "anchor"))
    alone = _once(fields, _EXPIRY)
    if alone is not None and not alone.isdigit():
        try:
            return msgspec.json.decode(alone, type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError):
            raise InvalidRequest(f"'{_EXPIRY}' must be a whole number of seconds.", param=_EXPIRY) from None
    seconds = seconds or alone
    if seconds is None and anchor is None:
        return None
    expiry: dict[str, Any] = {} if anchor is None else {"anchor": anchor}
    if seconds is not None:
        if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 12):
            param = f"{_EXPIRY}.seconds"
            raise InvalidRequest(f"'{param}' must be a whole number of seconds.", param=param)
        expiry["seconds"] = int(seconds)
    return expiry


def _once(fields: Mapping[str, Sequence[str]], name: str) -> str | None:
    """Return a field's value; None if it is absent or empty."""
    values = fields.get(name, ())
    if len(values) > 1:
        raise InvalidRequest(f"'{name}' was sent {len(values)} times. Send it once.", param=name)
    return values[0].strip() or None if values else None
