"""MP3 files made by hand: silent frames, and the text as a comment of their ID3 tag."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from types import MappingProxyType

NOTE = "grok2api-sandbox"
RATES: Mapping[int, tuple[int, int]] = MappingProxyType(
    {
        44_100: (0b11, 0),
        48_000: (0b11, 1),
        32_000: (0b11, 2),
        22_050: (0b10, 0),
        24_000: (0b10, 1),
        16_000: (0b10, 2),
        11_025: (0b00, 0),
        12_000: (0b00, 1),
        8_000: (0b00, 2),
    }
)
"""Sample rates, with the bits of the MPEG version and of the rate."""
BIT_RATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
LOW_BIT_RATES = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
"""Kilobits a second by index, for MPEG 1 and for the lower sample rates."""


def write(text: str, rate: int, bit_rate: int, seconds: float) -> bytes:
    """Return a mono file that lasts about `seconds`; a bit rate that MP3 lacks becomes the next lower one."""
    version, index = RATES[rate]
    known = BIT_RATES if version == 0b11 else LOW_BIT_RATES
    chosen = max(at for at, kilobits in enumerate(known) if at and kilobits * 1_000 <= max(bit_rate, 32_000))
    samples, factor = (1_152, 144) if version == 0b11 else (576, 72)
    length = factor * known[chosen] * 1_000 // rate
    header = 0xFFE << 20 | version << 19 | 0b01 << 17 | 1 << 16 | chosen << 12 | index << 10 | 0b11 << 6
    frame = struct.pack(">I", header) + bytes(length - 4)
    return _tag(text) + frame * max(1, -(-round(seconds * rate) // samples))


def read(content: bytes) -> tuple[str | None, float] | None:
    """Return the text of a file, if it was written here, and its seconds; None when it is no MP3 file."""
    text, start = None, 0
    if content.startswith(b"ID3") and len(content) >= 10:
        start = 10 + _plain(content[6:10])
        text = _note(content[10:start])
    seconds = _seconds(content, start)
    return None if seconds is None else (text, seconds)


def _seconds(content: bytes, start: int) -> float | None:
    total = 0.0
    while start + 4 <= len(content):
        header = struct.unpack_from(">I", content, start)[0]
        version, index = header >> 19 & 0b11, header >> 10 & 0b11
        rate = next((rate for rate, bits in RATES.items() if bits == (version, index)), None)
        known = BIT_RATES if version == 0b11 else LOW_BIT_RATES
        chosen = header >> 12 & 0xF
        if header >> 21 != 0x7FF or header >> 17 & 0b11 != 0b01 or rate is None or not 0 < chosen < 15:
            break
        samples, factor = (1_152, 144) if version == 0b11 else (576, 72)
        start += factor * known[chosen] * 1_000 // rate + (header >> 9 & 1)
        total += samples / rate
    return total or None


def _tag(text: str) -> bytes:
    body = b"\x03" + NOTE.encode() + b"\x00" + text.encode()
    frame = b"TXXX" + _sevens(len(body)) + b"\x00\x00" + body
    return b"ID3\x04\x00\x00" + _sevens(len(frame)) + frame


def _note(frames: bytes) -> str | None:
    start = 0
    while start + 10 <= len(frames):
        size = _plain(frames[start + 4 : start + 8])
        body = frames[start + 10 : start + 10 + size]
        mark = b"\x03" + NOTE.encode() + b"\x00"
        if frames[start : start + 4] == b"TXXX" and body.startswith(mark):
            return body[len(mark) :].decode("utf-8", "replace")
        start += 10 + max(size, 1)
    return None


def _sevens(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def _plain(sevens: bytes) -> int:
    number = 0
    for byte in sevens:
        number = number << 7 | byte & 0x7F
    return number
