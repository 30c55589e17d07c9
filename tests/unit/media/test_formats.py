"""What bytes are is seen in the bytes, and what is none of ours has no type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.media.formats import (
    AAC,
    AVIF,
    BMP,
    FLAC,
    FORMATS,
    GIF,
    HEIC,
    JPEG,
    MATROSKA,
    MP3,
    MP4,
    OGG,
    PNG,
    QUICKTIME,
    TIFF,
    WAV,
    WEBM,
    WEBP,
    Format,
    format_of,
    recognise,
)
from support.media_bench import a_clip, a_picture, a_sound


def a_brand(name: bytes, *compatible: bytes) -> bytes:
    size = 16 + 4 * len(compatible)
    return size.to_bytes(4, "big") + b"ftyp" + name + bytes(4) + b"".join(compatible) + b"\0\0\0\x08free"


KNOWN = {
    "png": (a_picture("PNG"), PNG),
    "jpeg": (a_picture("JPEG"), JPEG),
    "webp": (a_picture("WEBP"), WEBP),
    "gif": (a_picture("GIF"), GIF),
    "bmp": (a_picture("BMP"), BMP),
    "tiff": (a_picture("TIFF"), TIFF),
    "avif": (a_brand(b"avif", b"mif1"), AVIF),
    "avif by a later brand": (a_brand(b"mif1", b"miaf", b"avif"), AVIF),
    "heic": (a_brand(b"heic", b"mif1"), HEIC),
    "mp4": (a_clip(), MP4),
    "mp4 of a camera": (a_brand(b"mp42", b"avc1"), MP4),
    "m4a": (a_brand(b"M4A "), MP4),
    "quicktime": (a_brand(b"qt  "), QUICKTIME),
    "webm": (bytes.fromhex("1a45dfa39f4286810142f7810142f2810442f381084282847765626d42878104"), WEBM),
    "matroska": (bytes.fromhex("1a45dfa3a34286810142f7810142f2810442f381084282886d6174726f736b61"), MATROSKA),
    "wav": (a_sound(), WAV),
    "mp3 with a tag": (b"ID3\x04\0\0\0\0\0\0", MP3),
    "mp3 frame": (bytes.fromhex("fffb9064"), MP3),
    "mp3 frame of MPEG 2": (bytes.fromhex("fff384c4"), MP3),
    "aac": (bytes.fromhex("fff15080"), AAC),
    "flac": (b"fLaC\0\0\0\x22", FLAC),
    "ogg": (b"OggS\0\x02", OGG),
}
STRANGE = {
    "nothing": b"",
    "text": b"hello",
    "HTML": b"<!DOCTYPE html><script>alert(1)</script>",
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "SVG with a declaration": b'<?xml version="1.0"?><svg/>',
    "HTML behind a byte order mark": b"\xef\xbb\xbf<html>",
    "PDF": b"%PDF-1.7",
    "ZIP": b"PK\x03\x04",
    "a program": b"\x7fELF\x02\x01\x01",
    "a word that begins like a bitmap": b"BMW drives",
    "half a PNG signature": b"\x89PNG",
    "RIFF of another kind": b"RIFF\0\0\0\0AVI LIST",
    "a box of another kind": b"\0\0\0\x18moov" + bytes(16),
    "a frame with a forbidden rate": bytes.fromhex("fffbf064"),
    "UTF-16 text": "hello".encode("utf-16"),
    "EBML of another kind": bytes.fromhex("1a45dfa39f4282837878784287"),
}


@pytest.mark.parametrize(("content", "expected"), KNOWN.values(), ids=KNOWN)
def test_a_format_is_known_by_its_beginning(content: bytes, expected: Format) -> None:
    assert recognise(content[:256]) is expected


@pytest.mark.parametrize("content", STRANGE.values(), ids=STRANGE)
def test_what_is_none_of_ours_has_no_format(content: bytes) -> None:
    assert recognise(content) is None


@given(st.binary(max_size=300))
def test_any_bytes_can_be_looked_at(content: bytes) -> None:
    assert recognise(content) in (None, *FORMATS)


@given(st.text(max_size=200))
def test_no_text_is_a_format_unless_it_bears_its_mark(text: str) -> None:
    marks = ("GIF8", "ID3", "RIFF", "fLaC", "OggS", "II*", "MM", "BM")
    assert recognise(text.encode()) is None or text.startswith(marks) or text[4:8] == "ftyp"


def test_a_browser_shows_only_what_cannot_run() -> None:
    shown = {mime for each in FORMATS if each.inline for mime in each.mimes.values()}
    assert shown == {
        *("image/png", "image/jpeg", "image/webp", "image/gif"),
        *("video/mp4", "audio/mp4", "video/webm", "audio/webm", "audio/wav", "audio/mpeg"),
    }


def test_a_type_leads_back_to_its_format() -> None:
    for each in FORMATS:
        assert all(format_of(mime) is each for mime in each.mimes.values())
    assert format_of("text/html") is None
