"""One worker's values, in a file that is mapped into its memory.

Counting is a write to memory; whoever shows the page reads the file. The system keeps it when the worker
is killed, so nothing that was counted is lost. Must never wait for a disk, nor be written by two processes.

The file: eight bytes that say how far it is filled, then entries: length of the key (4 bytes), the key,
filling up to a multiple of eight, the value (8 bytes). An entry is announced after it is whole.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from grok2api.observability.metrics.families import Family, Labels

_FIRST_SIZE: Final = 16_384
_LARGEST: Final = 4 * 1024 * 1024
_FILLED: Final = struct.Struct("<Q")
_LENGTH: Final = struct.Struct("<I")
_VALUE: Final = struct.Struct("<d")
Key = tuple[str, Labels]
"""Name of the metric, and its labels."""


class Board:
    """The values of this worker.

    Args:
        path: The file, which is made; None keeps the values in this process alone.

    Raises:
        OSError: the file cannot be made, or there is no room for it.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._file = None if path is None else os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self._size = _FIRST_SIZE
        if self._file is not None:
            _allot(self._file, 0, self._size)
        self._memory = mmap.mmap(-1 if self._file is None else self._file, self._size)
        self._filled = _FILLED.size
        self._places: dict[Key, int] = {}
        _FILLED.pack_into(self._memory, 0, self._filled)

    @property
    def descriptor(self) -> int | None:
        """The open file."""
        return self._file

    def add(self, family: Family, labels: Labels = (), amount: float = 1.0) -> None:
        """Count."""
        self._add((family.name, labels), amount)

    def _add(self, key: Key, amount: float) -> None:
        place = self._place(key)
        if place is not None:
            (value,) = _VALUE.unpack_from(self._memory, place)
            _VALUE.pack_into(self._memory, place, value + amount)

    def count(self, family: Family, value: float, labels: Labels = ()) -> None:
        """Count a value into its own class of a histogram; the page adds up the classes below each other."""
        bucket, total, _ = family.series
        self._add((bucket, (*labels, family.classes[bisect_left(family.bounds, value)])), 1.0)
        self._add((total, labels), value)

    def set(self, family: Family, value: float, labels: Labels = ()) -> None:
        """Note a value that is known as a whole."""
        place = self._place((family.name, labels))
        if place is not None:
            _VALUE.pack_into(self._memory, place, value)

    def values(self) -> dict[Key, float]:
        """Return all values."""
        return dict(entries(bytes(self._memory[: self._filled])))

    def close(self) -> None:
        """Let go of the file; what is in it stays."""
        self._memory.close()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _place(self, key: Key) -> int | None:
        """Return where the value of a key is; None when there is no room for another one."""
        place = self._places.get(key)
        if place is None:
            place = self._append(key)
            if place is not None:
                self._places[key] = place
        return place

    def _append(self, key: Key) -> int | None:
        text = json.dumps(key, separators=(",", ":")).encode()
        room = -(-(_LENGTH.size + len(text)) // 8) * 8
        end = self._filled + room + _VALUE.size
        if end > self._size and not self._grow(end):
            return None
        _LENGTH.pack_into(self._memory, self._filled, len(text))
        start = self._filled + _LENGTH.size
        self._memory[start : start + len(text)] = text
        self._filled = end
        _FILLED.pack_into(self._memory, 0, end)
        return end - _VALUE.size

    def _grow(self, needed: int) -> bool:
        size = self._size
        while size < needed:
            size *= 2
        if size > _LARGEST:
            return False
        if self._file is not None:
            try:
                _allot(self._file, self._size, size)
            except OSError:
                return False
            self._memory.close()
            self._memory = mmap.mmap(self._file, size)
        else:
            larger = mmap.mmap(-1, size)
            larger[: self._filled] = self._memory[: self._filled]
            self._memory.close()
            self._memory = larger
        self._size = size
        return True


def _allot(file: int, start: int, end: int) -> None:
    """Give the file room on its disk; a hole kills whoever writes to it while the disk is full (SIGBUS).

    Raises:
        OSError: there is none.
    """
    while start < end:
        start += os.pwrite(file, bytes(end - start), start)


def entries(content: bytes) -> Iterator[tuple[Key, float]]:
    """Yield what a board holds; a file that was cut off ends early."""
    if len(content) < _FILLED.size:
        return
    (filled,) = _FILLED.unpack_from(content)
    at, end = _FILLED.size, min(filled, len(content))
    while at + _LENGTH.size <= end:
        (length,) = _LENGTH.unpack_from(content, at)
        value_at = at + -(-(_LENGTH.size + length) // 8) * 8
        if value_at + _VALUE.size > end:
            return
        name, labels = json.loads(content[at + _LENGTH.size : at + _LENGTH.size + length])
        (value,) = _VALUE.unpack_from(content, value_at)
        yield (name, tuple((label, said) for label, said in labels)), value
        at = value_at + _VALUE.size
