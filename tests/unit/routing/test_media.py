"""Which upstream models a request for pictures or clips may reach, and what it reads where there is none."""

from __future__ import annotations

import pytest

from grok2api.canonical.call import Caller
from grok2api.canonical.plan import ModelKind, Tier
from grok2api.errors import ModelNotFound
from grok2api.routing.catalogue import Catalogue
from grok2api.routing.media import plan_media
from support.calls import MakeCall


def everything(_upstream_id: str, _tier: Tier | None) -> bool:
    return True


def nothing(_upstream_id: str, _tier: Tier | None) -> bool:
    return False


@pytest.mark.parametrize(
    ("model", "kind", "surface", "expected"),
    [
        ("grok-imagine-1.0", ModelKind.IMAGE, "images", ["grok-imagine-image", "grok-imagine-image-2.0"]),
        ("grok-imagine-image-2.0", ModelKind.IMAGE, "images", ["grok-imagine-image-2.0"]),
        ("grok-imagine-image-pro", ModelKind.IMAGE, "images", ["grok-imagine-image-2.0"]),
        (
            "grok-imagine-1.0-video",
            ModelKind.VIDEO,
            "videos",
            ["grok-imagine-video", "grok-imagine-video-1.5"],
        ),
    ],
)
def test_a_media_model_is_planned(
    catalogue: Catalogue, call: MakeCall, model: str, kind: ModelKind, surface: str, expected: list[str]
) -> None:
    plan = plan_media(call(model), kind, catalogue, servable=everything, pool_empty=False)
    assert [target.upstream_id for target in plan.targets] == expected
    assert {target.surface for target in plan.targets} == {surface}
    assert (plan.public_id, plan.mode, plan.repeatable) == (model, "media", False)


def test_what_nobody_may_use_is_left_out(catalogue: Catalogue, call: MakeCall) -> None:
    plan = plan_media(
        call("grok-imagine-1.0"),
        ModelKind.IMAGE,
        catalogue,
        servable=lambda name, _tier: name == "grok-imagine-image-2.0",
        pool_empty=False,
    )
    assert [target.upstream_id for target in plan.targets] == ["grok-imagine-image-2.0"]


@pytest.mark.parametrize(
    ("model", "kind", "words"),
    [
        ("grok-3", ModelKind.IMAGE, "makes text, not pictures"),
        ("grok-imagine-1.0-video", ModelKind.IMAGE, "makes clips, not pictures"),
        ("grok-imagine-1.0", ModelKind.VIDEO, "makes pictures, not clips"),
        ("dall-e-3", ModelKind.IMAGE, "does not exist here"),
    ],
)
def test_a_model_of_another_kind_says_so(
    catalogue: Catalogue, call: MakeCall, model: str, kind: ModelKind, words: str
) -> None:
    with pytest.raises(ModelNotFound, match=words) as caught:
        plan_media(call(model), kind, catalogue, servable=everything, pool_empty=False)
    assert caught.value.param == "model"


def test_an_empty_pool_is_told_by_the_pool(catalogue: Catalogue, call: MakeCall) -> None:
    image = call("grok-imagine-1.0")
    assert plan_media(image, ModelKind.IMAGE, catalogue, servable=nothing, pool_empty=True).targets
    with pytest.raises(ModelNotFound):
        plan_media(image, ModelKind.IMAGE, catalogue, servable=nothing, pool_empty=False)


def test_a_key_uses_only_its_own_models(catalogue: Catalogue, call: MakeCall) -> None:
    other = Caller("key_1", "test", models=frozenset({"grok-3"}))
    with pytest.raises(ModelNotFound):
        plan_media(
            call("grok-imagine-1.0", caller=other),
            ModelKind.IMAGE,
            catalogue,
            servable=everything,
            pool_empty=False,
        )


def test_pictures_alone_are_sent_again_after_upstream_said_that_it_failed(
    catalogue: Catalogue, call: MakeCall
) -> None:
    def failed(model: str, kind: ModelKind) -> bool:
        return plan_media(call(model), kind, catalogue, servable=everything, pool_empty=False).repeats_failed

    assert failed("grok-imagine-1.0", ModelKind.IMAGE)
    assert not failed("grok-imagine-1.0-video", ModelKind.VIDEO)


def test_the_error_names_what_this_key_may_use(catalogue: Catalogue, call: MakeCall) -> None:
    narrow = Caller("key_1", "narrow", models=frozenset({"grok-imagine-image"}))
    for caller, there, missing in (
        (None, "'grok-imagine-1.0', 'grok-imagine-image', 'grok-imagine-image-2.0'", "video"),
        (narrow, "are 'grok-imagine-image'.", "grok-imagine-1.0"),
        (Caller("key_2", "text", models=frozenset({"grok-4"})), "GET /v1/models", "imagine"),
    ):
        with pytest.raises(ModelNotFound) as caught:
            plan_media(
                call("dall-e-3", caller=caller),
                ModelKind.IMAGE,
                catalogue,
                servable=everything,
                pool_empty=False,
            )
        assert there in caught.value.public_message
        assert missing not in caught.value.public_message
