"""Requests for videos come to one wish, whoever writes them, and say what is wrong with them."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from grok2api.canonical.body import Body
from grok2api.canonical.call import Caller
from grok2api.dialects.file_ids import seal_file
from grok2api.dialects.videos.fields import VIDEO_FIELDS
from grok2api.dialects.videos.request import (
    SENT_CLIP,
    Known,
    form_body,
    read_change,
    read_generation,
    read_remix,
    read_video,
)
from grok2api.dialects.videos.rules import SKILLS, refusal_of
from grok2api.dialects.videos.sizes import RATIOS, RESOLUTIONS, SIZES, pixels
from grok2api.dialects.videos.wish import dispatch
from grok2api.errors import InvalidRequest, Unsupported
from grok2api.kit.sealedid import SealedIds

IDS = SealedIds(bytes(64))
ME, STRICT = Caller("key_1", "me"), Caller("key_1", "me", strict=True)
PICTURE = {"url": "https://pictures.example/a.png"}


def body(**fields: object) -> Body:
    return Body.parse(json.dumps({"prompt": "a cat", **fields}).encode())


def sent(content: Body, model: str = "grok-imagine-video") -> dict[str, Any]:
    """Return what would go to xAI for a request of OpenAI's."""
    told: dict[str, Any] = msgspec.json.decode(dispatch(read_video(content, ME, IDS), model).content or b"")
    return told


def test_openai_s_defaults_are_those_of_openai() -> None:
    assert sent(body()) == {
        "model": "grok-imagine-video",
        "prompt": "a cat",
        "duration": 4,
        "aspect_ratio": "9:16",
        "resolution": "720p",
    }


def test_what_xai_s_clients_leave_out_is_left_to_xai() -> None:
    wish = read_generation(body(), ME, IDS)
    told = msgspec.json.decode(dispatch(wish, "grok-imagine-video").content or b"")
    assert told == {"model": "grok-imagine-video", "prompt": "a cat"}
    assert (wish.shown_seconds, wish.shown_size) == (8, "854x480")


@pytest.mark.parametrize("seconds", [8, 8.0, "8", "8.0", " 8 "])
def test_a_length_may_be_written_in_many_ways(seconds: object) -> None:
    assert sent(body(seconds=seconds))["duration"] == 8
    assert sent(body(duration=seconds))["duration"] == 8


@pytest.mark.parametrize("seconds", [0, 16, -1, "8s", "", 1.5, "nan", "inf", "1e400"])
def test_a_length_that_is_none_is_refused(seconds: object) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_video(body(seconds=seconds), ME, IDS)
    assert refused.value.param == "seconds"


def test_every_size_of_the_table_is_made_or_named() -> None:
    for name, size in SIZES.items():
        wish = read_video(body(size=name), ME, IDS)
        assert (wish.aspect_ratio, wish.resolution) == (size.aspect_ratio, size.resolution)
        assert wish.shown_size == name
        assert ("size" in wish.dropped) is size.near
        if size.near:
            with pytest.raises(Unsupported):
                read_video(body(size=name), STRICT, IDS)


def test_ratios_and_resolutions_have_pixels() -> None:
    for ratio in RATIOS:
        for resolution in RESOLUTIONS:
            wide, high = (int(side) for side in pixels(ratio, resolution).split("x"))
            left, right = (int(side) for side in ratio.split(":"))
            assert min(wide, high) == int(resolution[:-1])
            assert abs(wide / high - left / right) < 0.02
    wish = read_video(body(aspect_ratio="21:9"), ME, IDS)
    assert (wish.aspect_ratio, wish.resolution, wish.shown_size) == ("21:9", None, "1120x480")


@pytest.mark.parametrize(
    "reference",
    [
        "https://pictures.example/a.png",
        {"image_url": "https://pictures.example/a.png"},
        {"image_url": {"url": "https://pictures.example/a.png"}},
        {"url": "https://pictures.example/a.png", "type": "image_url"},
        [{"image_url": "https://pictures.example/a.png"}],
    ],
)
def test_a_first_frame_may_be_named_in_many_ways(reference: object) -> None:
    assert sent(body(input_reference=reference))["image"] == PICTURE
    assert sent(body(image=reference))["image"] == PICTURE
    assert "aspect_ratio" not in sent(body(image=reference)), "it has its own"


def test_several_pictures_are_references() -> None:
    told = sent(body(input_reference=[PICTURE, PICTURE]))
    assert told["reference_images"] == [PICTURE, PICTURE]
    assert "image" not in told


def test_a_file_pins_its_account() -> None:
    mine = seal_file(IDS, account="acct", owner="key_1", upstream_id="file_up")
    theirs = seal_file(IDS, account="acct", owner="key_2", upstream_id="file_up")
    other = seal_file(IDS, account="else", owner="key_1", upstream_id="file_up")
    for named in (mine, {"file_id": mine}):
        wish = read_video(body(input_reference=named), ME, IDS)
        assert wish.image == {"file_id": "file_up"}
        assert wish.pin == IDS.account_hash("acct")
    for wrong in ({"file_id": theirs}, {"file_id": "file-nonsense"}):
        with pytest.raises(InvalidRequest) as refused:
            read_video(body(input_reference=wrong), ME, IDS)
        assert refused.value.param == "input_reference.file_id"
    with pytest.raises(InvalidRequest) as apart:
        read_video(body(reference_images=[{"file_id": mine}, {"file_id": other}]), ME, IDS)
    assert apart.value.param == "reference_images[1].file_id"


def test_a_form_says_the_same_as_json() -> None:
    fields = {
        "prompt": ["a cat"],
        "seconds": ["8"],
        "generate_audio": ["false"],
        "input_reference[image_url]": [PICTURE["url"]],
        "unknown": ["x"],
    }
    wish = read_video(form_body(fields, {}, VIDEO_FIELDS), ME, IDS)
    assert (wish.seconds, wish.generate_audio, wish.image) == (8, False, PICTURE)
    several = form_body({"prompt": ["a cat"]}, {"input_reference[]": [PICTURE, PICTURE]}, VIDEO_FIELDS)
    assert read_video(several, ME, IDS).references == (PICTURE, PICTURE)
    listed = {"prompt": ["a cat"], "reference_images": [json.dumps([PICTURE])]}
    assert read_video(form_body(listed, {}, VIDEO_FIELDS), ME, IDS).references == (PICTURE,)


def test_a_clip_is_an_address_a_file_a_video_of_ours_or_sent_along() -> None:
    by_address = read_change(body(video="https://films.example/a.mp4"), "edits", ME, IDS)
    assert (by_address.clip, by_address.form) == ({"url": "https://films.example/a.mp4"}, "xai")
    ours = read_change(body(video={"id": "video_x"}), "edits", ME, IDS)
    assert (ours.clip, ours.clip_job, ours.form) == (None, "video_x", "openai")
    assert read_change(body(video={"id": "vreq_x"}), "edits", ME, IDS).form == "xai"
    along = read_change(body(video=SENT_CLIP), "edits", ME, IDS, form="openai")
    assert (along.clip_sent, along.clip, along.form) == (True, None, "openai")
    with pytest.raises(InvalidRequest):
        read_change(body(video={"id": "cat"}), "edits", ME, IDS)


def test_a_remix_is_as_long_and_as_large_as_its_source() -> None:
    wish = read_remix(body(), Known("video_x", 6, "1280x720"), ME, IDS)
    assert (wish.operation, wish.clip_job, wish.shown_seconds, wish.shown_size) == (
        "edits",
        "video_x",
        6,
        "1280x720",
    )
    assert msgspec.json.decode(dispatch(wish, "m", {"file_id": "f"}).content or b"") == {
        "model": "m",
        "prompt": "a cat",
        "video": {"file_id": "f"},
    }


def test_a_job_is_never_sent_twice_by_itself() -> None:
    assert dispatch(read_video(body(), ME, IDS), "m").repeatable is False


def test_a_model_that_is_not_known_may_do_everything() -> None:
    wish = read_video(
        body(last_frame=PICTURE, keyframes=[{"image": PICTURE, "timestamp_s": 1}], resolution="1080p"),
        ME,
        IDS,
    )
    assert refusal_of(wish, "grok-imagine-video-3") is None
    refused = refusal_of(wish, "grok-imagine-video")
    assert refused is not None
    assert refused.param == "resolution"
    assert "grok-imagine-video-1.5" in refused.public_message


@pytest.mark.parametrize("model", [name for name, skill in SKILLS.items() if not skill.edits])
def test_models_that_cannot_edit_say_who_can(model: str) -> None:
    for operation in ("edits", "extensions"):
        wish = read_change(body(video="https://films.example/a.mp4", model=model), operation, ME, IDS)
        refused = refusal_of(wish, model)
        assert refused is not None
        assert (refused.param, refused.code) == ("model", "unsupported_parameter")
        assert "grok-imagine-video" in refused.public_message
