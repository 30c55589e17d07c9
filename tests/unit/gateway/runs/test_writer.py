"""Runs on their way to the store: in order, without a gap, and whatever the store does meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from grok2api.dialects.responses.recording import ResponseRecording
from grok2api.errors import StorageError
from grok2api.gateway.runs.archive import SILENT_SECONDS
from grok2api.gateway.runs.live import Run
from support.runs_bench import RUN, Bench, closing, delta, opening


async def test_frames_arrive_in_batches_and_the_end_last() -> None:
    bench = Bench()
    worker, other = bench.worker(), bench.worker("worker_b")
    run = await worker.begun()
    run.take(delta(1))
    run.take(delta(2))
    await worker.writer.run()
    await worker.writer.run()
    batches = await bench.records.runs.frames_from(RUN, 0, limit=9)
    assert [(each.first, each.count) for each in batches] == [(0, 1), (1, 2)]
    run.take(closing(3))
    await worker.writer.run()
    assert worker.writer.find(RUN) is None
    assert await other.told() == opening() + delta(1) + delta(2) + closing(3)


async def test_thousands_of_frames_are_written_in_one_pass() -> None:
    bench = Bench(limit=10_000_000)
    worker, other = bench.worker(), bench.worker("worker_b")
    run = await worker.begun()
    for number in range(1, 2500):
        run.take(delta(number))
    run.take(closing(2500))
    assert await worker.writer.close() == 0
    assert (await other.told()).count(b"\n\n") == 2502


async def test_a_store_that_is_away_costs_nothing() -> None:
    bench = Bench()
    worker, other = bench.worker(), bench.worker("worker_b")
    run = await worker.begun()
    bench.records.revisions.away = True
    run.take(delta(1))
    await worker.writer.run()
    run.take(closing(2))
    assert await worker.writer.close() == 1
    bench.records.revisions.away = False
    assert await worker.writer.close() == 0
    assert await other.told() == opening() + delta(1) + closing(2)


async def test_a_write_that_failed_after_it_was_done_is_not_done_again() -> None:
    bench = Bench()
    worker, other = bench.worker(), bench.worker("worker_b")
    run = await worker.begun()
    run.take(delta(1))
    store, append = bench.records.runs, bench.records.runs.append

    async def done_but_not_told(*batches: object, now: float) -> None:
        await append(*batches, now=now)  # type: ignore[arg-type]
        raise StorageError("The connection broke.")

    store.append = done_but_not_told  # type: ignore[method-assign, assignment]
    await worker.writer.run()
    store.append = append  # type: ignore[method-assign]
    run.take(delta(2))
    await worker.writer.run()
    run.take(closing(3))
    await worker.writer.run()
    assert await other.told() == opening() + delta(1) + delta(2) + closing(3)


async def test_signs_of_life_go_on_while_upstream_is_silent() -> None:
    bench = Bench()
    worker, other = bench.worker(), bench.worker("worker_b")
    await worker.begun()
    for _ in range(10):
        await worker.writer.run()
        bench.clock.advance(SILENT_SECONDS / 3)
    record = await other.archive.find(RUN)
    assert record is not None
    assert record.state == "running"


async def test_what_is_asked_in_the_store_is_heard() -> None:
    bench = Bench()
    worker = bench.worker()
    await worker.begun()
    await worker.writer.run()
    assert worker.asked == []
    await bench.records.runs.wish_cancel(RUN)
    await worker.writer.run()
    assert worker.asked == ["cancel"]


async def test_what_was_deleted_is_dropped() -> None:
    bench = Bench()
    worker = bench.worker()
    run = await worker.begun()
    await bench.records.runs.delete(RUN)
    run.take(delta(1))
    await worker.writer.run()
    assert worker.asked == ["drop"]
    assert worker.writer.find(RUN) is None
    assert await bench.records.runs.count() == 0


async def test_a_run_over_the_limit_is_cut_and_goes_on() -> None:
    bench = Bench(limit=1000)
    worker = bench.worker()
    run = await worker.begun()
    for number in range(1, 100):
        run.take(delta(number))
        await worker.writer.run()
    record = await bench.records.runs.get(RUN)
    assert record is not None
    assert (record.cut, record.state) == (True, "running")
    assert 1 < record.frames < 100
    run.take(closing(100))
    await worker.writer.run()
    record = await bench.records.runs.get(RUN)
    assert record is not None
    assert (record.cut, record.state) == (True, "completed")


async def test_a_run_that_cannot_be_kept_does_not_begin() -> None:
    bench = Bench()
    bench.records.revisions.away = True
    worker = bench.worker()
    with pytest.raises(StorageError):
        await worker.begun()
    assert worker.writer.find(RUN) is None


async def test_a_stream_that_never_rests_does_not_hold_up_the_others() -> None:
    bench = Bench(limit=10_000_000)
    worker = bench.worker()
    run = await worker.begun()
    store, append = bench.records.runs, bench.records.runs.append

    async def and_more_comes(*batches: object, now: float) -> None:
        await append(*batches, now=now)  # type: ignore[arg-type]
        run.take(delta(run.count))

    store.append = and_more_comes  # type: ignore[method-assign, assignment]
    await bench.records.runs.wish_cancel(RUN)
    run.take(delta(1))
    await worker.writer.run()
    assert worker.asked == ["cancel"]


@pytest.mark.parametrize(
    "broken", [StorageError("The connection broke."), asyncio.CancelledError()], ids=repr
)
async def test_what_was_taken_but_not_told_is_forgotten(broken: BaseException) -> None:
    """Nobody has the id of a run that was given up while the store took it; it must not live on."""
    bench = Bench()
    worker = bench.worker()
    store, begin = bench.records.runs, bench.records.runs.begin

    async def done_but_not_told(*given: object) -> None:
        await begin(*given)  # type: ignore[arg-type]
        raise broken

    store.begin = done_but_not_told  # type: ignore[method-assign, assignment]
    with pytest.raises(type(broken)):
        await worker.begun()
    store.begin = begin  # type: ignore[method-assign]
    other = Run(ResponseRecording(), limit=1000)
    other.take(opening())
    await worker.writer.begin("another", other, cancel=worker.asked.clear, drop=worker.asked.clear)
    await worker.writer.run()
    assert await store.get(RUN) is None
    assert worker.writer.find("another") is other


async def test_a_run_that_is_about_to_begin_is_not_taken_for_a_stray() -> None:
    bench = Bench()
    worker = bench.worker()
    store, begin, goes_on = bench.records.runs, bench.records.runs.begin, asyncio.Event()

    async def slow(*given: object) -> None:
        await begin(*given)  # type: ignore[arg-type]
        await goes_on.wait()

    await worker.begun()
    store.begin = slow  # type: ignore[method-assign, assignment]
    other = Run(ResponseRecording(), limit=1000)
    other.take(opening())
    async with asyncio.TaskGroup() as group:
        group.create_task(
            worker.writer.begin("another", other, cancel=worker.asked.clear, drop=worker.asked.clear)
        )
        await asyncio.sleep(0)
        await worker.writer.run()
        goes_on.set()
    assert await store.get("another") is not None
