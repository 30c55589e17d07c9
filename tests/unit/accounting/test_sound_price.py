"""What is spoken and heard, in whole ticks."""

from __future__ import annotations

import pytest

from grok2api.accounting.pricing import load

DOLLAR = 10_000_000_000


def test_a_million_characters_cost_fifteen_dollars() -> None:
    assert load().sound.spoken(1_000_000) == 15 * DOLLAR
    assert load().sound.spoken(0) == 0


@pytest.mark.parametrize(
    ("seconds", "ticks"), [(3600.0, DOLLAR // 10), (1.0, 277_777), (0.0, 0), (0.0004, 0), (7.5, 2_083_333)]
)
def test_an_hour_costs_ten_cents(seconds: float, ticks: int) -> None:
    assert load().sound.heard(seconds) == ticks
