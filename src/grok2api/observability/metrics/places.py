"""Where the boards of one server lie: a directory of its own under the data directory.

A living process holds a lock on what is its own, so whether somebody lives is asked of the system and never
guessed from a number. What dead workers counted is added up in one file, so that a worker that dies every
minute leaves no heap of files. Must never remove what a living server uses.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from grok2api.observability.metrics.board import Board, Key, entries
from grok2api.observability.metrics.families import SERIES

_ENDING: Final = ".board"
_SUM: Final = "ended.json"
_SUM_LOCK: Final = "ended.lock"
_LOCK: Final = "lock"


@dataclass(frozen=True, slots=True)
class Seen:
    """The values of all workers of a server."""

    living: list[dict[Key, float]]
    ended: dict[Key, float] = field(default_factory=dict)
    """Sums of what ended workers have counted."""


@contextmanager
def server_directory(root: Path) -> Iterator[Path]:
    """Give a new directory for as long as the block runs, and remove those of servers that were killed."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = root / f"{os.getpid()}-{os.urandom(4).hex()}"
    with ExitStack() as stack:
        with _locked(root / _LOCK):
            for each in root.iterdir():
                if each.is_dir() and not _held(each / _LOCK):
                    shutil.rmtree(each, ignore_errors=True)
            made.mkdir(mode=0o700)
            stack.enter_context(_locked(made / _LOCK))
        stack.callback(shutil.rmtree, made, ignore_errors=True)
        yield made


def open_board(directory: Path, name: str) -> Board:
    """Return a board of this process, to be found by all others of the server."""
    unfinished = directory / f"{name}.new"
    board = Board(unfinished)
    if board.descriptor is not None:
        fcntl.flock(board.descriptor, fcntl.LOCK_EX)
    unfinished.rename(directory / f"{name}{_ENDING}")  # before it was locked it would have looked dead
    return board


def look(directory: Path) -> Seen:
    """Return the values of all workers, and add those of the dead to the sums."""
    with _locked(directory / _SUM_LOCK):
        folded, ended = _read_sums(directory)
        living, dead = list[dict[Key, float]](), dict[str, dict[Key, float]]()
        for path in sorted(directory.glob(f"*{_ENDING}")):
            if path.name in folded:
                path.unlink(missing_ok=True)
            elif _held(path):
                living.append(_values(path))
            else:
                dead[path.name] = _values(path)
        if dead:
            for values in dead.values():
                for key, value in values.items():
                    if key[0] in SERIES and SERIES[key[0]].kept:
                        ended[key] = ended.get(key, 0.0) + value
            _write_sums(directory, list(dead), ended)
            for name in dead:
                (directory / name).unlink(missing_ok=True)
        return Seen(living, ended)


def _read_sums(directory: Path) -> tuple[set[str], dict[Key, float]]:
    """Return whose counts are in the sums though their files may be there, and the sums."""
    try:
        folded, sums = json.loads((directory / _SUM).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return set(), {}
    return set(folded), {
        (name, tuple((label, said) for label, said in labels)): value for (name, labels), value in sums
    }


def _write_sums(directory: Path, folded: list[str], sums: dict[Key, float]) -> None:
    """Replace the sums as a whole; they name whose counts are in them, so that a kill counts nobody twice."""
    unfinished = directory / f"{_SUM}.new"
    unfinished.write_text(json.dumps([folded, list(sums.items())]), encoding="utf-8")
    unfinished.replace(directory / _SUM)


def _values(path: Path) -> dict[Key, float]:
    with suppress(OSError, ValueError):
        return dict(entries(path.read_bytes()))
    return {}


def _held(path: Path) -> bool:
    """Tell whether a living process holds this file."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a file, which is made if it is missing, for as long as the block runs."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
