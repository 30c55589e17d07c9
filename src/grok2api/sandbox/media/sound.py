"""Sound that carries what it says: every lowest bit of a sample is a bit of the text.

So the sandbox can read its own voice again, whatever was written around the samples. To the ear it is a hum.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

MAGIC = b"GROK2API"
HEAD = len(MAGIC) + 4
PERIOD = 8
LOUDNESS = 1_200
MULAW_HUM = (0xF0, 0xD8, 0xD0, 0xD8, 0xF0, 0x58, 0x50, 0x58)
ALAW_HUM = (0xD4, 0xFC, 0xF4, 0xFC, 0xD4, 0x7C, 0x74, 0x7C)
WAVE_FORMATS = {"pcm": 1, "alaw": 6, "mulaw": 7}
EXTENSIBLE = 0xFFFE


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples as they lie in a file: `form` is pcm (16 bits, little-endian), mulaw or alaw."""

    form: str
    rate: int
    data: bytes
    channels: int = 1

    def seconds(self) -> float:
        """Return how long they sound."""
        return len(self.data) / (width(self.form) * self.channels * self.rate)


def width(form: str) -> int:
    """Return how many bytes a sample has."""
    return 2 if form == "pcm" else 1


def speak(text: str, form: str, rate: int, seconds: float) -> Samples:
    """Return samples that carry `text` and sound `seconds`, or longer where the text needs it."""
    written = text.encode()
    carried = MAGIC + struct.pack(">I", len(written)) + written
    table = _table(form)
    data = b"".join([table[byte] for byte in carried])
    missing = int(seconds * rate) // PERIOD - len(carried)
    return Samples(form, rate, data + table[0] * max(0, missing))


def listen(samples: Samples) -> str | None:
    """Return the text that samples carry, or None when they carry none."""
    step = width(samples.form) * samples.channels
    lowest = samples.data[::step]
    head = _bytes(lowest[: HEAD * PERIOD])
    if not head.startswith(MAGIC) or len(head) < HEAD:
        return None
    length = struct.unpack(">I", head[len(MAGIC) :])[0]
    written = _bytes(lowest[HEAD * PERIOD : (HEAD + length) * PERIOD])
    return written.decode("utf-8", "replace") if len(written) == length else None


def wave(samples: Samples) -> bytes:
    """Return samples as a WAV file."""
    size = width(samples.form)
    form = struct.pack(
        "<HHIIHH",
        WAVE_FORMATS[samples.form],
        1,
        samples.rate,
        samples.rate * size,
        size,
        size * 8,
    )
    body = b"WAVE" + _chunk(b"fmt ", form) + _chunk(b"data", samples.data)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def unwave(content: bytes) -> Samples | None:
    """Return the samples of a WAV file, or None when it is broken; those of other widths carry no text."""
    form: tuple[int, ...] | None = None
    start = 12
    while start + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, start)
        body = content[start + 8 : start + 8 + size]
        if name == b"fmt " and len(body) >= 16:
            form = struct.unpack_from("<HHIIHH", body)
            if form[0] == EXTENSIBLE and len(body) >= 26:
                form = (struct.unpack_from("<H", body, 24)[0], *form[1:])
        elif name == b"data":
            return None if form is None else _samples(form, body)
        start += 8 + size + size % 2
    return None


def _samples(form: tuple[int, ...], body: bytes) -> Samples | None:
    tag, channels, rate, byte_rate = form[:4]
    if not channels or not rate or not byte_rate:
        return None
    name = next((name for name, number in WAVE_FORMATS.items() if number == tag), "pcm")
    if byte_rate != rate * channels * width(name):
        return Samples("mulaw", byte_rate, body)
    return Samples(name, rate, body, channels)


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def _bytes(lowest: bytes) -> bytes:
    usable = len(lowest) // PERIOD * PERIOD
    bits = bytes(0x30 | byte & 1 for byte in lowest[:usable])
    return int(bits, 2).to_bytes(usable // PERIOD) if bits else b""


def _table(form: str) -> list[bytes]:
    """Return for each byte the samples that carry it, its highest bit first."""
    if form == "pcm":
        hum = [round(LOUDNESS * math.sin(math.tau * at / PERIOD)) & ~1 for at in range(PERIOD)]
        packed = struct.Struct(f"<{PERIOD}h")
        return [packed.pack(*_marked(hum, byte)) for byte in range(256)]
    base = list(MULAW_HUM if form == "mulaw" else ALAW_HUM)
    return [bytes(_marked(base, byte)) for byte in range(256)]


def _marked(hum: list[int], byte: int) -> list[int]:
    return [sample & ~1 | byte >> (PERIOD - 1 - at) & 1 for at, sample in enumerate(hum)]
