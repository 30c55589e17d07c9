"""What a file is, by its first bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.kit.filetypes import HEAD_BYTES, sniff
from support.pictures import drawn


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (b"ftyp", ""),
        (b"\0\0\0\x1cftypavif\0\0\0\0mif1miaf", "image/avif"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0avif", "image/avif"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0heic", "image/heic"),
        (b"\0\0\0\x14ftypmif1\0\0\0\0", "image/heif"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1", "image/heic"),
        (b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41", "video/mp4"),
        (b"\0\0\0\x1cftypmp42\0\0\0\0M4A mp42", "video/mp4"),
        (b"\0\0\0\x1cftypM4A \0\0\0\0M4A mp42", "audio/mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0", "video/quicktime"),
        (b"\0\0\0\x14ftyp", "video/mp4"),
        (b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x1fB\x86\x81\x01B\x82\x84webm", "video/webm"),
        (b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x1fB\x86\x81\x01B\x82\x88matroska", "video/x-matroska"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"),
        (b"RIFF\x24\0\0\0AVI LIST", "video/x-msvideo"),
        (b"RIFF\x24\0\0\0????", ""),
        (b"ID3\x04\0", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"\xff\xf3\x44\xc4", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"\xff\xff\xff\xff", ""),
        (b"OggS\0\x02" + bytes(22) + b"OpusHead", "audio/ogg"),
        (b"OggS\0\x02" + bytes(22) + b"\x80theora", "video/ogg"),
        (b"fLaC\0\0", "audio/flac"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\n\n%PDF-1.4\n", "application/pdf"),
        (b"PK\x03\x04\x14\0", "application/zip"),
        (b"\x1f\x8b\x08", "application/gzip"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", "image/svg+xml"),
        (b"\xef\xbb\xbf <?xml version='1.0'?>\n<!-- a --><!-- b -->\n<SVG >", "image/svg+xml"),
        (b"<!DOCTYPE svg PUBLIC 'x' 'y'>\n<svg>", "image/svg+xml"),
        (b"<!doctype html><title>x", "text/html"),
        (b"  <html lang='en'>", "text/html"),
        (b"<!-- hi --><script>", "text/html"),
        (b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "image/bmp"),
        (b"BMW is a car, not a picture", ""),
        (b"plain text with <svg> in it", ""),
        (b"", ""),
    ],
)
def test_a_beginning_tells_the_type(head: bytes, mime: str) -> None:
    assert sniff(head) == mime


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF"])
def test_real_pictures_are_known(kind: str) -> None:
    assert sniff(drawn(kind)) == f"image/{kind.lower()}"


@given(st.binary(max_size=200))
def test_any_bytes_have_a_type_or_none(head: bytes) -> None:
    assert "/" in sniff(head) or not sniff(head)


def test_comments_without_end_are_looked_at_once() -> None:
    assert sniff(b"<!-- -->" * 500 + b"<sv") == ""
    assert sniff(b"<!--" * (HEAD_BYTES // 4)) == ""
    assert sniff(b" " * HEAD_BYTES * 100 + b"<svg>") == ""
