"""Bytes that come in order and are wanted again: in memory while they are few, else in a file without a name.

The file has no name, so that nothing of it is left however the process ends, and it is touched in threads
only. Must never hold more in memory than it was told to, give or take what is just arriving.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, TypeVar

Result = TypeVar("Result")
MEMORY: Final = 256 * 1024
"""Bytes that are kept in memory unless something else is asked for."""
_CHUNK: Final = 128 * 1024


class Spool:
    """Takes bytes, and gives any stretch of them as often as it is asked for.

    Args:
        directory: Where the file lies, made if it is not there; None is the system's place.
        memory: Bytes that may wait in memory.
    """

    def __init__(self, directory: Path | None = None, *, memory: int = MEMORY) -> None:
        self._memory = memory
        self._disk = _Disk(directory)
        self._written = 0
        self._tail = bytearray()

    @property
    def size(self) -> int:
        """Return how many bytes were taken so far."""
        return self._written + len(self._tail)

    def take(self, content: bytes | memoryview) -> None:
        """Add bytes at the end; `settle` is due when they add up."""
        self._tail += content

    async def settle(self) -> None:
        """Move to disk what is too much for memory.

        Raises:
            OSError: the disk is full, or cannot be written.
        """
        if len(self._tail) > self._memory:
            content, self._tail = bytes(self._tail), bytearray()
            await asyncio.to_thread(self._disk.append, content)
            self._written += len(content)

    def stretch(self, start: int, end: int) -> Stretch:
        """Return the bytes from `start` up to `end`, which have been taken already."""
        return Stretch(self, start, end)

    async def read(self, start: int, end: int) -> bytes:
        """Return bytes from `start` on, up to `end`: at least one, and not necessarily all.

        Raises:
            OSError: the disk cannot be read.
        """
        if start >= self._written:
            return bytes(self._tail[start - self._written : min(end - self._written, len(self._tail))])
        return await asyncio.to_thread(self._disk.read, start, min(end, self._written) - start)

    def close(self) -> None:
        """Forget everything; never waits, and may come while a thread is still at work."""
        self._tail = bytearray()
        self._disk.close()


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of what a spool holds, for as long as the spool is open."""

    _spool: Spool
    _start: int
    _end: int

    @property
    def size(self) -> int:
        """Return its length in bytes."""
        return self._end - self._start

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield it from its beginning, as often as it is asked for.

        Raises:
            OSError: the disk cannot be read.
        """
        at = self._start
        while at < self._end:
            chunk = await self._spool.read(at, min(at + _CHUNK, self._end))
            at += len(chunk)
            yield chunk

    async def content(self) -> bytes:
        """Return all of it; for what is known to be small."""
        return b"".join([chunk async for chunk in self.chunks()])


class _Disk:
    """A file without a name, used by one thread at a time; closed by whoever leaves it last."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._file: IO[bytes] | None = None
        self._closed = False

    def append(self, content: bytes) -> None:
        """Write at the end."""
        self._use(lambda file: (file.seek(0, 2), file.write(content), file.flush()))

    def read(self, start: int, length: int) -> bytes:
        """Return what lies there."""

        def work(file: IO[bytes]) -> bytes:
            file.seek(start)
            content = file.read(length)
            if not content:
                raise OSError("the spooled bytes are not there any more")
            return content

        return self._use(work)

    def close(self) -> None:
        """Close the file now, or leave that to the thread that is using it."""
        self._closed = True
        if self._lock.acquire(blocking=False):
            try:
                if self._file is not None:
                    self._file.close()
                    self._file = None
            finally:
                self._lock.release()

    def _use(self, work: Callable[[IO[bytes]], Result]) -> Result:
        try:
            with self._lock:
                if self._closed:
                    raise OSError("the spool is closed")
                if self._file is None:
                    self._file = self._open()
                return work(self._file)
        finally:
            if self._closed:
                self.close()

    def _open(self) -> IO[bytes]:
        if self._directory is not None:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return tempfile.TemporaryFile(dir=self._directory)
