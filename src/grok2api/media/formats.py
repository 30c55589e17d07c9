"""The formats of media that are kept, and how a browser may get them.

A declared type is a claim; browsers act on what they are told, so only what the content shows is believed.
Text of any kind (HTML, SVG, scripts) is no format here. Must never read more than the beginning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from grok2api.kit.filetypes import sniff
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

_NEAR: Final = {"image/heif": HEIC, "video/3gpp": MP4}
"""Types of a family, by the member that players know."""


def recognise(head: bytes) -> Format | None:
    """Return the format of content that begins with `head`; None if it is none of those that are kept."""
    mime = sniff(head)
    return _OF_MIME.get(mime) or _NEAR.get(mime)


def format_of(mime: str) -> Format | None:
    """Return the format of a type that this table gives."""
    return _OF_MIME.get(mime)
