"""Guessing the password is slow, for one address and for all; others do not shut the owner out."""

from __future__ import annotations

import pytest

from grok2api.admin.throttle import LoginThrottle
from grok2api.errors import LimitExceeded
from grok2api.kit.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def throttle(clock: ManualClock) -> LoginThrottle:
    return LoginThrottle(clock)


def test_an_address_gets_ten_attempts_in_five_minutes(throttle: LoginThrottle, clock: ManualClock) -> None:
    for _ in range(10):
        throttle.begin("192.0.2.1")
        clock.advance(1)
    with pytest.raises(LimitExceeded) as refused:
        throttle.begin("192.0.2.1")
    assert refused.value.retry_after == pytest.approx(290)
    throttle.begin("192.0.2.2")
    clock.advance(290)
    throttle.begin("192.0.2.1")


def test_a_success_forgets_the_failures(throttle: LoginThrottle) -> None:
    for _ in range(30):
        throttle.begin("192.0.2.1")
        throttle.succeed("192.0.2.1")


def test_a_whole_ipv6_network_counts_as_one(throttle: LoginThrottle) -> None:
    for number in range(10):
        throttle.begin(f"2001:db8::{number:x}")
    with pytest.raises(LimitExceeded):
        throttle.begin("2001:db8::ffff:1")
    throttle.begin("2001:db8:0:1::1")


def test_an_ipv4_address_is_the_same_in_ipv6_clothes(throttle: LoginThrottle) -> None:
    for _ in range(10):
        throttle.begin("192.0.2.1")
    with pytest.raises(LimitExceeded):
        throttle.begin("::ffff:192.0.2.1")


def test_many_addresses_together_are_slowed_but_not_one_that_knew_the_password(
    throttle: LoginThrottle,
) -> None:
    throttle.begin("192.0.2.1")
    throttle.succeed("192.0.2.1")
    for number in range(100):
        throttle.begin(f"198.51.100.{number}")
    with pytest.raises(LimitExceeded):
        throttle.begin("203.0.113.1")
    throttle.begin("192.0.2.1")


def test_memory_is_bounded(throttle: LoginThrottle, clock: ManualClock) -> None:
    for number in range(6000):
        clock.advance(301)
        throttle.begin(f"host-{number}")
        throttle.succeed(f"other-{number}")
    assert len(throttle._of_one) <= 4096
    assert len(throttle._known) <= 4096
    assert len(throttle._of_all) <= 2
