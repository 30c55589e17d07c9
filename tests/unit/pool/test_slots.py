"""Places that all workers share: exact while shared state answers, a share of the limit while it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from grok2api.canonical.plan import Demand
from grok2api.errors import AllCoolingDown
from grok2api.kit.clock import ManualClock
from grok2api.kit.secretbox import SecretBox
from grok2api.pool.member import Member
from grok2api.pool.slots import LEASE_SECONDS, Slots, share_of
from grok2api.storage.memory.state import MemoryState
from grok2api.storage.state import Fleet, Grant, StateAway
from support.pool_bench import Bench

LIMIT = 10


class Wire(MemoryState):
    """Shared state that can be cut off for one worker."""

    def __init__(self, clock: ManualClock, shared: MemoryState) -> None:
        super().__init__(clock)
        self.cut = False
        self.late = False
        """Whether what is asked is done, and the answer is lost."""
        self.missed = False
        self._shared = shared
        self._lost: list[tuple[str, str]] = []

    @property
    @override
    def away(self) -> bool:
        return self.missed

    @override
    async def acquire(self, slot: str, lease: str, *, limit: int, ttl: float) -> Grant:
        await asyncio.sleep(0)
        if self.late:
            await self._shared.acquire(slot, lease, limit=limit, ttl=ttl)
        if self.cut or self.late:
            self.missed = True
            raise StateAway
        return await self._shared.acquire(slot, lease, limit=limit, ttl=ttl)

    @override
    def release(self, slot: str, lease: str) -> None:
        if self.cut:
            self._lost.append((slot, lease))
        else:
            self._shared.release(slot, lease)

    @override
    async def renew(
        self, worker: str, leases: Mapping[str, Collection[str]], *, slots: Collection[str] = (), ttl: float
    ) -> Fleet:
        if self.cut:
            self.missed = True
            raise StateAway
        self.missed = False
        while self._lost:
            self._shared.release(*self._lost.pop())
        return await self._shared.renew(worker, leases, slots=slots, ttl=ttl)


@dataclass
class House:
    """Some workers with a member each that stands for the same credential."""

    workers: int
    clock: ManualClock = field(default_factory=ManualClock)

    def __post_init__(self) -> None:
        self.shared = MemoryState(self.clock)
        self.wires = [Wire(self.clock, self.shared) for _ in range(self.workers)]
        self.slots = [Slots(wire, worker=f"w{n}", clock=self.clock) for n, wire in enumerate(self.wires)]
        self.members = [
            Member(id="cred_1", name="one", account_id="a", max_concurrency=LIMIT) for _ in self.wires
        ]
        self.tickets: list[list[str]] = [[] for _ in self.wires]

    async def beat(self) -> None:
        for slots in self.slots:
            await slots.beat(["cred_1"])

    def cut(self, cut: bool) -> None:
        for wire in self.wires:
            wire.cut = cut

    async def take(self, number: int) -> bool:
        ticket = await self.slots[number].take(self.members[number])
        if ticket is not None:
            self.tickets[number].append(ticket)
        return ticket is not None

    def give_back(self, number: int) -> None:
        self.slots[number].give_back(self.members[number], self.tickets[number].pop())

    @property
    def running(self) -> int:
        return sum(map(len, self.tickets))


@pytest.fixture
async def house() -> House:
    made = House(4)
    await made.beat()
    await made.beat()
    return made


async def test_all_workers_together_have_as_many_places_as_the_limit(house: House) -> None:
    taken = await asyncio.gather(*(house.take(n % 4) for n in range(40)))
    assert taken.count(True) == LIMIT
    assert all(member.full_until > house.clock.monotonic() for member in house.members)
    house.give_back(next(n for n in range(4) if house.tickets[n]))
    assert await house.take(3)
    assert not await house.take(2)


async def test_cut_off_from_the_start_a_worker_goes_by_what_the_settings_say() -> None:
    clock = ManualClock()
    wire = Wire(clock, MemoryState(clock))
    wire.cut = True
    slots = Slots(wire, worker="w0", clock=clock, workers=5)
    member = Member(id="cred_1", name="one", account_id="a", max_concurrency=LIMIT)
    assert [await slots.take(member) is not None for _ in range(4)] == [True, True, False, False]
    assert slots.unshared == 4


async def test_cut_off_all_shares_together_are_the_limit(house: House) -> None:
    house.cut(True)
    for _ in range(LIMIT):
        for number in range(4):
            await house.take(number)
    assert house.running == LIMIT
    assert sorted(map(len, house.tickets)) == [2, 2, 3, 3]


async def test_at_the_cut_nobody_takes_what_others_are_known_to_hold(house: House) -> None:
    for _ in range(LIMIT):
        assert await house.take(0)
    await house.beat()
    house.cut(True)
    assert not any([await house.take(number) for number in range(4) for _ in range(3)])
    for _ in range(LIMIT - 1):
        house.give_back(0)
    house.clock.advance(11)
    assert [await house.take(1), await house.take(1)] == [True, True], "later its share counts"


async def test_what_is_held_is_registered_again_and_what_was_given_back_is_not(house: House) -> None:
    for number in range(4):
        assert await house.take(number)
    house.cut(True)
    assert await house.take(0)
    house.give_back(1)
    house.clock.advance(LEASE_SECONDS + 1)
    assert await house.shared.count("cred_1") == 0, "the leases have ended meanwhile"
    house.cut(False)
    await house.beat()
    assert await house.shared.count("cred_1") == house.running == 4
    taken = [await house.take(n % 4) for n in range(20)]
    assert taken.count(True) == LIMIT - 4


async def test_after_a_return_nobody_takes_the_places_of_those_who_are_not_back_yet(house: House) -> None:
    house.cut(True)
    for _ in range(LIMIT):
        for number in range(4):
            await house.take(number)
    house.clock.advance(LEASE_SECONDS + 1)
    for number, slots in enumerate(house.slots):
        house.wires[number].cut = False
        await slots.beat(["cred_1"])
        while await house.take(number):
            pass
        assert house.running == LIMIT
    for number in (0, 0, 1):
        house.give_back(number)
    house.clock.advance(3)
    assert [await house.take(3) for _ in range(4)] == [True, True, True, False], "then the limit is one again"


async def test_who_has_reason_to_doubt_keeps_to_its_share_for_a_moment(house: House) -> None:
    house.slots[0].doubt()
    assert [await house.take(0) for _ in range(LIMIT)].count(True) <= 3
    house.clock.advance(3)
    house.members[0].full_until = 0.0
    while await house.take(0):
        pass
    assert house.running == LIMIT


async def test_an_emptied_state_is_noticed_by_whoever_holds_something(house: House) -> None:
    for _ in range(3):
        assert await house.take(0)
    for ticket in house.tickets[0]:
        house.shared.release("cred_1", ticket)
    assert not await house.take(0), "its share is taken, and the others have not registered yet"
    await house.beat()
    house.clock.advance(3)
    assert await house.take(0)


async def test_the_places_of_a_dead_worker_are_free_after_its_time(house: House) -> None:
    for _ in range(LIMIT):
        assert await house.take(0)
    dead, living = house.slots[0], house.slots[1]
    for _ in range(3):
        house.clock.advance(LEASE_SECONDS / 2)
        await living.beat()
    assert dead is not living
    assert living.workers < 4
    house.members[1].full_until = 0.0
    assert await house.take(1)


async def test_a_request_that_leaves_while_it_asks_holds_nothing(house: House) -> None:
    asked = asyncio.ensure_future(house.slots[0].take(house.members[0]))
    await asyncio.sleep(0)
    asked.cancel()
    await asyncio.wait((asked,))
    assert (house.slots[0].held, await house.shared.count("cred_1")) == (0, 0)


async def test_a_place_that_was_given_without_an_answer_is_given_back(house: House) -> None:
    house.wires[0].late = True
    assert [await house.take(0) for _ in range(6)].count(True) <= 3
    house.wires[0].late = False
    await house.beat()
    assert await house.shared.count("cred_1") == house.running


@given(limit=st.integers(1, 100), workers=st.integers(1, 20))
def test_shares_add_up_to_the_limit_and_differ_by_one_at_most(limit: int, workers: int) -> None:
    shares = [share_of(limit, workers, place) for place in range(workers)]
    assert sum(shares) == limit
    assert max(shares) - min(shares) <= 1


@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_cut_off_a_limit_below_the_number_of_workers_is_kept(house: House, limit: int) -> None:
    for member in house.members:
        member.max_concurrency = limit
    house.cut(True)
    for _ in range(3):
        for number in range(4):
            await house.take(number)
    assert house.running == limit
    assert sorted(map(len, house.tickets)) == [0] * (4 - limit) + [1] * limit


async def test_few_places_of_two_credentials_are_not_all_with_the_same_worker(house: House) -> None:
    house.cut(True)
    holders = set()
    for name in map(str, range(20)):
        for number, slots in enumerate(house.slots):
            if await slots.take(Member(id=name, name=name, account_id=name, max_concurrency=1)):
                holders.add(number)
    assert holders == {0, 1, 2, 3}


async def test_cut_off_before_it_knows_the_others_a_worker_lets_one_call_through() -> None:
    clock = ManualClock()
    shared = MemoryState(clock)
    wires = [Wire(clock, shared) for _ in range(3)]
    slots = [Slots(wire, worker=f"w{n}", clock=clock, workers=3) for n, wire in enumerate(wires)]
    await slots[0].beat()
    for wire in wires:
        wire.cut = True
    member = Member(id="cred_1", name="one", account_id="a", max_concurrency=1)
    assert [await each.take(member) is not None for each in slots] == [True] * 3


STEPS = st.lists(st.tuples(st.sampled_from("ttttgbcu"), st.integers(0, 2)), max_size=60)


@given(steps=STEPS)
async def test_whatever_happens_the_limit_holds_but_for_what_a_cut_left_behind(
    steps: list[tuple[str, int]],
) -> None:
    house = House(3)
    await house.beat()
    await house.beat()
    exact = True
    for step, number in steps:
        if step == "t":
            await house.take(number)
        elif step == "g" and house.tickets[number]:
            house.give_back(number)
        elif step == "b" and not house.wires[0].cut:
            await house.beat()
        elif step in "cu":
            exact = exact and step == "u" and not house.wires[0].cut
            house.cut(step == "c")
            if step == "u":
                await house.beat()
        assert house.running <= (LIMIT if exact else LIMIT + sum(share_of(LIMIT, 3, n) for n in range(3)))
        for slots, held in zip(house.slots, house.tickets, strict=True):
            assert slots.held == len(held)


async def test_a_full_credential_is_left_out_and_tried_again_when_a_place_is_told(
    box: SecretBox, demand: Demand
) -> None:
    bench = Bench(box)
    shared = MemoryState(bench.clock)
    bench.pool._slots = Slots(Wire(bench.clock, shared), worker="here", clock=bench.clock)
    kept = await bench.add("xai-1", max_concurrency=1)
    await shared.acquire(kept.id, "somebody else's", limit=1, ttl=LEASE_SECONDS)
    with pytest.raises(AllCoolingDown) as refused:
        await bench.pool.lease(demand)
    assert refused.value.retry_after == 1.0
    shared.release(kept.id, "somebody else's")
    with pytest.raises(AllCoolingDown):
        await bench.pool.lease(demand)
    bench.pool.freed(kept.id)
    lease = await bench.pool.lease(demand)
    assert await shared.count(kept.id) == 1
    bench.pool.release(lease, ok=True)
    bench.pool.release(lease, ok=True)
    assert await shared.count(kept.id) == 0


async def test_a_pool_asks_nothing_about_credentials_without_a_limit(box: SecretBox, demand: Demand) -> None:
    bench = Bench(box)
    wire = Wire(bench.clock, MemoryState(bench.clock))
    wire.cut = True
    bench.pool._slots = slots = Slots(wire, worker="here", clock=bench.clock)
    await bench.add("xai-1")
    leases = [await bench.pool.lease(demand) for _ in range(100)]
    assert slots.unshared == 0
    for lease in leases:
        bench.pool.release(lease, ok=True)
