"""What a file is, by its first bytes: names and declared types are claims of whoever sent it.

Must never say more than the bytes show: what is not in the table has no type, and whoever asks decides.
Sources: https://mimesniff.spec.whatwg.org/, https://mp4ra.org/registered-types/brands
"""

from __future__ import annotations

import re
from typing import Final

HEAD_BYTES: Final = 4096
"""Bytes from the beginning that are worth handing to `sniff`; fewer tell less."""

_BEGINNINGS: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),
    (b"MM\x00+", "image/tiff"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "image/jxl"),
    (b"\xff\x0a", "image/jxl"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"FORM", "audio/aiff"),
    (b"#!AMR", "audio/amr"),
    (b"caff", "audio/x-caf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
)
_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS: Final = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"heim": "image/heic",
    b"heis": "image/heic",
    b"hevc": "image/heic",
    b"hevx": "image/heic",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"qt  ": "video/quicktime",
    b"3gp4": "video/3gpp",
    b"3gp5": "video/3gpp",
    b"3gp6": "video/3gpp",
}
"""Brands of the ISO base media format that say more than its common `isom` or `mp42`."""

_GENERAL: Final = frozenset({"image/heif"})
"""Types of a family, which a more exact brand of the same file goes before."""

_EBML: Final = b"\x1a\x45\xdf\xa3"
_DOCTYPES: Final = {b"\x42\x82\x84webm": "video/webm", b"\x42\x82\x88matroska": "video/x-matroska"}
_LAYER_III: Final = 0x02
_PREAMBLE: Final = rb"(?:\xef\xbb\xbf)?+\s*+(?:<\?xml[^>]*+>\s*+)?+(?>(?><!--.*?-->)\s*+)*+"
"""What may stand before the first element. Nothing is tried twice, however often a comment seems to end."""

_SVG: Final = re.compile(
    _PREAMBLE + rb"(?:<!DOCTYPE\s++svg[^>]*+>\s*+)?+(?>(?><!--.*?-->)\s*+)*+<svg[\s>]",
    re.DOTALL | re.IGNORECASE,
)
_HTML: Final = re.compile(
    _PREAMBLE + rb"<(?:!doctype html|html|head|body|script)[\s>]", re.DOTALL | re.IGNORECASE
)


def sniff(head: bytes) -> str:
    """Return the MIME type of a file that begins so, or an empty text if the beginning does not tell."""
    for beginning, mime in _BEGINNINGS:
        if head.startswith(beginning):
            return mime
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        return _iso_media(head)
    return _marked(head) or _framed(head) or _text(head)


def _iso_media(head: bytes) -> str:
    """Return the type of an MP4, QuickTime, HEIF or AVIF file by its major brand, then by the others."""
    size = int.from_bytes(head[:4], "big")
    if size < 16 or size % 4:
        return ""
    end = min(size, len(head))
    brands = [head[8:12], *(head[start : start + 4] for start in range(16, end - 3, 4))]
    known = [_BRANDS[brand] for brand in brands if brand in _BRANDS]
    if not known or (not known[0].startswith("image/") and brands[0] not in _BRANDS):
        return "video/mp4"
    exact = [mime for mime in known if mime not in _GENERAL]
    return exact[0] if known[0] in _GENERAL and exact and exact[0].startswith("image/") else known[0]


def _marked(head: bytes) -> str:
    """Return the type of a file whose mark does not stand at its beginning, or only together with more."""
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in (12, 16, 40, 52, 56, 64, 108, 124):
        return "image/bmp"
    if head.startswith(b"OggS"):
        return "video/ogg" if b"\x80theora" in head[:128] else "audio/ogg"
    if head.startswith(_EBML):
        return next((mime for mark, mime in _DOCTYPES.items() if mark in head[:128]), "")
    return "application/pdf" if b"%PDF-" in head[:1024] else ""


def _framed(head: bytes) -> str:
    """Return the type of sound that begins with a frame and without a header of its own."""
    if len(head) < 3 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return ""
    if head[1] & 0xF6 == 0xF0:
        return "audio/aac"
    layer, rate, sampling = head[1] & 0x06, head[2] >> 4, head[2] >> 2 & 3
    version = head[1] >> 3 & 3
    return (
        "audio/mpeg" if layer == _LAYER_III and version != 1 and rate not in (0, 15) and sampling != 3 else ""
    )


def _text(head: bytes) -> str:
    """Return the type of a markup text that a browser would run."""
    if _SVG.match(head[:HEAD_BYTES]):
        return "image/svg+xml"
    return "text/html" if _HTML.match(head[:HEAD_BYTES]) else ""
