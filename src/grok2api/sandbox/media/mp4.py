"""MP4 files: writing one track of H.264, and reading how long a film is.

Only what a player needs of ISO 14496-12 and -15. The index stands first, so that a film plays from a link.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

TIMESCALE = 1_000
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


@dataclass(frozen=True, slots=True)
class Track:
    """The film of a file: size in pixels, parameter sets, access units, the milliseconds of each."""

    width: int
    height: int
    sequence: bytes
    picture: bytes
    units: Sequence[bytes]
    shown: int


def write(track: Track) -> bytes:
    """Return the whole file."""
    samples = [struct.pack(">I", len(unit)) + unit for unit in track.units]
    kind = _box(b"ftyp", b"isom", struct.pack(">I", 512), b"isomiso2avc1mp41")
    sizes = [len(sample) for sample in samples]
    offset = len(kind) + len(_movie(track, sizes, 0)) + 8
    return kind + _movie(track, sizes, offset) + _box(b"mdat", *samples)


def duration(content: bytes) -> float | None:
    """Return the seconds that an MP4 file says it lasts, or None when it is no MP4 file."""
    if content[4:8] != b"ftyp":
        return None
    for kind, body in boxes(content):
        if kind == b"moov":
            for inner, told in boxes(body):
                if inner == b"mvhd":
                    return _header_seconds(told)
    return None


def size(content: bytes) -> tuple[int, int] | None:
    """Return width and height of the first film in an MP4 file, or None when it has none."""
    at = content.find(b"avc1", content.find(b"stsd"))
    if at < 0 or at + 32 > len(content):
        return None
    wide, high = struct.unpack_from(">HH", content, at + 28)
    return (wide, high) if wide and high else None


def free(length: int) -> bytes:
    """Return the beginning of a box of `length` bytes that no player reads."""
    return struct.pack(">I4sQ", 1, b"free", length)


def boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield type and body of each box in a row of them, as far as they are whole."""
    start = 0
    while start + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, start)
        head = 8
        if size == 1 and start + 16 <= len(content):
            size, head = struct.unpack_from(">Q", content, start + 8)[0], 16
        elif size == 0:
            size = len(content) - start
        if size < head:
            return
        yield kind, content[start + head : start + size]
        start += size


def _header_seconds(told: bytes) -> float | None:
    form = ">QQIQ" if told[:1] == b"\x01" else ">IIII"
    if len(told) < 4 + struct.calcsize(form):
        return None
    _, _, scale, units = struct.unpack_from(form, told, 4)
    return units / scale if scale else None


def _box(kind: bytes, *bodies: bytes) -> bytes:
    body = b"".join(bodies)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def _full(kind: bytes, flags: int, *bodies: bytes) -> bytes:
    return _box(kind, struct.pack(">I", flags), *bodies)


def _movie(track: Track, sizes: list[int], offset: int) -> bytes:
    lasting = len(sizes) * track.shown
    header = struct.pack(">IIIIIHHII", 0, 0, TIMESCALE, lasting, 0x10000, 0x100, 0, 0, 0)
    place = struct.pack(">IIIIIIIHHHH", 0, 0, 1, 0, lasting, 0, 0, 0, 0, 0, 0)
    across = struct.pack(">II", track.width << 16, track.height << 16)
    media = _box(
        b"mdia",
        _full(b"mdhd", 0, struct.pack(">IIIIHH", 0, 0, TIMESCALE, lasting, 0x55C4, 0)),
        _full(b"hdlr", 0, struct.pack(">I4s12x", 0, b"vide"), b"VideoHandler\x00"),
        _box(
            b"minf",
            _full(b"vmhd", 1, bytes(8)),
            _box(b"dinf", _full(b"dref", 0, struct.pack(">I", 1), _full(b"url ", 1))),
            _samples(track, sizes, offset),
        ),
    )
    shown = _box(b"trak", _full(b"tkhd", 3, place, _MATRIX, across), media)
    return _box(b"moov", _full(b"mvhd", 0, header, _MATRIX, bytes(24), struct.pack(">I", 2)), shown)


def _samples(track: Track, sizes: list[int], offset: int) -> bytes:
    count = len(sizes)
    return _box(
        b"stbl",
        _full(b"stsd", 0, struct.pack(">I", 1), _entry(track)),
        _full(b"stts", 0, struct.pack(">III", 1, count, track.shown)),
        _full(b"stss", 0, struct.pack(">II", 1, 1)),
        _full(b"stsc", 0, struct.pack(">IIII", 1, 1, count, 1)),
        _full(b"stsz", 0, struct.pack(f">II{count}I", 0, count, *sizes)),
        _full(b"stco", 0, struct.pack(">II", 1, offset)),
    )


def _entry(track: Track) -> bytes:
    profile = track.sequence[1:4]
    settings = _box(
        b"avcC",
        b"\x01" + profile + b"\xff\xe1",
        struct.pack(">H", len(track.sequence)) + track.sequence,
        b"\x01" + struct.pack(">H", len(track.picture)) + track.picture,
    )
    fixed = struct.pack(">6xH16xHHIIIH32xHh", 1, track.width, track.height, 0x480000, 0x480000, 0, 1, 24, -1)
    return _box(b"avc1", fixed, settings)
