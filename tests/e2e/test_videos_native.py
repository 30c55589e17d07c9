"""Videos as xAI's own clients ask for them, and what is refused before xAI hears of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from support.processes import CLIENT_KEY, Gateway, Sandbox, request
from support.raw_http import message, send
from support.videos import (
    QUICK,
    THEIRS,
    VIDEOS,
    created,
    generated,
    jobs_about,
    over,
    refused,
    shown,
    start,
)

FIRST, LATER, LITE = "grok-imagine-video", "grok-imagine-video-1.5", "grok-imagine-video-1.5-lite"
DATA = "data:image/png;base64,iVBORw0KGgo="
PICTURE = {"url": "https://pictures.example/cat.png"}


@pytest.fixture(scope="module")
def filming(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    started = start(tmp_path_factory.mktemp("filming"), shared_sandbox)
    yield started
    started.stop()


def test_a_job_is_told_as_xai_tells_it(filming: Gateway, sandbox: Sandbox) -> None:
    identifier = generated(filming, f"native {QUICK}", duration=2, aspect_ratio="1:1", resolution="720p")
    status, _, answer = filming.get(f"{VIDEOS}/{identifier}")
    told = json.loads(answer)
    assert (status, told["status"]) == (202, "pending")
    assert 0 <= told["progress"] < 100
    done = over(filming, identifier)
    assert set(done) == {"status", "video", "model", "progress", "usage"}
    assert (done["status"], done["model"], done["progress"]) == ("done", FIRST, 100)
    assert done["usage"] == {"cost_in_usd_ticks": 1_400_000_000}
    video = done["video"]
    assert (video["duration"], video["respect_moderation"]) == (2, True)
    (job,) = jobs_about(sandbox, f"native {QUICK}")
    assert job["body"] == {
        "model": FIRST,
        "prompt": f"native {QUICK}",
        "duration": 2,
        "aspect_ratio": "1:1",
        "resolution": "720p",
    }


def test_the_link_is_ours_and_needs_no_key(filming: Gateway, sandbox: Sandbox) -> None:
    url = over(filming, generated(filming))["video"]["url"]
    assert urlsplit(url).hostname == "localhost", "clients refuse links whose host is an address"
    assert f":{urlsplit(filming.url).port}/v1/media/" in url
    status, headers, content = request("GET", url)
    assert (status, headers["content-type"], content[4:8]) == (200, "video/mp4", b"ftyp")


def test_a_link_of_ours_is_a_source_for_the_next_video(filming: Gateway, sandbox: Sandbox) -> None:
    clip = over(filming, generated(filming, duration=3))["video"]["url"]
    assert clip.startswith("http://localhost"), "xAI could not fetch it"
    body = {"model": FIRST, "prompt": f"linked {QUICK}", "video": {"url": clip}, "duration": 2}
    status, _, answer = filming.post(f"{VIDEOS}/extensions", body)
    assert status == 200, answer
    assert over(filming, json.loads(answer)["request_id"])["status"] == "done"
    (job,) = jobs_about(sandbox, f"linked {QUICK}")
    assert set(job["body"]["video"]) == {"file_id"}

    drawn = {"model": "grok-imagine-image", "prompt": "a cat"}
    picture = json.loads(filming.post("/images/generations", drawn)[2])["data"][0]["url"]
    first = generated(filming, f"begun {QUICK}", image={"url": picture}, duration=1)
    assert over(filming, first)["status"] == "done"
    (job,) = jobs_about(sandbox, f"begun {QUICK}")
    assert job["body"]["image"]["url"].startswith("data:image/")
    assert refused(filming.post(f"{VIDEOS}/extensions", body | {"video": {"url": picture}})) == (
        400,
        "invalid_value",
        "video",
    )


@pytest.mark.parametrize("url", ["http://clips.example/a.mp4", "http://clips.example/v1/media/1?expires=1"])
def test_an_address_that_xai_could_not_fetch_is_refused(filming: Gateway, url: str) -> None:
    body = {"model": FIRST, "prompt": "x", "video": {"url": url}}
    assert refused(filming.post(f"{VIDEOS}/extensions", body)) == (400, "invalid_value", "video")
    body = {"model": FIRST, "prompt": "x", "image": {"url": url}}
    assert refused(filming.post(f"{VIDEOS}/generations", body)) == (400, "invalid_value", "image")


def test_the_id_decides_the_dialect(filming: Gateway, sandbox: Sandbox) -> None:
    native = generated(filming, f"twofold {QUICK}")
    over(filming, native)
    listed = json.loads(filming.get(f"{VIDEOS}?limit=1")[2])["data"][0]
    assert (listed["prompt"], listed["status"], listed["seconds"]) == (f"twofold {QUICK}", "completed", "8")
    assert listed["id"] != native
    assert shown(filming, listed["id"]) == listed
    assert shown(filming, native)["status"] == "done"
    assert filming.get(f"{VIDEOS}/{native}/content")[2][4:8] == b"ftyp"
    assert filming.send("DELETE", f"{VIDEOS}/{native}")[0] == 200
    assert filming.get(f"{VIDEOS}/{listed['id']}")[0] == 404


def test_content_is_given_in_parts(filming: Gateway, sandbox: Sandbox) -> None:
    path = f"{VIDEOS}/{over(filming, created(filming)['id'])['id']}/content"
    status, headers, whole = filming.get(path)
    assert (status, headers["content-type"], headers["accept-ranges"]) == (200, "video/mp4", "bytes")
    status, part, content = filming.get(path, Range="bytes=4-11")
    assert (status, content) == (206, whole[4:12])
    assert part["content-range"] == f"bytes 4-11/{len(whole)}"
    assert filming.get(path, **{"If-None-Match": headers["etag"]})[0] == 304
    answer = send(
        filming.url,
        message("HEAD", f"/v1{path}", [("Authorization", f"Bearer {CLIENT_KEY}"), ("Connection", "close")]),
    )
    assert (answer.status, answer.header("content-length"), answer.body) == (200, str(len(whole)), b"")
    assert filming.get(path, Range=f"bytes={len(whole)}-")[0] == 416


def test_clips_are_edited_and_extended(filming: Gateway, sandbox: Sandbox) -> None:
    for operation, more in (("edits", {}), ("extensions", {"duration": 3})):
        body = {"prompt": f"{operation} {QUICK}", "video": {"url": "https://films.example/a.mp4"}, **more}
        status, _, answer = filming.post(f"{VIDEOS}/{operation}", body)
        assert status == 200, answer
        assert over(filming, json.loads(answer)["request_id"])["status"] == "done"
        (job,) = jobs_about(sandbox, f"{operation} {QUICK}")
        assert job["body"]["video"] == body["video"]


def test_a_video_of_ours_is_extended_by_its_native_id(filming: Gateway, sandbox: Sandbox) -> None:
    source = generated(filming, f"ours {QUICK}", duration=2)
    over(filming, source)
    body = {"prompt": f"longer {QUICK}", "video": {"id": source}, "duration": 2}
    identifier = json.loads(filming.post(f"{VIDEOS}/extensions", body)[2])["request_id"]
    assert over(filming, identifier)["video"]["duration"] == 4


def test_another_key_finds_nothing(filming: Gateway, sandbox: Sandbox) -> None:
    identifier = generated(filming)
    over(filming, identifier)
    for method, path in (("GET", ""), ("GET", "/content"), ("DELETE", ""), ("POST", "/remix")):
        body = {"prompt": "theirs"} if method == "POST" else None
        url = f"{filming.base_url}{VIDEOS}/{identifier}{path}"
        assert request(method, url, body, headers=THEIRS)[0] == 404
    assert jobs_about(sandbox, "theirs") == []


@pytest.mark.parametrize("identifier", ["video_abc", "vreq_abc", "1f2e3d4c-0000-4000-8000-000000000000", "x"])
def test_an_id_that_is_not_ours_is_missing(filming: Gateway, identifier: str) -> None:
    assert refused(filming.get(f"{VIDEOS}/{identifier}")) == (404, "not_found", None)


REFUSALS: list[tuple[str, dict[str, Any], str, str]] = [
    ("", {"seconds": "16"}, "invalid_value", "seconds"),
    ("", {"seconds": 0}, "invalid_value", "seconds"),
    ("", {"seconds": "4.5"}, "invalid_value", "seconds"),
    ("", {"seconds": "soon"}, "invalid_value", "seconds"),
    ("", {"seconds": 4, "duration": 4}, "invalid_value", "duration"),
    ("", {"size": "1x1"}, "invalid_value", "size"),
    ("", {"size": "1280x720", "aspect_ratio": "16:9"}, "invalid_value", "aspect_ratio"),
    ("", {"size": "1920x1080"}, "unsupported_parameter", "resolution"),
    ("", {"aspect_ratio": "7:1"}, "invalid_value", "aspect_ratio"),
    ("", {"input_reference": {"image_url": "http://pictures.example/a"}}, "invalid_value", "input_reference"),
    ("", {"input_reference": {"file_id": "file-x"}}, "invalid_value", "input_reference.file_id"),
    ("", {"input_reference": {}}, "invalid_value", "input_reference"),
    ("", {"image": PICTURE, "reference_images": [PICTURE]}, "invalid_value", "reference_images"),
    ("", {"n": 2}, "unsupported_parameter", "n"),
    ("", {"prompt": None}, "missing_required_parameter", "prompt"),
    ("/generations", {"prompt": None}, "missing_required_parameter", "prompt"),
    ("/generations", {"last_frame": PICTURE}, "unsupported_parameter", "last_frame"),
    (
        "/generations",
        {"keyframes": [{"image": PICTURE, "timestamp_s": 1}]},
        "unsupported_parameter",
        "keyframes",
    ),
    ("/generations", {"reference_audios": [{"voice_id": "v"}]}, "unsupported_parameter", "reference_audios"),
    (
        "/generations",
        {"model": LITE, "reference_images": [PICTURE]},
        "unsupported_parameter",
        "reference_images",
    ),
    ("/generations", {"reference_images": [PICTURE] * 8}, "invalid_value", "reference_images"),
    ("/generations", {"reference_images": [PICTURE], "duration": 11}, "invalid_value", "duration"),
    ("/generations", {"output": {"upload_url": "https://x.example"}}, "unsupported_parameter", "output"),
    ("/edits", {"model": LATER, "video": PICTURE}, "unsupported_parameter", "model"),
    ("/edits", {"video": PICTURE, "duration": 4}, "unsupported_parameter", "duration"),
    ("/edits", {}, "missing_required_parameter", "video"),
    ("/edits", {"video": {"url": "ftp://films.example"}}, "invalid_value", "video"),
    ("/extensions", {"video": PICTURE, "duration": 11}, "invalid_value", "duration"),
    ("/extensions", {"video": PICTURE, "duration": 1}, "invalid_value", "duration"),
]


@pytest.mark.parametrize(("path", "body", "code", "param"), REFUSALS)
def test_what_grok_would_refuse_is_refused_by_name(
    filming: Gateway, sandbox: Sandbox, path: str, body: dict[str, Any], code: str, param: str
) -> None:
    answer = filming.post(VIDEOS + path, {"prompt": "a cat", **body})
    assert refused(answer) == (400, code, param)
    assert sandbox.calls(VIDEOS) == [], "xAI did not hear of it"


def test_what_only_later_models_do_is_done(filming: Gateway, sandbox: Sandbox) -> None:
    identifier = generated(
        filming,
        f"between frames {QUICK}",
        model=LATER,
        duration="2",
        image=PICTURE,
        last_frame=PICTURE,
        keyframes=[{"image": PICTURE, "timestamp_s": 1}],
        generate_audio=False,
    )
    assert over(filming, identifier)["status"] == "done"
    (job,) = jobs_about(sandbox, f"between frames {QUICK}")
    assert job["body"]["last_frame"] == PICTURE
    assert job["body"]["generate_audio"] is False


def test_a_size_that_grok_only_comes_near_to_is_named(filming: Gateway, sandbox: Sandbox) -> None:
    status, headers, answer = filming.post(
        VIDEOS, {"prompt": f"near {QUICK}", "size": "1024x1792", "seed": 7}
    )
    assert status == 200, answer
    assert headers["x-grok2api-dropped-params"] == "seed,size"
    assert headers["x-grok2api-upstream-model"] == FIRST
    assert json.loads(answer)["size"] == "1024x1792"


def test_a_list_is_asked_for_properly(filming: Gateway) -> None:
    for query, param in (
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("order=up", "order"),
        ("after=x", "after"),
    ):
        assert refused(filming.get(f"{VIDEOS}?{query}")) == (400, "invalid_value", param)
