"""Pictures: what their headers say, and what is made of them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from grok2api.media.headers import BadPicture, read_header, undressed
from grok2api.media.pictures import Picture, as_png, convert, inspect, preview
from support.pictures import chunk, drawn, gif, opened, orientation, png, saved, tiff, webp, with_exif

KINDS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF")
RED, BLUE = (220, 20, 20), (20, 20, 220)
EXAMPLES = [drawn(kind) for kind in KINDS] + [
    drawn("JPEG", progressive=True),
    drawn("WEBP", lossless=True),
    drawn("TIFF", compression="tiff_lzw"),
    with_exif(drawn("JPEG"), orientation(6)),
    gif(10, 10, 3),
]


def near(colour: object, expected: tuple[int, int, int]) -> bool:
    assert isinstance(colour, tuple)
    return all(abs(one - other) < 50 for one, other in zip(colour, expected, strict=False))


def is_the_drawing(image: Image.Image) -> bool:
    width, height = image.size
    colours = image.convert("RGB")
    return near(colours.getpixel((2, 2)), BLUE) and near(colours.getpixel((width - 3, height - 3)), RED)


@pytest.mark.parametrize("kind", KINDS)
def test_a_header_tells_type_and_size(kind: str) -> None:
    assert inspect(drawn(kind)) == Picture(f"image/{kind.lower()}", 40, 30)


@pytest.mark.parametrize(
    "content",
    [
        drawn("WEBP", lossless=True),
        drawn("WEBP", mode="RGBA"),
        drawn("BMP", mode="P"),
        drawn("TIFF", compression="tiff_lzw"),
        drawn("TIFF", compression="packbits"),
        drawn("TIFF", compression="tiff_adobe_deflate"),
        drawn("JPEG", progressive=True),
        drawn("PNG", mode="P"),
        drawn("AVIF", mode="RGBA"),
    ],
)
def test_variants_are_read_and_drawn_alike(content: bytes) -> None:
    assert (inspect(content).width, inspect(content).height) == (40, 30)
    assert is_the_drawing(opened(as_png(content)))


def test_frames_are_counted_and_the_first_is_used() -> None:
    frames = [Image.new("RGB", (20, 10), colour) for colour in (RED, BLUE, RED)]
    for kind in ("GIF", "WEBP", "PNG", "AVIF"):
        content = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
        assert inspect(content).frames == (1 if kind == "AVIF" else 3)
        made = opened(as_png(content))
        assert (getattr(made, "n_frames", 1), made.size) == (1, (20, 10))
        assert near(made.convert("RGB").getpixel((5, 5)), RED)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG", "TIFF", "AVIF"])
def test_pictures_are_turned_upright(kind: str, turn: int) -> None:
    lying = Image.new("RGB", (40, 30), RED)
    lying.paste(BLUE, (0, 0, 20, 15))
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    if turn in back:
        lying = lying.transpose(Image.Transpose(back[turn]))
    exif = Image.Exif()
    exif[274] = turn
    content = saved(lying, kind, exif=exif)
    made = opened(as_png(content))
    assert made.size == (40, 30)
    assert is_the_drawing(made)
    assert (inspect(content).width, inspect(content).height) == (40, 30)
    assert opened(preview(content, longest=20)).size == (20, 15)


def test_nothing_but_pixels_is_left() -> None:
    secret = b"GPS of my home"
    dressed = png(10, 10, chunk(b"tEXt", b"Comment\0" + secret), chunk(b"iCCP", b"junk"), pixels=bytes(110))
    commented = gif(10, 10, 1, b"!\xfe\x0e" + secret + b"\0")
    jpeg = with_exif(drawn("JPEG", comment=secret, icc_profile=secret), orientation(1) + secret)
    for content in (dressed, commented, jpeg):
        assert secret in content
        assert secret not in undressed(content, read_header(content).mime)
        assert secret not in as_png(content)
        assert secret not in preview(content, longest=10)


def test_transparency_survives_as_png_and_turns_white_in_a_preview() -> None:
    clear = Image.new("RGBA", (10, 10), (0, 0, 0, 0))
    content = saved(clear, "WEBP", lossless=True)
    made = convert(content, limit=100_000)
    assert (made.mime, opened(made.content).mode) == ("image/png", "RGBA")
    assert near(opened(preview(content, longest=10)).getpixel((5, 5)), (255, 255, 255))


@pytest.mark.parametrize(
    ("content", "mime"),
    [
        (drawn("GIF"), "image/png"),
        (drawn("BMP"), "image/png"),
        (drawn("TIFF"), "image/png"),
        (drawn("WEBP"), "image/jpeg"),
        (drawn("AVIF"), "image/jpeg"),
    ],
)
def test_what_was_lossless_becomes_png_and_the_rest_jpeg(content: bytes, mime: str) -> None:
    made = convert(content, limit=100_000)
    assert made.mime == mime == inspect(made.content).mime
    assert is_the_drawing(opened(made.content))


def test_a_png_that_would_be_too_long_becomes_jpeg() -> None:
    noise = Image.effect_noise((200, 200), 100)
    content = saved(noise, "BMP")
    assert convert(content, limit=1_000_000).mime == "image/png"
    made = convert(content, limit=35_000)
    assert made.mime == "image/jpeg"
    assert len(made.content) <= 35_000
    with pytest.raises(BadPicture, match="smaller"):
        convert(content, limit=1000)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK"])
def test_all_modes_become_eight_bits(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "TIFF" if mode == "I;16" else "PNG"
    made = opened(as_png(drawn(kind, mode=mode)))
    assert made.mode in ("L", "RGB", "RGBA")
    assert made.size == (40, 30)


def test_sixteen_bits_keep_their_brightness() -> None:
    image = Image.new("I;16", (4, 4), 128 * 256)
    assert opened(as_png(saved(image, "TIFF"))).getpixel((0, 0)) == 128


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"text",
        b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xd9",
        b"GIF89a",
        b"RIFF\0\0\0\0WEBP",
        b"BM" + bytes(12) + b"\x28\0\0\0",
        b"II*\0\x08\0\0\0",
        b"II*\0\xff\xff\xff\xff",
        b"II+\0\x08\0\0\0",
        b"\0\0\0\x10ftypavif\0\0\0\0",
        tiff((256, 3, 1, 0), (257, 3, 1, 0)),
        webp(10, 10)[:20],
        png(0, 10),
        drawn("TIFF", mode="1", compression="group4"),
        drawn("TIFF", compression="jpeg"),
    ],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    for work in (inspect, as_png):
        with pytest.raises(BadPicture, match="must "):
            work(content)


@pytest.mark.parametrize("content", EXAMPLES)
def test_a_picture_that_is_cut_off_is_refused(content: bytes) -> None:
    for length in (20, len(content) // 2, len(content) - 40):
        with pytest.raises(BadPicture):
            as_png(content[:length])


@given(
    st.sampled_from(EXAMPLES), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6)
)
def test_damage_is_refused_or_drawn_but_never_surprises(
    content: bytes, damage: list[tuple[int, int]]
) -> None:
    changed = bytearray(content)
    for at, value in damage:
        changed[at % len(changed)] = value
    for work in (inspect, lambda picture: as_png(picture, max_pixels=1_000_000)):
        with suppress(BadPicture):
            work(bytes(changed))
