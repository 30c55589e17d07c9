"""Waiting for a credential: bounded, in order, never for nothing, and over as soon as somebody can serve."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable

import pytest

from grok2api.canonical.dispatch import Lease
from grok2api.canonical.fault import FaultKind, FaultScope
from grok2api.canonical.plan import Demand
from grok2api.canonical.trace import Decision
from grok2api.errors import AllCoolingDown, NoCredential, NotFound, OutOfCredit, PoolError
from grok2api.pool.pool import PoolRules
from support.faults import make_fault
from support.pool_bench import Bench

QUEUE = PoolRules(queue_wait=30.0, queue_length=8)


class Line:
    """Requests that ask a pool, in the order in which they were served or refused."""

    def __init__(self, bench: Bench, group: asyncio.TaskGroup) -> None:
        self.bench, self.group = bench, group
        self.served: list[str] = []
        self.refused: dict[str, PoolError | NotFound] = {}
        self.leases: list[Lease] = []
        self.notes: list[Decision] = []

    async def ask(self, name: str, demand: Demand, exclude: tuple[str, ...] = ()) -> asyncio.Task[None]:
        """Let somebody ask; return when it was served, refused, or stands in the queue."""
        task = self.group.create_task(self._ask(name, demand, exclude))
        await breathe()
        return task

    async def _ask(self, name: str, demand: Demand, exclude: tuple[str, ...]) -> None:
        try:
            lease = await self.bench.pool.lease(demand, exclude=exclude, note=self.notes.append)
        except (PoolError, NotFound) as error:
            self.refused[name] = error
        else:
            self.served.append(name)
            self.leases.append(lease)

    async def give_back(self) -> None:
        self.bench.pool.release(self.leases.pop(0), ok=True)
        await breathe()


async def breathe() -> None:
    for _ in range(30):
        await asyncio.sleep(0)


@pytest.fixture
def bench(bench: Bench) -> Bench:
    bench.pool.rules = QUEUE
    return bench


async def test_who_waits_is_served_in_the_order_of_arrival(bench: Bench, demand: Demand) -> None:
    await bench.add("xai-1", max_concurrency=1)
    async with asyncio.TaskGroup() as group:
        line = Line(bench, group)
        for name in "abcde":
            await line.ask(name, demand)
        assert (line.served, bench.pool.waiting) == (["a"], 4)
        for _ in range(5):
            await line.give_back()
    assert line.served == list("abcde")
    assert bench.pool.waiting == 0


async def test_who_comes_while_one_is_called_does_not_go_before_it(bench: Bench, demand: Demand) -> None:
    await bench.add("xai-1", max_concurrency=1)
    async with asyncio.TaskGroup() as group:
        line = Line(bench, group)
        for name in "ab":
            await line.ask(name, demand)
        bench.pool.release(line.leases.pop(0), ok=True)
        await line.ask("c", demand)
        assert (line.served, bench.pool.waiting) == (["a", "b"], 1)
        await line.give_back()
    assert line.served == list("abc")


async def test_conversations_stand_in_one_line(bench: Bench) -> None:
    await bench.add("xai-1", max_concurrency=1)
    async with asyncio.TaskGroup() as group:
        line = Line(bench, group)
        for name in "abcd":
            await line.ask(name, Demand("grok-4.3", affinity=name))
        for _ in range(4):
            await line.give_back()
    assert line.served == list("abcd")


async def test_different_demands_are_served_by_arrival_too(bench: Bench) -> None:
    """The line of a much wanted model never empties; another's must still get its turn."""
    await bench.add("xai-1", max_concurrency=1)
    async with asyncio.TaskGroup() as group:
        line = Line(bench, group)
        for name, model in (("a", "grok-4.3"), ("b", "grok-4.3"), ("c", "grok-4.7"), ("d", "grok-4.3")):
            await line.ask(name, Demand(model))
        await line.give_back()
        await line.ask("e", Demand("grok-4.3"))
        for _ in range(4):
            await line.give_back()
    assert line.served == list("abcde")


async def test_who_tried_a_credential_already_holds_nobody_up_who_did_not(
    bench: Bench, demand: Demand
) -> None:
    free = await bench.add("xai-free", max_concurrency=1)
    busy = await bench.add("xai-busy", max_concurrency=1)
    async with asyncio.TaskGroup() as group:
        line = Line(bench, group)
        await line.ask("holder", demand, (free.id,))
        await line.ask("retry", demand, (free.id,))
        assert bench.pool.waiting == 1
        await line.ask("newcomer", demand)
        assert line.served == ["holder", "newcomer"]
        await line.ask("late", demand)
        await line.give_back()
        assert line.served == ["holder", "newcomer", "retry"]
        await line.give_back()
        assert [lease.credential_id for lease in line.leases] == [busy.id, free.id]


async def test_the_queue_is_bounded_and_one_more_is_told_when_to_come(bench: Bench, demand: Demand) -> None:
    bench.pool.rules = PoolRules(queue_wait=30.0, queue_length=2)
    await bench.add("xai-1", max_concurrency=1)
    async with asyncio.TaskGroup() as group:
        line = Line(bench, group)
        for name in "abcd":
            await line.ask(name, demand)
        assert bench.pool.waiting == 2
        assert isinstance(line.refused["d"], AllCoolingDown)
        assert line.refused["d"].retry_after == 1.0
        for _ in range(3):
            await line.give_back()
    assert line.served == ["a", "b", "c"]


@pytest.mark.parametrize("queue_wait", [0.5, 5.0])
async def test_a_busy_pool_is_waited_for_however_short_the_wait_may_be(
    bench: Bench, demand: Demand, queue_wait: float
) -> None:
    bench.pool.rules = PoolRules(queue_wait=queue_wait)
    await bench.add("xai-1", max_concurrency=1)
    async with asyncio.TaskGroup() as group:
        line = Line(bench, group)
        await line.ask("a", demand)
        await line.ask("b", demand)
        assert bench.pool.waiting == 1
        bench.clock.advance(queue_wait * 0.9)
        bench.pool.stir()
        await breathe()
        assert bench.pool.waiting == 1
        await line.give_back()
    assert line.served == ["a", "b"]
    assert line.notes[-1].waited == pytest.approx(queue_wait * 0.9)


async def test_nobody_waits_longer_than_the_longest_wait(bench: Bench, demand: Demand) -> None:
    await bench.add("xai-1", max_concurrency=1)
    async with asyncio.TaskGroup() as group:
        line = Line(bench, group)
        for name in "abc":
            await line.ask(name, demand)
        bench.clock.advance(30.0)
        bench.pool.stir()
        await breathe()
        assert set(line.refused) == {"b", "c"}
    assert all(isinstance(error, AllCoolingDown) for error in line.refused.values())
    assert bench.pool.waiting == 0


async def test_who_has_less_patience_leaves_before_the_others(bench: Bench, demand: Demand) -> None:
    await bench.add("xai-1", max_concurrency=1)
    held = await bench.pool.lease(demand)
    async with asyncio.TaskGroup() as group:
        line = Line(bench, group)
        hasty = group.create_task(raises(bench.pool.lease(demand, patience=1.0)))
        await breathe()
        await line.ask("patient", demand)
        assert bench.pool.waiting == 2
        bench.clock.advance(1.0)
        bench.pool.stir()
        await breathe()
        assert (hasty.done(), bench.pool.waiting) == (True, 1)
        bench.pool.release(held, ok=True)
        await breathe()
    assert line.served == ["patient"]


async def test_nobody_has_more_patience_than_the_pool(bench: Bench, demand: Demand) -> None:
    bench.pool.rules = PoolRules(queue_wait=0.0)
    await bench.add("xai-1", max_concurrency=1)
    await bench.pool.lease(demand)
    await raises(bench.pool.lease(demand, patience=60.0))


async def raises(leasing: Awaitable[Lease]) -> None:
    with pytest.raises(AllCoolingDown):
        await leasing


async def test_what_takes_longer_than_the_longest_wait_is_told_at_once(bench: Bench, demand: Demand) -> None:
    await bench.add("xai-1")
    lease = await bench.pool.lease(demand)
    fault = make_fault(FaultKind.RATE_LIMIT, scope=FaultScope.ACCOUNT_MODEL, retry_after=120.0)
    bench.pool.report(lease, fault, request_id="r1")
    with pytest.raises(AllCoolingDown) as caught:
        await bench.pool.lease(demand)
    assert caught.value.retry_after == 120.0


@pytest.mark.parametrize(
    ("kind", "error"), [(FaultKind.NO_CREDIT, OutOfCredit), (FaultKind.BAD_KEY, NoCredential)]
)
async def test_nobody_waits_for_what_no_wait_brings(
    bench: Bench, demand: Demand, kind: FaultKind, error: type[PoolError]
) -> None:
    await bench.add("xai-1")
    lease = await bench.pool.lease(demand)
    bench.pool.report(lease, make_fault(kind, scope=FaultScope.ACCOUNT), request_id="r1")
    with pytest.raises(error):
        await bench.pool.lease(demand)


async def test_a_waiting_request_learns_that_its_account_has_left(bench: Bench) -> None:
    record = await bench.add("xai-1", max_concurrency=1)
    pin = bench.pool.roster.members[record.id].account_hashes[0]
    async with asyncio.TaskGroup() as group:
        line = Line(bench, group)
        await line.ask("a", Demand("grok-4.3", account_pin=pin))
        await line.ask("b", Demand("grok-4.3", account_pin=pin))
        await bench.records.credentials.delete(record.id)
        await bench.view.refresh(bench.records)
        await breathe()
        assert isinstance(line.refused["b"], NotFound)
    assert bench.pool.waiting == 0


async def test_a_new_credential_and_a_cleared_one_serve_who_waits(bench: Bench, demand: Demand) -> None:
    first = await bench.add("xai-1", max_concurrency=1)
    async with asyncio.TaskGroup() as group:
        line = Line(bench, group)
        for name in "abc":
            await line.ask(name, demand)
        await bench.add("xai-2", max_concurrency=1)
        await breathe()
        assert line.served == ["a", "b"]
        fault = make_fault(FaultKind.RATE_LIMIT, scope=FaultScope.ACCOUNT_MODEL, retry_after=20.0)
        bench.pool.report(line.leases[0], fault, request_id="r1")
        await line.give_back()
        assert line.served == ["a", "b"]
        bench.pool.clear(first.id)
        await breathe()
        assert line.served == ["a", "b", "c"]


async def test_clearing_one_lets_its_whole_account_serve(bench: Bench, demand: Demand) -> None:
    one = await bench.add("xai-1", account_id="acct")
    other = await bench.add("xai-2", account_id="acct")
    lease = await bench.pool.lease(demand, exclude=[other.id])
    fault = make_fault(FaultKind.RATE_LIMIT, scope=FaultScope.ACCOUNT_MODEL, retry_after=900.0)
    bench.pool.report(lease, fault, request_id="r1")
    with pytest.raises(AllCoolingDown):
        await bench.pool.lease(demand)
    bench.pool.clear(one.id)
    assert {(await bench.pool.lease(demand)).credential_id for _ in range(4)} == {one.id, other.id}


async def test_who_leaves_the_queue_leaves_nothing_behind(bench: Bench, demand: Demand) -> None:
    await bench.add("xai-1", max_concurrency=1)
    async with asyncio.TaskGroup() as group:
        line = Line(bench, group)
        tasks = [await line.ask(name, demand) for name in "abcd"]
        tasks[1].cancel()
        tasks[3].cancel()
        await breathe()
        assert bench.pool.waiting == 1
        await line.give_back()
    assert line.served == ["a", "c"]
    bench.pool.release(line.leases[0], ok=True)
    assert (bench.pool.waiting, bench.pool.in_flight) == (0, 0)


# Conversations


async def test_a_conversation_never_waits_for_its_home(bench: Bench) -> None:
    """Soft affinity: a home that is saturated or resting is left at once for whoever is free."""
    for number in range(4):
        await bench.add(f"xai-{number}", max_concurrency=2)
    talk = Demand("grok-4.3", affinity="one conversation")
    used = Counter([(await bench.pool.lease(talk)).credential_id for _ in range(8)])
    assert set(used.values()) == {2}
    bench.pool.rules = PoolRules()
    with pytest.raises(AllCoolingDown):
        await bench.pool.lease(talk)


async def test_one_conversation_cannot_pile_up_on_its_home(bench: Bench) -> None:
    for number in range(10):
        await bench.add(f"xai-{number}")
    talk = Demand("grok-4.3", affinity="one conversation")
    used = Counter([(await bench.pool.lease(talk)).credential_id for _ in range(100)])
    assert len(used) == 10
    assert max(used.values()) - min(used.values()) <= 10


async def test_a_home_that_has_just_rested_gets_one_call_before_the_crowd(bench: Bench) -> None:
    """Else all its conversations would come back at once to a credential that may fail them all again."""
    for number in range(4):
        await bench.add(f"xai-{number}")
    talk = Demand("grok-4.3", affinity="one conversation")
    lease = await bench.pool.lease(talk)
    home = lease.credential_id
    bench.pool.report(lease, make_fault(FaultKind.UNREADABLE, upstream_status=403), request_id="r1")
    bench.pool.release(lease, ok=False)
    assert (await bench.pool.lease(talk)).credential_id != home
    bench.clock.advance(30.0)
    probe = await bench.pool.lease(talk)
    assert probe.credential_id == home
    assert home not in {(await bench.pool.lease(talk)).credential_id for _ in range(6)}
    bench.pool.release(probe, ok=True)
    assert (await bench.pool.lease(talk)).credential_id == home


async def test_conversations_share_a_pool_evenly_enough(bench: Bench) -> None:
    """Peers' complaint: a fallback hash sent all sessions to one account."""
    for number in range(10):
        await bench.add(f"xai-{number}")
    used = Counter[str]()
    for number in range(1000):
        lease = await bench.pool.lease(Demand("grok-4.3", affinity=f"conversation {number}"))
        used[lease.credential_id] += 1
        bench.pool.release(lease, ok=True)
    assert len(used) == 10
    assert max(used.values()) < 200
