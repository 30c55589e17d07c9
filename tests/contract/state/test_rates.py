"""Rates: what is let through is what a bucket that leaks would let through, to the microsecond."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.state.conftest import Backend
from grok2api.storage.state import Rate, SharedState

NUMBERS = count()


@dataclass(slots=True)
class LeakyBucket:
    """The other way to tell the same limit: every unit fills the bucket, and it leaks evenly."""

    rate: Rate
    level: int = 0
    seen: int = 0

    def spend(self, now: int, cost: int) -> tuple[bool, float, int]:
        self.level = max(0, self.level - (now - self.seen))
        self.seen = now
        over = self.level + cost * self.rate.unit - self.rate.depth
        if over <= 0:
            self.level += cost * self.rate.unit
        wait = 0.0 if over <= 0 else math.inf if cost > self.rate.burst else over / 1_000_000
        return over <= 0, wait, max(0, (self.rate.depth - self.level) // self.rate.unit)


ASKS = st.lists(st.tuples(st.integers(1, 4), st.sampled_from([0.0, 0.0, 0.002, 0.011])), max_size=25)
RATES = st.builds(Rate, st.integers(1, 500), st.floats(0.05, 5.0), st.integers(1, 6))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rate=RATES, asks=ASKS)
async def test_a_rate_is_a_bucket_that_leaks(
    backend: Backend, state: SharedState, rate: Rate, asks: list[tuple[int, float]]
) -> None:
    name, model = f"rate {next(NUMBERS)}", LeakyBucket(rate)
    for cost, pause in asks:
        verdict = await state.spend(name, rate, cost)
        assert (verdict.allowed, verdict.retry_after, verdict.left) == model.spend(verdict.at, cost)
        if pause:
            await backend.pass_time(pause)


async def test_of_two_hundred_at_once_ten_are_let_through(
    open_another: Callable[[], Awaitable[SharedState]],
) -> None:
    states = [await open_another() for _ in range(4)]
    rate = Rate(count=10, period=3600, burst=10)
    verdicts = await asyncio.gather(*(states[n % 4].spend("key", rate) for n in range(200)))
    assert sum(verdict.allowed for verdict in verdicts) == 10


async def test_the_wait_that_is_told_is_enough_and_not_too_much(backend: Backend, state: SharedState) -> None:
    rate = Rate(count=10, period=2.0, burst=2)
    first = [await state.spend("key", rate) for _ in range(3)]
    assert [verdict.allowed for verdict in first] == [True, True, False]
    assert 0 < first[2].retry_after <= 0.2
    await backend.pass_time(first[2].retry_after)
    assert (await state.spend("key", rate)).allowed


async def test_a_refusal_costs_nothing(state: SharedState) -> None:
    rate = Rate(count=1, period=60, burst=5)
    assert (await state.spend("key", rate, 4)).left == 1
    refused = [await state.spend("key", rate, 3) for _ in range(5)]
    assert not any(verdict.allowed for verdict in refused)
    assert refused[0].retry_after == pytest.approx(120, abs=5)
    assert (await state.spend("key", rate, 1)).allowed


async def test_what_costs_more_than_the_burst_is_never_let_through(state: SharedState) -> None:
    verdict = await state.spend("key", Rate(count=60, period=60, burst=3), 4)
    assert (verdict.allowed, verdict.retry_after) == (False, math.inf)


async def test_names_do_not_know_each_other(state: SharedState) -> None:
    rate = Rate(count=1, period=60, burst=1)
    assert (await state.spend("one", rate)).allowed
    assert (await state.spend("two", rate)).allowed


@pytest.mark.parametrize("wrong", [(0, 1.0, 1), (1, 0.0, 1), (1, 1.0, 0)])
def test_a_rate_that_means_nothing_cannot_be_made(wrong: tuple[int, float, int]) -> None:
    with pytest.raises(ValueError, match="positive"):
        Rate(*wrong)


async def test_a_cost_of_nothing_only_asks(backend: Backend, state: SharedState) -> None:
    rate = Rate(count=60, period=60, burst=10)
    assert (await state.spend("key", rate, 0)).left == 10
    await state.spend("key", rate, 4)
    asked = [await state.spend("key", rate, 0) for _ in range(3)]
    assert [(each.allowed, each.left) for each in asked] == [(True, 6)] * 3
    assert asked[0].full_after == pytest.approx(4, abs=0.5)
    await backend.pass_time(0)


async def test_what_was_too_much_is_given_back(state: SharedState) -> None:
    rate = Rate(count=10, period=3600, burst=10)
    first = await state.spend("key", rate, 10)
    assert first.receipt is not None
    state.correct("key", rate, first.receipt, cost=10, true=3)
    assert (await state.spend("key", rate, 0)).left == 7
    state.correct("key", rate, first.receipt, cost=10, true=10)
    assert (await state.spend("key", rate, 7)).allowed
    assert not (await state.spend("key", rate, 1)).allowed


async def test_what_was_too_little_is_spent_whatever_the_rate_allows(state: SharedState) -> None:
    rate = Rate(count=60, period=60, burst=60)
    first = await state.spend("key", rate, 1)
    assert first.receipt is not None
    state.correct("key", rate, first.receipt, cost=1, true=100)
    refused = await state.spend("key", rate, 1)
    assert (refused.allowed, refused.left) == (False, 0)
    assert refused.retry_after == pytest.approx(41, abs=2)


async def test_a_receipt_of_long_ago_gives_nothing_back(backend: Backend, state: SharedState) -> None:
    rate = Rate(count=100, period=1.0, burst=10)
    first = await state.spend("key", rate, 10)
    await backend.pass_time(0.15)
    slow = Rate(count=10, period=3600, burst=10)
    await state.spend("key", slow, 5)
    assert first.receipt is not None
    state.correct("key", slow, first.receipt, cost=10, true=0)
    assert (await state.spend("key", slow, 0)).left == 5
