"""The pool follows the store, and what it wrote itself does not come back to undo what happened since."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from grok2api.canonical.fault import FaultKind
from grok2api.canonical.plan import Demand
from grok2api.errors import NoCredential, StorageError
from grok2api.storage.records import Changes
from support.faults import make_fault
from support.pool_bench import Bench

KEY = "xai-0123456789abcdefghijklmnopqrstuv"


async def test_credentials_come_change_and_go(bench: Bench, demand: Demand) -> None:
    record = await bench.add(KEY)
    lease = await bench.pool.lease(demand)
    assert (lease.token, lease.credential_id, lease.proxy) == (KEY, record.id, None)
    await bench.records.credentials.put(replace(record, name="new name", enabled=False))
    assert await bench.view.refresh(bench.records)
    assert (bench.status(record.id).name, bench.status(record.id).status) == ("new name", "disabled")
    await bench.records.credentials.delete(record.id)
    await bench.view.refresh(bench.records)
    assert bench.rows() == []
    bench.pool.release(lease, ok=True)
    assert bench.pool.in_flight == 0
    assert bench.writer.waiting == 0


async def test_nothing_new_is_one_question(bench: Bench) -> None:
    await bench.add(KEY)
    assert not await bench.view.refresh(bench.records)


async def test_a_large_change_holds_nobody_up(bench: Bench, demand: Demand) -> None:
    added = [await bench.add(f"{KEY}{number}") for number in range(1000)]
    later = [replace(record, revision=record.revision + 1000, note="new") for record in added]
    pieces = list[int]()

    async def others() -> None:
        while bench.view.revision < 9000:
            pieces.append(sum(each.note == "new" for each in bench.view.records))
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        group.create_task(others())
        await bench.view.absorb(Changes(revision=9000, credentials=tuple(later)))
    assert len({each for each in pieces if 0 < each < 1000}) > 1
    assert len(bench.rows()) == 1000


async def test_a_store_that_is_away_leaves_the_picture(bench: Bench, demand: Demand) -> None:
    await bench.add(KEY)
    bench.records.revisions.away = True
    with pytest.raises(StorageError):
        await bench.view.refresh(bench.records)
    assert (await bench.pool.lease(demand)).token == KEY


async def test_a_reset_forgets_what_it_does_not_name(bench: Bench) -> None:
    await bench.add(KEY)
    other = await bench.add(KEY + "2")
    bench.view.apply(Changes(revision=1, credentials=(other,), reset=True))
    assert [row.id for row in bench.rows()] == [other.id]
    assert bench.view.revision == 1


async def test_one_secret_that_does_not_open_is_one_credential_less(bench: Bench, demand: Demand) -> None:
    good = await bench.add(KEY)
    bad = await bench.add(KEY + "2", secret="v1:00000000:AAAAAAAAAAAAAAAA:AAAA")
    assert bench.status(bad.id).status == "blocked"
    assert "secret key" in bench.status(bad.id).reason
    assert {(await bench.pool.lease(demand)).credential_id for _ in range(3)} == {good.id}


async def test_lasting_health_reaches_the_store_and_its_echo_changes_nothing(
    bench: Bench, demand: Demand
) -> None:
    record = await bench.add(KEY)
    lease = await bench.pool.lease(demand)
    bench.pool.report(lease, make_fault(FaultKind.NO_CREDIT), request_id="r1")
    bench.pool.release(lease, ok=False)
    await bench.writer.flush()
    kept = await bench.records.credentials.get(record.id)
    assert kept is not None
    assert kept.status == "exhausted"
    assert kept.cooldown_until == bench.clock.now() + 3600
    bench.clock.advance(3600)
    lease = await bench.pool.lease(demand)
    bench.pool.release(lease, ok=True)
    assert bench.status(record.id).status == "active"
    await bench.view.refresh(bench.records)
    assert bench.status(record.id).status == "active"
    await bench.writer.flush()
    kept = await bench.records.credentials.get(record.id)
    assert kept is not None
    assert (kept.status, kept.cooldown_until) == ("active", None)


async def test_an_operator_can_undo_it_elsewhere(bench: Bench, demand: Demand) -> None:
    record = await bench.add(KEY)
    lease = await bench.pool.lease(demand)
    bench.pool.report(lease, make_fault(FaultKind.BAD_KEY), request_id="r1")
    bench.pool.release(lease, ok=False)
    await bench.writer.flush()
    await bench.view.refresh(bench.records)
    with pytest.raises(NoCredential):
        await bench.pool.lease(demand)
    assert bench.pool.empty
    await bench.records.credentials.set_health(record.id, status="active", reason="", cooldown_until=None)
    await bench.view.refresh(bench.records)
    assert (await bench.pool.lease(demand)).credential_id == record.id


async def test_an_edit_of_something_else_keeps_the_health(bench: Bench, demand: Demand) -> None:
    record = await bench.add(KEY)
    lease = await bench.pool.lease(demand)
    bench.pool.report(lease, make_fault(FaultKind.BAD_KEY), request_id="r1")
    await bench.records.credentials.put(replace(record, note="edited before the block was written"))
    await bench.view.refresh(bench.records)
    assert bench.status(record.id).status == "blocked"


async def test_health_of_another_process_is_taken_over(bench: Bench) -> None:
    record = await bench.add(KEY)
    until = bench.clock.now() + 120
    await bench.records.credentials.set_health(
        record.id, status="cooling", reason="why", cooldown_until=until
    )
    await bench.view.refresh(bench.records)
    row = bench.status(record.id)
    assert (row.status, row.reason, row.cooldown_until) == ("cooling", "why", until)
    bench.clock.advance(121)
    assert bench.status(record.id).status == "active"
    assert bench.pool.usable() == 1
