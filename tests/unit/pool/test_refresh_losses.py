"""No rotated token is lost without a word: the store goes away, answers get lost, processes end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import anyio
import anyio.lowlevel
import pytest

from grok2api.pool.refresh.journal import open_intent
from grok2api.pool.refresh.outcome import Result
from grok2api.pool.tokens import renewed
from support.refresh_bench import QUICK, FailingStores, RefreshBench, refresh_bench
from support.tiny_issuer import TOKEN, Scripted


@pytest.fixture
async def bench() -> AsyncIterator[RefreshBench]:
    async with refresh_bench() as made:
        yield made


def refused(code: str, status: int = 400, **fields: str) -> Scripted:
    return Scripted(status, {"error": code, **fields})


async def test_new_tokens_are_stored_before_anybody_has_them(bench: RefreshBench) -> None:
    record = await bench.added()
    stores = FailingStores(bench.records)
    stores.failing.away = True
    refresher = bench.refresher(records=stores)
    outcome = await refresher.refresh(record.id, rejected=1)
    assert outcome.result is Result.UNSTORED
    assert not outcome.usable
    assert bench.taken == []
    assert (await refresher.refresh(record.id, rejected=1)).result is Result.UNSTORED
    stores.failing.away = False
    with anyio.fail_after(10):
        await refresher.idle()
    kept = await bench.stored(record.id)
    assert (kept.generation, bench.refresh_token(kept)) == (2, "refresh-ada-2")
    assert bench.taken == [kept]
    assert bench.service.refreshes() == 1
    assert await bench.records.claims.holder(f"refresh/{record.id}", now=bench.clock.now()) is None


async def test_tokens_that_wait_outlive_the_claim_under_which_they_came(bench: RefreshBench) -> None:
    record = await bench.added()
    stores = FailingStores(bench.records)
    stores.failing.away = True
    refresher = bench.refresher(records=stores)
    assert (await refresher.refresh(record.id, rejected=1)).result is Result.UNSTORED
    bench.clock.advance(QUICK.claim_seconds + 1)
    name = f"refresh/{record.id}"
    other = await bench.records.claims.acquire(name, holder="other", seconds=30.0, now=bench.clock.now())
    assert other is not None
    stores.failing.away = False
    refused_so_far = stores.failing.refused
    await bench.records.claims.release(other)
    with anyio.fail_after(10):
        await refresher.idle()
    assert refused_so_far
    assert bench.refresh_token(await bench.stored(record.id)) == "refresh-ada-2"


async def test_an_old_token_is_not_spent_while_somebody_holds_its_successor(bench: RefreshBench) -> None:
    record = await bench.added()
    stores = FailingStores(bench.records)
    stores.failing.away = True
    first = bench.refresher("worker-1", records=stores)
    assert (await first.refresh(record.id, rejected=1)).result is Result.UNSTORED
    bench.clock.advance(QUICK.claim_seconds + 1)
    second = bench.refresher("worker-2", rules=replace(QUICK, heir_pause=30.0))
    calls = bench.records.revisions.calls
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(second.refresh(record.id, rejected=1))
        with anyio.fail_after(10):
            while bench.records.revisions.calls < calls + 8:
                await anyio.lowlevel.checkpoint()
            stores.failing.away = False
            outcome = await waiting
    assert outcome.result is Result.ADOPTED
    assert (bench.service.refreshes(), bench.service.revoked) == (1, 0)


async def test_a_late_process_does_not_undo_a_newer_sign_in(bench: RefreshBench) -> None:
    record = await bench.added()
    stores = FailingStores(bench.records)
    stores.failing.away = True
    refresher = bench.refresher(records=stores)
    await refresher.refresh(record.id, rejected=1)
    present = await bench.stored(record.id)
    newer = renewed(present, bench.service.sign_in("ada"), former=None, box=bench.box, now=bench.clock.now())
    await bench.records.credentials.change(record.id, newer)
    stores.failing.away = False
    with anyio.fail_after(10):
        await refresher.idle()
    kept = await bench.stored(record.id)
    assert kept.secret == newer["secret"]
    assert bench.taken[-1].secret == newer["secret"]


async def test_a_process_that_dies_before_it_stores_is_told_of(bench: RefreshBench) -> None:
    record = await bench.added()
    stores = FailingStores(bench.records)
    stores.failing.away = True
    refresher = bench.refresher("worker-1", records=stores)
    await refresher.refresh(record.id, rejected=1)
    await refresher.close()
    assert refresher.busy == 0
    assert open_intent(await bench.stored(record.id)) is not None
    bench.clock.advance(QUICK.claim_seconds + 1)
    outcome = await bench.refresher("worker-2").refresh(record.id, rejected=1)
    assert outcome.result is Result.DEAD
    assert "worker-1" in outcome.reason
    assert "interrupted" in outcome.reason
    kept = await bench.stored(record.id)
    assert (kept.refresh_dead, kept.status, kept.reason) == (True, "expired", outcome.reason)


async def test_an_answer_that_got_lost_is_fetched_again_where_the_service_allows_it(
    bench: RefreshBench,
) -> None:
    record = await bench.added()
    bench.service.script(TOKEN, Scripted(0))
    outcome = await bench.refresher().refresh(record.id, rejected=1)
    assert outcome.result is Result.RENEWED
    assert (await bench.stored(record.id)).refresh_intent == ""


async def test_a_dead_answer_after_a_lost_one_says_what_was_lost(bench: RefreshBench) -> None:
    record = await bench.added()
    bench.service.script(TOKEN, Scripted(0), refused("invalid_grant"))
    outcome = await bench.refresher().refresh(record.id, rejected=1)
    assert outcome.result is Result.DEAD
    assert "interrupted" in outcome.reason


async def test_nobody_is_asked_while_the_store_cannot_note_it(bench: RefreshBench) -> None:
    record = await bench.added()
    bench.records.revisions.away = True
    outcome = await bench.refresher().refresh(record.id, rejected=1)
    assert outcome.result is Result.TROUBLE
    assert "store" in outcome.reason
    assert bench.service.calls == []


async def test_the_end_of_the_process_waits_for_an_answer_under_way(bench: RefreshBench) -> None:
    record = await bench.added()
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        begun.set()
        await go_on.wait()

    bench.service.before_answer = hold
    refresher = bench.refresher()
    async with asyncio.TaskGroup() as group:
        runner = group.create_task(refresher.run())
        refresher.want(record.id, 1)
        await begun.wait()
        runner.cancel()
        closing = group.create_task(refresher.close())
        go_on.set()
        await closing
    assert (await bench.stored(record.id)).generation == 2


async def test_a_process_that_ends_before_the_answer_is_told_of(bench: RefreshBench) -> None:
    record = await bench.added()
    begun = asyncio.Event()

    async def hold() -> None:
        begun.set()
        await asyncio.Event().wait()

    bench.service.before_answer = hold
    refresher = bench.refresher("worker-1", rules=replace(QUICK, closing_seconds=0.0))
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(refresher.refresh(record.id, rejected=1))
        await begun.wait()
        await refresher.close()
        assert (await waiting).result is Result.TROUBLE
    assert (await refresher.refresh(record.id, rejected=1)).result is Result.TROUBLE
    bench.service.before_answer = None
    outcome = await bench.refresher("worker-2").refresh(record.id, rejected=1)
    assert outcome.result is Result.DEAD
    assert "worker-1" in outcome.reason


async def test_a_task_that_is_ended_while_it_stores_tries_once_more(bench: RefreshBench) -> None:
    record = await bench.added()
    stores = FailingStores(bench.records)
    stores.failing.away = True
    refresher = bench.refresher(records=stores)
    await refresher.refresh(record.id, rejected=1)
    stores.failing.away = False
    task = refresher._flights[record.id].task
    assert task is not None
    task.cancel()
    await refresher.idle()
    assert bench.refresh_token(await bench.stored(record.id)) == "refresh-ada-2"
