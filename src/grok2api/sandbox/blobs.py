"""Bytes that may be many: held in memory while they are few, else in a file without a name.

A file ends with the object that owns it. Reading goes piece by piece, so that no answer is ever held whole.
"""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator
from typing import IO, Protocol

IN_MEMORY = 256 * 1024
PIECE = 64 * 1024


class Content(Protocol):
    """Bytes of a known number that can be read from anywhere."""

    @property
    def length(self) -> int:
        """Return how many bytes there are."""
        ...

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `stop` in pieces."""
        ...


class Blob:
    """Bytes that were written once, by `add`, and are read any number of times."""

    def __init__(self, content: bytes = b"") -> None:
        self._memory = bytearray()
        self._file: IO[bytes] | None = None
        self.length = 0
        self.add(content)

    def add(self, data: bytes) -> None:
        """Append bytes."""
        self.length += len(data)
        if self._file is None and self.length <= IN_MEMORY:
            self._memory += data
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when this object is gone
            weakref.finalize(self, self._file.close)
            self._file.write(self._memory)
            self._memory = bytearray()
        self._file.write(data)

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `stop` in pieces."""
        if self._file is None:
            yield bytes(self._memory[start:stop])
            return
        while start < stop:
            self._file.seek(start)
            piece = self._file.read(min(PIECE, stop - start))
            if not piece:
                return
            yield piece
            start += len(piece)

    def head(self, count: int) -> bytes:
        """Return the first `count` bytes, or all when there are fewer."""
        return b"".join(self.read(0, min(count, self.length)))

    def whole(self) -> bytes:
        """Return all bytes at once."""
        return self.head(self.length)


class Padded:
    """A content followed by zeros up to `length`, none of which is ever stored."""

    def __init__(self, content: Content, length: int) -> None:
        self._content = content
        self.length = max(length, content.length)

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `stop` in pieces."""
        border = self._content.length
        if start < border:
            yield from self._content.read(start, min(stop, border))
            start = border
        zeros = bytes(PIECE)
        while start < stop:
            piece = zeros[: stop - start]
            yield piece
            start += len(piece)
