"""Films: the picture of a prompt, with a mark that moves across it as time passes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from PIL import Image, ImageDraw

from grok2api.sandbox.media import h264, mp4, pictures

HEIGHTS: Mapping[str, int] = MappingProxyType({"480p": 96, "720p": 144, "1080p": 216})
"""Films are a fifth as high as xAI's."""
PER_SECOND = 4


def size_of(ratio: tuple[int, int], resolution: str) -> tuple[int, int]:
    """Return width and height of a film; both are even, and the shorter is that of the resolution."""
    wide, high = ratio
    factor = HEIGHTS[resolution] / min(wide, high)
    return _even(wide * factor), _even(high * factor)


def film(words: str, key: str, size: tuple[int, int], seconds: float, first: Image.Image | None) -> bytes:
    """Return an MP4 file that lasts `seconds`; `first` is what it begins from, if anything."""
    count = max(1, math.ceil(seconds * PER_SECOND))
    base = pictures.draw(words, key, size, first)
    units = list(h264.frames(_moment(base, index / count) for index in range(count)))
    sequence = h264.sequence_parameters(*size)
    lasting = round(seconds * mp4.TIMESCALE / count)
    return mp4.write(mp4.Track(*size, sequence, h264.picture_parameters(), units, lasting))


def _moment(base: Image.Image, passed: float) -> Image.Image:
    picture = base.copy()
    width, height = picture.size
    left = int(passed * width) // h264.BLOCK * h264.BLOCK
    top = height // h264.BLOCK // 2 * h264.BLOCK + h264.BLOCK
    box = (left, top, left + h264.BLOCK - 1, top + h264.BLOCK - 1)
    ImageDraw.Draw(picture).rectangle(box, fill=(255, 200, 0), outline=(0, 0, 0))
    return picture


def _even(length: float) -> int:
    return max(h264.BLOCK, round(length / 2) * 2)
