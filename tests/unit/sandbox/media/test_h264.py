"""Films, read back bit by bit by a reader that knows only the standard; FFmpeg reads them the same."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from PIL import Image, ImageDraw

from grok2api.sandbox.media import h264


class Bits:
    """Bits of a NAL unit, without its emulation prevention."""

    def __init__(self, unit: bytes) -> None:
        self._data = re.sub(rb"\x00\x00\x03", b"\x00\x00", unit[1:])
        self._at = 0

    def take(self, count: int) -> int:
        value = 0
        for _ in range(count):
            value = value << 1 | self._data[self._at >> 3] >> (7 - self._at % 8) & 1
            self._at += 1
        return value

    def unsigned(self) -> int:
        zeros = 0
        while not self.take(1):
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)

    def raw(self, count: int) -> bytes:
        start = -(-self._at // 8)
        self._at = (start + count) * 8
        return self._data[start : start + count]

    def more(self) -> bool:
        """Tell whether anything is left before the stop bit."""
        left = "".join(f"{byte:08b}" for byte in self._data)[self._at :]
        return left.rstrip("0") != "1"


def decoded(units: Sequence[bytes], count: int) -> list[list[bytes]]:
    """Return the blocks of each picture."""
    pictures: list[list[bytes]] = []
    for number, unit in enumerate(units):
        bits = Bits(unit)
        key = number == 0
        assert unit[0] == (0x65 if key else 0x41)
        assert (bits.unsigned(), bits.unsigned(), bits.unsigned()) == (0, 7 if key else 5, 0)
        assert bits.take(4) == number % 16
        if key:
            assert (bits.unsigned(), bits.take(2)) == (0, 0)
        else:
            assert bits.take(3) == 0
        assert (bits.unsigned(), bits.unsigned()) == (0, 1)
        pictures.append(blocks_of(bits, None if key else pictures[-1], count))
    return pictures


def blocks_of(bits: Bits, before: list[bytes] | None, count: int) -> list[bytes]:
    blocks: list[bytes] = []
    while len(blocks) < count:
        if before is not None:
            skipped = bits.unsigned()
            blocks += before[len(blocks) : len(blocks) + skipped]
            if not bits.more():
                break
        assert bits.unsigned() == (25 if before is None else 30)
        blocks.append(bits.raw(384))
    assert not bits.more()
    assert len(blocks) == count
    return blocks


def moments(size: tuple[int, int], count: int) -> list[Image.Image]:
    pictures = []
    for number in range(count):
        picture = Image.linear_gradient("L").resize(size).convert("RGB")
        box = (number * 3, number * 5, number * 3 + 9, number * 5 + 9)
        ImageDraw.Draw(picture).rectangle(box, fill=(200, 30, 30))
        pictures.append(picture)
    return pictures


@pytest.mark.parametrize("size", [(16, 16), (64, 48), (50, 34), (214, 96)])
def test_pictures_come_back_as_they_went_in(size: tuple[int, int]) -> None:
    pictures = moments(size, 20)
    count = -(-size[0] // 16) * -(-size[1] // 16)
    got = decoded(list(h264.frames(pictures)), count)
    for picture, blocks in zip(pictures, got, strict=True):
        (alone,) = decoded(list(h264.frames([picture])), count)
        assert blocks == alone
        corner = picture.convert("YCbCr").getpixel((0, 0))
        assert isinstance(corner, tuple)
        assert blocks[0][0] == 16 + round(corner[0] * 219 / 255)


def test_what_does_not_change_is_not_written_again() -> None:
    picture = moments((64, 48), 1)[0]
    first, second = h264.frames([picture, picture])
    assert len(first) > 12 * 384
    assert len(second) < 8


def test_the_size_is_told_with_its_cropping() -> None:
    bits = Bits(h264.sequence_parameters(50, 34))
    assert (bits.take(8), bits.take(8), bits.take(8)) == (66, 0xC0, 31)
    assert [bits.unsigned() for _ in range(4)] == [0, 0, 2, 1]
    assert bits.take(1) == 0
    assert (bits.unsigned(), bits.unsigned()) == (3, 2)
    assert bits.take(3) == 0b111
    assert [bits.unsigned() for _ in range(4)] == [0, 7, 0, 7]
    assert bits.take(1) == 0
    assert not bits.more()


def test_zeros_are_kept_apart() -> None:
    bits = h264.Bits()
    bits.raw(bytes(9))
    assert h264._unit(0x65, bits.finish()) == b"\x65" + b"\x00\x00\x03" * 4 + b"\x00\x80"
