"""Rows reach the store once, late if they must, and a full queue is admitted."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import anyio
import msgspec
import pytest
from typing_extensions import override

from grok2api.accounting.ledger import Ledger
from grok2api.accounting.spool import Segment, Spool, SpooledRow
from grok2api.errors import StorageError
from grok2api.storage.records import TraceRecord, UsageRecord
from support.memory_records import MemoryRecords
from support.usage_rows import completed


def row(number: int) -> UsageRecord:
    return completed(
        request_id=f"req_{number}",
        started_at=float(number),
    )


def ledger(records: MemoryRecords, max_queue: int = 10_000) -> Ledger:
    return Ledger(records.usage, flush_seconds=0.0, max_queue=max_queue, first_pause=0.0)


async def test_rows_are_written_in_batches() -> None:
    records = MemoryRecords()
    written = ledger(records)
    for number in range(1_234):
        written.record(row(number))
    await written.flush()
    assert records.usage.batches == [500, 500, 234]
    assert (written.waiting, written.written, written.dropped) == (0, 1_234, 0)


async def test_rows_can_be_written_at_once() -> None:
    records = MemoryRecords()
    written = ledger(records)
    assert not await written.hurry(), "nothing waits"
    written.record(row(1))
    records.revisions.away = True
    assert not await written.hurry(), "the store is away"
    records.revisions.away = False
    assert await written.hurry()
    assert (written.waiting, written.written) == (0, 1)


async def test_what_does_not_fit_is_counted() -> None:
    written = ledger(MemoryRecords(), max_queue=3)
    for number in range(5):
        written.record(row(number))
    assert (written.waiting, written.dropped) == (3, 2)


async def test_rows_wait_for_a_store_that_is_away() -> None:
    records = MemoryRecords()
    written = ledger(records)
    written.record(row(1))
    records.revisions.away = True
    with pytest.raises(StorageError):
        await written.flush()
    assert await written.close() == 1
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(written.run)
        calls = records.revisions.calls
        with anyio.fail_after(5):
            while records.revisions.calls < calls + 3:
                await anyio.lowlevel.checkpoint()
            written.record(row(2))
            records.revisions.away = False
            while written.waiting:
                await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    assert set(records.usage.rows) == {"req_1", "req_2"}
    assert written.dropped == 0


async def test_closing_writes_what_is_left() -> None:
    records = MemoryRecords()
    written = ledger(records)
    written.record(row(1))
    assert await written.close() == 0
    assert set(records.usage.rows) == {"req_1"}


@pytest.mark.parametrize(("limit", "keeps"), [(0, False), (1, False), (1_000_000, True)])
async def test_it_says_whether_a_row_that_comes_now_would_be_kept(
    tmp_path: Path, limit: int, keeps: bool
) -> None:
    records = MemoryRecords()
    spool = Spool(tmp_path, limit=limit) if limit else None
    written = Ledger(records.usage, flush_seconds=0.0, max_queue=3, first_pause=0.0, spool=spool)
    assert written.keeps
    records.revisions.away = True
    written.record(row(1))
    with pytest.raises(StorageError):
        await written.flush()
    await written.spill()
    assert written.keeps is keeps
    records.revisions.away = False
    await written.flush()
    assert written.keeps
    for number in range(3):
        written.record(row(number))
    assert not written.keeps, "there is no room left"


async def test_a_disk_that_fails_keeps_nothing_until_it_is_mended(tmp_path: Path) -> None:
    records, folder = MemoryRecords(), tmp_path / "spool"
    folder.write_text("a file where the folder should be")
    spool = Spool(folder, limit=1_000_000)
    written = Ledger(records.usage, flush_seconds=0.0, max_queue=100, first_pause=0.0, spool=spool)
    records.revisions.away = True
    written.record(row(1))
    with pytest.raises(StorageError):
        await written.flush()
    await written.spill()
    assert not written.keeps
    folder.unlink()
    await written.spill()
    assert (written.keeps, written.waiting) == (True, 0)


async def test_a_row_that_comes_while_the_disk_is_looked_at_needs_no_other_to_be_written(
    tmp_path: Path,
) -> None:
    looking, may_go_on = threading.Event(), threading.Event()

    class SlowSpool(Spool):
        @override
        def oldest(self) -> Segment | None:
            looking.set()
            may_go_on.wait(5)
            return super().oldest()

    records = MemoryRecords()
    spool = SlowSpool(tmp_path / "spool", limit=1_000_000)
    written = Ledger(records.usage, flush_seconds=0.0, max_queue=100, first_pause=0.0, spool=spool)
    async with anyio.create_task_group() as group:
        group.start_soon(written.run)
        assert await anyio.to_thread.run_sync(looking.wait, 5)
        written.record(row(1))
        may_go_on.set()
        with anyio.fail_after(5):
            while not records.usage.rows:  # noqa: ASYNC110  the store has no event
                await anyio.sleep(0.01)
        group.cancel_scope.cancel()


def copies(directory: Path) -> list[str]:
    """Return the ids of all rows that lie on disk."""
    lines = [
        line for path in sorted(directory.glob("spool/*.jsonl")) for line in path.read_bytes().splitlines()
    ]
    return [msgspec.json.decode(line, type=SpooledRow).usage.request_id for line in lines]


async def test_what_waits_for_a_slow_store_has_a_copy_on_disk_until_it_is_written(tmp_path: Path) -> None:
    records, taken = MemoryRecords(), anyio.Event()

    class SlowRows:
        async def append(self, rows: Sequence[UsageRecord], traces: Sequence[TraceRecord] = ()) -> None:
            await taken.wait()
            await records.usage.append(rows, traces)

    spool = Spool(tmp_path / "spool", limit=1_000_000)
    written = Ledger(SlowRows(), flush_seconds=0.0, max_queue=100, first_pause=0.0, spool=spool)

    async def reached(*names: str) -> None:
        """Wait until the disk holds these rows, for a worker that starts after this one was killed."""
        with anyio.fail_after(10):
            while copies(tmp_path) != list(names):  # noqa: ASYNC110  a folder has no event
                await anyio.sleep(0.01)

    async with anyio.create_task_group() as group:
        group.start_soon(written.run)
        written.record(row(1))
        await reached("req_1")
        written.record(row(2))
        await reached("req_1", "req_2")
        assert not written.away
        taken.set()
        await reached()
        group.cancel_scope.cancel()
    assert set(records.usage.rows) == {"req_1", "req_2"}
    assert written.written == 2
