"""Videos with the official SDK of OpenAI, strict about every key."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from openai import AsyncOpenAI, BadRequestError, NotFoundError, OpenAI
from openai.types import Video
from PIL import Image

from support.processes import Gateway, Sandbox
from support.sdk import async_openai_client, openai_client
from support.videos import OTHER_KEY, QUICK, assets, charges, jobs_about, start

pytestmark = pytest.mark.filterwarnings("ignore:The Sora API:DeprecationWarning")
SIZE = "1280x720"


@pytest.fixture(scope="module")
def filming(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    started = start(tmp_path_factory.mktemp("filming"), shared_sandbox)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def openai(filming: Gateway) -> Iterator[OpenAI]:
    with openai_client(filming) as made:
        yield made


def picture() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 30, 30)).save(written, "PNG")
    return written.getvalue()


def is_a_film(content: bytes) -> bool:
    """Tell whether bytes are an MP4 file: boxes from the first to the last byte, `ftyp` first."""
    at, names = 0, []
    while at < len(content):
        size, name = struct.unpack(">I4s", content[at : at + 8])
        assert size >= 8
        names.append(name)
        at += size
    return at == len(content) and names[0] == b"ftyp" and {b"moov", b"mdat"} <= set(names)


def changed(openai: OpenAI, operation: str, source: str, **more: str) -> Video:
    """Have a video of ours changed. The SDK's own verbs refuse an id, which its types allow."""
    body = {"video": {"id": source}, **more}
    return openai.post(f"/videos/{operation}", body=body, cast_to=Video)


def test_a_video_is_made_followed_and_fetched(openai: OpenAI, filming: Gateway, sandbox: Sandbox) -> None:
    video = openai.videos.create(prompt=f"one {QUICK}", seconds="4", size="1280x720")
    assert (video.status, video.progress, video.error, video.completed_at) == ("queued", 0, None, None)
    assert (video.seconds, video.size, video.model) == ("4", SIZE, "grok-imagine-1.0-video")
    done = openai.videos.poll(video.id)
    assert (done.id, done.status, done.progress) == (video.id, "completed", 100)
    assert done.completed_at is not None
    assert done.expires_at is not None
    assert done.expires_at > done.completed_at >= done.created_at
    assert is_a_film(openai.videos.download_content(video.id).read())
    (job,) = jobs_about(sandbox, f"one {QUICK}")
    assert job["body"] == {
        "model": "grok-imagine-video",
        "prompt": f"one {QUICK}",
        "duration": 4,
        "aspect_ratio": "16:9",
        "resolution": "720p",
    }


def test_what_is_left_out_is_as_at_openai(openai: OpenAI, sandbox: Sandbox) -> None:
    video = openai.videos.create_and_poll(prompt=f"plain {QUICK}")
    assert (video.status, video.seconds, video.size) == ("completed", "4", "720x1280")
    (job,) = jobs_about(sandbox, f"plain {QUICK}")
    assert (job["body"]["aspect_ratio"], job["body"]["resolution"]) == ("9:16", "720p")


def test_a_picture_is_the_first_frame(openai: OpenAI, sandbox: Sandbox) -> None:
    video = openai.videos.create_and_poll(
        prompt=f"framed {QUICK}", input_reference=("cat.png", picture(), "image/png")
    )
    assert video.status == "completed"
    (job,) = jobs_about(sandbox, f"framed {QUICK}")
    assert job["body"]["image"]["url"].startswith("data:image/png;base64,")
    assert "aspect_ratio" not in job["body"], "the picture's own"


def test_a_picture_can_be_named(openai: OpenAI, sandbox: Sandbox) -> None:
    address = "https://pictures.example/cat.jpg"
    named = {"input_reference": {"image_url": address}}
    openai.videos.create_and_poll(prompt=f"named {QUICK}", extra_body=named)
    (job,) = jobs_about(sandbox, f"named {QUICK}")
    assert job["body"]["image"] == {"url": address}


def test_an_uploaded_picture_is_used_by_its_account(openai: OpenAI, sandbox: Sandbox) -> None:
    file = openai.files.create(file=("cat.png", picture(), "image/png"), purpose="vision")
    video = openai.videos.create_and_poll(
        prompt=f"uploaded {QUICK}", extra_body={"input_reference": {"file_id": file.id}}
    )
    assert video.status == "completed"
    (job,) = jobs_about(sandbox, f"uploaded {QUICK}")
    assert set(job["body"]["image"]) == {"file_id"}


def test_a_remix_is_made_from_the_finished_video(openai: OpenAI, sandbox: Sandbox) -> None:
    source = openai.videos.create_and_poll(prompt=f"source {QUICK}", size="1280x720", seconds="4")
    remix = openai.videos.remix(source.id, prompt=f"remixed {QUICK}")
    assert (remix.remixed_from_video_id, remix.size, remix.seconds) == (source.id, SIZE, "4")
    done = openai.videos.poll(remix.id)
    assert (done.status, done.remixed_from_video_id) == ("completed", source.id)
    assert openai.videos.download_content(remix.id).read() != openai.videos.download_content(source.id).read()
    (job,) = jobs_about(sandbox, f"remixed {QUICK}")
    assert set(job["body"]["video"]) == {"file_id"}


def test_a_video_is_edited_and_extended_by_its_id(openai: OpenAI, sandbox: Sandbox) -> None:
    source = openai.videos.create_and_poll(prompt=f"base {QUICK}", size="1280x720", seconds="4")
    edited = changed(openai, "edits", source.id, prompt=f"edit {QUICK}")
    extended = changed(openai, "extensions", source.id, prompt=f"extend {QUICK}", seconds="8")
    assert (edited.remixed_from_video_id, extended.seconds) == (source.id, "12")
    assert openai.videos.poll(edited.id).status == "completed"
    done = openai.videos.poll(extended.id)
    assert (done.status, done.seconds) == ("completed", "12")
    (job,) = jobs_about(sandbox, f"extend {QUICK}")
    assert job["body"]["duration"] == 8


def test_a_clip_that_comes_along_is_edited(openai: OpenAI, sandbox: Sandbox) -> None:
    source = openai.videos.create_and_poll(prompt=f"own {QUICK}", size="1280x720", seconds="4")
    clip = openai.videos.download_content(source.id).read()
    edited = openai.videos.edit(prompt=f"sent {QUICK}", video=("clip.mp4", clip, "video/mp4"))
    assert edited.remixed_from_video_id is None
    assert openai.videos.poll(edited.id).status == "completed"


def test_ones_own_videos_are_listed_by_pages(openai: OpenAI) -> None:
    made = [openai.videos.create(prompt=f"listed {number} {QUICK}").id for number in range(3)]
    assert [video.id for video in openai.videos.list(limit=3).data] == made[::-1]
    page = openai.videos.list(limit=2)
    assert page.has_more
    assert [video.id for video in page.data] == made[:0:-1]
    assert page.get_next_page().data[0].id == made[0]
    oldest = [video.id for video in openai.videos.list(order="asc", limit=100)]
    assert oldest[-3:] == made
    assert len(set(oldest)) == len(oldest)


def test_a_deleted_video_is_gone_with_its_content(openai: OpenAI, filming: Gateway) -> None:
    video = openai.videos.create_and_poll(prompt=f"deleted {QUICK}")
    before = len(assets(filming.directory))
    gone = openai.videos.delete(video.id)
    assert (gone.id, gone.object, gone.deleted) == (video.id, "video.deleted", True)
    assert len(assets(filming.directory)) == before - 1
    for ask in (openai.videos.retrieve, openai.videos.download_content, openai.videos.delete):
        with pytest.raises(NotFoundError):
            ask(video.id)


def test_content_is_had_when_it_is_there(openai: OpenAI, sandbox: Sandbox) -> None:
    video = openai.videos.create(prompt="slow !sandbox:seconds=600")
    with pytest.raises(BadRequestError) as early:
        openai.videos.download_content(video.id)
    assert early.value.code == "video_not_ready"
    with pytest.raises(BadRequestError) as remix:
        openai.videos.remix(video.id, prompt="too early")
    assert remix.value.code == "video_not_ready"
    for variant in ("thumbnail", "spritesheet"):
        with pytest.raises(BadRequestError) as other:
            openai.videos.download_content(video.id, variant=variant)
        assert (other.value.code, other.value.param) == ("unsupported_parameter", "variant")


@pytest.mark.parametrize("model", ["sora-2", "grok-4", "grok-imagine-1.0"])
def test_a_model_that_makes_no_videos_is_told_who_does(openai: OpenAI, model: str) -> None:
    with pytest.raises(NotFoundError) as missing:
        openai.videos.create(prompt="a cat", model=model)
    assert (missing.value.code, missing.value.param) == ("model_not_found", "model")
    assert "grok-imagine-1.0-video" in missing.value.message


def test_another_key_finds_nothing(filming: Gateway, openai: OpenAI) -> None:
    video = openai.videos.create_and_poll(prompt=f"mine {QUICK}")
    with openai_client(filming, key=OTHER_KEY) as other:
        asks: list[Any] = [
            lambda: other.videos.retrieve(video.id),
            lambda: other.videos.download_content(video.id),
            lambda: other.videos.delete(video.id),
            lambda: other.videos.remix(video.id, prompt="theirs"),
        ]
        for ask in asks:
            with pytest.raises(NotFoundError):
                ask()
        for operation in ("edits", "extensions"):
            with pytest.raises(NotFoundError):
                changed(other, operation, video.id, prompt="theirs")
        assert video.id not in [each.id for each in other.videos.list()]
        with pytest.raises(BadRequestError):
            other.videos.list(after=video.id)


def test_a_video_is_charged_once(openai: OpenAI, filming: Gateway) -> None:
    named = {"x-request-id": "charged-once"}
    video = openai.videos.create(prompt=f"charged {QUICK}", seconds="4", size="1280x720", extra_headers=named)
    openai.videos.poll(video.id)
    rows = charges(filming.directory)
    (row,) = [each for each in rows if each["request_id"].startswith("charged-once#")]
    assert (row["cost_ticks"], row["usage_source"], row["end"]) == (2_800_000_000, "upstream", "completed")
    assert (row["model"], row["upstream_model"]) == ("grok-imagine-1.0-video", "grok-imagine-video")
    assert row["credential_id"]
    assert row["upstream_request_id"]


async def test_the_client_that_does_not_block(filming: Gateway) -> None:
    client: AsyncOpenAI = async_openai_client(filming)
    async with client:
        video = await client.videos.create_and_poll(prompt=f"async {QUICK}")
        assert video.status == "completed"
        content = await client.videos.download_content(video.id)
        assert is_a_film(content.read())
        assert (await client.videos.list(limit=1)).data[0].id == video.id
