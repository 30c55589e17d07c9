"""A writer that is cancelled, wherever it stands, leaves the file free for everybody else."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import anyio

from grok2api.storage.open import DATABASE_FILE, open_records
from grok2api.storage.stores import Records


def is_free(path: Path) -> bool:
    """Tell whether another program can take the write lock at once."""
    with closing(sqlite3.connect(path, timeout=0.0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return False
    return True


async def claim(records: Records, holder: str) -> None:
    taken = await records.claims.acquire("name", holder=holder, seconds=0.0, now=1000.0)
    if taken is not None:
        await records.claims.release(taken)


async def test_a_cancelled_writer_holds_no_lock(tmp_path: Path) -> None:
    records = await open_records("local", "", tmp_path)
    chance = random.Random(7)  # noqa: S311  no secret
    try:
        for number in range(300):
            async with asyncio.TaskGroup() as group:
                task = group.create_task(claim(records, str(number)))
                for _ in range(chance.randrange(40)):
                    await anyio.lowlevel.checkpoint()
                task.cancel()
            assert is_free(tmp_path / DATABASE_FILE), number
        await claim(records, "last")
    finally:
        with suppress(asyncio.CancelledError):
            await records.close()
