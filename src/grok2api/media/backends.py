"""What is asked of a place that holds bytes: a disk, or object storage.

Names come from `media.names` only. Must never know what the bytes are.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

BLOCK: Final = 256 * 1024
"""Most bytes that are handed on in one piece."""


class Gone(Exception):
    """There is nothing under this name."""


@dataclass(frozen=True, slots=True)
class Held:
    """One file of a place: its name, and the wall time of its last change."""

    name: str
    changed_at: float


class Backend(Protocol):
    """A place. Every verb raises `grok2api.errors.MediaStoreError` when the place fails."""

    async def take(self, file: Path, name: str, /) -> None:
        """Keep a whole file under a name, all of it or nothing; the file may be gone afterwards.

        Raises:
            MediaStoreFull: there is no room.
        """
        ...

    async def size(self, name: str, /) -> int | None:
        """Return the bytes under a name; None if there is nothing."""
        ...

    def read(self, name: str, start: int, end: int, /) -> AsyncGenerator[bytes, None]:
        """Yield the bytes from `start` up to `end` in pieces of at most `BLOCK`.

        Raises:
            Gone: there is nothing under this name; told before the first piece.
        """
        ...

    async def delete(self, name: str, /) -> bool:
        """Forget what is under a name; whoever reads it reads on, or sees it end. False where nothing was."""
        ...

    async def listed(self, bucket: str, /) -> tuple[Held, ...]:
        """Return what lies in a folder."""
        ...
