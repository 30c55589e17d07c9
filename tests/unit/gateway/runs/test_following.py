"""A stream from any event on, told by the worker that has it or by any other one."""

from __future__ import annotations

import asyncio

import pytest

from grok2api.errors import InvalidRequest
from grok2api.gateway.runs.live import Overrun, split
from support.runs_bench import RUN, Bench, closing, delta, opening

WHOLE = opening() + delta(1) + delta(2) + closing(3)


@pytest.mark.parametrize("after", [-1, 0, 1, 2, 3])
@pytest.mark.parametrize("where", ["here, running", "here", "elsewhere"])
async def test_it_goes_on_at_any_event(after: int, where: str) -> None:
    bench = Bench()
    worker, other = bench.worker(), bench.worker("worker_b")
    run = await worker.begun(WHOLE)
    if where != "here, running":
        await worker.writer.run()
    reader = other if where == "elsewhere" else worker
    assert await reader.told(after) == b"".join(split(WHOLE)[after + 1 :])
    assert run.over.is_set()


@pytest.mark.parametrize(("after", "over"), [(4, True), (99, True), (3, False)])
@pytest.mark.parametrize("here", [True, False])
async def test_an_event_that_was_not_told_yet_is_refused(*, after: int, over: bool, here: bool) -> None:
    bench = Bench()
    worker, other = bench.worker(), bench.worker("worker_b")
    await worker.begun(WHOLE if over else opening() + delta(1) + delta(2))
    if over:
        await worker.writer.run()
    with pytest.raises(InvalidRequest) as caught:
        await (worker if here else other).follower.follow(RUN, after)
    assert caught.value.param == "starting_after"


async def test_what_is_not_kept_is_nothing() -> None:
    assert await Bench().worker().follower.follow(RUN, -1) is None


async def test_a_client_that_saw_more_than_the_store_has_is_believed_for_a_while() -> None:
    bench = Bench()
    worker, other = bench.worker(), bench.worker("worker_b")
    run = await worker.begun()
    run.take(delta(1) + delta(2))
    asked = asyncio.ensure_future(other.told(2))
    await asyncio.sleep(0)
    assert not asked.done()
    run.take(closing(3))
    await worker.writer.run()
    assert await asked == closing(3)


async def test_a_reader_elsewhere_sees_what_comes() -> None:
    bench = Bench()
    worker, other = bench.worker(), bench.worker("worker_b")
    run = await worker.begun()
    tail = await other.follower.follow(RUN, -1)
    assert tail is not None
    assert not tail.here
    assert await anext(tail.pieces) == opening()
    run.take(delta(1))
    await worker.writer.run()
    assert await anext(tail.pieces) == delta(1)
    run.take(closing(2))
    await worker.writer.run()
    assert [piece async for piece in tail.pieces] == [closing(2)]


async def test_a_stream_that_is_deleted_while_it_is_read_just_stops() -> None:
    bench = Bench()
    worker, other = bench.worker(), bench.worker("worker_b")
    await worker.begun()
    tail = await other.follower.follow(RUN, -1)
    assert tail is not None
    assert await anext(tail.pieces) == opening()
    await bench.records.runs.delete(RUN)
    assert [piece async for piece in tail.pieces] == []


async def test_a_stream_that_grew_too_large_is_refused_or_stops() -> None:
    bench = Bench(limit=1000)
    worker, other = bench.worker(), bench.worker("worker_b")
    run = await worker.begun()
    early = await other.follower.follow(RUN, -1)
    slow = await worker.follower.follow(RUN, -1)
    assert early is not None
    assert slow is not None
    for number in range(1, 100):
        run.take(delta(number))
        await worker.writer.run()
    for reader in (worker, other):
        with pytest.raises(InvalidRequest) as caught:
            await reader.follower.follow(RUN, 0)
        assert caught.value.param == "stream"
    for tail in (early, slow):
        with pytest.raises(Overrun):
            async for _ in tail.pieces:
                pass
    run.take(closing(100))
    assert await worker.told(99) == closing(100), "who is near the end is not hindered"
