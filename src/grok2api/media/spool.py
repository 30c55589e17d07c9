"""What comes in, on its way to its place: a private file that is whole and on disk, or is not there.

The bytes are counted, hashed and looked at while they pass, so that what is too large, unknown or without
room is refused early. Must never leave a half file behind: whatever happens, the block ends without one.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grok2api.errors import UnusableMedia
from grok2api.media.disk import create
from grok2api.media.formats import HEAD_BYTES
from grok2api.media.threads import full_error, off_loop

_FOLDER: Final = "incoming"
_PIECE: Final = 1024 * 1024
_LOOK_EVERY: Final = 8 * 1024 * 1024
"""Bytes between two looks at how much room there is."""

Source = bytes | AsyncIterator[bytes]
Accept = Callable[[bytes], None]
"""Told the beginning once it is there; raises to refuse the rest unread."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """A whole file on its way: where it is, its bytes, the hash of its content and its beginning."""

    path: Path
    size: int
    etag: str
    head: bytes


@asynccontextmanager
async def spooled(
    source: Source, root: Path, *, limit: int, spare: int, accept: Accept
) -> AsyncIterator[Spooled]:
    """Take everything in, and give it away while the block runs.

    Args:
        source: The bytes; what is refused is left unread.
        root: The folder of the media store.
        limit: Most bytes.
        spare: Bytes that must stay free on the disk.
        accept: Looks at the beginning.

    Raises:
        UnusableMedia: it is over the limit.
        MediaStoreError: the disk is full or fails.
    """
    draft = _Draft(root / _FOLDER, limit, spare)
    try:
        await off_loop(draft.begin)
        accepted = False
        async for piece in _pieces(source):
            await off_loop(draft.write, piece)
            if not accepted and len(draft.head) >= HEAD_BYTES:
                accept(draft.head)
                accepted = True
        if not accepted:
            accept(draft.head)
        yield await off_loop(draft.finish)
    finally:
        await off_loop(draft.discard)


def sweep(root: Path, before: float) -> int:
    """Delete what a process that died has left, not written to since a wall time; return how many."""
    swept = 0
    for path in (root / _FOLDER).glob("*"):
        try:
            if path.lstat().st_mtime < before:
                path.unlink()
                swept += 1
        except FileNotFoundError:
            continue
    return swept


class _Draft:
    """The file while it is written. Each verb is one step in a thread."""

    def __init__(self, folder: Path, limit: int, spare: int) -> None:
        self._folder, self._limit, self._spare = folder, limit, spare
        self._hash = hashlib.sha256()
        self._size = 0
        self._looked_at = -_LOOK_EVERY
        self._descriptor = -1
        self.head = b""
        self.path = folder / secrets.token_hex(16)

    def begin(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._descriptor = create(self.path)

    def write(self, piece: bytes) -> None:
        if self._size + len(piece) > self._limit:
            raise UnusableMedia(
                f"The result is larger than {self._limit / 1_048_576:g} MiB, the most that is kept "
                "(setting media.max_mb)."
            )
        self._look_for_room(len(piece))
        if len(self.head) < HEAD_BYTES:
            self.head += piece[: HEAD_BYTES - len(self.head)]
        self._hash.update(piece)
        self._size += len(piece)
        rest = memoryview(piece)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def finish(self) -> Spooled:
        os.fsync(self._descriptor)
        self._close()
        return Spooled(self.path, self._size, self._hash.hexdigest()[:32], self.head)

    def discard(self) -> None:
        self._close()
        self.path.unlink(missing_ok=True)

    def _look_for_room(self, coming: int) -> None:
        if self._size - self._looked_at < _LOOK_EVERY:
            return
        self._looked_at = self._size
        if shutil.disk_usage(self._folder).free - coming < self._spare:
            raise full_error()

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


async def _pieces(source: Source) -> AsyncIterator[bytes]:
    if isinstance(source, bytes):
        for start in range(0, len(source), _PIECE):
            yield source[start : start + _PIECE]
        return
    async for piece in source:
        yield piece
