"""A copy of a SQLite database while it is in use, and the way back, by SQLite's own online backup.

The copy is one whole state: writers are neither stopped nor half seen. It holds sealed secrets and no key
that opens them. A copy must never overwrite a file, nor leave a half one under the wanted name; a database
that is put back is the old one or the new one at any moment, whatever happens.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from grok2api.errors import StorageError
from grok2api.storage.sql.engine import UNAVAILABLE
from grok2api.storage.sql.sqlite import BUSY_TIMEOUT, prepare


async def back_up(path: Path, target: Path, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
    """Copy the database at `path` to `target`, a new file of mode 0600.

    Raises:
        OSError: There is something at `target` already, or it cannot be written, or `path` is missing.
        StorageError: Another process holds the database for too long, or it is damaged.
    """
    try:
        await asyncio.to_thread(_back_up, path, target, busy_timeout)
    except sqlite3.Error as error:
        raise StorageError(f"The copy failed: {error}." if _is_corrupt(error) else UNAVAILABLE) from error


async def put_back(copy: Path, path: Path, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
    """Replace all that is in the database at `path`, which is made if it is missing, in one transaction.

    Raises:
        ConfigError: The place cannot be written.
        StorageError: Another process holds the database for too long, or the copy is damaged.
    """
    await prepare(path, busy_timeout=busy_timeout)
    try:
        await asyncio.to_thread(_put_back, copy, path, busy_timeout)
    except sqlite3.Error as error:
        raise StorageError(f"It failed: {error}." if _is_corrupt(error) else UNAVAILABLE) from error


def _put_back(copy: Path, path: Path, busy_timeout: float) -> None:
    with (
        closing(sqlite3.connect(f"{copy.resolve().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(path, timeout=busy_timeout)) as target,
    ):
        target.execute("PRAGMA synchronous = FULL")
        source.backup(target)
    _sync(path)


def _back_up(path: Path, target: Path, busy_timeout: float) -> None:
    path.stat()
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    part: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        os.close(descriptor)
        part = Path(name)
        _copy(path, part, busy_timeout)
        _sync(part)
        part.replace(target)
    except BaseException:
        target.unlink()
        if part is not None:
            part.unlink(missing_ok=True)
        raise
    _sync(target.parent)


def _copy(path: Path, part: Path, busy_timeout: float) -> None:
    """Copy and check; the copy is left in the mode that needs no second file beside it."""
    with (
        closing(
            sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=busy_timeout)
        ) as source,
        closing(sqlite3.connect(part, isolation_level=None)) as copy,
    ):
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        verdict = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise sqlite3.DatabaseError(f"the database is damaged: {verdict}")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_corrupt(error: sqlite3.Error) -> bool:
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    return code & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
