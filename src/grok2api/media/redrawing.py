"""Looks at the pictures that Grok draws or edits, and writes them in another file format.

What a picture is comes from `media.pictures`, whose readers trust nobody; here stands what only pictures of
Grok's need: its three formats, and writing one as another. Whoever has something written does it in a thread.
Must never decode a picture whose header was not judged before.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final, Literal

from PIL import Image

from grok2api.media.headers import BadPicture
from grok2api.media.pictures import as_png, inspect, pixels
from grok2api.media.pictures import preview as small

PictureFormat = Literal["png", "jpeg", "webp"]

PREVIEW_SIDE: Final = 256
"""Pixels of the longer side of a preview."""
_FORMATS: Final[dict[str, PictureFormat]] = {"image/png": "png", "image/jpeg": "jpeg", "image/webp": "webp"}
_BEST: Final = 95
"""Above this, JPEG and WebP grow without looking any better."""
_KEPT: Final = frozenset({"RGB", "RGBA"})
"""Kinds of pixels that WebP takes as they are."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a picture is, by its content."""

    format: PictureFormat
    width: int
    height: int

    @property
    def mime(self) -> str:
        """Return its content type."""
        return f"image/{self.format}"

    @property
    def size(self) -> str:
        """Return `WIDTHxHEIGHT`."""
        return f"{self.width}x{self.height}"


def look(content: bytes) -> Look:
    """Return what a picture is; quick enough for an event loop.

    Raises:
        BadPicture: it is no PNG, JPEG or WebP, is broken, or has too many pixels.
    """
    seen = inspect(content)
    if seen.mime not in _FORMATS:
        raise BadPicture(f"must be PNG, JPEG or WebP; this one is {seen.mime}")
    return Look(_FORMATS[seen.mime], seen.width, seen.height)


def preview(content: bytes) -> bytes:
    """Return a small JPEG of a picture.

    Raises:
        BadPicture: it cannot be drawn.
    """
    return small(content, longest=PREVIEW_SIDE)


def written_as(content: bytes, form: PictureFormat, compression: int | None) -> bytes:
    """Return a picture in a file format; untouched if it is in that format already.

    Args:
        content: The picture.
        form: The format wanted. PNG loses nothing of what is there.
        compression: 0 to 100, of JPEG and WebP: how much of the picture is kept; as much as shows if None.

    Raises:
        BadPicture: it cannot be drawn.
    """
    if look(content).format == form and compression is None:
        return content
    if form == "png":
        return as_png(content)
    picture = pixels(content)
    quality = _BEST if compression is None else min(compression, _BEST)
    plain = form == "jpeg" or picture.mode not in _KEPT
    return _written(picture.convert("RGB") if plain else picture, form, quality)


def _written(picture: Image.Image, form: PictureFormat, quality: int) -> bytes:
    out = io.BytesIO()
    picture.info.clear()
    picture.save(out, form.upper(), quality=quality)
    return out.getvalue()
