"""Moments and money as an operator reads them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.operations.notation import moment, usd


@pytest.mark.parametrize(
    ("ticks", "text"),
    [
        (0, "0.00"),
        (1, "0.0000000001"),
        (10_000_000_000, "1.00"),
        (15_000_000_000, "1.50"),
        (1_234_500_000_000, "123.45"),
        (12_345_678_901, "1.2345678901"),
        (-5_000_000_000, "-0.50"),
        (10**22, "1000000000000.00"),
    ],
)
def test_money_is_exact(ticks: int, text: str) -> None:
    assert usd(ticks) == text


@given(st.integers(min_value=0, max_value=10**24))
def test_no_tick_is_ever_rounded_away(ticks: int) -> None:
    assert Decimal(usd(ticks)) * 10**10 == ticks


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, None), (0.0, "1970-01-01T00:00:00Z"), (1_795_000_000.9, "2026-11-18T11:06:40Z"), (1e30, None)],
)
def test_moments_are_utc(seconds: float | None, text: str | None) -> None:
    assert moment(seconds) == text
