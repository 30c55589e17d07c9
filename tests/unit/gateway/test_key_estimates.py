"""What a request may use: never less for more, dear where no price is known, and never a failure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from grok2api.accounting.pricing import load
from grok2api.accounting.settlement import Settlement
from grok2api.canonical.limits import Estimate
from grok2api.canonical.plan import ModelKind, Plan, Target
from grok2api.config.settings import Settings
from grok2api.dialects.images.wish import GivenPicture, ImageWish
from grok2api.dialects.videos.wish import VideoWish
from grok2api.gateway.images import ImageOrder
from grok2api.gateway.limits.estimates import USUAL_ANSWER, Estimator
from grok2api.gateway.orders import Order
from grok2api.gateway.videos.order import VideoOrder
from support.responses_api import DIALECT, VIEW, parse

ESTIMATOR = Estimator(load())
DOLLAR = 10**10


def order(model: str = "grok-4.7", kind: ModelKind = ModelKind.TEXT, **body: Any) -> Order:
    return Order(
        call=parse({"input": "hello", **body}),
        plan=Plan(public_id="grok-4", mode="forward", targets=(Target(model),), kind=kind),
        dialect=DIALECT,
        view=VIEW,
        settlement=cast(Settlement, None),
        settings=Settings(),
    )


def test_a_turn_is_its_prompt_and_the_longest_answer_that_it_allows() -> None:
    short, usual = ESTIMATOR.turn(order(max_output_tokens=100)), ESTIMATOR.turn(order())
    assert short.tokens == 100 + 5
    assert usual.tokens == USUAL_ANSWER + 5
    assert short.ticks == 5 * 20_000 + 100 * 60_000
    assert ESTIMATOR.turn(order(input="word " * 1000, max_output_tokens=100)).tokens > 1000


def test_several_answers_count_each() -> None:
    one = order(max_output_tokens=100)
    three = replace(one, call=replace(one.call, choices=3))
    assert ESTIMATOR.turn(three).tokens == 300 + 5


def test_a_model_without_a_price_is_dear() -> None:
    known, unknown = ESTIMATOR.turn(order()), ESTIMATOR.turn(order("grok-9"))
    assert unknown == known


@pytest.mark.parametrize(
    ("kind", "model"), [(ModelKind.IMAGE, "grok-imagine-image"), (ModelKind.VIDEO, "grok-imagine-video")]
)
def test_models_of_pictures_and_clips_cost_by_the_piece(kind: ModelKind, model: str) -> None:
    told, unknown = ESTIMATOR.turn(order(model, kind)), ESTIMATOR.turn(order("grok-imagine-9", kind))
    assert told.tokens == unknown.tokens == 0
    assert 0 < told.ticks <= unknown.ticks


def picture_order(model: str, **wish: Any) -> ImageOrder:
    errand: Any = type("Errand", (), {"plan": order(model, ModelKind.IMAGE).plan})()
    return ImageOrder(wish=ImageWish(prompt="a cat", **wish), errand=errand, draft=cast(Any, None))


def test_pictures_cost_by_number_quality_and_what_they_build_on() -> None:
    def ticks(model: str = "grok-imagine-image-2.0", **wish: Any) -> int:
        return ESTIMATOR.pictures(picture_order(model, **wish)).ticks

    assert ticks() == 400_000_000
    assert ticks(count=4) == 4 * ticks()
    assert ticks(quality="medium") == 600_000_000
    given = (GivenPicture(path="image"),)
    assert ticks(given=given) == 600_000_000 + 100_000_000
    assert ticks("grok-imagine-9") >= ticks(quality="medium")
    assert ticks(quality="high") >= ticks(quality="medium"), "a price that is missing is dear"


def test_videos_cost_by_the_second() -> None:
    def ticks(**wish: Any) -> int:
        plan = order("grok-imagine-video", ModelKind.VIDEO).plan
        shown: Any = {"model": "grok-imagine-1.0-video", "shown_seconds": 8, "shown_size": "1280x720"}
        made = VideoWish(**{**shown, **wish})
        return ESTIMATOR.video(
            VideoOrder(
                wish=made, call=cast(Any, None), plan=plan, settlement=cast(Any, None), settings=Settings()
            )
        ).ticks

    assert ticks(seconds=4, resolution="720p") == 4 * 700_000_000
    assert ticks() == 8 * 500_000_000
    assert ticks(seconds=4, resolution="8k") == 4 * 1_400_000_000


def test_sounds_cost_by_the_character_and_by_their_bytes() -> None:
    assert ESTIMATOR.spoken("x" * 1_000_000) == Estimate(ticks=15 * DOLLAR)
    hour = ESTIMATOR.heard(4000 * 3600)
    assert hour == Estimate(ticks=DOLLAR // 10)
    assert ESTIMATOR.heard(0).ticks > 0
