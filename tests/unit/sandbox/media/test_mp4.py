"""Films as files: boxes that add up, lengths that are told truly."""

from __future__ import annotations

import struct

import pytest

from grok2api.sandbox.media import clips, mp4


def inside(content: bytes, *path: bytes) -> bytes:
    """Return the body of the box at a path."""
    for kind in path:
        content = dict(mp4.boxes(content))[kind]
    return content


@pytest.mark.parametrize("seconds", [1, 2.5, 15])
def test_a_film_says_how_long_it_is(seconds: float) -> None:
    content = clips.film("a fox", "key", clips.size_of((16, 9), "480p"), seconds, None)
    assert mp4.duration(content) == pytest.approx(seconds, abs=0.02)
    assert mp4.size(content) == clips.size_of((16, 9), "480p")
    assert [kind for kind, _ in mp4.boxes(content)] == [b"ftyp", b"moov", b"mdat"]
    media = inside(content, b"moov", b"trak", b"mdia")
    _, _, scale, lasting = struct.unpack_from(">IIII", inside(media, b"mdhd"), 4)
    assert lasting / scale == pytest.approx(seconds, abs=0.02)


def test_every_unit_is_where_the_index_says() -> None:
    content = clips.film("a fox", "key", (64, 48), 3, None)
    table = inside(content, b"moov", b"trak", b"mdia", b"minf", b"stbl")
    count = struct.unpack_from(">I", inside(table, b"stsz"), 8)[0]
    sizes = struct.unpack_from(f">{count}I", inside(table, b"stsz"), 12)
    at = struct.unpack_from(">I", inside(table, b"stco"), 8)[0]
    assert count == 12
    for number, size in enumerate(sizes):
        length, header = struct.unpack_from(">IB", content, at)
        assert (length, header) == (size - 4, 0x41 if number else 0x65)
        at += size
    assert at == len(content)


def test_free_room_is_a_box_of_its_own() -> None:
    content = clips.film("a fox", "key", (64, 48), 1, None)
    whole = content + mp4.free(1_000) + bytes(984)
    assert [kind for kind, _ in mp4.boxes(whole)] == [b"ftyp", b"moov", b"mdat", b"free"]
    assert len(dict(mp4.boxes(whole))[b"free"]) == 984


@pytest.mark.parametrize(
    "content", [b"", b"RIFF....WAVE", b"\x00\x00\x00\x08ftyp", b"\x00\x00\x00\x01ftyp" + bytes(8)]
)
def test_what_is_no_film_has_no_length(content: bytes) -> None:
    assert mp4.duration(content) is None
    assert mp4.size(content) is None
