"""What a loss of power may leave of a SQLite file: a state that once was, never a mixture of two (F19).

What was synced is on the disk; of what was written later any part may be there. The log of changes is cut at
every place where that could be, and each time the file is opened as after the power is back.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from grok2api.storage.open import open_records
from grok2api.storage.records import Credential, UsageRecord

CHANGES = 12
FILE = "grok2api.db"


async def _written(
    data: Path, make_credential: Callable[..., Credential], make_usage: Callable[..., UsageRecord]
) -> list[int]:
    """Change a credential and the ledger in turns; return the log's size after each acknowledged change."""
    records = await open_records("local", "", data)
    try:
        kept = await records.credentials.add(make_credential(1))
        sizes = []
        for generation in range(1, CHANGES + 1):
            await records.usage.append([make_usage(generation)])
            changes = {"secret": f"v1:token-{generation}", "generation": generation}
            await records.credentials.change(kept.id, changes)
            sizes.append((data / f"{FILE}-wal").stat().st_size)
        for name in (FILE, f"{FILE}-wal"):
            shutil.copy(data / name, data / f"{name}.cut")
        return sizes
    finally:
        await records.close()


def _after_power_is_back(data: Path, log: bytes) -> tuple[str, str, int, int]:
    """Return what SQLite finds: its own verdict, secret and generation, and the ledger's rows."""
    place = data / "back" / FILE
    shutil.rmtree(place.parent, ignore_errors=True)
    place.parent.mkdir()
    shutil.copy(data / f"{FILE}.cut", place)
    place.with_name(f"{FILE}-wal").write_bytes(log)
    with closing(sqlite3.connect(place)) as connection:
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
        rows = connection.execute("SELECT secret, generation FROM credentials").fetchall()
        (count,) = connection.execute("SELECT count(*) FROM usage_records").fetchone()
    secret, generation = rows[0] if rows else ("", -1)
    return verdict, secret, generation, count


async def test_wherever_the_log_is_cut_a_state_is_found_that_was(
    tmp_path: Path,
    make_credential: Callable[..., Credential],
    make_usage: Callable[..., UsageRecord],
) -> None:
    await _written(tmp_path, make_credential, make_usage)
    log = (tmp_path / f"{FILE}-wal.cut").read_bytes()
    seen = set()
    for size in range(0, len(log), 2063):
        verdict, secret, generation, rows = _after_power_is_back(tmp_path, log[:size])
        assert verdict == "ok"
        if generation > 0:
            assert secret == f"v1:token-{generation}"
            assert rows in {generation, generation + 1}, "and what was written before it is there, too"
        seen.add(generation)
    assert seen >= set(range(1, CHANGES)), "every state was met"


async def test_what_was_acknowledged_is_found_whatever_becomes_of_what_came_later(
    tmp_path: Path,
    make_credential: Callable[..., Credential],
    make_usage: Callable[..., UsageRecord],
) -> None:
    sizes = await _written(tmp_path, make_credential, make_usage)
    log = (tmp_path / f"{FILE}-wal.cut").read_bytes()
    for number, size in enumerate(sizes[:-1], 1):
        torn = log[:size] + bytes(len(log) - size)
        half = log[: size + 2000] + b"\xff" * (len(log) - size - 2000)
        for left in (log[:size], torn, half):
            assert _after_power_is_back(tmp_path, left)[:3] == ("ok", f"v1:token-{number}", number)
