"""Writes multipart/form-data bodies: fields and files in the order that the reader wants, of known length.

Names are escaped as browsers do (WHATWG HTML, "multipart/form-data encoding algorithm"), so that nothing that
a client wrote can begin a header or a part. Must never hold a file's bytes: they come from their source, anew
each time the body is asked for.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

_CONTENT_TYPE: Final = re.compile(
    r"[A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100}(?:;[ -~]{1,100})?\Z"
)
_ESCAPES: Final = {
    **dict.fromkeys((*range(0x20), 0x7F)),
    ord("\r"): "%0D",
    ord("\n"): "%0A",
    ord('"'): "%22",
    ord("\\"): "%5C",
}
_WRONG_LENGTH: Final = "a part of the body is not as long as it was said to be"
UNKNOWN_TYPE: Final = "application/octet-stream"


class Source(Protocol):
    """Where a file's bytes come from."""

    @property
    def size(self) -> int:
        """Return how many there are."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield them from the first, as often as it is asked for."""
        ...


@dataclass(frozen=True, slots=True)
class InMemory:
    """A file that is small enough to be held."""

    content: bytes

    @property
    def size(self) -> int:
        """Return its length in bytes."""
        return len(self.content)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield it in one go."""
        if self.content:
            yield self.content


@dataclass(frozen=True, slots=True)
class Field:
    """A part that is a text."""

    name: str
    value: str

    @property
    def head(self) -> bytes:
        """Return the lines that stand before its content."""
        return f'Content-Disposition: form-data; name="{escaped(self.name)}"\r\n\r\n'.encode()

    @property
    def source(self) -> Source:
        """Return its content."""
        return InMemory(self.value.encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class File:
    """A part that is a file."""

    name: str
    filename: str
    source: Source
    content_type: str = UNKNOWN_TYPE

    @property
    def head(self) -> bytes:
        """Return the lines that stand before its content."""
        kind = self.content_type if _CONTENT_TYPE.match(self.content_type) else UNKNOWN_TYPE
        return (
            f'Content-Disposition: form-data; name="{escaped(self.name)}"; '
            f'filename="{escaped(self.filename)}"\r\nContent-Type: {kind}\r\n\r\n'
        ).encode("utf-8", "replace")


class MultipartBody:
    """A body of given parts, in their order; an `Upload` for upstream.

    Args:
        parts: Fields and files.
        boundary: What stands between them; one that nobody can guess if it is not given.
    """

    def __init__(self, parts: Sequence[Field | File], *, boundary: str = "") -> None:
        self._parts = tuple(parts)
        self._boundary = boundary or f"grok2api-{secrets.token_hex(16)}"

    @property
    def content_type(self) -> str:
        """Return the body's own content type, its boundary included."""
        return f"multipart/form-data; boundary={self._boundary}"

    @property
    def length(self) -> int:
        """Return its length in bytes."""
        size = sum(len(self._opening(part)) + part.source.size + 2 for part in self._parts)
        return size + len(self._end)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body from its beginning, as often as it is asked for.

        Raises:
            OSError: a source gave more or less than it had announced, or could not be read.
        """
        for part in self._parts:
            yield self._opening(part)
            left = part.source.size
            async for chunk in part.source.chunks():
                left -= len(chunk)
                if left < 0:
                    raise OSError(_WRONG_LENGTH)
                yield chunk
            if left:
                raise OSError(_WRONG_LENGTH)
            yield b"\r\n"
        yield self._end

    @property
    def _end(self) -> bytes:
        return f"--{self._boundary}--\r\n".encode()

    def _opening(self, part: Field | File) -> bytes:
        return f"--{self._boundary}\r\n".encode() + part.head


def escaped(name: str) -> str:
    """Return a name as it may stand between quotation marks in the head of a part."""
    return name.translate(_ESCAPES)
