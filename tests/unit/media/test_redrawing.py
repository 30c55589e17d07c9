"""Pictures are known by their content, and written anew without a loss where the format allows it."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from grok2api.media.redrawing import PREVIEW_SIDE, Look, PictureFormat, look, preview, written_as


def drawn(form: str, size: tuple[int, int] = (40, 20), mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    gradient = Image.linear_gradient("L").resize(size)
    Image.merge("RGB", (gradient, gradient.transpose(Image.Transpose.ROTATE_180), gradient)).convert(
        mode
    ).save(out, form)
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def bomb(width: int, height: int) -> bytes:
    """Return the beginning of a PNG that announces so many pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        check = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100))


@pytest.mark.parametrize(("form", "name"), [("PNG", "png"), ("JPEG", "jpeg"), ("WEBP", "webp")])
def test_a_picture_is_known_by_its_content(form: str, name: PictureFormat) -> None:
    seen = look(drawn(form))
    assert seen == Look(name, 40, 20)
    assert (seen.mime, seen.size) == (f"image/{name}", "40x20")


@pytest.mark.parametrize(
    "content",
    [b"", b"GIF89a", drawn("GIF"), drawn("BMP"), b"<svg/>", b"\x89PNG\r\n\x1a\n", bomb(50_000, 50_000)],
    ids=["nothing", "a beginning", "gif", "bmp", "svg", "half a png", "a bomb"],
)
def test_what_is_no_picture_of_grok_s_is_none(content: bytes) -> None:
    for work in (look, lambda each: written_as(each, "png", None)):
        with pytest.raises(ValueError, match=r"."):
            work(content)


@pytest.mark.parametrize("content", [b"", b"<svg/>", b"\x89PNG\r\n\x1a\n", bomb(50_000, 50_000)])
def test_nothing_is_shown_of_what_is_no_picture(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        preview(content)


@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP"]),
)
def test_junk_is_an_error_and_nothing_worse(junk: bytes, head: bytes) -> None:
    for work in (look, preview):
        try:
            work(head + junk)
        except ValueError:
            continue


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_preview_is_small_and_looks_alike(form: str) -> None:
    with opened(preview(drawn(form, (1200, 600)))) as small:
        assert (small.format, small.size) == ("JPEG", (PREVIEW_SIDE, PREVIEW_SIDE // 2))
        with opened(drawn(form, (PREVIEW_SIDE, PREVIEW_SIDE // 2))) as meant:
            difference = ImageChops.difference(small.convert("RGB"), meant.convert("RGB"))
            assert max(high for _, high in difference.getextrema()) < 40  # type: ignore[misc]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L"])
@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
def test_any_picture_is_written_in_any_format(mode: str, form: PictureFormat) -> None:
    with opened(written_as(drawn("PNG", mode=mode), form, 90)) as written:
        assert (written.format, written.size) == (form.upper(), (40, 20))
        written.load()


def test_png_loses_nothing_and_the_same_format_is_left_alone() -> None:
    source = drawn("JPEG")
    with opened(source) as before, opened(written_as(source, "png", None)) as after:
        assert before.convert("RGB").tobytes() == after.convert("RGB").tobytes()
    assert written_as(source, "jpeg", None) is source


def test_more_compression_is_less_picture() -> None:
    source = drawn("PNG", (400, 400))
    for form in ("jpeg", "webp"):
        assert len(written_as(source, form, 10)) < len(written_as(source, form, None))
