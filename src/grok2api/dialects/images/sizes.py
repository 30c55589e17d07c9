"""What OpenAI calls a size, in Grok's words: a ratio of the sides and a resolution.

Grok draws in fixed ratios, so a size becomes the nearest of them; which pixels came out is told with the
picture. Must never guess about a size that is not in the list: a picture of another shape would be an answer
to another question.
Source: xai-api.md §2.5; OpenAI's documented sizes, and those that image tools commonly offer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Resolution = Literal["1k", "1.5k", "2k"]

RATIOS: Final[tuple[str, ...]] = (
    *("1:1", "3:4", "4:3", "9:16", "16:9", "2:3", "3:2", "1:2", "2:1"),
    *("9:19.5", "19.5:9", "9:20", "20:9", "21:9", "5:2"),
)
"""Every ratio that Grok draws in, width first."""
AUTO: Final = "auto"
_TWO_K_FROM: Final = 1800
"""Pixels of the longer side from which a size means the larger resolution."""

SIZES: Final[tuple[str, ...]] = (
    *("256x256", "512x512", "1024x1024", "2048x2048"),
    *("1024x1536", "832x1248", "832x1216", "1536x1024", "1248x832", "1216x832"),
    *("768x1024", "896x1152", "1200x1600", "1536x2048", "1024x768", "1152x896", "1600x1200", "2048x1536"),
    *("720x1280", "768x1344", "864x1536", "1024x1792", "1080x1920", "1152x2048", "1440x2560"),
    *("1280x720", "1344x768", "1536x864", "1792x1024", "1920x1080", "2048x1152", "2560x1440"),
    *("512x1024", "1024x2048", "1024x512", "2048x1024", "1536x640"),
)
"""The sizes that are taken, those of one shape together."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a picture is to look, as far as it was asked for."""

    aspect_ratio: str | None = None
    resolution: Resolution | None = None


ANY_SHAPE: Final = Shape()
"""As Grok likes."""


def shape_of(size: str) -> Shape | None:
    """Return what a size means to Grok; None if it is none of `SIZES`, no ratio and not `auto`."""
    written = size.strip().lower().replace("×", "x").replace("*", "x")
    if written == AUTO:
        return ANY_SHAPE
    if written in RATIOS:
        return Shape(written)
    return _BY_SIZE.get(written)


def sizes() -> Iterator[tuple[str, Shape]]:
    """Yield every size with what it means."""
    yield from _BY_SIZE.items()


def nearest(width: int, height: int) -> str:
    """Return the ratio that comes closest to these sides."""
    return min(RATIOS, key=lambda ratio: abs(math.log(width / height) - _log(ratio)))


def _log(ratio: str) -> float:
    width, height = ratio.split(":")
    return math.log(float(width) / float(height))


def _shape(size: str) -> Shape:
    width, height = map(int, size.split("x"))
    return Shape(nearest(width, height), "2k" if max(width, height) >= _TWO_K_FROM else "1k")


_BY_SIZE: Final[Mapping[str, Shape]] = MappingProxyType({size: _shape(size) for size in SIZES})
