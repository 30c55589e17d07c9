"""Usage rows on disk while the store is away, so that neither a long outage nor a killed worker loses them.

Each spill is a file of its own that is there whole or not at all, and any worker of the host may bring it to
the store: a row that is there already keeps its first version, so two who bring the same one do no harm.
Must never hold more than its limit, and must never hold a prompt or an answer.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from grok2api.storage.records import TraceRecord, UsageRecord

_ENDING: Final = ".jsonl"
_BROKEN: Final = ".unreadable"
_HALF: Final = ".half"


class SpooledRow(msgspec.Struct, frozen=True):
    """What is written of one request."""

    usage: UsageRecord
    trace: TraceRecord | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """The rows of one spill."""

    path: Path
    rows: tuple[SpooledRow, ...]


class Spool:
    """A folder of segments, shared by the workers of one host.

    All its methods wait for the disk: call them in a thread.

    Args:
        folder: Made when the first row comes.
        limit: Most bytes of all segments together; 0 keeps nothing.
    """

    def __init__(self, folder: Path, *, limit: int) -> None:
        self._folder = folder
        self._limit = limit

    def add(self, rows: Sequence[SpooledRow], *, lasting: bool = True) -> Path | None:
        """Keep all rows as one segment; return where, or None if there was no room for them.

        Args:
            rows: What is kept.
            lasting: Whether it must outlast a loss of power, and not only this process.

        Raises:
            OSError: the disk is full, or cannot be written.
        """
        content = b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
        if self.held()[1] + len(content) > self._limit:
            return None
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{time.time_ns():020}-{secrets.token_hex(4)}{_ENDING}"
        half = path.with_suffix(_HALF)
        try:
            with os.fdopen(os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                if lasting:
                    os.fsync(file.fileno())
            half.rename(path)
        except BaseException:
            half.unlink(missing_ok=True)
            raise
        return path

    def oldest(self) -> Segment | None:
        """Return the oldest segment; one that cannot be read is put aside under another name.

        Raises:
            OSError: the disk cannot be read.
        """
        for path in self._segments():
            try:
                lines = path.read_bytes().splitlines()
                return Segment(path, tuple(msgspec.json.decode(line, type=SpooledRow) for line in lines))
            except FileNotFoundError:
                continue
            except msgspec.MsgspecError:
                with suppress(FileNotFoundError):
                    path.rename(path.with_suffix(_BROKEN))
        return None

    def forget(self, segment: Segment) -> None:
        """Forget a segment that the store has now."""
        segment.path.unlink(missing_ok=True)

    def held(self) -> tuple[int, int]:
        """Return how many segments there are, and their bytes together."""
        sizes = []
        for path in self._segments():
            with suppress(FileNotFoundError):
                sizes.append(path.stat().st_size)
        return len(sizes), sum(sizes)

    def _segments(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{_ENDING}"))
