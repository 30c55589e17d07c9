"""Pictures of requests: what goes to upstream, and what a client reads when one cannot go."""

from __future__ import annotations

import asyncio
import threading

import pytest

from grok2api.errors import InvalidRequest
from grok2api.media.darkroom import Darkroom
from grok2api.media.headers import BadPicture
from grok2api.media.input_images import LONGEST, checked_input_image, needs_conversion
from grok2api.media.pictures import inspect
from support.pictures import drawn, opened, png

FIELD = "messages[0].content[1].image_url.url"


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_what_upstream_takes_goes_as_it_is(kind: str) -> None:
    content = drawn(kind)
    image = checked_input_image(content, param=FIELD)
    assert (image.mime, image.width, image.height) == (f"image/{kind.lower()}", 40, 30)
    assert image.content is content
    assert not image.converted_from
    assert not needs_conversion(content)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "BMP", "TIFF", "AVIF"])
def test_what_upstream_does_not_take_is_converted(kind: str) -> None:
    content = drawn(kind)
    assert needs_conversion(content)
    image = checked_input_image(content, param=FIELD)
    assert image.converted_from == f"image/{kind.lower()}"
    assert image.mime == inspect(image.content).mime
    assert opened(image.content).size == (40, 30) == (image.width, image.height)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<svg></svg>", "SVG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1", "HEIC"),
        (b"<!doctype html><p>", "web page"),
        (b"%PDF-1.7", "as a file"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"),
        (b"text", "recognised"),
        (b"", "recognised"),
        (png(50_000, 50_000), "50000 x 50000"),
        (drawn("WEBP")[:100], "whole"),
        (drawn("PNG")[:10], "whole"),
        (bytes(LONGEST + 1), "20 MiB"),
    ],
)
def test_what_cannot_go_is_refused_by_name(content: bytes, why: str) -> None:
    with pytest.raises(InvalidRequest, match=why) as caught:
        checked_input_image(content, param=FIELD)
    assert (caught.value.param, caught.value.code) == (FIELD, "invalid_value")


async def test_the_darkroom_works_on_one_picture_at_a_time_beside_the_loop() -> None:
    begun, finish = threading.Event(), threading.Event()
    seen: list[str] = []

    def slow() -> None:
        begun.set()
        assert finish.wait(30)
        seen.append("slow")

    async with Darkroom() as darkroom, asyncio.TaskGroup() as group:
        first = group.create_task(darkroom.develop(slow))
        await asyncio.get_running_loop().run_in_executor(None, begun.wait)
        second = group.create_task(darkroom.input_image(drawn("WEBP"), param=FIELD))
        second.add_done_callback(lambda _: seen.append("second"))
        image = await darkroom.input_image(drawn("PNG"), param=FIELD)
        assert image.mime == "image/png", "what needs no work does not wait"
        assert not second.done()
        finish.set()
        await first
        assert (await second).converted_from == "image/webp"
    assert seen == ["slow", "second"]


async def test_the_darkroom_makes_previews_and_passes_errors_on() -> None:
    async with Darkroom() as darkroom:
        assert opened(await darkroom.preview(drawn("PNG"), longest=10)).size == (10, 8)
        with pytest.raises(BadPicture):
            await darkroom.preview(b"text", longest=10)
        with pytest.raises(InvalidRequest):
            await darkroom.input_image(drawn("WEBP")[:100], param=FIELD)
