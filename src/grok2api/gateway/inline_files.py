"""Files that travel inside a request: told apart, checked, and written as xAI reads them.

The bytes say what a file is; what its sender says is used where they say nothing. Runs in a thread where a
file is large: it is decoded piece by piece, so that the event loop has its turns in between. Must never keep
a decoded document: only what it is, and whether it is whole, is of interest.
Source: xai-api.md §5.
"""

from __future__ import annotations

import mimetypes
from binascii import Error, a2b_base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from grok2api.canonical.enclosures import Document, Enclosure
from grok2api.errors import InvalidRequest, Unsupported
from grok2api.kit.dataurl import BadDataUrl, DataUrl, is_data_url, read_base64, read_data_url
from grok2api.kit.filetypes import HEAD_BYTES, sniff

LARGEST_DOCUMENT: Final = 50 * 1_048_576
_SLICE: Final = 1 << 20
"""Characters that are decoded at a time; a multiple of four."""
_NO_TYPE: Final = "application/octet-stream"
_PLAIN_TYPES: Final = ("", "text/plain", _NO_TYPE)
"""Declared types that say no more than the name of the file does."""


@dataclass(frozen=True, slots=True)
class InlineFile:
    """A file as its sender wrote it."""

    told: DataUrl = field(repr=False)
    exact: bool
    """Whether the text is plain base64 without anything around it."""

    @property
    def head(self) -> bytes:
        """Return how the file begins."""
        return a2b_base64(self.told.payload[: HEAD_BYTES // 3 * 4][: len(self.told.payload) // 4 * 4])


def read_inline(text: str, enclosure: Enclosure) -> InlineFile:
    """Return what a text of a request carries.

    Raises:
        InvalidRequest: it is neither a data URL nor base64.
    """
    try:
        if is_data_url(text):
            return InlineFile(read_data_url(text), exact=False)
        told = read_base64(text, enclosure.media_type)
        return InlineFile(told, exact=told.payload == text)
    except BadDataUrl as error:
        raise InvalidRequest(f"'{enclosure.param}' {error}.", param=enclosure.param) from None


def decoded(file: InlineFile, param: str) -> bytes:
    """Return the content.

    Raises:
        InvalidRequest: it is not base64 after all.
    """
    return b"".join(_pieces(file.told, param))


def checked_document(file: InlineFile, enclosure: Enclosure) -> Document:
    """Return a document as it goes to xAI.

    Raises:
        InvalidRequest: it is too large, or not base64 after all.
        Unsupported: it is a video.
    """
    param = enclosure.param
    if file.told.size > LARGEST_DOCUMENT:
        raise too_large(file.told.size, param)
    try:
        head = file.head
    except (Error, ValueError):
        head = b""
    for _ in _pieces(file.told, param):
        pass
    return document(
        head, file.told.payload.encode("ascii"), enclosure, name=file.told.name, told=file.told.mime
    )


def document(
    head: bytes, payload: bytes, enclosure: Enclosure, *, name: str = "", told: str = ""
) -> Document:
    """Return a document with a name and a type.

    Args:
        head: How it begins.
        payload: All of it, in base64.
        enclosure: What the client says of it.
        name: A name for one to which the client gives none.
        told: The type that came along with the content.

    Raises:
        Unsupported: it is a video.
    """
    named = enclosure.name or name
    found = sniff(head)
    if found.startswith("video/"):
        raise Unsupported("Grok cannot see video.", param=enclosure.param)
    declared = enclosure.media_type or told
    if declared in _PLAIN_TYPES:
        declared = mimetypes.guess_type(named)[0] or declared
    kind = declared if not found or _is_refined(found, declared) else found
    ending = mimetypes.guess_extension(kind) or ".txt"
    return Document(payload, named or f"document{ending}", kind or _NO_TYPE)


def _is_refined(found: str, declared: str) -> bool:
    """Tell whether a declared type is a kind of what the bytes show: office files are archives."""
    return found in {"application/zip", "application/x-ole-storage"} and declared not in _PLAIN_TYPES


def too_large(size: int, param: str) -> InvalidRequest:
    """Return the error for a document that xAI would not take."""
    return InvalidRequest(
        f"'{param}' holds {size / 1_048_576:.1f} MiB; Grok reads documents of 50 MiB at most.", param=param
    )


def _pieces(told: DataUrl, param: str) -> Iterator[bytes]:
    payload = told.payload
    try:
        for start in range(0, len(payload), _SLICE):
            yield a2b_base64(payload[start : start + _SLICE], strict_mode=True)
    except (Error, ValueError):
        raise InvalidRequest(f"'{param}' must be base64 throughout.", param=param) from None
