"""The gate for limited keys: what it takes, what it gives back, and what each worker has by itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping
from dataclasses import dataclass, field

import pytest

from grok2api.accounting.budgets import Budgets, SettlingRows, day_of, month_of
from grok2api.canonical.call import Caller
from grok2api.canonical.limits import Estimate, KeyLimits
from grok2api.errors import BudgetSpent, Forbidden, LimitExceeded, StorageError
from grok2api.gateway.limits.gate import Headers, KeyGate, Visit, check_access, reset_text
from grok2api.gateway.limits.places import KeyPlaces
from grok2api.gateway.limits.rates import KeyRates
from grok2api.kit.clock import ManualClock
from grok2api.pool.slots import Slots
from grok2api.storage.memory.state import MemoryState
from grok2api.storage.records import UsageRecord
from grok2api.storage.state import Fleet, Grant, Notice, Rate, Receipt, StateAway, Verdict
from support.key_gates import a_gate
from support.memory_records import MemoryRecords
from support.usage_rows import completed

DOLLAR = 10**10


class AwayState:
    """Shared state that does not answer."""

    away = True

    async def acquire(self, slot: str, lease: str, *, limit: int, ttl: float) -> Grant:
        raise StateAway

    def release(self, slot: str, lease: str) -> None:
        return

    async def renew(
        self, worker: str, leases: Mapping[str, Collection[str]], *, slots: Collection[str] = (), ttl: float
    ) -> Fleet:
        raise StateAway

    async def leave(self, worker: str) -> None:
        raise StateAway

    async def count(self, slot: str) -> int:
        raise StateAway

    async def spend(self, name: str, rate: Rate, cost: int = 1) -> Verdict:
        raise StateAway

    def correct(self, name: str, rate: Rate, receipt: Receipt, *, cost: int, true: int) -> None:
        return

    async def add(self, name: str, amount: int, *, ttl: float) -> int:
        raise StateAway

    async def pin(self, name: str, value: str, *, ttl: float) -> str:
        raise StateAway

    async def pinned(self, name: str) -> str | None:
        raise StateAway

    async def unpin(self, name: str) -> None:
        raise StateAway

    def publish(self, topic: str, payload: bytes) -> None:
        return

    async def listen(self, *topics: str) -> AsyncGenerator[Notice, None]:
        if topics:
            raise StateAway
        yield Notice("", b"")


@dataclass
class Door:
    """A gate, and whoever asks at it."""

    clock: ManualClock = field(default_factory=ManualClock)
    records: MemoryRecords = field(default_factory=MemoryRecords)
    gate: KeyGate = field(init=False)
    asked: int = 0
    told: dict[str, str] = field(default_factory=dict)
    told_names: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gate = a_gate(self.records, self.clock)

    async def enter(self, limits: KeyLimits, *, tokens: int = 0, ticks: int = 0) -> Visit:
        self.asked += 1
        told: Headers = []
        try:
            return await self.gate.enter(
                Caller("key_1", "test", limits=limits),
                limits,
                request_id=f"req_{self.asked}",
                estimate=lambda: Estimate(tokens, ticks),
                lasting=60,
                told=told,
            )
        finally:
            self.told = {name.decode(): value.decode() for name, value in told}
            self.told_names = [name.decode() for name, _ in told]

    async def settle(self, number: int, ticks: int) -> None:
        rows = SettlingRows(self.records.usage, self.gate.budgets, lambda _key_id: True)
        await rows.append([a_row(number, ticks, self.clock.now())])


def a_row(number: int, ticks: int, at: float) -> UsageRecord:
    return completed(
        request_id=f"req_{number}",
        started_at=at,
        cost_ticks=ticks,
    )


async def test_requests_come_back_evenly_and_the_burst_is_the_limit() -> None:
    door, limits = Door(), KeyLimits(rpm=4)
    for left in ("3", "2", "1", "0"):
        await door.enter(limits)
        assert door.told["x-ratelimit-remaining-requests"] == left
    assert door.told["x-ratelimit-reset-requests"] == "1m0s"
    with pytest.raises(LimitExceeded) as refused:
        await door.enter(limits)
    assert refused.value.retry_after == pytest.approx(15)
    assert door.told["x-ratelimit-limit-requests"] == "4"
    door.clock.advance(15)
    await door.enter(limits)


async def test_a_refused_request_gives_back_what_it_had_taken() -> None:
    door, limits = Door(), KeyLimits(max_concurrency=1, tpm=100, budget_day=DOLLAR)
    visit = await door.enter(limits, tokens=90, ticks=5)
    visit.leave(90)
    for _ in range(3):
        with pytest.raises(LimitExceeded, match="90 asked for"):
            await door.enter(limits, tokens=90, ticks=5)
    door.clock.advance(60)
    door.records.revisions.away = True
    with pytest.raises(StorageError):
        await door.enter(limits, tokens=90, ticks=5)
    door.records.revisions.away = False
    await door.enter(limits, tokens=90, ticks=5)


@pytest.mark.parametrize(
    ("limits", "left"),
    [
        (KeyLimits(max_concurrency=1, rpm=5, tpm=100), {"requests": "4", "tokens": "70"}),
        (KeyLimits(rpm=1, tpm=100), {"requests": "0", "tokens": "70"}),
        (KeyLimits(rpm=5, tpm=50), {"requests": "3", "tokens": "20"}),
        (KeyLimits(max_concurrency=1), {}),
    ],
    ids=["by its places", "by its requests", "by its tokens", "without rates"],
)
async def test_whichever_limit_refuses_a_request_all_of_them_are_told_once(
    limits: KeyLimits, left: dict[str, str]
) -> None:
    door = Door()
    await door.enter(limits, tokens=30)
    with pytest.raises(LimitExceeded):
        await door.enter(limits, tokens=30)
    assert left == {
        name.rpartition("-")[2]: value for name, value in door.told.items() if "remaining" in name
    }
    assert len(door.told) == len(door.told_names) == 3 * len(left)


async def test_leaving_twice_gives_back_once() -> None:
    door, limits = Door(), KeyLimits(max_concurrency=2)
    first = await door.enter(limits)
    await door.enter(limits)
    first.leave()
    first.leave()
    await door.enter(limits)
    with pytest.raises(LimitExceeded):
        await door.enter(limits)


async def test_money_is_asked_for_only_where_there_is_a_budget() -> None:
    door = Door()
    await door.enter(KeyLimits(rpm=9, tpm=900, max_concurrency=9), tokens=5, ticks=DOLLAR)
    assert door.records.revisions.calls == 0
    await door.enter(KeyLimits(budget_month=DOLLAR))
    assert door.records.revisions.calls == 0


async def test_a_budget_that_is_set_aside_may_be_waited_for_and_a_spent_one_not() -> None:
    door, limits = Door(), KeyLimits(budget_day=100)
    await door.enter(limits, ticks=100)
    with pytest.raises(LimitExceeded) as waits:
        await door.enter(limits, ticks=1)
    assert (waits.value.retry_after, waits.value.final) == (2, False)
    await door.settle(1, 100)
    calls = door.records.revisions.calls
    for _ in range(5):
        with pytest.raises(BudgetSpent) as spent:
            await door.enter(limits, ticks=1)
    assert door.records.revisions.calls == calls + 1, "a spent budget is asked about once a second"
    assert spent.value.final
    assert "a new day begins at 2026-11-19 00:00 UTC" in spent.value.public_message
    await door.enter(KeyLimits(budget_day=200), ticks=1)


async def test_a_new_day_has_its_own_money_and_the_month_counts_on() -> None:
    door, limits = Door(), KeyLimits(budget_day=100, budget_month=150)
    await door.enter(limits, ticks=100)
    await door.settle(1, 100)
    door.clock.advance(86_400)
    await door.enter(limits, ticks=50)
    await door.settle(2, 50)
    door.clock.advance(86_400)
    with pytest.raises(BudgetSpent, match="for the month"):
        await door.enter(limits, ticks=1)


async def test_without_shared_state_each_worker_has_its_share() -> None:
    clock, records = ManualClock(), MemoryRecords()
    gates = [a_gate(records, clock, workers=4) for _ in range(4)]
    limits, let_in = KeyLimits(rpm=10, max_concurrency=6), 0
    for gate in gates:
        for _ in range(10):
            try:
                await gate.enter(Caller("key_1", "test"), limits, request_id="r", told=[])
            except LimitExceeded:
                continue
            let_in += 1
    assert let_in == 4, "one place each of six, and two requests each of ten"


@pytest.mark.parametrize("worker", ["a", "b", "c"])
async def test_a_small_limit_lets_one_through_on_each_worker_while_shared_state_is_away(worker: str) -> None:
    clock = ManualClock()
    state = MemoryState(clock)
    for each in "abc":
        await state.renew(each, {}, ttl=60)
    slots = Slots(state, worker=worker, clock=clock, workers=3)
    await slots.beat()
    clock.advance(30)
    slots._state = AwayState()
    places = KeyPlaces(slots, workers=lambda: slots.workers)
    end = await places.take("key_1", 1)
    assert end is not None
    assert await places.take("key_1", 1) is None
    end()
    assert await places.take("key_1", 1) is not None


async def test_while_shared_state_is_away_each_worker_has_its_share_and_no_more() -> None:
    clock, away = ManualClock(), AwayState()
    slots = Slots(away, worker="me", clock=clock, workers=5)
    gate = KeyGate(
        rates=KeyRates(away, MemoryState(clock), workers=lambda: slots.workers, alone=False),
        places=KeyPlaces(slots, workers=lambda: slots.workers),
        budgets=Budgets(MemoryRecords().budgets, clock),
    )
    limits, told, let_in = KeyLimits(rpm=20), Headers(), 0
    for _ in range(20):
        try:
            await gate.enter(Caller("key_1", "test"), limits, request_id="r", told=told)
        except LimitExceeded:
            continue
        let_in += 1
    assert let_in == 4
    assert dict(told)[b"x-ratelimit-limit-requests"] == b"20"
    held = KeyLimits(max_concurrency=10)
    for _ in range(2):
        await gate.enter(Caller("key_1", "test"), held, request_id="r", told=[])
    with pytest.raises(LimitExceeded):
        await gate.enter(Caller("key_1", "test"), held, request_id="r", told=[])


@pytest.mark.parametrize(
    ("address", "admitted"),
    [
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("2001:db8::9", True),
        ("11.1.2.3", False),
        ("", False),
        ("unix:", False),
    ],
)
def test_an_address_is_in_a_network_or_it_is_not(address: str, admitted: bool) -> None:
    from ipaddress import ip_network  # noqa: PLC0415  beside what it is for

    networks = (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))
    caller = Caller("key_1", "test", limits=KeyLimits(networks=networks))
    if admitted:
        check_access(caller, "chat", address)
        return
    with pytest.raises(Forbidden) as refused:
        check_access(caller, "chat", address)
    assert refused.value.code == "ip_not_authorized"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (0.0121, "13ms"), (0.9999, "1s"), (1, "1s"), (59.2, "1m0s"), (360, "6m0s"), (3661, "1h1m1s")],
)
def test_spans_are_written_as_openai_writes_them(seconds: float, text: str) -> None:
    assert reset_text(seconds) == text


def test_days_and_months_are_utc() -> None:
    assert day_of(1_795_000_000) == "2026-11-18"
    assert month_of(1_798_761_599) == "2026-12"
    assert month_of(1_798_761_600) == "2027-01"
