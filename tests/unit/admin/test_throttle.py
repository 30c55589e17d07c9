"""Guessing a password is slow, for one network and for all; others do not shut the owner out."""

from __future__ import annotations

import pytest

from grok2api.admin.throttle import LoginThrottle, network_of
from grok2api.errors import LimitExceeded
from grok2api.kit.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def throttle(clock: ManualClock) -> LoginThrottle:
    return LoginThrottle(clock)


def wait_of(throttle: LoginThrottle, account: str = "admin", address: str = "192.0.2.1") -> float:
    with pytest.raises(LimitExceeded) as refused:
        throttle.begin(account, address)
    assert refused.value.retry_after is not None
    return refused.value.retry_after


def test_after_five_failures_each_wait_is_twice_the_last(throttle: LoginThrottle, clock: ManualClock) -> None:
    for _ in range(5):
        throttle.begin("admin", "192.0.2.1")
    waits = []
    for _ in range(12):
        waits.append(wait_of(throttle))
        clock.advance(waits[-1])
        throttle.begin("admin", "192.0.2.1")
    assert waits == pytest.approx([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900])
    clock.advance(3600)
    for _ in range(5):
        throttle.begin("admin", "192.0.2.1")


def test_other_accounts_and_networks_are_not_held_up(throttle: LoginThrottle) -> None:
    for _ in range(5):
        throttle.begin("admin", "192.0.2.1")
    wait_of(throttle)
    throttle.begin("ada", "192.0.2.1")
    throttle.begin("admin", "198.51.100.1")


def test_a_thousand_at_once_are_no_way_around(throttle: LoginThrottle) -> None:
    for _ in range(5):
        throttle.begin("admin", "192.0.2.1")
    for _ in range(1000):
        wait_of(throttle)


def test_a_success_forgets_the_failures(throttle: LoginThrottle) -> None:
    for _ in range(30):
        throttle.begin("admin", "192.0.2.1")
        throttle.succeed("admin", "192.0.2.1")


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


def test_many_networks_together_are_slowed_but_not_one_that_knew_the_password(
    throttle: LoginThrottle,
) -> None:
    throttle.begin("admin", "192.0.2.1")
    throttle.succeed("admin", "192.0.2.1")
    for number in range(100):
        throttle.begin("admin", f"198.51.{number}.1")
    assert wait_of(throttle, address="203.0.113.1") == pytest.approx(300)
    throttle.begin("admin", "192.0.2.1")


def test_memory_is_bounded(throttle: LoginThrottle, clock: ManualClock) -> None:
    for number in range(6000):
        clock.advance(301)
        throttle.begin("admin", f"host-{number}")
        throttle.succeed("admin", f"other-{number}")
    assert len(throttle._of_one) <= 4096
    assert len(throttle._known) <= 4096
    assert len(throttle._of_all) <= 2
