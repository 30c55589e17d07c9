"""Which pictures of a request go to xAI's text models as they are, which are converted, and which cannot go.

Upstream takes PNG and JPEG of 20 MiB at most. What is refused here is refused with the path of its field
and in words that help; what upstream would refuse only after an upload costs nobody anything.
Must never believe a declared type: the bytes say what a picture is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from grok2api.errors import InvalidRequest
from grok2api.kit.filetypes import HEAD_BYTES, sniff
from grok2api.media.headers import BadPicture
from grok2api.media.pictures import Encoded, Picture, convert, inspect

LONGEST: Final = 20 * 1024 * 1024
"""Bytes of a picture that upstream takes."""

TAKEN: Final = frozenset({"image/png", "image/jpeg"})
CONVERTED: Final = frozenset({"image/webp", "image/gif", "image/bmp", "image/tiff", "image/avif"})

_ADVICE: Final = {
    "image/svg+xml": "SVG is not a picture of pixels; render it as PNG",
    "image/heic": "HEIC cannot be read here; save it as JPEG",
    "image/heif": "HEIF cannot be read here; save it as JPEG",
    "text/html": "this is a web page; give the address of the picture itself",
    "application/pdf": "this is a PDF; send it as a file",
}


@dataclass(frozen=True, slots=True)
class InputImage:
    """A picture that upstream takes."""

    mime: str
    content: bytes = field(repr=False)
    width: int
    height: int
    converted_from: str = ""
    """The type of what came, if it was converted."""


def checked_input_image(content: bytes, *, param: str) -> InputImage:
    """Return the picture of a request as it goes to upstream; in a thread if `needs_conversion` says so.

    Args:
        content: What came, decoded from base64 or fetched.
        param: The path of the field, for the error.

    Raises:
        InvalidRequest: It is no picture, too large, broken, or of a kind that cannot be converted.
    """
    if len(content) > LONGEST:
        raise too_long(param)
    try:
        picture = inspect(content)
        if picture.mime in TAKEN:
            return InputImage(picture.mime, content, picture.width, picture.height)
        if picture.mime not in CONVERTED:
            raise refused_type(content, param)
        made = convert(content, limit=LONGEST)
    except BadPicture as error:
        if sniff(content[:HEAD_BYTES]) not in TAKEN | CONVERTED:
            raise refused_type(content, param) from None
        raise InvalidRequest(f"The picture {error}.", param=param) from None
    return _made(made, picture)


def needs_conversion(content: bytes) -> bool:
    """Tell whether checking this picture means to decode it, which belongs into a thread."""
    return sniff(content[:HEAD_BYTES]) in CONVERTED


def too_long(param: str) -> InvalidRequest:
    """Return the error of a picture that is too long, which can be told before it is decoded or fetched."""
    return InvalidRequest(f"The picture must have {LONGEST // 1024 // 1024} MiB at most.", param=param)


def refused_type(content: bytes, param: str) -> InvalidRequest:
    """Return the error of content that is no picture which upstream takes."""
    mime = sniff(content[:HEAD_BYTES])
    advice = _ADVICE.get(mime) or (f"this is {mime}" if mime else "this is nothing that can be recognised")
    return InvalidRequest(
        f"The picture must be PNG or JPEG; WebP, GIF, BMP, TIFF and AVIF are converted. But {advice}.",
        param=param,
    )


def _made(made: Encoded, picture: Picture) -> InputImage:
    return InputImage(made.mime, made.content, picture.width, picture.height, converted_from=picture.mime)
