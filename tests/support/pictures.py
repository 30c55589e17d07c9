"""Pictures of every kind, and bombs: files of kilobytes that ask a decoder for gigabytes or for hours."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from PIL import Image


def drawn(kind: str, size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: Any) -> bytes:
    """Return a picture of a kind that Pillow writes: a red field whose upper left corner is blue."""
    image = Image.new("RGB", size, (220, 20, 20))
    image.paste((20, 20, 220), (0, 0, size[0] // 2, size[1] // 2))
    return saved(image.convert(mode), kind, **options)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return an image as a file."""
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def opened(content: bytes) -> Image.Image:
    """Return a picture as Pillow decodes it."""
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, *before: bytes, pixels: bytes = b"\0" * 100) -> bytes:
    """Return a PNG in grey of any size, with chunks before its pixels, which need not be enough."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(before) + body


def tiff(*tags: tuple[int, int, int, int], room: int = 4096) -> bytes:
    """Return a TIFF of (tag, type, count, value or offset), and as many bytes behind them."""
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4 + room)


def with_exif(jpeg: bytes, exif: bytes) -> bytes:
    segment = b"Exif\0\0" + exif
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + jpeg[2:]


def orientation(value: int) -> bytes:
    """Return EXIF that says how a picture is to be turned."""
    return tiff((274, 3, 1, value), room=0)


def box(name: bytes, *content: bytes) -> bytes:
    inside = b"".join(content)
    return struct.pack(">I", len(inside) + 8) + name + inside


def avif(width: int, height: int) -> bytes:
    """Return the header of an AVIF of any size, without pixels."""
    size = box(b"ispe", bytes(4), struct.pack(">II", width, height))
    meta = box(b"meta", bytes(4), box(b"iprp", box(b"ipco", size)))
    return box(b"ftyp", b"avif", bytes(4), b"avifmif1") + meta + box(b"mdat", bytes(100))


def webp(width: int, height: int, frames: int = 1) -> bytes:
    """Return the frame of a WebP of any size and number of frames, without pixels."""
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunks = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + sides
    chunks += (b"ANMF" + struct.pack("<I", 16) + bytes(16)) * frames
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def gif(width: int, height: int, frames: int, between: bytes = b"") -> bytes:
    """Return a GIF of that many frames of one pixel each, with blocks before each of them."""
    frame = b",\0\0\0\0\1\0\1\0\0" + b"\x02\x02\x44\x01\x00"
    head = b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0" + b"\0\0\0\xff\xff\xff"
    return head + (between + frame) * frames + b";"


def bombs() -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yield what each does, and what makes the file; those called `harmless` are good pictures with junk."""
    small = drawn("JPEG")
    exif = tiff(*((1000 + number, 7, 50_000, 200) for number in range(400)), room=55_000)
    many = tiff(*((1000 + number, 7, 1_000_000, 200) for number in range(400)), room=1_100_000)
    zeros = zlib.compress(bytes(1_000_000), 9)
    yield "a PNG of 50,000 squared", lambda: png(50_000, 50_000, pixels=bytes(50_000_000))
    yield "a PNG of 2^31 squared", lambda: png(0x7FFF_FFFF, 0x7FFF_FFFF)
    yield "harmless: a deflate bomb in the pixels", lambda: png(10, 10, pixels=bytes(200_000_000))
    texts = [chunk(b"zTXt", b"%d\0\0" % number + zeros) for number in range(60)]
    yield "harmless: deflate bombs in texts", lambda: png(10, 10, *texts, pixels=bytes(110))

    def profiled() -> bytes:
        profile = chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(200_000_000), 9))
        return png(10, 10, profile, pixels=bytes(110))

    yield "harmless: a deflate bomb in the profile", profiled
    yield "a PNG of 400,000 chunks", lambda: png(10, 10, chunk(b"tEXt", b"") * 400_000)
    yield "a GIF of 10,000 frames", lambda: gif(100, 100, 10_000)
    yield "a GIF of 65,535 squared", lambda: gif(65_535, 65_535, 1)
    yield "harmless: a GIF of 50,000 comments", lambda: gif(10, 10, 1, b"!\xfe\x04abcd\0" * 50_000)
    yield "a GIF of 400,000 blocks", lambda: gif(10, 10, 1, b"!\xfe\x01a\0" * 400_000)
    yield "a JPEG of 65,535 squared", lambda: _sized_jpeg(small, 65_535, 65_535)
    yield "harmless: a JPEG with overlapping EXIF", lambda: with_exif(small, exif)
    yield "harmless: a JPEG with broken EXIF", lambda: with_exif(small, b"II*\0\xff\xff\xff\xff" + bytes(100))
    yield "a TIFF of overlapping values", lambda: many
    yield "a TIFF of huge tiles", lambda: _tiled(30_000)
    yield "a TIFF of 60,000 tags", lambda: tiff(*((number, 3, 1, 1) for number in range(60_000)))
    yield "a WebP of 16,384 squared", lambda: webp(16_384, 16_384)
    yield "a WebP of 10,000 frames", lambda: webp(100, 100, 10_000)
    yield "an AVIF of 30,000 squared", lambda: avif(30_000, 30_000)
    yield "an AVIF of nothing", lambda: avif(100, 100)
    yield "a BMP of 50,000 squared", lambda: _bmp(50_000, 50_000)
    yield "a BMP upside down", lambda: _bmp(10, -2_000_000_000)


def scans(count: int) -> bytes:
    """Return a progressive JPEG whose last scan is repeated so often that decoding it takes for ever."""
    whole = drawn("JPEG", progressive=True)
    last = whole[whole.rindex(b"\xff\xda") : -2]
    return whole[:-2] + last * count + whole[-2:]


def _sized_jpeg(jpeg: bytes, width: int, height: int) -> bytes:
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]


def _tiled(side: int) -> bytes:
    head = ((256, 3, 1, 10), (257, 3, 1, 10), (258, 3, 1, 8), (259, 3, 1, 8), (262, 3, 1, 1), (277, 3, 1, 1))
    return tiff(*head, (322, 4, 1, side), (323, 4, 1, side), (324, 4, 1, 200), (325, 4, 1, 1000))


def _bmp(width: int, height: int) -> bytes:
    body = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 1000, 0, 0, 54) + body + bytes(946)
