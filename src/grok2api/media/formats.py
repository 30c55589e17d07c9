"""What bytes are, by their beginning: the formats that are kept, and nothing else.

A declared type is a claim; browsers act on what they are told, so only what the content shows is believed.
Text of any kind (HTML, SVG, scripts) is no format here. Must never read more than the beginning.
Sources: https://mimesniff.spec.whatwg.org/, https://mp4ra.org/registered-types/brands
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from grok2api.storage.records import AssetKind

HEAD_BYTES: Final = 256
"""How much of a beginning is looked at."""


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Attributes:
        extension: How its files end.
        mimes: Its type for each kind of content that it can hold; the first is the usual one.
        inline: Whether a browser may show it in its place; all others are offered as downloads.
    """

    extension: str
    mimes: Mapping[AssetKind, str]
    inline: bool = False


PNG: Final = Format("png", {"image": "image/png"}, inline=True)
JPEG: Final = Format("jpg", {"image": "image/jpeg"}, inline=True)
WEBP: Final = Format("webp", {"image": "image/webp"}, inline=True)
GIF: Final = Format("gif", {"image": "image/gif"}, inline=True)
AVIF: Final = Format("avif", {"image": "image/avif"})
HEIC: Final = Format("heic", {"image": "image/heic"})
BMP: Final = Format("bmp", {"image": "image/bmp"})
TIFF: Final = Format("tif", {"image": "image/tiff"})
MP4: Final = Format("mp4", {"video": "video/mp4", "audio": "audio/mp4"}, inline=True)
QUICKTIME: Final = Format("mov", {"video": "video/quicktime"})
WEBM: Final = Format("webm", {"video": "video/webm", "audio": "audio/webm"}, inline=True)
MATROSKA: Final = Format("mkv", {"video": "video/x-matroska", "audio": "audio/x-matroska"})
WAV: Final = Format("wav", {"audio": "audio/wav"}, inline=True)
MP3: Final = Format("mp3", {"audio": "audio/mpeg"}, inline=True)
AAC: Final = Format("aac", {"audio": "audio/aac"})
FLAC: Final = Format("flac", {"audio": "audio/flac"})
OGG: Final = Format("ogg", {"audio": "audio/ogg", "video": "video/ogg"})

FORMATS: Final = (
    *(PNG, JPEG, WEBP, GIF, AVIF, HEIC, BMP, TIFF),
    *(MP4, QUICKTIME, WEBM, MATROSKA),
    *(WAV, MP3, AAC, FLAC, OGG),
)
_OF_MIME: Final[dict[str, Format]] = {mime: each for each in FORMATS for mime in each.mimes.values()}

_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"fLaC\x00\x00\x00\x22", FLAC),
    (b"OggS\x00", OGG),
    (b"ID3", MP3),
)
_BRANDS: Final = {
    b"avif": AVIF,
    b"avis": AVIF,
    b"heic": HEIC,
    b"heix": HEIC,
    b"hevc": HEIC,
    b"mif1": HEIC,
    b"msf1": HEIC,
    b"qt  ": QUICKTIME,
}
"""Brands of the ISO base media format that are not MP4."""
_EBML: Final = b"\x1aE\xdf\xa3"
_DOCUMENT_TYPES: Final = ((b"\x42\x82\x84webm", WEBM), (b"\x42\x82\x88matroska", MATROSKA))


def recognise(head: bytes) -> Format | None:
    """Return the format of content that begins with `head`; None if it is none of those that are kept."""
    for magic, found in _MAGIC:
        if head.startswith(magic):
            return found
    return _riff(head) or _base_media(head) or _matroska(head) or _bitmap(head) or _frames(head)


def format_of(mime: str) -> Format | None:
    """Return the format of a type that this table gives."""
    return _OF_MIME.get(mime)


def _riff(head: bytes) -> Format | None:
    if not head.startswith(b"RIFF"):
        return None
    return {b"WAVE": WAV, b"WEBP": WEBP}.get(head[8:12])


def _base_media(head: bytes) -> Format | None:
    """MP4 and its kin: a box `ftyp` comes first, and names the brand."""
    size = int.from_bytes(head[:4], "big")
    if head[4:8] != b"ftyp" or size < 16 or size % 4:
        return None
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, min(size, len(head)), 4))]
    if brands[0] in _BRANDS:
        known = (_BRANDS[brand] for brand in brands if brand in _BRANDS)
        return AVIF if any(brand in {b"avif", b"avis"} for brand in brands) else next(known)
    return MP4


def _matroska(head: bytes) -> Format | None:
    if not head.startswith(_EBML):
        return None
    return next((found for mark, found in _DOCUMENT_TYPES if mark in head), None)


def _bitmap(head: bytes) -> Format | None:
    """`BM`, and a header whose size is one of those there are; two letters alone are a word's beginning."""
    sizes = {12, 40, 52, 56, 64, 108, 124}
    return BMP if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in sizes else None


def _frames(head: bytes) -> Format | None:
    """MPEG audio and AAC without a container: a frame's header, whose fields hold no forbidden value."""
    if len(head) < 4 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:
        return AAC
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate, frequency = head[2] >> 4, head[2] >> 2 & 3
    synchronised = head[1] & 0xE0 == 0xE0
    plausible = version != 1 and layer == 1 and rate not in {0, 15} and frequency != 3
    return MP3 if synchronised and plausible else None
