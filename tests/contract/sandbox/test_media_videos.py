"""Films: jobs that take their time and end in every way, real MP4 files, ranges and links that die."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image

from grok2api.sandbox.media import mp4
from support.playing import play_clip

CENT = 100_000_000
LATER = "grok-imagine-video-1.5"
LITE = "grok-imagine-video-1.5-lite"
PICTURE = {"url": "https://example.com/a.png"}


def picture_of(size: tuple[int, int]) -> dict[str, str]:
    out = io.BytesIO()
    Image.new("RGB", size, (10, 200, 30)).save(out, "PNG")
    return {"url": f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"}


async def made(client: Any, prompt: str = "a red fox", **more: Any) -> Any:
    """Return what a poll tells of a film that is done."""
    got = await client.film(f"{prompt} !sandbox:seconds=0", **more)
    assert got.status == 200, got.raw
    told = await client.poll(got.json["request_id"])
    assert (told.status, told.json["status"]) == (200, "done")
    return told.json


async def change(client: Any, how: str, **more: Any) -> Any:
    body = {"model": "grok-imagine-video", "prompt": "go on !sandbox:seconds=0"} | more
    return await client.send("POST", f"/v1/videos/{how}", body)


async def test_a_job_goes_from_pending_to_done(client: Any) -> None:
    identifier = (await client.film("a fox !sandbox:seconds=100", duration="3")).json["request_id"]
    first = await client.poll(identifier)
    assert (first.status, first.raw) == (202, b"")
    seen = []
    for _ in range(3):
        await client.pass_time(30)
        got = await client.poll(identifier)
        assert (got.status, got.json["status"]) == (202, "pending")
        seen.append(got.json["progress"])
    assert seen == [30, 60, 90]
    await client.pass_time(10)
    got = await client.poll(identifier)
    assert got.status == 200
    told = got.json
    video = told.pop("video")
    assert told == {
        "status": "done",
        "model": "grok-imagine-video",
        "progress": 100,
        "usage": {"cost_in_usd_ticks": 15 * CENT},
    }
    assert (video["duration"], video["respect_moderation"]) == (3, True)
    assert (await client.poll(identifier)).json["video"] == video
    assert (await client.journal())[-1]["usage"] == {"cost_in_usd_ticks": 15 * CENT}


async def test_only_its_team_knows_a_job(client: Any) -> None:
    identifier = (await client.film()).json["request_id"]
    assert (await client.poll(identifier, key="alice--other")).status == 202
    assert (await client.poll(identifier, key="bob")).status == 404
    assert (await client.poll("nothing")).status == 404


@pytest.mark.parametrize(
    ("ratio", "wide", "high"), [("16:9", 16, 9), ("9:16", 9, 16), ("1:1", 1, 1), ("21:9", 7, 3)]
)
async def test_a_film_is_as_long_and_as_wide_as_asked(client: Any, ratio: str, wide: int, high: int) -> None:
    told = await made(client, aspect_ratio=ratio, duration=5, resolution="720p")
    content = (await client.download(told["video"]["url"])).raw
    assert mp4.duration(content) == 5
    size = mp4.size(content)
    assert size is not None
    assert abs(size[0] / size[1] - wide / high) < 0.02
    assert told["usage"]["cost_in_usd_ticks"] == 35 * CENT


async def test_a_player_takes_the_film(client: Any) -> None:
    told = await made(client, duration=2)
    played = play_clip((await client.download(told["video"]["url"])).raw)
    assert (played.codec, played.frames, played.seconds) == ("h264", 8, 2)


async def test_a_film_is_read_in_ranges(client: Any) -> None:
    url = (await made(client))["video"]["url"]
    whole = await client.download(url)
    length = len(whole.raw)
    assert whole.headers["content-type"] == "video/mp4"
    assert (whole.headers["accept-ranges"], whole.headers["content-length"]) == ("bytes", str(length))
    for asked, expected, told in (
        ("bytes=0-99", whole.raw[:100], f"bytes 0-99/{length}"),
        ("bytes=100-", whole.raw[100:], f"bytes 100-{length - 1}/{length}"),
        ("bytes=-50", whole.raw[-50:], f"bytes {length - 50}-{length - 1}/{length}"),
        (f"bytes=5-{length * 2}", whole.raw[5:], f"bytes 5-{length - 1}/{length}"),
    ):
        part = await client.download(url, range=asked)
        assert (part.status, part.headers["content-range"], part.raw) == (206, told, expected)
    outside = await client.download(url, range=f"bytes={length}-")
    assert (outside.status, outside.headers["content-range"]) == (416, f"bytes */{length}")
    head = await client.download(url, "HEAD")
    assert (head.status, head.headers["content-length"], head.raw) == (200, str(length), b"")


async def test_a_large_film_is_never_held_whole(client: Any) -> None:
    url = (await made(client, "a fox !sandbox:big=20"))["video"]["url"]
    seen, beginning = 0, b""
    async with client.session.get(url) as answer:
        assert int(answer.headers["content-length"]) == 20_000_000
        async for piece in answer.content.iter_chunked(65_536):
            beginning = beginning or piece
            seen += len(piece)
    assert seen == 20_000_000
    assert mp4.duration(beginning) == 8
    last = await client.download(url, range="bytes=-4")
    assert last.raw == b"\x00" * 4


async def test_links_die_and_results_expire(client: Any) -> None:
    url = (await made(client, "a fox !sandbox:dead_links"))["video"]["url"]
    assert (await client.download(url)).status == 404
    identifier = (await client.film("a fox !sandbox:seconds=1")).json["request_id"]
    await client.pass_time(86_402)
    assert (await client.poll(identifier)).json == {"status": "expired"}


async def test_jobs_end_badly(client: Any) -> None:
    async def ended(prompt: str) -> Any:
        got = await client.film(f"{prompt} !sandbox:seconds=0")
        told = await client.poll(got.json["request_id"])
        assert told.status == 200
        return told.json

    failed = await ended("a fox !sandbox:job_failed")
    assert (failed["status"], failed["error"]["code"]) == ("failed", "internal_error")
    assert await ended("a fox !sandbox:job_expired") == {"status": "expired"}
    withheld = (await ended("a fox !sandbox:moderated"))["video"]
    assert (withheld["url"], withheld["respect_moderation"]) == ("", False)
    missing = (await ended("a fox !sandbox:missing_url"))["video"]
    assert (missing["url"], missing["respect_moderation"]) == ("", True)
    refusal = {"code": "permission_denied", "message": "Content violates usage guidelines."}
    await client.order("job_failed", body=refusal, match={"path": "/videos/generations"}, times=1)
    assert (await ended("a fox"))["error"] == refusal
    assert (await ended("a fox"))["status"] == "done"


async def test_jobs_are_listed_and_ended_from_outside(client: Any) -> None:
    first = (await client.film(image=picture_of((300, 300)))).json["request_id"]
    second = (await client.film()).json["request_id"]
    await client.poll(first)
    await client.control("jobs", {"request_id": first})
    assert (await client.poll(first)).json["status"] == "done"
    error = {"code": "service_unavailable", "message": "Later."}
    ended = await client.control("jobs", {"outcome": "failed", "error": error})
    assert ended == {"finished": [second]}
    assert (await client.poll(second)).json == {"status": "failed", "error": error}
    assert (await client.send("POST", "/sandbox/jobs", {"request_id": first})).status == 404
    rows = (await client.control("jobs", method="GET"))["jobs"]
    assert [(row["request_id"], row["status"], row["polls"]) for row in rows] == [
        (first, "done", 2),
        (second, "failed", 1),
    ]
    assert rows[0]["cost_in_usd_ticks"] == 40 * CENT


async def test_a_film_begins_from_a_picture(client: Any) -> None:
    told = await made(client, image=picture_of((40, 80)))
    size = mp4.size((await client.download(told["video"]["url"])).raw)
    assert size is not None
    assert size[1] == 2 * size[0]
    forced = await made(client, input_reference=picture_of((40, 80)), aspect_ratio="1:1")
    size = mp4.size((await client.download(forced["video"]["url"])).raw)
    assert size is not None
    assert size[0] == size[1]
    silent = await client.send(
        "POST", "/v1/videos/generations", {"model": "grok-imagine-video", "image": PICTURE}
    )
    assert silent.status == 200


async def test_films_are_edited_and_extended(client: Any) -> None:
    source = {"url": (await made(client, duration=4, aspect_ratio="1:1"))["video"]["url"]}
    original = (await client.download(source["url"])).raw
    edited = await client.poll((await change(client, "edits", video=source)).json["request_id"])
    assert edited.json["video"]["duration"] == 4
    assert mp4.size((await client.download(edited.json["video"]["url"])).raw) == mp4.size(original)
    longer = await client.poll((await change(client, "extensions", video=source)).json["request_id"])
    assert longer.json["video"]["duration"] == 10
    assert mp4.duration((await client.download(longer.json["video"]["url"])).raw) == 10
    identifier = (await client.upload("/v1/files", ("file", original, "a.mp4", "video/mp4"))).json["id"]
    assert (await change(client, "extensions", video={"file_id": identifier}, duration=2)).status == 200


@pytest.mark.parametrize(
    ("how", "more", "status"),
    [
        ("edits", {"duration": 4}, 400),
        ("edits", {"resolution": "720p"}, 400),
        ("edits", {"model": LATER}, 400),
        ("edits", {"prompt": ""}, 400),
        ("edits", {"video": None}, 422),
        ("edits", {"video": {"url": "data:video/mp4;base64,AAAA"}}, 400),
        ("extensions", {"duration": 11}, 400),
        ("extensions", {"duration": 1}, 400),
        ("extensions", {"aspect_ratio": "1:1"}, 400),
        ("extensions", {"model": LITE}, 400),
        ("extensions", {"video": {"file_id": "file_none"}}, 404),
    ],
)
async def test_changes_that_xai_does_not_take(client: Any, how: str, more: Any, status: int) -> None:
    got = await change(client, how, **({"video": {"url": "https://example.com/a.mp4"}} | more))
    assert got.status == status


async def test_a_film_of_the_wrong_length_is_not_changed(client: Any) -> None:
    long = {"url": (await made(client, duration=9))["video"]["url"]}
    assert "too long to edit" in (await change(client, "edits", video=long)).json["error"]
    short = {"url": (await made(client, duration=1))["video"]["url"]}
    assert "2 to 15 s" in (await change(client, "extensions", video=short)).json["error"]


@pytest.mark.parametrize(
    ("more", "status", "words"),
    [
        ({"duration": 16}, 400, "between 1 and 15"),
        ({"seconds": "0"}, 400, "between 1 and 15"),
        ({"duration": "long"}, 422, "numeric string"),
        ({"duration": 3, "seconds": 3}, 422, "duplicate field"),
        ({"aspect_ratio": "1:2"}, 422, "unknown variant"),
        ({"resolution": "1080p"}, 400, "1080p"),
        ({"resolution": "4k"}, 422, "unknown variant"),
        ({"image": PICTURE, "reference_images": [PICTURE]}, 400, "together"),
        ({"reference_images": [PICTURE] * 8}, 400, "at most 7"),
        ({"reference_images": [PICTURE], "duration": 11}, 400, "between 1 and 10"),
        ({"model": LITE, "reference_images": [PICTURE]}, 400, "referenceImages"),
        ({"last_frame": PICTURE}, 400, "lastFrame"),
        ({"keyframes": [{"image": PICTURE, "timestamp_s": 1}]}, 400, "keyframes"),
        ({"model": LITE, "last_frame": PICTURE}, 400, "lastFrame"),
        ({"model": LATER, "keyframes": [{"image": PICTURE, "timestamp_s": 1}] * 5}, 400, "at most 4"),
        ({"model": LATER, "reference_audios": [{"voice_id": "eve"}] * 4}, 400, "at most 3"),
        ({"model": LATER, "reference_audios": [{}]}, 400, "exactly one"),
        ({"prompt": ""}, 400, "prompt is required"),
        ({"generate_audio": "yes"}, 422, "boolean"),
        ({"n": 2}, 400, "Argument not supported: n"),
        ({"seed": 1}, 400, "Argument not supported: seed"),
        ({"model": "grok-imagine-image"}, 404, "grok-imagine-image"),
    ],
)
async def test_what_xai_does_not_take(client: Any, more: Any, status: int, words: str) -> None:
    got = await client.film(**more)
    assert got.status == status
    assert words in got.json["error"]


async def test_later_models_take_more(client: Any) -> None:
    more: dict[str, Any] = {
        "last_frame": PICTURE,
        "keyframes": [{"image": PICTURE, "timestamp_s": 1.5}],
        "reference_audios": [{"voice_id": "eve"}],
    }
    told = await made(client, model=LATER, resolution="1080p", duration=1, **more)
    assert told["model"] == LATER
    assert (await client.film(model=LATER, resolution="1080p", key="team-sd")).status == 403


async def test_a_team_that_stores_nothing_names_a_place(client: Any) -> None:
    refused = await client.film(key="quiet-zdr")
    assert (refused.status, "output.upload_url" in refused.json["error"]) == (400, True)
    where = {"upload_url": "https://example.com/put"}
    got = await client.film("a fox !sandbox:seconds=0", key="quiet-zdr", output=where)
    video = (await client.poll(got.json["request_id"], key="quiet-zdr")).json["video"]
    assert "url" not in video
