"""What kind of sound some bytes are, by their first ones; names of files and declared types are not believed.

Whatever upstream is known not to read is refused by its name, before anything of it is sent; what nobody
here knows is left to upstream. Must never look at more than the beginning.
Source: xai-api.md §2.11; the formats' own signatures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from grok2api.errors import InvalidRequest, Unsupported

HEAD: Final = 4096
"""As many bytes from the beginning as are looked at."""
READ: Final = "wav, mp3, ogg, opus, flac, aac, mp4, m4a, mkv"
"""What upstream reads, in words."""

MEDIA_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "wav": "audio/wav",
        "mp3": "audio/mpeg",
        "ogg": "audio/ogg",
        "flac": "audio/flac",
        "aac": "audio/aac",
        "mp4": "audio/mp4",
        "mkv": "video/x-matroska",
    }
)
"""By the format's name, which is the ending of its files, too."""

_SIGNATURES: Final = (
    (b"fLaC", 0, "flac"),
    (b"OggS", 0, "ogg"),
    (b"ID3", 0, "mp3"),
    (b"ftyp", 4, "mp4"),
    (b"ADIF", 0, "aac"),
)
_FOREIGN: Final = (
    (b"#!AMR", 0, "AMR"),
    (b"caff", 0, "CAF"),
    (b".snd", 0, "AU"),
    (b"MThd", 0, "MIDI"),
    (b"FLV\x01", 0, "FLV"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", 0, "WMA (ASF)"),
    (b"\x00\x00\x01\xba", 0, "MPEG-PS"),
    (b"%PDF", 0, "PDF"),
    (b"\x89PNG", 0, "PNG"),
    (b"\xff\xd8\xff", 0, "JPEG"),
    (b"GIF8", 0, "GIF"),
    (b"PK\x03\x04", 0, "ZIP"),
    (b"\x1f\x8b", 0, "gzip"),
    (b"<!DOCTYPE", 0, "HTML"),
    (b"<html", 0, "HTML"),
)
_EBML: Final = b"\x1a\x45\xdf\xa3"
_DOC_TYPE: Final = b"\x42\x82"
_RIFF: Final[Mapping[bytes, str]] = MappingProxyType({b"AVI ": "AVI", b"WEBP": "WebP"})


@dataclass(frozen=True, slots=True)
class Sound:
    """What was found."""

    name: str
    """The format's name; empty where nothing was recognised."""
    readable: bool = True
    """Whether upstream reads it, as far as anybody knows."""

    @property
    def media_type(self) -> str:
        """Return the content type under which it goes upstream."""
        return MEDIA_TYPES.get(self.name, "application/octet-stream")


def sound_of(head: bytes) -> Sound:
    """Return what the beginning of a file says that it is."""
    if head[:4] in {b"RIFF", b"RF64"}:
        kind = head[8:12]
        return Sound("wav") if kind == b"WAVE" else _foreign(_RIFF.get(kind, "RIFF"))
    if head[:4] == b"FORM" and head[8:11] == b"AIF":
        return _foreign("AIFF")
    if head[:4] == _EBML:
        return _foreign("WebM") if _document_type(head) == b"webm" else Sound("mkv")
    for signature, place, name in _SIGNATURES:
        if head.startswith(signature, place):
            return Sound(name)
    for signature, place, name in _FOREIGN:
        if head.startswith(signature, place):
            return _foreign(name)
    return _frames(head)


def checked_sound(head: bytes, param: str) -> Sound:
    """Return what a file is, if upstream may read it.

    Args:
        head: Its beginning.
        param: Where the client put it.

    Raises:
        InvalidRequest: it is empty.
        Unsupported: it is of a kind that upstream does not read.
    """
    if not head:
        raise InvalidRequest(f"'{param}' is empty.", param=param)
    sound = sound_of(head)
    if sound.readable:
        return sound
    mend = " A WebM can be put into mkv without loss." if sound.name == "WebM" else ""
    raise Unsupported(
        f"'{param}' is {sound.name}, which Grok does not hear. Send one of: {READ}.{mend}",
        param=param,
    )


def _foreign(name: str) -> Sound:
    return Sound(name, readable=False)


def _document_type(head: bytes) -> bytes:
    """Return what an EBML header says that it is the header of."""
    place = head.find(_DOC_TYPE, 4, 128)
    if place < 0 or place + 3 > len(head):
        return b""
    size = head[place + 2] & 0x7F
    return head[place + 3 : place + 3 + size].rstrip(b"\x00").lower()


def _frames(head: bytes) -> Sound:
    """Tell by the first frame of what has no signature; all else is unknown."""
    if len(head) >= 2 and head[0] == 0xFF:
        if head[1] & 0xF6 == 0xF0:
            return Sound("aac")
        if head[1] & 0xE0 == 0xE0 and head[1] & 0x06:
            return Sound("mp3")
    return Sound("")
