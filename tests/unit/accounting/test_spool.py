"""Rows outlive a store that is away and a worker that is killed, and none is kept twice."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from grok2api.accounting.ledger import Ledger
from grok2api.accounting.spool import Spool, SpooledRow
from grok2api.errors import StorageError
from grok2api.storage.records import TraceRecord, UsageRecord
from support.memory_records import MemoryRecords
from support.usage_rows import completed

ROOM = 1_000_000


def row(number: int) -> UsageRecord:
    return completed(
        request_id=f"req_{number}",
        started_at=float(number),
        cost_ticks=2**53 + number,
    )


def ledger(records: MemoryRecords, folder: Path, *, room: int = ROOM) -> Ledger:
    spool = Spool(folder, limit=room)
    return Ledger(records.usage, flush_seconds=0.0, max_queue=10_000, first_pause=0.0, spool=spool)


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.jsonl"))


@asynccontextmanager
async def at_work(made: Ledger) -> AsyncIterator[None]:
    """Let a ledger write by itself while the block runs."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(made.run)
        yield
        tasks.cancel_scope.cancel()


async def until(done: Callable[[], bool]) -> None:
    with anyio.fail_after(10):
        while not done():  # noqa: ASYNC110  nothing tells us
            await anyio.sleep(0.01)


async def away(made: Ledger, records: MemoryRecords) -> None:
    records.revisions.away = True
    with pytest.raises(StorageError):
        await made.flush()
    await made.spill()


async def test_what_waits_is_put_on_disk_and_comes_back(tmp_path: Path) -> None:
    records, folder = MemoryRecords(), tmp_path / "spool"
    made = ledger(records, folder)
    for number in range(3):
        made.record(row(number))
    await away(made, records)
    made.record(row(3))
    await made.spill()
    assert (made.waiting, len(segments(folder)), made.away) == (0, 2, True)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in segments(folder)} == {0o600}
    records.revisions.away = False
    await made.flush()
    assert records.usage.rows == {f"req_{number}": row(number) for number in range(4)}
    assert (segments(folder), made.written, made.dropped, made.away) == ([], 4, 0, False)


async def test_traces_go_with_their_rows(tmp_path: Path) -> None:
    records, folder = MemoryRecords(), tmp_path / "spool"
    trace = TraceRecord(request_id="req_1", started_at=1.0, content='{"attempts":[]}')
    assert Spool(folder, limit=ROOM).add([SpooledRow(row(1), trace)])
    await ledger(records, folder).flush()
    assert await records.usage.trace(row(1).cursor) == trace


async def test_the_next_worker_brings_what_a_killed_one_left(tmp_path: Path) -> None:
    records, folder = MemoryRecords(), tmp_path / "spool"
    first = ledger(records, folder)
    first.record(row(1))
    await away(first, records)
    records.revisions.away = False
    second = ledger(records, folder)
    async with at_work(second):
        await until(lambda: not segments(folder))
    assert set(records.usage.rows) == {"req_1"}


async def test_two_who_bring_the_same_rows_do_no_harm(tmp_path: Path) -> None:
    records, folder = MemoryRecords(), tmp_path / "spool"
    first, second = ledger(records, folder), ledger(records, folder)
    for number in range(1_200):
        first.record(row(number))
    await away(first, records)
    records.revisions.away = False
    await asyncio.gather(first.flush(), second.flush())
    assert len(records.usage.rows) == 1_200
    assert segments(folder) == []


async def test_a_stop_while_the_store_is_away_loses_nothing(tmp_path: Path) -> None:
    records, folder = MemoryRecords(), tmp_path / "spool"
    made = ledger(records, folder)
    made.record(row(1))
    records.revisions.away = True
    assert await made.close() == 0
    assert len(segments(folder)) == 1


async def test_while_the_store_is_away_the_loop_goes_on_spilling(tmp_path: Path) -> None:
    records, folder = MemoryRecords(), tmp_path / "spool"
    made = ledger(records, folder)
    records.revisions.away = True
    async with at_work(made):
        for number in range(3):
            made.record(row(number))
            await until(lambda: not made.waiting)
        records.revisions.away = False
        await until(lambda: len(records.usage.rows) == 3)


async def test_what_finds_no_room_waits_in_memory(tmp_path: Path) -> None:
    records, folder = MemoryRecords(), tmp_path / "spool"
    made = ledger(records, folder, room=10)
    made.record(row(1))
    await away(made, records)
    assert (made.waiting, segments(folder)) == (1, [])
    records.revisions.away = False
    await made.flush()
    assert set(records.usage.rows) == {"req_1"}


async def test_a_folder_that_is_a_file_costs_nothing_yet(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("not a folder")
    records = MemoryRecords()
    made = ledger(records, tmp_path / "spool")
    made.record(row(1))
    await away(made, records)
    records.revisions.away = False
    await made.flush()
    assert (made.waiting, set(records.usage.rows)) == (0, {"req_1"})


@pytest.mark.parametrize("content", [b'{"usage":', b"\xff\xfe", b'{"usage":{"request_id":1}}\n'])
async def test_a_segment_that_cannot_be_read_is_put_aside(tmp_path: Path, content: bytes) -> None:
    records, folder = MemoryRecords(), tmp_path / "spool"
    spool = Spool(folder, limit=ROOM)
    assert spool.add([SpooledRow(row(1))])
    broken = folder / "00000000000000000000-broken.jsonl"
    broken.write_bytes(content)
    await ledger(records, folder).flush()
    assert set(records.usage.rows) == {"req_1"}
    assert broken.with_suffix(".unreadable").read_bytes() == content


async def test_a_half_written_segment_is_none(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    folder.mkdir()
    (folder / "00000000000000000000-killed.half").write_bytes(b'{"usage"')
    assert Spool(folder, limit=ROOM).oldest() is None
