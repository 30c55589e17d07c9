"""Reads size, frames and orientation off the header of a picture, in a number of steps that is bounded.

A decoder sees a picture only after this, and only what `undressed` leaves of it: the pixels, without the
texts, profiles and thumbnails that decoders read eagerly, however many of them a stranger put there.
Must never decompress anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from grok2api.kit.filetypes import sniff

_MOST_STEPS: Final = 20_000
"""Chunks and segments of one file; a PNG of 20 MiB in chunks of 4 KiB has 5000."""

_MOST_BLOCKS: Final = 150_000
"""Blocks of a GIF; one of 20 MiB has 83,000."""

MOST_FRAMES: Final = 1000

_MOST_TAGS: Final = 512
_MOST_SCANS: Final = 100
"""Passes of a progressive JPEG, each of which costs the decoder a walk over all pixels."""

_JPEG_SIZES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_JPEG_KEPT: Final = frozenset({0xE0, 0xEE})
"""Application segments that tell how colours are stored: JFIF and Adobe."""

_PNG_KEPT: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_TIFF_UNITS: Final = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4)
"""Bytes of a value, by its type in TIFF."""

_TIFF_COMPRESSIONS: Final = frozenset({1, 5, 8, 32773, 32946})
"""Those whose decoder writes one line to the log at most when the data is broken."""


class BadPicture(ValueError):
    """A picture that cannot be used; the message is the rest of a sentence ("must ...")."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a picture says about itself.

    Attributes:
        mime: The type, by content.
        width: Pixels, before the orientation is applied.
        height: Pixels, likewise.
        frames: Pictures in it, counted to one more than `MOST_FRAMES`; 1 where nobody looks (TIFF, AVIF).
        orientation: 1 to 8 as in EXIF, 1 being upright; of AVIF only whether it lies on its side (8).
    """

    mime: str
    width: int
    height: int
    frames: int = 1
    orientation: int = 1


def read_header(content: bytes) -> Header:
    """Return what a picture says about itself.

    Raises:
        BadPicture: It is none of a kind that is read here, or broken.
    """
    mime = sniff(content[:4096])
    reader = _READERS.get(mime)
    if reader is None:
        raise BadPicture(f"must be a picture of a kind that is known here, not {mime or 'this'}")
    try:
        header = reader(content)
    except IndexError:
        raise _broken() from None
    if header.width < 1 or header.height < 1:
        raise BadPicture("must have at least one pixel")
    return header


def undressed(content: bytes, mime: str) -> bytes:
    """Return the first picture of a file without what is not pixels; some kinds stay as they are.

    Raises:
        BadPicture: It is broken, or laid out to cost a decoder too much.
    """
    strip = _STRIPPERS.get(mime)
    try:
        return content if strip is None else strip(content)
    except IndexError:
        raise _broken() from None


def _broken() -> BadPicture:
    return BadPicture("must be whole and well-formed; this picture's header is broken or cut off")


def _laden() -> BadPicture:
    return BadPicture("must not carry that many blocks beside its pixels")


def _number(content: bytes, at: int, size: int, order: Literal["big", "little"] = "big") -> int:
    if at < 0 or at + size > len(content):
        raise _broken()
    return int.from_bytes(content[at : at + size], order)


# PNG


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, beginning and end of each chunk, its length and checksum included."""
    at = 8
    for _ in range(_MOST_STEPS):
        if at + 12 > len(content):
            return
        name, end = content[at + 4 : at + 8], at + 12 + _number(content, at, 4)
        yield name, at, end
        at = end
    raise _laden()


def _png(content: bytes) -> Header:
    if content[12:16] != b"IHDR":
        raise _broken()
    frames, orientation = 1, 1
    for name, start, end in _png_chunks(content):
        if name == b"acTL":
            frames = max(1, _number(content, start + 8, 4))
        elif name == b"eXIf":
            orientation = orientation_of(content[start + 8 : min(end, start + 8 + 65_536)])
        elif name == b"IDAT":
            break
    return Header("image/png", _number(content, 16, 4), _number(content, 20, 4), frames, orientation)


def _plain_png(content: bytes) -> bytes:
    kept = [content[start:end] for name, start, end in _png_chunks(content) if name in _PNG_KEPT]
    return content[:8] + b"".join(kept)


# JPEG


def _jpeg_segments(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, beginning and end of each segment before the first scan, its marker included."""
    at = 2
    for _ in range(_MOST_STEPS):
        if content[at] != 0xFF:
            raise _broken()
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _JPEG_BARE:
            at += 2
        else:
            end = at + 2 + max(2, _number(content, at + 2, 2))
            yield marker, at, end
            if marker == 0xDA:
                return
            at = end
    raise _laden()


def _jpeg(content: bytes) -> Header:
    orientation = 1
    for marker, start, end in _jpeg_segments(content):
        if marker == 0xE1 and content[start + 4 : start + 10] == b"Exif\0\0":
            orientation = orientation_of(content[start + 10 : end])
        elif marker in _JPEG_SIZES:
            height, width = _number(content, start + 5, 2), _number(content, start + 7, 2)
            return Header("image/jpeg", width, height, 1, orientation)
    raise _broken()


def _plain_jpeg(content: bytes) -> bytes:
    kept, scan = [content[:2]], len(content)
    for marker, start, end in _jpeg_segments(content):
        if marker == 0xDA:
            scan = start
        elif marker < 0xE0 or marker in _JPEG_KEPT:
            kept.append(content[start:end])
    if content.count(b"\xff\xda", scan) > _MOST_SCANS:
        raise BadPicture(f"must have {_MOST_SCANS} scans at most")
    return b"".join([*kept, content[scan:]])


# GIF


@dataclass(frozen=True, slots=True)
class _GifFrame:
    """Where a frame lies: its control block if it has one, and its picture."""

    control: tuple[int, int]
    start: int
    end: int


def _table(packed: int) -> int:
    """Return the bytes of a colour table."""
    return 3 << (packed & 7) + 1 if packed & 0x80 else 0


def _gif_frames(content: bytes) -> Iterator[_GifFrame]:
    at, control = 13 + _table(content[10]), (0, 0)
    steps = 0
    while at < len(content) and content[at] != 0x3B:
        start, kind = at, content[at]
        if kind == 0:  # some writers pad
            at, steps = at + 1, steps + 1
            continue
        if kind == 0x21:
            at += 2
        elif kind == 0x2C:
            at += 11 + _table(content[at + 9])
        else:
            raise _broken()
        while size := content[at]:
            at, steps = at + 1 + size, steps + 1
            if steps > _MOST_BLOCKS:
                raise _laden()
        at, steps = at + 1, steps + 1
        if kind == 0x2C:
            yield _GifFrame(control, start, at)
        elif content[start + 1] == 0xF9:
            control = (start, at)


def _gif(content: bytes) -> Header:
    width, height = _number(content, 6, 2, "little"), _number(content, 8, 2, "little")
    frames = 0
    for frame in _gif_frames(content):
        if not frames:
            left, top, wide, high = (_number(content, frame.start + at, 2, "little") for at in (1, 3, 5, 7))
            width, height = max(width, left + wide), max(height, top + high)
        frames += 1
        if frames > MOST_FRAMES:
            break
    if not frames:
        raise _broken()
    return Header("image/gif", width, height, frames)


def _plain_gif(content: bytes) -> bytes:
    for frame in _gif_frames(content):
        head = content[: 13 + _table(content[10])]
        return head + content[slice(*frame.control)] + content[frame.start : frame.end] + b";"
    raise _broken()


# WebP


def _riff_chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    at = 12
    for _ in range(_MOST_STEPS):
        if at + 8 > len(content):
            return
        size = _number(content, at + 4, 4, "little")
        yield content[at : at + 4], at + 8, at + 8 + size
        at += 8 + size + (size & 1)
    raise _laden()


def _webp(content: bytes) -> Header:
    size: tuple[int, int] | None = None
    frames, orientation = 0, 1
    for name, start, end in _riff_chunks(content):
        if size is None:
            size = _webp_size(content, name, start)
        if name == b"ANMF":
            frames += 1
            if frames > MOST_FRAMES:
                break
        elif name == b"EXIF":
            orientation = orientation_of(content[start : min(end, start + 65_536)].removeprefix(b"Exif\0\0"))
    if size is None:
        raise _broken()
    return Header("image/webp", *size, max(1, frames), orientation)


def _webp_size(content: bytes, name: bytes, at: int) -> tuple[int, int]:
    if name == b"VP8X":
        return _number(content, at + 4, 3, "little") + 1, _number(content, at + 7, 3, "little") + 1
    if name == b"VP8L" and content[at] == 0x2F:
        bits = _number(content, at + 1, 4, "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if name == b"VP8 " and content[at + 3 : at + 6] == b"\x9d\x01\x2a":
        return _number(content, at + 6, 2, "little") & 0x3FFF, _number(content, at + 8, 2, "little") & 0x3FFF
    raise _broken()


# BMP


def _bmp(content: bytes) -> Header:
    if _number(content, 14, 4, "little") == 12:
        return Header("image/bmp", _number(content, 18, 2, "little"), _number(content, 20, 2, "little"))
    sides = (_number(content, at, 4, "little") for at in (18, 22))
    width, height = (min(side, (1 << 32) - side) for side in sides)  # a negative height: from the top down
    return Header("image/bmp", width, height)


# TIFF, which is also the form of EXIF


def _tags(content: bytes) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield tag, type, count, bytes of the value and where they lie, of the first directory."""
    order: Literal["big", "little"] = "little" if content[:2] == b"II" else "big"
    if _number(content, 2, 2, order) != 42:
        raise BadPicture("must be a TIFF of the usual kind, not a BigTIFF")
    start = _number(content, 4, 4, order)
    count = _number(content, start, 2, order)
    if count > _MOST_TAGS:
        raise _laden()
    for entry in range(start + 2, start + 2 + 12 * count, 12):
        tag, kind, values = (
            _number(content, entry + at, size, order) for at, size in ((0, 2), (2, 2), (4, 4))
        )
        size = values * (_TIFF_UNITS[kind] if kind < len(_TIFF_UNITS) else 0)
        yield tag, kind, values, size, entry + 8 if size <= 4 else _number(content, entry + 8, 4, order)


def _tiff(content: bytes) -> Header:
    order: Literal["big", "little"] = "little" if content[:2] == b"II" else "big"
    found: dict[int, int] = {}
    total = 0
    for tag, kind, _, size, at in _tags(content):
        total += size
        if at + size > len(content) or total > len(content):
            raise _broken()
        if kind in (3, 4) and size:
            found[tag] = _number(content, at, _TIFF_UNITS[kind], order)
    if found.get(259, 1) not in _TIFF_COMPRESSIONS:
        raise BadPicture("must be a TIFF without compression, or in LZW, Deflate or PackBits")
    if found.get(322, 0) * found.get(323, 0) > 1 << 24:
        raise BadPicture("must have tiles of 16 million pixels at most")
    return Header("image/tiff", found.get(256, 0), found.get(257, 0), 1, _upright(found.get(274, 1)))


def _upright(orientation: int) -> int:
    return orientation if 1 <= orientation <= 8 else 1


def orientation_of(exif: bytes) -> int:
    """Return the orientation that EXIF tells; 1 if it tells none that can be read."""
    if exif[:4] not in (b"II*\0", b"MM\0*"):
        return 1
    order: Literal["big", "little"] = "little" if exif[:2] == b"II" else "big"
    try:
        for tag, kind, values, _, at in _tags(exif):
            if (tag, kind, values) == (274, 3, 1):
                return _upright(_number(exif, at, 2, order))
    except BadPicture:
        pass
    return 1


# AVIF


def _boxes(content: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, beginning and end of the content of each box."""
    for _ in range(_MOST_STEPS):
        if at + 8 > end:
            return
        size, head = _number(content, at, 4), 8
        if size == 1:
            size, head = _number(content, at + 8, 8), 16
        stop = end if size == 0 else at + size
        if stop > end or stop < at + head:
            raise _broken()
        yield content[at + 4 : at + 8], at + head, stop
        at = stop
    raise _laden()


def _box(content: bytes, name: bytes, at: int, end: int) -> tuple[int, int]:
    for found, start, stop in _boxes(content, at, end):
        if found == name:
            return start, stop
    raise _broken()


def _avif(content: bytes) -> Header:
    """Return the largest size that a picture in the file declares: one of them is what is shown."""
    start, end = _box(content, b"meta", 0, len(content))
    properties = _box(content, b"iprp", start + 4, end)
    shared = _box(content, b"ipco", *properties)
    sizes, orientation = [], 1
    for name, at, _ in _boxes(content, *shared):
        if name == b"ispe":
            sizes.append((_number(content, at + 4, 4), _number(content, at + 8, 4)))
        elif name == b"irot" and content[at] & 1:
            orientation = 8
    if not sizes:
        raise _broken()
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    return Header("image/avif", width, height, 1, orientation)


def _plain_avif(content: bytes) -> bytes:
    """Return the file with its EXIF called by a name that no decoder knows."""
    start, end = _box(content, b"meta", 0, len(content))
    return content[:start] + content[start:end].replace(b"Exif", b"skip") + content[end:]


_READERS: Final[dict[str, Callable[[bytes], Header]]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/gif": _gif,
    "image/webp": _webp,
    "image/bmp": _bmp,
    "image/tiff": _tiff,
    "image/avif": _avif,
}
_STRIPPERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "image/png": _plain_png,
    "image/jpeg": _plain_jpeg,
    "image/gif": _plain_gif,
    "image/avif": _plain_avif,
}
