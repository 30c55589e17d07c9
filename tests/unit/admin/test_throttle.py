"""Guessing a password is slow, for one network and for all; others do not shut the owner out."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from grok2api.admin.throttle import LoginThrottle, network_of
from grok2api.errors import LimitExceeded
from grok2api.kit.clock import ManualClock
from support.memory_access import MemoryAttempts

PEPPER = b"pepper of the tests"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store() -> MemoryAttempts:
    return MemoryAttempts(lambda: None)


@pytest.fixture
def throttle(store: MemoryAttempts, clock: ManualClock) -> LoginThrottle:
    return LoginThrottle(store, pepper=PEPPER, clock=clock)


async def wait_of(throttle: LoginThrottle, account: str = "admin", address: str = "192.0.2.1") -> float:
    with pytest.raises(LimitExceeded) as refused:
        await throttle.begin(account, address)
    assert refused.value.retry_after is not None
    return refused.value.retry_after


async def test_after_five_failures_each_wait_is_twice_the_last(
    throttle: LoginThrottle, clock: ManualClock
) -> None:
    for _ in range(5):
        await throttle.begin("admin", "192.0.2.1")
    waits = []
    for _ in range(12):
        waits.append(await wait_of(throttle))
        clock.advance(waits[-1])
        await throttle.begin("admin", "192.0.2.1")
    assert waits == pytest.approx([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900])
    clock.advance(3600)
    for _ in range(5):
        await throttle.begin("admin", "192.0.2.1")


async def test_other_accounts_and_networks_are_not_held_up(throttle: LoginThrottle) -> None:
    for _ in range(5):
        await throttle.begin("admin", "192.0.2.1")
    await wait_of(throttle)
    await throttle.begin("ada", "192.0.2.1")
    await throttle.begin("admin", "198.51.100.1")


async def test_a_thousand_at_once_are_no_way_around(throttle: LoginThrottle) -> None:
    for _ in range(5):
        await throttle.begin("admin", "192.0.2.1")
    for _ in range(1000):
        await wait_of(throttle)


async def test_a_success_forgets_the_failures(throttle: LoginThrottle) -> None:
    for _ in range(30):
        await throttle.begin("admin", "192.0.2.1")
        await throttle.succeed("admin", "192.0.2.1")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("local", "local"),
    ],
)
def test_a_network_is_what_one_person_may_hold(address: str, network: str) -> None:
    assert network_of(address) == network


async def test_many_networks_together_are_slowed_but_not_one_that_knew_the_password(
    throttle: LoginThrottle,
) -> None:
    await throttle.begin("admin", "192.0.2.1")
    await throttle.succeed("admin", "192.0.2.1")
    for number in range(100):
        await throttle.begin("admin", f"198.51.{number}.1")
    assert await wait_of(throttle, address="203.0.113.1") == pytest.approx(300)
    await throttle.begin("admin", "192.0.2.1")


async def test_what_is_kept_ends_and_tells_neither_account_nor_network(
    store: MemoryAttempts, throttle: LoginThrottle, clock: ManualClock
) -> None:
    for number in range(60):
        clock.advance(301)
        await throttle.begin(f"account-{number}", "192.0.2.1")
    assert len(store.rows) <= 14
    assert not any(word in repr(store.rows) for word in ("account", "192.0.2"))


async def test_further_workers_are_no_further_tries(
    store: MemoryAttempts, throttle: LoginThrottle, clock: ManualClock
) -> None:
    others = [throttle, *(LoginThrottle(store, pepper=PEPPER, clock=clock) for _ in range(3))]
    told = await asyncio.gather(
        *(each.begin("admin", "192.0.2.1") for each in others for _ in range(50)), return_exceptions=True
    )
    assert [each for each in told if each is None] == [None] * 5
    for each in others:
        await wait_of(each)
    await throttle.begin("admin", "198.51.100.1")


async def test_a_burst_of_one_network_does_not_keep_the_others_out(throttle: LoginThrottle) -> None:
    await asyncio.gather(*(throttle.begin("admin", "192.0.2.1") for _ in range(300)), return_exceptions=True)
    await throttle.begin("admin", "198.51.100.1")


async def test_a_clock_that_goes_back_lengthens_no_wait(throttle: LoginThrottle, clock: ManualClock) -> None:
    for _ in range(6):
        with suppress(LimitExceeded):
            await throttle.begin("admin", "192.0.2.1")
    clock.wall -= 3600
    assert await wait_of(throttle) <= 2


async def test_a_flood_of_refused_tries_does_not_reach_the_store(
    store: MemoryAttempts, throttle: LoginThrottle
) -> None:
    for _ in range(5):
        await throttle.begin("admin", "192.0.2.1")
    await wait_of(throttle)
    rows, store.rows = store.rows, {}
    for _ in range(100):
        await wait_of(throttle)
    store.rows = rows
