"""A configuration is read in the words of the endpoints, and its faults are told where they stand."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from grok2api.canonical.body import Body
from grok2api.canonical.call import Call, Caller
from grok2api.config.settings import Settings
from grok2api.dialects.file_ids import seal_file
from grok2api.dialects.images.wish import GivenPicture
from grok2api.errors import ClientError, InvalidRequest, Unsupported
from grok2api.gateway.studio.sitting import Sitting
from grok2api.gateway.studio.wishes import clip_format, clip_wish, picture_format, picture_wish
from grok2api.kit.sealedid import SealedIds

IDS = SealedIds(b"w" * 64)
FILE = seal_file(IDS, account="acct_1", owner="key_1", upstream_id="file_up")
Config = dict[str, Any]


def call_with(*, strict: bool = False, **fields: Any) -> Call:
    return Call(
        request_id="r",
        dialect="chat",
        model="grok-imagine-1.0",
        stream=False,
        body=Body.parse(msgspec.json.encode(fields)),
        caller=Caller("key_1", "test", strict=strict),
        received_at=0.0,
    )


def sitting(prompt: str = "a fox", *urls: str) -> Sitting:
    return Sitting(prompt, tuple(GivenPicture(path="messages", url=url) for url in urls))


def drawn(config: Config, *urls: str, strict: bool = False) -> Any:
    return picture_wish(sitting("a fox", *urls), call_with(image_config=config, strict=strict), "messages")


def filmed(config: Config, *urls: str, prompt: str = "a fox runs", strict: bool = False) -> Any:
    call = call_with(video_config=config, strict=strict)
    return clip_wish(sitting(prompt, *urls), call, "messages", IDS)


def test_a_picture_is_asked_for_as_at_the_endpoint() -> None:
    wish = drawn({"n": 2, "size": "1024x1536", "quality": "hd", "user": "u"})
    assert (wish.prompt, wish.model, wish.count, wish.quality) == ("a fox", "grok-imagine-1.0", 2, "hd")
    assert wish.shape.aspect_ratio == "2:3"


def test_a_picture_is_built_on_what_is_given() -> None:
    wish = drawn({}, "https://a/1.png", "https://a/2.png")
    assert [picture.url for picture in wish.given] == ["https://a/1.png", "https://a/2.png"]


def test_what_grok_lacks_is_named_where_it_stands() -> None:
    assert drawn({"style": "vivid", "seed": 7}).dropped == ("image_config.seed", "image_config.style")
    assert filmed({"preset": "fun", "seed": 1}).dropped == ("video_config.preset", "video_config.seed")


@pytest.mark.parametrize(
    ("config", "param"),
    [
        ({"n": 11}, "image_config.n"),
        ({"size": "3x3"}, "image_config.size"),
        ({"aspect_ratio": "7:1"}, "image_config.aspect_ratio"),
        ({"resolution": "8k"}, "image_config.resolution"),
    ],
)
def test_a_malformed_picture_is_refused_where_it_stands(config: Config, param: str) -> None:
    with pytest.raises(ClientError) as caught:
        drawn(config)
    assert (caught.value.status, caught.value.param) == (400, param)
    assert "'image_config." in caught.value.public_message or "must" in caught.value.public_message


def test_strict_keys_see_a_refusal() -> None:
    with pytest.raises(Unsupported) as caught:
        drawn({"style": "vivid"}, strict=True)
    assert caught.value.param == "image_config.style"


def test_a_picture_needs_words() -> None:
    with pytest.raises(InvalidRequest) as caught:
        picture_wish(sitting(""), call_with(), "messages")
    assert (caught.value.param, caught.value.code) == ("messages", "missing_required_parameter")


def test_too_many_pictures_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="At most 5"):
        drawn({}, *(f"https://a/{number}.png" for number in range(6)))


@pytest.mark.parametrize(
    ("config", "seconds", "resolution", "ratio"),
    [
        ({}, None, None, None),
        ({"video_length": 6, "resolution_name": "720p", "aspect_ratio": "9:16"}, 6, "720p", "9:16"),
        ({"seconds": "4", "resolution": "480p"}, 4, "480p", None),
        ({"duration": 5}, 5, None, None),
    ],
)
def test_a_clip_is_asked_for_in_the_words_that_users_know(
    config: Config, seconds: int | None, resolution: str | None, ratio: str | None
) -> None:
    wish = filmed(config)
    assert (wish.seconds, wish.resolution, wish.aspect_ratio) == (seconds, resolution, ratio)
    assert (wish.form, wish.operation) == ("openai", "generations")


def test_one_picture_begins_a_clip_and_several_appear_in_it() -> None:
    assert filmed({}, "https://a/1.png").image == {"url": "https://a/1.png"}
    wish = filmed({}, "https://a/1.png", "https://a/2.png")
    assert wish.image is None
    assert wish.references == ({"url": "https://a/1.png"}, {"url": "https://a/2.png"})


def test_a_clip_of_a_picture_needs_no_words() -> None:
    assert filmed({}, "https://a/1.png", prompt="").prompt == ""
    with pytest.raises(InvalidRequest) as caught:
        filmed({}, prompt="")
    assert caught.value.param == "messages"


def test_an_uploaded_picture_is_opened_for_its_owner() -> None:
    given = Sitting("go", (GivenPicture(path="messages", file_id=FILE),))
    wish = clip_wish(given, call_with(), "messages", IDS)
    assert (wish.image, wish.pin) == ({"file_id": "file_up"}, IDS.account_hash("acct_1"))


@pytest.mark.parametrize(
    ("config", "param"),
    [
        ({"video_length": 99}, "video_config."),
        ({"resolution_name": "4k"}, "video_config.resolution"),
        ({"aspect_ratio": "7:1"}, "video_config.aspect_ratio"),
    ],
)
def test_a_malformed_clip_is_refused_where_it_stands(config: Config, param: str) -> None:
    with pytest.raises(ClientError) as caught:
        filmed(config)
    assert caught.value.status == 400
    assert (caught.value.param or "").startswith(param)


@pytest.mark.parametrize(
    ("asked", "form"),
    [
        (None, "url"),
        ("url", "url"),
        ("markdown", "url"),
        ("link", "link"),
        ("b64_json", "base64"),
        ("base64", "base64"),
    ],
)
def test_the_form_of_a_picture(asked: str | None, form: str) -> None:
    config = {} if asked is None else {"response_format": asked}
    assert picture_format(call_with(image_config=config), Settings()) == form


@pytest.mark.parametrize("asked", [None, "html", "markdown", "url"])
def test_the_form_of_a_clip(asked: str | None) -> None:
    config = {} if asked is None else {"response_format": asked}
    assert clip_format(call_with(video_config=config), Settings()) == (asked or "html")


@pytest.mark.parametrize("asked", ["gif", 7, ["url"]])
def test_an_unknown_form_is_refused(asked: object) -> None:
    with pytest.raises(InvalidRequest) as caught:
        picture_format(call_with(image_config={"response_format": asked}), Settings())
    assert caught.value.param == "image_config.response_format"
