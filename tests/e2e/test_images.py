"""Pictures through the real server from the sandbox, judged by the official SDK and by opening them."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from openai import AsyncOpenAI, BadRequestError, NotFoundError, OpenAI
from openai.types import ImageGenCompletedEvent, ImageGenPartialImageEvent, ImagesResponse

from support import raw_http
from support.observing import events_of, ledger_of
from support.picture_answers import as_data, asked, decoded, fetched, opened
from support.pictures import drawn
from support.processes import Gateway, Sandbox
from support.tiny_images import painted

GENERATIONS, EDITS = "/images/generations", "/images/edits"
NEW = "grok-imagine-image-2.0"
PICTURE = painted("a source", size=(60, 40))


def pictures_of(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [call["body"] for call in sandbox.calls("/images/")]


def test_a_link_opens_without_a_key_and_shows_what_was_asked(client: OpenAI) -> None:
    one, other = (client.images.generate(prompt=prompt) for prompt in ("a red cat", "a blue dog"))
    contents = []
    for answer in (one, other):
        assert answer.data is not None
        url = answer.data[0].url
        assert answer.data[0].b64_json is None
        assert re.fullmatch(
            r"http://localhost:\d+/v1/media/[0-9a-f]{32}\?expires=\d+&signature=[\w-]+", url or ""
        )
        contents.append(fetched(url))
        width, height = opened(contents[-1]).size
        assert (answer.size, answer.output_format) == (f"{width}x{height}", "jpeg")
    assert contents[0] != contents[1]


def test_bytes_of_several_in_a_size(client: OpenAI, sandbox: Sandbox) -> None:
    answer = client.images.generate(
        prompt="a harbour", n=3, size="1792x1024", response_format="b64_json", quality="hd", model=NEW
    )
    assert answer.data is not None
    assert len({picture.b64_json for picture in answer.data}) == 3
    for picture in answer.data:
        assert picture.url is None
        width, height = decoded(picture.b64_json).size
        assert width * 9 == height * 16
    assert answer.quality == "high"
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens
    assert pictures_of(sandbox) == [
        {
            "model": NEW,
            "prompt": "a harbour",
            "n": 3,
            "response_format": "b64_json",
            "aspect_ratio": "16:9",
            "resolution": "1k",
            "quality": "high",
        }
    ]


@pytest.mark.parametrize(("form", "seen"), [("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WEBP")])
def test_any_file_format(client: OpenAI, form: Any, seen: str) -> None:
    answer = client.images.generate(prompt="a leaf", output_format=form, response_format="b64_json")
    assert answer.data is not None
    assert decoded(answer.data[0].b64_json).format == seen
    assert answer.output_format == form


def streamed(client: OpenAI, **asked_for: Any) -> list[Any]:
    return list(client.images.generate(prompt="a stream", stream=True, **asked_for))


def test_a_stream_shows_each_picture_when_it_is_there(client: OpenAI, sandbox: Sandbox) -> None:
    events = streamed(client, n=2, partial_images=3)
    assert [type(event) for event in events] == [ImageGenPartialImageEvent, ImageGenCompletedEvent] * 2
    for event in events:
        picture = decoded(event.b64_json)
        assert picture.format == "JPEG"
        if event.type == "image_generation.completed":
            assert event.size == f"{picture.width}x{picture.height}"
            assert (
                event.usage.model_extra == {"cost_in_usd_ticks": 200_000_000} or event.usage.total_tokens == 0
            )
        else:
            assert max(picture.size) <= 256
    assert [call["n"] for call in pictures_of(sandbox)] == [1, 1]


def test_a_stream_without_previews_is_pictures_only(client: OpenAI) -> None:
    assert [event.type for event in streamed(client)] == ["image_generation.completed"]
    assert [event.type for event in streamed(client, n=3, partial_images=0)] == [
        "image_generation.completed"
    ] * 3


def test_a_stream_can_give_links_too(client: OpenAI) -> None:
    (event,) = streamed(client, response_format="url")
    assert fetched(event.model_extra["url"]) == base64.b64decode(event.b64_json)


def test_an_edit_of_one_upload_keeps_its_ratio(client: OpenAI, sandbox: Sandbox) -> None:
    answer = client.images.edit(image=("blob", PICTURE), prompt="at night", n=2, response_format="b64_json")
    assert answer.data is not None
    assert len(answer.data) == 2
    assert {decoded(picture.b64_json).size for picture in answer.data} == {(60, 40)}
    (body,) = pictures_of(sandbox)
    assert body["image"] == {"url": as_data(PICTURE)}
    assert "aspect_ratio" not in body


def test_an_edit_of_several_uploads_has_the_ratio_asked_for(client: OpenAI, sandbox: Sandbox) -> None:
    answer = client.images.edit(image=[PICTURE, PICTURE], prompt="side by side", size="1024x1024")
    assert answer.data is not None
    width, height = opened(fetched(answer.data[0].url)).size
    assert width == height
    (body,) = pictures_of(sandbox)
    assert (body["aspect_ratio"], len(body["images"])) == ("1:1", 2)


def test_an_edit_as_a_stream(client: OpenAI) -> None:
    events = list(client.images.edit(image=PICTURE, prompt="a frame", stream=True, partial_images=1))
    assert [event.type for event in events] == ["image_edit.partial_image", "image_edit.completed"]
    assert decoded(events[-1].b64_json).size == (60, 40)


async def test_the_async_client_does_the_same(async_client: AsyncOpenAI) -> None:
    async with async_client:
        answer = await async_client.images.generate(prompt="a tree", response_format="b64_json")
        assert answer.data is not None
        assert decoded(answer.data[0].b64_json).size
        stream = await async_client.images.edit(image=PICTURE, prompt="a tree", stream=True)
        assert [event.type async for event in stream] == ["image_edit.completed"]


@pytest.mark.parametrize(
    "given",
    [
        {"image": {"url": as_data(PICTURE), "type": "image_url"}},
        {"image": as_data(PICTURE)},
        {"images": [{"image_url": as_data(PICTURE)}]},
        {"images": [{"image_url": {"url": as_data(PICTURE)}}, {"url": as_data(PICTURE)}]},
        {"images": [{"image_url": "https://example.com/cat.png"}]},
    ],
)
def test_edits_as_json_in_either_api_s_words(
    gateway: Gateway, sandbox: Sandbox, given: dict[str, Any]
) -> None:
    status, _, answer = asked(gateway, EDITS, {"prompt": "snow", "response_format": "b64_json", **given})
    assert status == 200, answer
    ImagesResponse.model_validate(answer, strict=True)
    assert decoded(answer["data"][0]["b64_json"]).size
    assert len(sandbox.calls("/images/edits")) == 1


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "AVIF"])
def test_pictures_of_other_kinds_are_converted(client: OpenAI, sandbox: Sandbox, kind: str) -> None:
    client.images.edit(image=drawn(kind), prompt="snow")
    (body,) = pictures_of(sandbox)
    sent = opened(base64.b64decode(body["image"]["url"].partition("base64,")[2]))
    assert (sent.format in {"PNG", "JPEG"}, sent.size) == (True, opened(drawn(kind)).size)


def test_a_link_of_ours_is_edited_like_an_upload(gateway: Gateway, sandbox: Sandbox) -> None:
    _, _, first = asked(gateway, GENERATIONS, {"prompt": "a bridge"})
    url = first["data"][0]["url"]
    status, _, answer = asked(gateway, EDITS, {"prompt": "a train on it", "image": {"url": url}})
    assert status == 200, answer
    sent = pictures_of(sandbox)[-1]["image"]["url"]
    assert sent == as_data(fetched(url), "jpeg")
    forged = url[:-4] + ("AAAA" if not url.endswith("AAAA") else "BBBB")
    status, _, answer = asked(gateway, EDITS, {"prompt": "x", "image": {"url": forged}})
    assert (status, answer["error"]["param"]) == (400, "image.url")


@pytest.mark.parametrize(
    ("given", "param", "said"),
    [
        ({"image": {"url": "data:image/png;base64,AAAA"}}, "image.url", "PNG, JPEG and WebP"),
        ({"image": {"url": "data:image/png,xyz"}}, "image.url", "base64"),
        ({"image": {"url": "ftp://a/b.png"}}, "image.url", "https"),
        ({"image": {"url": "http://127.0.0.1:1/a.png"}}, "image.url", "fetched"),
        ({"image": {"url": "http://[::1/a.png"}}, "image.url", "address"),
        ({"images": [{"file_id": "file-nobody"}]}, "images[0].file_id", "another key"),
        ({"images": [{"url": as_data(PICTURE)}] * 6}, "image", "At most 5"),
        ({}, "image", "Missing"),
    ],
)
def test_pictures_that_cannot_be_used_are_refused_before_anybody_pays(
    gateway: Gateway, sandbox: Sandbox, given: dict[str, Any], param: str, said: str
) -> None:
    status, _, answer = asked(gateway, EDITS, {"prompt": "x", **given})
    assert (status, answer["error"]["param"]) == (400, param), answer
    assert said in answer["error"]["message"]
    assert not sandbox.calls("/images/")


def test_a_mask_is_refused_by_name(client: OpenAI, sandbox: Sandbox) -> None:
    with pytest.raises(BadRequestError) as caught:
        client.images.edit(image=PICTURE, mask=PICTURE, prompt="x")
    assert (caught.value.param, caught.value.code) == ("mask", "unsupported_parameter")
    assert not sandbox.calls("/images/")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("order", ["!sandbox:moderated", "!sandbox:missing_url", "!sandbox:safety"])
def test_what_is_withheld_altogether_is_a_refusal(client: OpenAI, order: str, stream: bool) -> None:
    with pytest.raises(BadRequestError) as caught:
        list(client.images.generate(prompt=f"x {order}", n=2, stream=stream))
    assert caught.value.code == "content_policy_violation"


def test_what_is_withheld_in_part_is_told(gateway: Gateway) -> None:
    body = {"prompt": "x !sandbox:moderated=1", "n": 3, "response_format": "b64_json"}
    status, headers, answer = asked(gateway, GENERATIONS, body)
    assert (status, headers["x-grok2api-images-blocked"]) == (200, "1 of 3")
    assert [bool(decoded(item["b64_json"])) for item in answer["data"]] == [True, True]


def test_other_models_are_refused_by_a_name_that_helps(client: OpenAI) -> None:
    for model in ("dall-e-3", "gpt-image-1", "grok-4", "grok-imagine-1.0-video"):
        with pytest.raises(NotFoundError) as caught:
            client.images.generate(prompt="x", model=model)
        assert caught.value.code == "model_not_found"
        assert "'grok-imagine-1.0'" in caught.value.message


def test_models_of_pictures_and_clips_are_listed(client: OpenAI) -> None:
    listed = {model.id for model in client.models.list()}
    assert {"grok-imagine-1.0", "grok-imagine-1.0-video", NEW, "grok-imagine-video-1.5"} <= listed
    assert client.models.retrieve("grok-imagine-1.0").owned_by == "xai"


def test_what_a_model_lacks_is_named(gateway: Gateway) -> None:
    body = {"prompt": "x", "quality": "hd", "style": "vivid", "seed": 3}
    status, headers, _ = asked(gateway, GENERATIONS, body)
    assert (status, headers["x-grok2api-dropped-params"]) == (200, "quality,seed,style")
    assert headers["x-grok2api-upstream-model"] == "grok-imagine-image"
    edit = {"prompt": "x", "image": {"url": as_data(PICTURE)}}
    _, headers, _ = asked(gateway, EDITS, edit | {"size": "1024x1024"})
    assert headers["x-grok2api-dropped-params"] == "size"
    _, headers, _ = asked(gateway, EDITS, edit | {"aspect_ratio": "3:2"})
    assert "x-grok2api-dropped-params" not in headers


def test_only_true_streams(gateway: Gateway) -> None:
    status, headers, content = gateway.post(GENERATIONS, {"prompt": "x", "stream": None})
    assert (status, headers["content-type"]) == (200, "application/json")
    status, headers, content = gateway.post(GENERATIONS, {"prompt": "x", "stream": True})
    assert headers["content-type"].startswith("text/event-stream")
    assert [event.name for event in events_of(content)] == ["image_generation.completed"]


def test_a_file_that_is_too_large_is_refused_while_it_is_read(gateway: Gateway) -> None:
    boundary = b"--xyz"
    head = b'\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
    body = boundary + head + b"\0" * (20 * 1_048_576 + 1) + b"\r\n--xyz--\r\n"
    headers = [*gateway.headers.items(), ("Content-Type", "multipart/form-data; boundary=xyz")]
    reply = raw_http.send(gateway.url, raw_http.message("POST", "/v1" + EDITS, headers, body))
    assert (reply.status, reply.error()["code"]) == (413, "request_too_large")


def test_the_ledger_has_one_row_for_each(gateway: Gateway, client: OpenAI) -> None:
    before = len([row for row in ledger_of(gateway.directory, 0) if row["operation"].startswith("image")])
    client.images.generate(prompt="one", n=2)
    client.images.edit(image=PICTURE, prompt="two")
    streamed(client, n=3)
    rows = [row for row in ledger_of(gateway.directory, before + 3) if row["operation"].startswith("image")]
    assert len(rows) >= before
    with_cost = {(row["operation"], row["stream"], row["attempts"], row["cost_ticks"]) for row in rows}
    assert ("images", 0, 1, 400_000_000) in with_cost
    assert ("image_edits", 0, 1, 220_000_000) in with_cost
    assert ("images", 1, 3, 600_000_000) in with_cost
