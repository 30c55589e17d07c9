"""A price that is off is told, and one that is right, or judged by too few requests, is not."""

from __future__ import annotations

import pytest

from grok2api.accounting.drift import drifts
from grok2api.storage.usage import UsageSum, sum_of


def summed(compared: int, told: int, price: int) -> UsageSum:
    return sum_of(0, "grok-4.7", {"compared": compared, "told_ticks": told, "price_ticks": price})


@pytest.mark.parametrize(
    ("compared", "told", "price", "off"),
    [
        (20, 1_000, 1_000, False),
        (20, 1_010, 1_000, False),
        (20, 1_011, 1_000, True),
        (20, 989, 1_000, True),
        (19, 2_000, 1_000, False),
        (500, 1, 0, True),
        (500, 0, 0, False),
    ],
)
def test_a_price_is_off_by_more_than_a_hundredth(compared: int, told: int, price: int, off: bool) -> None:
    assert bool(drifts([summed(compared, told, price)])) == off


def test_how_far_it_is_off() -> None:
    (drift,) = drifts([summed(40, 1_250, 1_000)])
    assert (drift.model, drift.compared, drift.ratio) == ("grok-4.7", 40, 0.25)
