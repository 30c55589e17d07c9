"""A small encoder of H.264, Constrained Baseline: blocks of a picture are stored as they are, or not at all.

A block that has changed since the picture before is written raw (I_PCM), any other is skipped; so a film of
few changes is small and exact, and any decoder of H.264 plays it. Nothing is predicted or transformed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from PIL import Image, ImageChops

BLOCK = 16
LEVEL = 31
PROFILE = 66
CONSTRAINTS = 0xC0
I_PCM = 25
P_SLICE, I_SLICE = 5, 7
FRAME_BITS = 4
_ZEROS = re.compile(rb"\x00\x00(?=[\x00-\x03])")
_LUMA = [16 + round(value * 219 / 255) for value in range(256)]
_CHROMA = [16 + round(value * 224 / 255) for value in range(256)]


class Bits:
    """Bits written one after another."""

    def __init__(self) -> None:
        self._done = bytearray()
        self._value = 0
        self._count = 0

    def put(self, value: int, count: int) -> None:
        """Write `count` bits of a number."""
        self._value = self._value << count | value
        self._count += count
        while self._count >= 8:
            self._count -= 8
            self._done.append(self._value >> self._count)
            self._value &= (1 << self._count) - 1

    def unsigned(self, *values: int) -> None:
        """Write numbers as Exp-Golomb codes, ue(v)."""
        for value in values:
            self.put(value + 1, 2 * (value + 1).bit_length() - 1)

    def raw(self, data: bytes) -> None:
        """Write whole bytes, after zeros up to the next border of a byte."""
        if self._count:
            self.put(0, 8 - self._count)
        self._done += data

    def finish(self) -> bytes:
        """Return what was written, with the stop bit at its end."""
        self.put(1, 1)
        self.raw(b"")
        return bytes(self._done)


def sequence_parameters(width: int, height: int) -> bytes:
    """Return the sequence parameter set of films of a size, which is even in both directions."""
    across, down = -(-width // BLOCK), -(-height // BLOCK)
    bits = Bits()
    for value in (PROFILE, CONSTRAINTS, LEVEL):
        bits.put(value, 8)
    bits.unsigned(0, FRAME_BITS - 4, 2, 1)  # id, frame_num, no picture order, one reference frame
    bits.put(0, 1)
    bits.unsigned(across - 1, down - 1)
    bits.put(0b11, 2)  # whole frames, direct_8x8_inference
    crop = (0, (across * BLOCK - width) // 2, 0, (down * BLOCK - height) // 2)
    bits.put(int(any(crop)), 1)
    if any(crop):
        bits.unsigned(*crop)
    bits.put(0, 1)  # no VUI
    return _unit(0x67, bits.finish())


def picture_parameters() -> bytes:
    """Return the one picture parameter set: CAVLC, deblocking told by each slice."""
    bits = Bits()
    bits.unsigned(0, 0)
    bits.put(0, 2)
    bits.unsigned(0, 0, 0)
    bits.put(0, 3)
    bits.unsigned(0, 0, 0)
    bits.put(0b100, 3)
    return _unit(0x68, bits.finish())


def frames(pictures: Iterable[Image.Image]) -> Iterator[bytes]:
    """Yield one access unit for each picture, the first of them a key frame; all have the same size."""
    before: Image.Image | None = None
    for number, picture in enumerate(pictures):
        whole = _padded(picture)
        if before is None:
            yield _key_frame(_blocks(whole))
        else:
            across, down = whole.width // BLOCK, whole.height // BLOCK
            yield _next_frame(number, _changed(before, whole, across), across * down)
        before = whole


def _key_frame(blocks: Sequence[bytes]) -> bytes:
    bits = Bits()
    bits.unsigned(0, I_SLICE, 0)
    bits.put(0, FRAME_BITS)
    bits.unsigned(0)  # idr_pic_id
    bits.put(0, 2)
    bits.unsigned(0, 1)  # slice_qp_delta, and no deblocking
    for block in blocks:
        bits.unsigned(I_PCM)
        bits.raw(block)
    return _unit(0x65, bits.finish())


def _next_frame(number: int, changed: Mapping[int, bytes], count: int) -> bytes:
    bits = Bits()
    bits.unsigned(0, P_SLICE, 0)
    bits.put(number % (1 << FRAME_BITS), FRAME_BITS)
    bits.put(0, 3)
    bits.unsigned(0, 1)
    written = -1
    for index, block in changed.items():
        bits.unsigned(index - written - 1, I_PCM + 5)
        bits.raw(block)
        written = index
    if written + 1 < count:
        bits.unsigned(count - written - 1)
    return _unit(0x41, bits.finish())


def _changed(before: Image.Image, after: Image.Image, across: int) -> dict[int, bytes]:
    """Return the blocks in which two pictures may differ, by index and in order."""
    box = ImageChops.difference(before, after).getbbox()
    if box is None:
        return {}
    left, top = box[0] // BLOCK, box[1] // BLOCK
    right, bottom = -(-box[2] // BLOCK), -(-box[3] // BLOCK)
    part = after.crop((left * BLOCK, top * BLOCK, right * BLOCK, bottom * BLOCK))
    places = [row * across + column for row in range(top, bottom) for column in range(left, right)]
    return dict(zip(places, _blocks(part), strict=True))


def _padded(picture: Image.Image) -> Image.Image:
    """Return a picture as wide and high as whole blocks are."""
    wide = -(-picture.width // BLOCK) * BLOCK
    high = -(-picture.height // BLOCK) * BLOCK
    whole = Image.new("RGB", (wide, high))
    whole.paste(picture, (0, 0))
    return whole


def _blocks(whole: Image.Image) -> list[bytes]:
    """Return the macroblocks of a picture, row by row, each 16x16 luma and twice 8x8 chroma."""
    wide, high = whole.size
    luma, blue, red = whole.convert("YCbCr").split()
    planes = [(luma.point(_LUMA).tobytes(), wide, BLOCK)]
    for chroma in (blue, red):
        half = chroma.resize((wide // 2, high // 2), Image.Resampling.BOX).point(_CHROMA)
        planes.append((half.tobytes(), wide // 2, BLOCK // 2))
    return [
        b"".join(_cut(*plane, column, row) for plane in planes)
        for row in range(high // BLOCK)
        for column in range(wide // BLOCK)
    ]


def _cut(plane: bytes, stride: int, side: int, column: int, row: int) -> bytes:
    start = row * side * stride + column * side
    return b"".join(plane[at : at + side] for at in range(start, start + side * stride, stride))


def _unit(header: int, payload: bytes) -> bytes:
    """Return a NAL unit, with emulation prevention, without a start code."""
    return bytes([header]) + _ZEROS.sub(b"\x00\x00\x03", payload)
