"""Media on a local disk: folders and files that their owner alone can read, moved into place whole.

Must never follow a symbolic link, and never show a name before its bytes are on disk.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncGenerator
from io import FileIO
from pathlib import Path
from typing import Final

from grok2api.media.backends import BLOCK, Gone, Held
from grok2api.media.threads import off_loop

_PRIVATE_FOLDER: Final = 0o700
_PRIVATE_FILE: Final = 0o600
_NO_LINKS: Final = getattr(os, "O_NOFOLLOW", 0)
_BINARY: Final = getattr(os, "O_BINARY", 0)
_HOST_FILE: Final = "host.id"


def host_of(root: Path) -> str:
    """Return the identity of a media folder, which moves with it; make folder and identity if need be.

    It is made by the starting process, before there are workers that could each make one.

    Raises:
        OSError: it cannot be made or read.
    """
    root.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    path = root / _HOST_FILE
    if not path.exists():
        draft = root / f"{_HOST_FILE}.{secrets.token_hex(8)}"
        with os.fdopen(create(draft), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(16))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    return path.read_text(encoding="ascii").strip()


def create(path: Path) -> int:
    """Open a new file for writing; only its owner can read it."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINKS | _BINARY, _PRIVATE_FILE)


class LocalDisk:
    """Files under one folder.

    Args:
        root: The folder; what is made beside it in this module is private as well.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    async def take(self, file: Path, name: str, /) -> None:
        """Move a file, which is on disk already, into its place."""
        await off_loop(_move, file, self._root / name)

    async def size(self, name: str, /) -> int | None:
        """Return the bytes under a name; None if there is nothing."""
        return await off_loop(_size, self._root / name)

    async def read(self, name: str, start: int, end: int, /) -> AsyncGenerator[bytes, None]:
        """Yield the bytes from `start` up to `end`."""
        try:
            file = await off_loop(_open, self._root / name, start)
        except FileNotFoundError:
            raise Gone from None
        try:
            while start < end:
                piece = await off_loop(file.read, min(BLOCK, end - start))
                if not piece:
                    return
                start += len(piece)
                yield piece
        finally:
            file.close()

    async def delete(self, name: str, /) -> bool:
        """Forget what is under a name."""
        try:
            await off_loop((self._root / name).unlink)
        except FileNotFoundError:
            return False
        return True

    async def listed(self, bucket: str, /) -> tuple[Held, ...]:
        """Return what lies in a folder."""
        return await off_loop(_listed, self._root / bucket)


def _move(file: Path, place: Path) -> None:
    place.parent.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)
    file.replace(place)
    _settle(place.parent)


def _settle(folder: Path) -> None:
    """Have a folder's entries on disk; Windows keeps no such promise and opens no folder."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _size(path: Path) -> int | None:
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return None


def _open(path: Path, start: int) -> FileIO:
    file = FileIO(os.open(path, os.O_RDONLY | _NO_LINKS | _BINARY))
    file.seek(start)
    return file


def _listed(folder: Path) -> tuple[Held, ...]:
    try:
        with os.scandir(folder) as entries:
            found = [(each.name, each) for each in entries]
    except FileNotFoundError:
        return ()
    held = []
    for name, entry in found:
        try:
            held.append(Held(f"{folder.name}/{name}", entry.stat(follow_symlinks=False).st_mtime))
        except FileNotFoundError:
            continue
    return tuple(held)
