"""Requests for pictures: what both APIs ask is read alike, from JSON and from forms."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.canonical.body import Body
from grok2api.dialects.images.request import SentFile, form_body, read_edit, read_generation
from grok2api.dialects.images.sizes import Shape
from grok2api.dialects.images.wish import ImageWish
from grok2api.errors import ClientError, InvalidRequest, Unsupported

DATA = "data:image/png;base64,AAAA"


def body(**fields: Any) -> Body:
    return Body.parse(json.dumps({"prompt": "a cat", **fields}).encode())


def generation(*, strict: bool = False, **fields: Any) -> ImageWish:
    return read_generation(body(**fields), strict=strict)


def edit(*files: SentFile, **fields: Any) -> ImageWish:
    return read_edit(body(**fields), files, strict=False)


def refused(**fields: Any) -> ClientError:
    with pytest.raises((InvalidRequest, Unsupported)) as caught:
        generation(**fields)
    return caught.value


def test_little_is_enough() -> None:
    wish = generation()
    assert wish == ImageWish(prompt="a cat", model="grok-imagine-1.0", count=1, answer_as="url")
    assert not wish.edits


def test_openai_s_words() -> None:
    wish = generation(
        model="grok-imagine-image-2.0",
        n=3.0,
        size="1792x1024",
        quality="hd",
        response_format="b64_json",
        output_format="jpg",
        output_compression=80,
        safety_identifier="u-1",
        stream=True,
        partial_images=2,
        background="auto",
        moderation="auto",
    )
    assert (wish.model, wish.count, wish.shape) == ("grok-imagine-image-2.0", 3, Shape("16:9", "1k"))
    assert (wish.quality, wish.answer_as, wish.format, wish.compression) == ("hd", "b64_json", "jpeg", 80)
    assert (wish.user, wish.stream, wish.previews, wish.dropped) == ("u-1", True, 2, ())
    assert wish.size_field == "size"


def test_xai_s_words() -> None:
    wish = generation(aspect_ratio="19.5:9", resolution="2k", user="u-2", quality="low")
    assert (wish.shape, wish.user, wish.quality) == (Shape("19.5:9", "2k"), "u-2", "low")
    assert wish.size_field == "aspect_ratio"


def test_xai_s_words_win_and_what_loses_is_named() -> None:
    wish = generation(size="1024x1024", aspect_ratio="16:9", resolution="2k")
    assert (wish.shape, wish.dropped) == (Shape("16:9", "2k"), ("size",))
    assert generation(size="1792x1024", aspect_ratio="16:9").dropped == ()
    assert generation(size="auto", aspect_ratio="auto").shape == Shape()


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"prompt": ""}, "prompt", "invalid_value"),
        ({"prompt": None}, "prompt", "missing_required_parameter"),
        ({"n": 0}, "n", "invalid_value"),
        ({"n": 11}, "n", "invalid_value"),
        ({"n": 1.5}, "n", "invalid_value"),
        ({"n": "2"}, "n", "invalid_value"),
        ({"size": "1x1"}, "size", "invalid_value"),
        ({"aspect_ratio": "7:5"}, "aspect_ratio", "invalid_value"),
        ({"resolution": "4k"}, "resolution", "invalid_value"),
        ({"quality": "best"}, "quality", "invalid_value"),
        ({"response_format": "png"}, "response_format", "invalid_value"),
        ({"output_format": "gif"}, "output_format", "invalid_value"),
        ({"partial_images": 4, "stream": True}, "partial_images", "invalid_value"),
        ({"stream": "yes"}, "stream", "invalid_value"),
        ({"background": "transparent"}, "background", "unsupported_parameter"),
        ({"mask": "x"}, "mask", "unsupported_parameter"),
        ({"deferred": True}, "deferred", "unsupported_parameter"),
        ({"output": {"upload_urls": []}}, "output", "unsupported_parameter"),
        ({"storage_options": {}}, "storage_options", "unsupported_parameter"),
    ],
)
def test_what_cannot_be_is_said(fields: dict[str, Any], param: str, code: str) -> None:
    error = refused(**fields)
    assert (error.status, error.param, error.code) == (400, param, code)


def test_an_unknown_size_names_the_choices() -> None:
    for choice in ("auto", "1024x1024", "1792x1024", "720x1280"):
        assert choice in refused(size="640x480").public_message


def test_what_grok_lacks_is_named_and_what_nobody_knows_is_ignored() -> None:
    wish = generation(style="vivid", seed=4, moderation="low", partial_images=1, output_compression=50, foo=1)
    assert wish.dropped == ("moderation", "output_compression", "partial_images", "seed", "style")
    assert (wish.previews, wish.compression) == (0, None)
    with pytest.raises(Unsupported):
        generation(style="vivid", strict=True)
    with pytest.raises(Unsupported):
        generation(partial_images=1, strict=True)


@pytest.mark.parametrize(
    ("fields", "paths"),
    [
        ({"image": {"url": DATA, "type": "image_url"}}, ["image.url"]),
        ({"image": DATA}, ["image"]),
        ({"image": {"file_id": "file-1"}}, ["image.file_id"]),
        ({"image": [{"url": DATA}, DATA]}, ["image[0].url", "image[1]"]),
        (
            {"images": [{"image_url": DATA}, {"file_id": "file-1"}]},
            ["images[0].image_url", "images[1].file_id"],
        ),
        ({"images": [{"image_url": {"url": DATA}}]}, ["images[0].image_url"]),
        ({"images": [{"url": "https://a/b.png"}]}, ["images[0].url"]),
    ],
)
def test_pictures_are_named_in_either_api_s_way(fields: dict[str, Any], paths: list[str]) -> None:
    wish = edit(**fields)
    assert [given.path for given in wish.given] == paths
    assert wish.edits
    assert all(bool(given.url) != bool(given.file_id) for given in wish.given)


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({}, "image", "missing_required_parameter"),
        ({"image": []}, "image", "missing_required_parameter"),
        ({"image": {}}, "image", "missing_required_parameter"),
        ({"images": [{"type": "image_url"}]}, "images[0]", "missing_required_parameter"),
        ({"image": {"url": DATA, "file_id": "file-1"}}, "image", "invalid_value"),
        ({"images": [{"url": DATA}] * 6}, "image", "invalid_value"),
        ({"images": DATA}, "images", "invalid_value"),
        ({"image": 5}, "image", "invalid_value"),
        ({"image": DATA, "mask": {"image_url": DATA}}, "mask", "unsupported_parameter"),
    ],
)
def test_pictures_that_cannot_be(fields: dict[str, Any], param: str, code: str) -> None:
    with pytest.raises((InvalidRequest, Unsupported)) as caught:
        edit(**fields)
    assert (caught.value.status, caught.value.param, caught.value.code) == (400, param, code)


def test_the_prompt_is_missed_before_the_picture() -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_edit(Body.parse(b"{}"), strict=False)
    assert caught.value.param == "prompt"


def test_files_of_a_form_are_the_pictures() -> None:
    one = read_edit(body(), [SentFile("image", b"a")], strict=False)
    assert [(given.path, given.content) for given in one.given] == [("image", b"a")]
    several = read_edit(body(), [SentFile("image[]", b"a"), SentFile("image[]", b"b")], strict=False)
    assert [given.path for given in several.given] == ["image[0]", "image[1]"]
    assert [given.content for given in several.given] == [b"a", b"b"]
    with pytest.raises(Unsupported) as caught:
        read_edit(body(), [SentFile("image", b"a"), SentFile("mask", b"b")], strict=False)
    assert caught.value.param == "mask"


def test_a_form_s_texts_are_what_they_stand_for() -> None:
    read = form_body(
        [
            ("prompt", "7"),
            ("n", "2"),
            ("stream", "true"),
            ("partial_images", "1"),
            ("size", ""),
            ("quality", "high"),
            ("seed", "5"),
            ("user", "true"),
            ("unknown", "x"),
        ]
    )
    wish = read_edit(read, [SentFile("image", b"a")], strict=False)
    assert (wish.prompt, wish.count, wish.stream, wish.previews) == ("7", 2, True, 1)
    assert (wish.quality, wish.user, wish.shape, wish.dropped) == ("high", "true", Shape(), ("seed",))


def test_a_form_may_name_addresses() -> None:
    read = form_body([("prompt", "a"), ("image[]", "https://a/1.png"), ("image[]", "https://a/2.png")])
    assert [each.url for each in read_edit(read, strict=False).given] == [
        "https://a/1.png",
        "https://a/2.png",
    ]


@pytest.mark.parametrize(
    ("name", "text"), [("n", "two"), ("n", "11"), ("stream", "yes"), ("partial_images", "9")]
)
def test_a_form_s_nonsense_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_edit(form_body([("prompt", "a"), (name, text)]), [SentFile("image", b"a")], strict=False)
    assert caught.value.param == name


@given(
    st.lists(st.tuples(st.sampled_from(["prompt", "n", "size", "image", "images", "stream", "x"]), st.text()))
)
def test_whatever_a_form_says_is_read_or_refused(texts: list[tuple[str, str]]) -> None:
    with suppress(InvalidRequest, Unsupported):
        assert read_edit(form_body(texts), strict=False).given
