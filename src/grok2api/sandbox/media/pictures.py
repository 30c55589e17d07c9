"""Drawing: shapes and the words of the prompt, the same again for the same seed.

Pictures are a quarter as wide and high as xAI's, in exactly the ratio that was asked for.
"""

from __future__ import annotations

import hashlib
import io
import math
import random
import textwrap
from collections.abc import Mapping
from types import MappingProxyType

from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

from grok2api.sandbox.language import without_magic

RATIOS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "1:1": (1, 1),
        "3:4": (3, 4),
        "4:3": (4, 3),
        "9:16": (9, 16),
        "16:9": (16, 9),
        "2:3": (2, 3),
        "3:2": (3, 2),
        "1:2": (1, 2),
        "2:1": (2, 1),
        "9:19.5": (6, 13),
        "19.5:9": (13, 6),
        "9:20": (9, 20),
        "20:9": (20, 9),
        "21:9": (7, 3),
        "5:2": (5, 2),
    }
)
SIDES: Mapping[str, int] = MappingProxyType({"1k": 256, "1.5k": 384, "2k": 512})
SHAPES = 7
MAX_WORDS = 160
LONGEST_SIDE = 1_024


def size_of(ratio: tuple[int, int], resolution: str) -> tuple[int, int]:
    """Return width and height of a picture in a ratio, as large in area as the square of its resolution."""
    wide, high = ratio
    unit = max(1, round(SIDES[resolution] / math.sqrt(wide * high)))
    return wide * unit, high * unit


def bounded(size: tuple[int, int]) -> tuple[int, int]:
    """Return a size in the same proportion of which no side is too long."""
    factor = min(1.0, LONGEST_SIDE / max(size))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def draw(words: str, key: str, size: tuple[int, int], below: Image.Image | None = None) -> Image.Image:
    """Return a picture of `words`; `key` decides its shapes, `below` is what it is painted over."""
    chance = random.Random(hashlib.sha256(key.encode()).digest())  # noqa: S311 - a picture, not a secret
    picture = (
        Image.new("RGB", size, _colour(chance, 90)) if below is None else below.convert("RGB").resize(size)
    )
    brush = ImageDraw.Draw(picture)
    for _ in range(SHAPES if below is None else 2):
        _shape(brush, chance, size)
    _write(brush, words, size)
    return picture


def _colour(chance: random.Random, top: int = 255) -> tuple[int, int, int]:
    return chance.randrange(top), chance.randrange(top), chance.randrange(top)


def _shape(brush: ImageDraw.ImageDraw, chance: random.Random, size: tuple[int, int]) -> None:
    width, height = size
    radius = max(3, int(min(size) * chance.uniform(0.08, 0.3)))
    x, y = chance.randrange(width), chance.randrange(height)
    box = (x - radius, y - radius, x + radius, y + radius)
    colour = _colour(chance)
    kind = chance.randrange(3)
    if kind == 0:
        brush.ellipse(box, fill=colour)
    elif kind == 1:
        brush.rectangle(box, fill=colour)
    else:
        brush.polygon([(x, y - radius), (x - radius, y + radius), (x + radius, y + radius)], fill=colour)


def _write(brush: ImageDraw.ImageDraw, words: str, size: tuple[int, int]) -> None:
    font = ImageFont.load_default(max(9, min(size) // 14))
    letters = max(8, int(size[0] / (font.getlength("n") or 6)) - 2)
    text = "\n".join(textwrap.wrap(without_magic(words)[:MAX_WORDS], letters)[:4]) or " "
    place = (size[0] // 20, size[1] // 20)
    box = brush.multiline_textbbox(place, text, font=font)
    brush.rectangle((box[0] - 3, box[1] - 3, box[2] + 3, box[3] + 3), fill=(0, 0, 0))
    brush.multiline_text(place, text, font=font, fill=(255, 255, 255))


def encode(picture: Image.Image, mime_type: str, words: str) -> bytes:
    """Return a picture as a PNG or JPEG file that carries `words` as its comment."""
    out = io.BytesIO()
    if mime_type == "image/png":
        notes = PngImagePlugin.PngInfo()
        notes.add_itxt("Description", words)
        picture.quantize(64, method=Image.Quantize.FASTOCTREE).save(
            out, "PNG", pnginfo=notes, compress_level=3
        )
    else:
        picture.save(out, "JPEG", quality=85, comment=words.encode()[:60_000])
    return out.getvalue()
