"""OpenAI's sizes in pixels, and what Grok knows instead: a ratio of the sides, and a number of lines.

Must never stand for a size that Grok cannot come near: such a one is refused with the choices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from grok2api.errors import InvalidRequest

RATIOS: Final = ("16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3", "21:9", "5:2")
RESOLUTIONS: Final = ("480p", "720p", "1080p")
USUAL_RATIO: Final = "16:9"
USUAL_RESOLUTION: Final = "480p"
USUAL_SIZE: Final = "720x1280"
"""What OpenAI makes where nothing is said."""
UNKNOWN_SIZE: Final = "1280x720"
"""Told of a clip whose own size nobody said."""


@dataclass(frozen=True, slots=True)
class Size:
    """A ratio and a resolution; `near` if they only come near to the pixels."""

    aspect_ratio: str
    resolution: str
    near: bool = False


SIZES: Final[Mapping[str, Size]] = MappingProxyType(
    {
        "720x1280": Size("9:16", "720p"),
        "1280x720": Size("16:9", "720p"),
        "1024x1792": Size("9:16", "720p", near=True),
        "1792x1024": Size("16:9", "720p", near=True),
        "720x720": Size("1:1", "720p"),
        "1024x1024": Size("1:1", "720p", near=True),
        "960x720": Size("4:3", "720p"),
        "720x960": Size("3:4", "720p"),
        "1080x720": Size("3:2", "720p"),
        "720x1080": Size("2:3", "720p"),
        "854x480": Size("16:9", "480p"),
        "480x854": Size("9:16", "480p"),
        "480x480": Size("1:1", "480p"),
        "640x480": Size("4:3", "480p"),
        "480x640": Size("3:4", "480p"),
        "720x480": Size("3:2", "480p"),
        "480x720": Size("2:3", "480p"),
        "1920x1080": Size("16:9", "1080p"),
        "1080x1920": Size("9:16", "1080p"),
        "1080x1080": Size("1:1", "1080p"),
    }
)
_LINES: Final = {"480p": 480, "720p": 720, "1080p": 1080}


def size_of(value: str, param: str) -> Size:
    """Return what a size stands for.

    Raises:
        InvalidRequest: there is no such size; it names all.
    """
    found = SIZES.get(value.strip().lower())
    if found is None:
        raise InvalidRequest(
            f"'{param}' must be one of {', '.join(SIZES)}; or send 'aspect_ratio' ({', '.join(RATIOS)}) and "
            f"'resolution' ({', '.join(RESOLUTIONS)}) instead.",
            param=param,
        )
    return found


def pixels(aspect_ratio: str, resolution: str) -> str:
    """Return the size in pixels of a ratio at a resolution, its sides even, as a codec needs them."""
    for name, size in SIZES.items():
        if (size.aspect_ratio, size.resolution, size.near) == (aspect_ratio, resolution, False):
            return name
    wide, high = (int(part) for part in aspect_ratio.split(":"))
    lines = _LINES[resolution]
    across = round(lines * max(wide, high) / min(wide, high) / 2) * 2
    return f"{across}x{lines}" if wide >= high else f"{lines}x{across}"
