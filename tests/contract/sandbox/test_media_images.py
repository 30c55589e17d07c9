"""Pictures: real bytes, xAI's limits, links that die, and what is withheld."""

from __future__ import annotations

import base64
import io
from typing import Any

import aiohttp
import pytest
from PIL import Image

CENT = 100_000_000
LATER = "grok-imagine-image-2.0"


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def data_url(size: tuple[int, int], form: str = "PNG") -> str:
    out = io.BytesIO()
    Image.new("RGB", size, (10, 200, 30)).save(out, form)
    return f"data:image/{form.lower()};base64,{base64.b64encode(out.getvalue()).decode()}"


async def edit(client: Any, **more: Any) -> Any:
    body = {"model": "grok-imagine-image", "prompt": "make it blue"} | more
    return await client.send("POST", "/v1/images/edits", body)


async def test_a_picture_lies_behind_a_link_that_needs_no_key(client: Any) -> None:
    got = await client.picture()
    assert got.status == 200
    assert set(got.json) == {"data", "usage"}
    (entry,) = got.json["data"]
    assert (entry["mime_type"], entry["respect_moderation"]) == ("image/jpeg", True)
    assert entry["url"].startswith(client.base.removesuffix("/v1") + "/imgen/")
    fetched = await client.download(entry["url"])
    assert (fetched.status, fetched.headers["content-type"]) == (200, "image/jpeg")
    assert opened(fetched.raw).format == "JPEG"
    row = (await client.journal())[-1]
    assert (row["path"].partition("/imgen/")[1], row["key"]) == ("/imgen/", None)


@pytest.mark.parametrize(
    ("ratio", "wide", "high"),
    [("1:1", 1, 1), ("16:9", 16, 9), ("9:19.5", 6, 13), ("20:9", 20, 9), ("21:9", 7, 3), ("5:2", 5, 2)],
)
async def test_a_picture_has_the_ratio_that_was_asked_for(
    client: Any, ratio: str, wide: int, high: int
) -> None:
    areas = []
    for resolution in ("1k", "1.5k", "2k"):
        got = await client.picture(aspect_ratio=ratio, resolution=resolution, response_format="b64_json")
        picture = opened(base64.b64decode(got.json["data"][0]["b64_json"]))
        assert picture.width * high == picture.height * wide
        areas.append(picture.width * picture.height)
    assert areas == sorted(set(areas))


async def test_pictures_differ_by_prompt_and_number_and_are_the_same_again(client: Any) -> None:
    async def bytes_of(prompt: str) -> list[str]:
        got = await client.picture(prompt, n=3, response_format="b64_json")
        assert "url" not in got.json["data"][0]
        return [entry["b64_json"] for entry in got.json["data"]]

    first, again, other = await bytes_of("a fox"), await bytes_of("a fox"), await bytes_of("an owl")
    assert first == again
    assert len({*first, *other}) == 6


async def test_what_a_picture_costs(client: Any) -> None:
    async def ticks(**more: Any) -> int:
        got = await client.picture(**more)
        cost: int = got.json["usage"]["cost_in_usd_ticks"]
        return cost

    assert await ticks(n=2, resolution="2k") == 4 * CENT
    assert await ticks(model=LATER) == 4 * CENT
    assert await ticks(model=LATER, quality="medium") == 6 * CENT
    assert await ticks(model="grok-imagine-image-quality", resolution="2k") == 6 * CENT
    assert [row["usage"]["cost_in_usd_ticks"] for row in await client.journal()] == [
        4 * CENT,
        4 * CENT,
        6 * CENT,
        6 * CENT,
    ]


@pytest.mark.parametrize(
    ("more", "status", "words"),
    [
        ({"size": "1024x1024"}, 400, "Argument not supported: size"),
        ({"style": "vivid"}, 400, "Argument not supported: style"),
        ({"quality": "low"}, 400, "Argument not supported on this model: quality"),
        ({"model": LATER, "quality": "hd"}, 422, "quality: unknown variant `hd`"),
        ({"n": 11}, 400, "between 1 and 10"),
        ({"n": 0}, 400, "between 1 and 10"),
        ({"n": "2"}, 422, "expected i32"),
        ({"aspect_ratio": "7:5"}, 422, "unknown variant `7:5`"),
        ({"resolution": "4k"}, 422, "unknown variant `4k`"),
        ({"response_format": "png"}, 422, "unknown variant `png`"),
        ({"deferred": True, "response_format": "b64_json"}, 400, "url"),
        ({"image": {"url": "https://example.com/a.png"}}, 400, "Argument not supported: image"),
        ({"prompt": " "}, 400, "must not be empty"),
        ({"prompt": "x" * 8_001}, 400, "too long"),
        ({"storage_options": {"expires_after": 2_592_001}}, 400, "2.592e+06"),
        ({"output": {"upload_urls": []}}, 400, "must have 1 URLs"),
        ({"model": "grok-4.3"}, 404, "grok-4.3"),
        ({"model": "grok-imagine-video"}, 404, "grok-imagine-video"),
    ],
)
async def test_what_xai_does_not_take(client: Any, more: Any, status: int, words: str) -> None:
    got = await client.picture(**more)
    assert got.status == status
    assert words in got.json["error"]


async def test_an_edit_is_json_and_keeps_the_ratio_of_its_source(client: Any) -> None:
    got = await edit(client, image={"url": data_url((90, 60)), "type": "image_url"}, aspect_ratio="1:1")
    assert got.status == 200
    picture = opened((await client.download(got.json["data"][0]["url"])).raw)
    assert (picture.width, picture.height) == (90, 60)
    assert got.json["usage"]["cost_in_usd_ticks"] == 2 * CENT + CENT // 5
    sources = [{"url": data_url((90, 60), form)} for form in ("PNG", "JPEG", "WEBP")]
    several = await edit(client, images=sources, aspect_ratio="1:1")
    picture = opened((await client.download(several.json["data"][0]["url"])).raw)
    assert picture.width == picture.height
    form = await client.upload("/v1/images/edits", ("prompt", "x"), ("image", b"x", "a.png", "image/png"))
    assert form.status == 415


async def test_a_result_and_a_file_can_be_edited(client: Any) -> None:
    made = (await client.picture(aspect_ratio="2:1")).json["data"][0]["url"]
    got = await edit(client, image={"url": made}, response_format="b64_json")
    picture = opened(base64.b64decode(got.json["data"][0]["b64_json"]))
    assert picture.width == picture.height * 2
    content = base64.b64decode(data_url((30, 30)).partition(",")[2])
    identifier = (await client.upload("/v1/files", ("file", content, "a.png", "image/png"))).json["id"]
    assert (await edit(client, image={"file_id": identifier})).status == 200
    assert (await edit(client, image={"file_id": "file_none"})).status == 404
    await client.control("links", method="DELETE")
    assert (await edit(client, image={"url": made})).status == 400


@pytest.mark.parametrize(
    ("sources", "status"),
    [
        ({}, 400),
        ({"images": []}, 400),
        ({"images": [{"url": "https://example.com/a.png"}] * 6}, 400),
        ({"image": {"url": "https://example.com/a.png"}, "images": []}, 400),
        ({"image": "https://example.com/a.png"}, 422),
        ({"image": {"url": "http://example.com/a.png"}}, 400),
        ({"image": {"url": "data:image/png;base64,AAAA"}}, 400),
        ({"image": {"url": "data:image/png;base64,???"}}, 400),
        ({"image": {"url": "https://example.com/a.png", "file_id": "file_1"}}, 400),
        ({"image": {"url": "https://example.com/a.png"}, "mask": {"url": "https://example.com/m.png"}}, 400),
    ],
)
async def test_sources_that_xai_does_not_take(client: Any, sources: Any, status: int) -> None:
    assert (await edit(client, **sources)).status == status


async def test_links_die_with_time_or_at_once(client: Any) -> None:
    url = (await client.picture()).json["data"][0]["url"]
    await client.pass_time(3_599)
    assert (await client.download(url)).status == 200
    await client.pass_time(1)
    assert (await client.download(url)).status == 404
    dead = (await client.picture("a fox !sandbox:dead_links")).json["data"][0]["url"]
    assert (await client.download(dead)).status == 404
    await client.order("dead_links", amount=5, times=1)
    brief = (await client.picture()).json["data"][0]["url"]
    assert (await client.download(brief)).status == 200
    await client.pass_time(5)
    assert (await client.download(brief)).status == 404


async def test_what_is_withheld(client: Any) -> None:
    one = (await client.picture("a fox !sandbox:moderated=1", n=3)).json
    assert [entry["respect_moderation"] for entry in one["data"]] == [False, True, True]
    assert [("url" in entry) for entry in one["data"]] == [False, True, True]
    assert one["usage"]["cost_in_usd_ticks"] == 4 * CENT
    every = (await client.picture("a fox !sandbox:moderated", n=2)).json
    assert [entry["respect_moderation"] for entry in every["data"]] == [False, False]
    missing = (await client.picture("a fox !sandbox:missing_url=1", n=2)).json
    assert [set(entry) & {"url", "respect_moderation"} for entry in missing["data"]] == [
        set(),
        {"url", "respect_moderation"},
    ]
    refused = await client.picture("a fox !sandbox:safety")
    assert (refused.status, refused.json["code"]) == (403, "permission-denied")
    assert "Content violates usage guidelines" in refused.json["error"]


async def test_a_deferred_picture_is_polled_by_its_team(client: Any) -> None:
    got = await client.picture(deferred=True)
    identifier = got.json["request_id"]
    assert (await client.poll(identifier, kind="images")).status == 202
    await client.pass_time(1)
    done = await client.poll(identifier, kind="images", key="alice--2")
    assert (done.status, done.json["status"]) == (200, "done")
    assert (await client.download(done.json["data"][0]["url"])).status == 200
    assert (await client.poll(identifier, kind="images")).json == done.json
    assert (await client.poll(identifier, kind="images", key="bob")).status == 404
    assert (await client.poll(identifier, kind="videos")).status == 404
    failed = (await client.picture("a fox !sandbox:job_failed !sandbox:seconds=0", deferred=True)).json
    told = (await client.poll(failed["request_id"], kind="images")).json
    assert (told["status"], told["error"]["code"]) == ("failed", "internal_error")


async def test_a_result_is_kept_as_a_file(client: Any) -> None:
    options = {"filename": "fox one.jpeg", "expires_after": 7_200, "public_url": {"expires_after": 60}}
    entry = (await client.picture(storage_options=options)).json["data"][0]
    kept = entry["file_output"]
    assert kept["filename"] == "fox one.jpeg"
    content = await client.send("GET", f"/v1/files/{kept['file_id']}/content")
    public = await client.download(kept["public_url"])
    assert content.raw == public.raw == (await client.download(entry["url"])).raw
    await client.pass_time(60)
    assert (await client.download(kept["public_url"])).status == 404
    uploaded = (await client.picture(output={"upload_urls": ["https://example.com/put"]})).json["data"][0]
    assert "url" not in uploaded


async def test_pictures_count_against_quota_rate_and_access_list(client: Any) -> None:
    await client.control("accounts", {"team": "poor", "rate_per_minute": {"grok-imagine-image": 1}})
    assert (await client.picture(key="poor")).status == 200
    limited = await client.picture(key="poor")
    assert (limited.status, limited.json["code"]) == (429, "resource-exhausted")
    assert "grok-imagine-image" in limited.json["error"]
    assert (await client.picture(key="poor", model=LATER)).status == 200
    await client.control("accounts", {"name": "chatty", "acls": ["api-key:model:*", "api-key:endpoint:chat"]})
    assert (await client.picture(key="chatty")).status == 403
    await client.control(
        "accounts", {"name": "painter", "acls": ["api-key:model:*", "api-key:endpoint:image"]}
    )
    assert (await client.picture(key="painter")).status == 200
    assert (await client.chat(key="painter")).status == 403
    row = (await client.control("accounts", method="GET"))["accounts"][0]
    assert row["spent_ticks"] == 6 * CENT


@pytest.mark.parametrize(
    ("fault", "status"), [("status", 500), ("html", 502), ("error_200", 200), ("slow_first_byte", 200)]
)
async def test_faults_meet_media_too(client: Any, fault: str, status: int) -> None:
    delay = {"delay": 0.01} if fault == "slow_first_byte" else {}
    await client.order(fault, match={"method": "POST", "path": "/images/*"}, **delay)
    assert (await client.picture()).status == status


async def test_a_download_breaks_off(client: Any) -> None:
    url = (await client.picture()).json["data"][0]["url"]
    await client.order("cut", times=1, match={"path": "/imgen/*"})
    with pytest.raises(aiohttp.ClientError):
        await client.download(url)
    assert (await client.download(url)).status == 200


async def test_a_prompt_orders_a_fault(client: Any) -> None:
    assert (await client.picture("a fox !sandbox:seconds=3 !sandbox:503")).status == 503


@pytest.mark.parametrize(
    "model", ["grok-imagine-image", "grok-imagine-video", "grok-voice-transcribe-2.0", "tts"]
)
async def test_models_of_media_do_not_talk(client: Any, model: str) -> None:
    for got in (await client.chat(model=model), await client.respond(model=model)):
        assert (got.status, got.json["code"]) == (404, "not-found")
