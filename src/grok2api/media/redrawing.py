"""Looks at pictures, makes small previews of them, and writes them in another file format.

The work of a decoder on bytes that came from elsewhere, so whoever calls does it in a thread. Must never
decode a picture of more pixels than any of Grok's has, whatever its head says.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final, Literal

from PIL import Image, UnidentifiedImageError

PictureFormat = Literal["png", "jpeg", "webp"]

MOST_PIXELS: Final = 64_000_000
PREVIEW_SIDE: Final = 256
"""Pixels of the longer side of a preview."""
_FORMATS: Final = ("PNG", "JPEG", "WEBP")
_USUAL_COMPRESSION: Final = 95
_BROKEN: Final = (
    *(OSError, ValueError, SyntaxError, EOFError),
    *(Image.DecompressionBombError, Image.DecompressionBombWarning),
)


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
    """Return what a picture is.

    Raises:
        ValueError: it is no PNG, JPEG or WebP, or has too many pixels.
    """
    with _opened(content) as picture:
        return Look(_format(picture), picture.width, picture.height)


def preview(content: bytes) -> bytes:
    """Return a small JPEG of a picture.

    Raises:
        ValueError: it cannot be drawn.
    """
    try:
        with _opened(content) as picture:
            picture.draft("RGB", (PREVIEW_SIDE, PREVIEW_SIDE))
            small = picture.convert("RGB")
        small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
        return _written(small, "jpeg", quality=75)
    except _BROKEN as error:
        raise ValueError(f"the picture cannot be drawn: {error}") from None


def written_as(content: bytes, form: PictureFormat, compression: int | None) -> bytes:
    """Return a picture in a file format; untouched if it is in that format already.

    Args:
        content: The picture.
        form: The format wanted. PNG loses nothing of what is there.
        compression: 0 to 100, of JPEG and WebP: how much of the picture is kept; best if None.

    Raises:
        ValueError: it cannot be drawn.
    """
    try:
        with _opened(content) as picture:
            if _format(picture) == form and compression is None:
                return content
            drawn = picture.convert("RGB") if form == "jpeg" or picture.mode not in _KEPT else picture
            if form == "png":
                return _written(drawn, form, compress_level=4)
            quality = _USUAL_COMPRESSION if compression is None else min(compression, _USUAL_COMPRESSION)
            return _written(drawn, form, quality=quality)
    except _BROKEN as error:
        raise ValueError(f"the picture cannot be drawn: {error}") from None


_KEPT: Final = frozenset({"RGB", "RGBA"})
"""Kinds of pixels that every format but JPEG takes."""


def _opened(content: bytes) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(content), formats=_FORMATS)
    except (UnidentifiedImageError, *_BROKEN) as error:
        raise ValueError(f"it is no PNG, JPEG or WebP: {error}") from None
    if picture.width * picture.height > MOST_PIXELS:
        picture.close()
        raise ValueError(f"it has more than {MOST_PIXELS} pixels")
    return picture


def _format(picture: Image.Image) -> PictureFormat:
    return "png" if picture.format == "PNG" else "webp" if picture.format == "WEBP" else "jpeg"


def _written(picture: Image.Image, form: PictureFormat, **options: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, form.upper(), **options)
    return out.getvalue()
