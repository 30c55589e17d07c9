"""Upstream's figure counts; ours is exact where upstream is silent."""

from __future__ import annotations

import pytest

from grok2api.accounting.pricing import load
from grok2api.canonical.price import Price, read_line
from grok2api.canonical.usage import Usage


@pytest.mark.parametrize(
    ("model", "usage", "ticks"),
    [
        ("grok-4.3", Usage(input=10_120, cached=128, output=1_499 + 2_809, reasoning=2_809), 232_856_000),
        ("grok-4.7", Usage(input=1_000_000, output=0), 40_000_000_000),
        ("grok-4.7", Usage(input=199_999), 3_999_980_000),
        ("grok-4.7", Usage(input=200_000), 8_000_000_000),
        ("grok-4.7", Usage(input=100_000, cached=100_000, output=1_000), 560_000_000),
        ("grok-4.7", Usage(input=10, cached=99), 50_000),
        ("grok-4.7", Usage(input=10, output=10, cost_ticks=7), 7),
        ("grok-4.7", Usage(input=10, output=10, cost_ticks=0), 0),
        ("grok-99", Usage(input=10, output=10), 0),
        ("grok-4.3", Usage(), 0),
    ],
)
def test_the_cost_of_a_request(model: str, usage: Usage, ticks: int) -> None:
    assert load().cost(model, usage) == ticks


@pytest.mark.parametrize(
    ("model", "usage", "ticks"),
    [
        ("grok-4.7", Usage(input=1_300, cached=1_024), 15_360_000),
        ("grok-4.7", Usage(input=1_300), 0),
        ("grok-4.7", Usage(input=200_000, cached=1_000), 30_000_000),
        ("grok-4.3", Usage(input=10, cached=99), 105_000),
        ("grok-4.3", Usage(input=10, cached=10, cost_ticks=7), 105_000),
        ("grok-99", Usage(input=10, cached=10), None),
    ],
)
def test_what_the_prompt_cache_saves(model: str, usage: Usage, ticks: int | None) -> None:
    assert load().saved(model, usage) == ticks


def test_the_usages_of_several_answers_add_up() -> None:
    price = load().of("grok-4.3")
    assert price is not None
    one = price.told(Usage(input=10, cached=4, output=2, reasoning=1))
    assert one + Usage(input=1, output=1) == Usage(
        input=11,
        cached=4,
        output=3,
        reasoning=1,
        cost_ticks=one.cost_ticks,
        saved_ticks=one.saved_ticks,
        by_list=True,
    )
    assert (Usage() + Usage()).cost_ticks is None


@pytest.mark.parametrize(
    ("model", "resolution", "seconds", "ticks"),
    [
        ("grok-imagine-video", "720p", 4, 2_800_000_000),
        ("grok-imagine-video", "480p", 4.5, 2_250_000_000),
        ("grok-imagine-video", "", 1, 500_000_000),
        ("grok-imagine-video", "1080p", 1, None),
        ("grok-imagine-video-1.5-lite", "1080p", 2, 2_800_000_000),
        ("grok-imagine-video-9", "720p", 4, None),
    ],
)
def test_the_price_of_a_video(model: str, resolution: str, seconds: float, ticks: int | None) -> None:
    assert load().video(model, resolution, seconds) == ticks


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("grok-4.7 2 0.5 6", Price(20_000, 5_000, 60_000, 200_000)),
        ("m  0.0001 0 100000", Price(1, 0, 1_000_000_000, 200_000)),
    ],
)
def test_an_operators_price_takes_the_place_of_the_lists(line: str, told: Price) -> None:
    own: tuple[str, ...] = ()
    prices = load(lambda: own)
    name = line.split(maxsplit=1)[0]
    shipped = prices.of(name)
    own = (line,)
    assert prices.of(name) == told
    own = ()
    assert prices.of(name) == shipped


@pytest.mark.parametrize(
    "line",
    [
        "grok-4.7",
        "grok-4.7 2 0.5",
        "grok-4.7 2 0.5 six",
        "grok-4.7 -1 0 0",
        "a 0.00001 0 0",
        "a nan 0 0",
        "a 1e9 0 0",
    ],
)
def test_what_is_no_price_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="price"):
        read_line(line)


def test_tools_of_upstream_are_not_in_the_list() -> None:
    assert load().by_list("grok-4.7", Usage(input=10, cost_ticks=7)) == 200_000
    assert load().by_list("grok-4.7", Usage(input=10, tools=1)) is None
    assert load().by_list("grok-99", Usage(input=10)) is None
