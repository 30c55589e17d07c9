"""What xAI is sent: its own fields only, and none that the model lacks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grok2api.canonical.amendments import Amendments
from grok2api.dialects.images.outgoing import Draft, check_strict, image_dispatch, quality_of
from grok2api.dialects.images.sizes import Shape
from grok2api.dialects.images.wish import ImageWish
from grok2api.errors import Unsupported

QUALITIES = ("low", "medium", "high")
PICTURE = {"url": "data:image/png;base64,AAAA"}


def sent(draft: Draft, qualities: tuple[str, ...] = QUALITIES, *refused: str) -> tuple[Any, tuple[str, ...]]:
    dispatch = image_dispatch(draft, "grok-x", qualities, Amendments(arguments=frozenset(refused)))
    assert (dispatch.method, dispatch.repeatable) == ("POST", False)
    assert dispatch.path == ("/images/edits" if draft.pictures else "/images/generations")
    return json.loads(dispatch.content or b""), dispatch.dropped


def test_the_least() -> None:
    body, dropped = sent(Draft(wish=ImageWish(prompt="a"), count=1))
    assert body == {"model": "grok-x", "prompt": "a", "n": 1, "response_format": "b64_json"}
    assert dropped == ()


def test_the_most() -> None:
    wish = ImageWish(prompt="a", shape=Shape("16:9", "2k"), quality="hd", user="u")
    body, dropped = sent(Draft(wish=wish, count=4, as_url=True))
    assert body == {
        "model": "grok-x",
        "prompt": "a",
        "n": 4,
        "response_format": "url",
        "aspect_ratio": "16:9",
        "resolution": "2k",
        "quality": "high",
        "user": "u",
    }
    assert dropped == ()


@pytest.mark.parametrize(
    ("asked", "there", "missing"),
    [
        (None, None, ()),
        ("auto", "auto", ()),
        ("low", "low", ("quality",)),
        ("standard", "medium", ()),
        ("hd", "high", ("quality",)),
        ("max", "high", ("quality",)),
    ],
)
def test_a_quality_goes_where_there_are_some(
    asked: str | None, there: str | None, missing: tuple[str, ...]
) -> None:
    draft = Draft(wish=ImageWish(prompt="a", quality=asked), count=1)
    qualities = (*QUALITIES, "auto")
    body, dropped = sent(draft, qualities)
    assert (body.get("quality"), dropped) == (there, ())
    assert quality_of(draft.wish, qualities) == there
    body, dropped = sent(draft, ())
    assert ("quality" in body, dropped) == (False, missing)


def test_a_quality_that_the_model_does_not_know_is_left_out_and_named() -> None:
    body, dropped = sent(Draft(wish=ImageWish(prompt="a", quality="high"), count=1), ("low", "medium"))
    assert ("quality" in body, dropped) == (False, ("quality",))


def test_one_picture_keeps_its_ratio_and_several_have_the_one_asked_for() -> None:
    wish = ImageWish(prompt="a", shape=Shape("16:9", "1k"), size_field="size")
    body, dropped = sent(Draft(wish=wish, count=1, pictures=[PICTURE]))
    assert (body["image"], body["resolution"], "aspect_ratio" in body) == (PICTURE, "1k", False)
    assert dropped == ("size",)
    assert sent(Draft(wish=wish, count=1, pictures=[PICTURE], ratio_kept=True))[1] == ()
    body, dropped = sent(Draft(wish=wish, count=1, pictures=[PICTURE, PICTURE]))
    assert (body["images"], body["aspect_ratio"], dropped) == ([PICTURE, PICTURE], "16:9", ())
    assert "image" not in body


def test_knobs_can_be_left_out_when_upstream_refuses_them_but_nothing_else() -> None:
    wish = ImageWish(prompt="a", shape=Shape("16:9", "2k"), quality="low", user="u")
    draft = Draft(wish=wish, count=1)
    body, dropped = sent(draft, QUALITIES, "quality", "user", "aspect_ratio", "resolution", "n")
    assert set(body) == {"model", "prompt", "n", "response_format", "aspect_ratio", "resolution"}
    assert dropped == ("quality", "user")


def test_a_strict_key_is_told_instead() -> None:
    draft = Draft(wish=ImageWish(prompt="a", quality="low"), count=1)
    check_strict(image_dispatch(draft, "grok-x", QUALITIES))
    with pytest.raises(Unsupported) as caught:
        check_strict(image_dispatch(draft, "grok-x", ()))
    assert caught.value.param == "quality"
