"""Budgets: one request beyond a limit at most, every request counted once, and nothing held for ever."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grok2api.storage.budgets import BudgetHold, BudgetWindow, Charge

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grok2api.storage.stores import Records

NOW = 1_795_000_000.25
DAY, MONTH = "2026-11-26", "2026-11"
NUMBERS = count()


def a_hold(number: int = 1, **fields: object) -> BudgetHold:
    values: dict[str, object] = {
        "id": f"req_{number:05}#灵",
        "key_id": "key_001",
        "day": DAY,
        "month": MONTH,
        "amount": 100,
        "until": NOW + 60,
    }
    return BudgetHold(**{**values, **fields})  # type: ignore[arg-type]


def charged(hold: BudgetHold, ticks: int) -> Charge:
    return Charge(id=hold.id, key_id=hold.key_id, day=hold.day, month=hold.month, ticks=ticks, at=NOW)


async def taken(
    records: Records, hold: BudgetHold, *, day: int = 0, month: int = 0, now: float = NOW
) -> BudgetWindow | None:
    return await records.budgets.reserve(hold, day_limit=day, month_limit=month, now=now)


async def standing(records: Records, key_id: str = "key_001") -> dict[str, tuple[int, int]]:
    windows = await records.budgets.windows([key_id], [DAY, MONTH])
    return {each.name: (each.spent, each.reserved) for each in windows}


async def test_money_is_set_aside_and_then_spent(
    records: Records, open_another: Callable[[], Awaitable[Records]]
) -> None:
    other = await open_another()
    assert await standing(other) == {}
    assert await taken(records, a_hold(), day=1000, month=5000) is None
    assert await standing(other) == {DAY: (0, 100), MONTH: (0, 100)}
    await other.budgets.settle([charged(a_hold(), 70)])
    assert await standing(records) == {DAY: (70, 0), MONTH: (70, 0)}


async def test_a_full_window_refuses_and_changes_nothing(records: Records) -> None:
    for number in range(1, 4):
        assert await taken(records, a_hold(number), day=250, month=10_000) is None
    full = await taken(records, a_hold(4), day=250, month=10_000)
    assert full == BudgetWindow(key_id="key_001", name=DAY, spent=0, reserved=300)
    assert await standing(records) == {DAY: (0, 300), MONTH: (0, 300)}
    by_month = await taken(records, a_hold(5, day="2026-11-27"), day=250, month=300)
    assert by_month == BudgetWindow(key_id="key_001", name=MONTH, spent=0, reserved=300)
    assert await taken(records, a_hold(6, key_id="key_002"), day=250) is None


async def test_what_was_dearer_than_foreseen_is_counted_whole(records: Records) -> None:
    await taken(records, a_hold(), day=100)
    await records.budgets.settle([charged(a_hold(), 5_000_000_000_000_000)])
    assert await standing(records) == dict.fromkeys((DAY, MONTH), (5000000000000000, 0))
    full = await taken(records, a_hold(2), day=5_000_000_000_000_000)
    assert full is not None
    assert full.spent == 5_000_000_000_000_000
    assert await taken(records, a_hold(3), day=5_000_000_000_000_001) is None


async def test_a_request_is_counted_once_however_often_it_is_told(records: Records) -> None:
    await taken(records, a_hold())
    for _ in range(3):
        await records.budgets.settle([charged(a_hold(), 70), charged(a_hold(), 80), charged(a_hold(2), 5)])
    assert await standing(records) == {DAY: (75, 0), MONTH: (75, 0)}
    assert await taken(records, a_hold()) is None
    assert await standing(records) == {DAY: (75, 0), MONTH: (75, 0)}


async def test_a_request_that_set_nothing_aside_is_counted_too(records: Records) -> None:
    await records.budgets.settle([charged(a_hold(9), 30)])
    assert await standing(records) == {DAY: (30, 0), MONTH: (30, 0)}


async def test_a_request_that_set_nothing_aside_and_cost_nothing_leaves_no_trace(records: Records) -> None:
    await records.budgets.settle([charged(a_hold(9), 0)])
    assert await standing(records) == {}
    assert await records.budgets.sweep(NOW + 1, kept_since=NOW + 1, oldest="2026-09", limit=10) == 0


async def test_an_ended_hold_makes_room_and_still_counts_when_it_is_settled(records: Records) -> None:
    killed = a_hold(1, until=NOW + 10)
    await taken(records, killed, day=100)
    assert await taken(records, a_hold(2), day=100, now=NOW + 9) is not None
    assert await taken(records, a_hold(2), day=100, now=NOW + 10) is None
    assert await standing(records) == {DAY: (0, 100), MONTH: (0, 100)}
    await records.budgets.settle([charged(killed, 40)])
    assert await standing(records) == {DAY: (40, 100), MONTH: (40, 100)}


async def test_sweeping_gives_back_and_forgets(records: Records) -> None:
    await taken(records, a_hold(1, until=NOW + 10))
    await taken(records, a_hold(2, until=NOW + 1000))
    await records.budgets.settle([charged(a_hold(3), 7)])
    sweep = records.budgets.sweep
    assert await sweep(NOW + 11, kept_since=NOW - 1, oldest="2026-09", limit=10) == 1
    assert await standing(records) == {DAY: (7, 100), MONTH: (7, 100)}
    assert await sweep(NOW + 11, kept_since=NOW + 100, oldest="2026-09", limit=10) == 2
    assert await sweep(NOW + 11, kept_since=NOW + 100, oldest="2026-09", limit=10) == 0
    assert await standing(records) == {DAY: (7, 100), MONTH: (7, 100)}
    await sweep(NOW + 11, kept_since=NOW, oldest="2026-11-01", limit=10)
    assert await standing(records) == {DAY: (7, 100)}


async def test_of_two_hundred_at_once_ten_get_money_for_ten(
    open_another: Callable[[], Awaitable[Records]],
) -> None:
    stores = [await open_another() for _ in range(4)]
    outcomes = await asyncio.gather(
        *(taken(stores[number % 4], a_hold(number), day=1000) for number in range(200))
    )
    assert outcomes.count(None) == 10
    assert await standing(stores[0]) == {DAY: (0, 1000), MONTH: (0, 1000)}
    granted = [a_hold(number) for number, full in enumerate(outcomes) if full is None]
    await asyncio.gather(
        *(store.budgets.settle([charged(each, 100) for each in granted]) for store in stores)
    )
    assert await standing(stores[1]) == {DAY: (1000, 0), MONTH: (1000, 0)}


@dataclass(slots=True)
class Purse:
    """The same promise in few words: what counts is what is settled, and what lasting holds set aside."""

    spent: int = 0
    held: dict[str, tuple[int, float]] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)

    def reserved(self, now: float) -> int:
        return sum(amount for amount, until in self.held.values() if until > now)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("reserve"), st.integers(1, 60), st.sampled_from([5.0, 50.0])),
        st.tuples(st.just("settle"), st.integers(0, 80), st.integers(0, 5)),
        st.tuples(st.just("pass"), st.sampled_from([1.0, 7.0]), st.just(0)),
        st.tuples(st.just("sweep"), st.just(0), st.just(0)),
    ),
    max_size=14,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_whatever_happens_the_sums_are_right_and_one_request_at_most_goes_beyond(
    records: Records, steps: list[tuple[str, float, float]]
) -> None:
    key_id, purse, now, limit = f"key/{next(NUMBERS)}", Purse(), NOW, 100
    made: list[BudgetHold] = []
    for verb, first, second in steps:
        if verb == "reserve":
            hold = a_hold(next(NUMBERS), key_id=key_id, amount=int(first), until=now + second)
            room = purse.spent + purse.reserved(now) < limit
            assert (await taken(records, hold, day=limit, now=now) is None) == room
            if room:
                made.append(hold)
                purse.held[hold.id] = (hold.amount, hold.until)
        elif verb == "settle" and made:
            hold = made[int(second) % len(made)]
            await records.budgets.settle([charged(hold, int(first))])
            if hold.id not in purse.settled:
                purse.settled.add(hold.id)
                purse.spent += int(first)
                del purse.held[hold.id]
        elif verb == "pass":
            now += first
        elif verb == "sweep":
            await records.budgets.sweep(now, kept_since=NOW - 1, oldest="2026-09", limit=100)
    await records.budgets.sweep(now, kept_since=NOW - 1, oldest="2026-09", limit=100)
    sums = (purse.spent, purse.reserved(now))
    assert (await standing(records, key_id)).get(DAY, (0, 0)) == sums
