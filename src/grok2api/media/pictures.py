"""Pictures of strangers, looked at before xAI sees them, and turned into what its models take.

The header is read and judged first, by our own reader; a decoder is given pixels only, of a number that is
bounded. What runs here may take a second and as much memory as `MOST_CONVERTED` says: a `Darkroom` sees to
it that only one picture at a time does. What decodes must never run in the thread of an event loop.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PIL import Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from grok2api.media.headers import MOST_FRAMES, BadPicture, Header, orientation_of, read_header, undressed

MOST_PIXELS: Final = 200_000_000
"""Of a picture that goes on as it is: the largest sensors of phones."""

MOST_CONVERTED: Final = 25_000_000
"""Of a picture that is decoded here: about 400 MB while it is worked on, at most."""


_DECODERS: Final[dict[str, Callable[[io.BytesIO], ImageFile]]] = {
    "image/png": PngImageFile,
    "image/jpeg": JpegImageFile,
    "image/gif": GifImageFile,
    "image/webp": WebPImageFile,
    "image/bmp": BmpImageFile,
    "image/tiff": TiffImageFile,
    "image/avif": AvifImageFile,
}
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture upright, by its orientation in EXIF."""

_LOSSY: Final = frozenset({"image/jpeg", "image/webp", "image/avif"})
_WRONG_BYTES: Final = (
    Warning,
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    MemoryError,
    RuntimeError,
    struct.error,
    Image.DecompressionBombError,
)
"""What decoders raise at bytes that are not what they seem to be."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What is known of a picture without decoding it; width and height are as it is to be shown."""

    mime: str
    width: int
    height: int
    frames: int = 1


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture that was made here."""

    mime: str
    content: bytes


def inspect(content: bytes, *, max_pixels: int = MOST_PIXELS) -> Picture:
    """Return what a picture is, by its header; quick enough for an event loop.

    Raises:
        BadPicture: It is none of a kind that is read here, is broken, or too large.
    """
    return _shown(_judged(content, max_pixels))


def pixels(content: bytes, *, max_pixels: int = MOST_CONVERTED) -> Image.Image:
    """Return the first frame of a picture, upright, in grey, RGB or RGBA of eight bits.

    Raises:
        BadPicture: It is none of a kind that is read here, is broken, or too large.
    """
    return _decoded(content, _judged(content, max_pixels))


def as_png(content: bytes, *, max_pixels: int = MOST_CONVERTED) -> bytes:
    """Return the first frame of a picture as PNG, upright, without anything but pixels.

    Raises:
        BadPicture: It is none of a kind that is read here, is broken, or too large.
    """
    return _png(_decoded(content, _judged(content, max_pixels)))


def convert(content: bytes, *, limit: int, max_pixels: int = MOST_CONVERTED) -> Encoded:
    """Return the first frame of a picture as PNG, or as JPEG where it was lossy or PNG would be too long.

    Args:
        content: The picture.
        limit: Bytes that the result may have.
        max_pixels: Pixels that it may have.

    Raises:
        BadPicture: It is none of a kind that is read here, is broken, or too large.
    """
    header = _judged(content, max_pixels)
    image = _decoded(content, header)
    if header.mime not in _LOSSY or _transparent(image):
        made = _png(image)
        if len(made) <= limit:
            return Encoded("image/png", made)
    made = _jpeg(image, quality=90)
    if len(made) > limit:
        raise BadPicture(f"must fit into {limit} bytes once it is a JPEG; make it smaller")
    return Encoded("image/jpeg", made)


def preview(content: bytes, *, longest: int, max_pixels: int = MOST_CONVERTED) -> bytes:
    """Return a small JPEG of a picture whose longer side has `longest` pixels at most.

    Raises:
        BadPicture: It is none of a kind that is read here, is broken, or too large.
    """
    return _jpeg(_decoded(content, _judged(content, max_pixels), longest=longest), quality=75)


def _judged(content: bytes, max_pixels: int) -> Header:
    header = read_header(content)
    if header.width * header.height > max_pixels:
        raise BadPicture(
            f"must have {max_pixels / 1_000_000:g} million pixels at most; "
            f"this one says that it has {header.width} x {header.height}"
        )
    if header.frames > MOST_FRAMES:
        raise BadPicture(f"must have {MOST_FRAMES} frames at most; send the one that matters")
    return header


def _shown(header: Header) -> Picture:
    sides = (header.width, header.height)
    width, height = sides[::-1] if header.orientation > 4 else sides
    return Picture(header.mime, width, height, header.frames)


def _decoded(content: bytes, header: Header, *, longest: int = 0) -> Image.Image:
    """Return the pixels, upright; shrunk to `longest` if it is given."""
    plain = undressed(content, header.mime)
    try:
        with _DECODERS[header.mime](io.BytesIO(plain)) as image:
            if image.width * image.height > header.width * header.height:
                raise BadPicture("must be as large as its header says")
            if longest:
                image.draft("RGB", (longest, longest))
            image.load()
            turn = _TURNS.get(_left_to_turn(image, header))
            settled = _eight_bits(image)
    except BadPicture:
        raise
    except _WRONG_BYTES as error:
        raise BadPicture("must be whole and well-formed; this picture cannot be decoded") from error
    if longest:
        settled.thumbnail((longest, longest), reducing_gap=2.0)
    return settled if turn is None else settled.transpose(turn)


def _left_to_turn(image: ImageFile, header: Header) -> int:
    """Return the orientation of decoded pixels: TIFF is turned by its decoder, AVIF is told by it."""
    if header.mime == "image/tiff":
        return 1
    if header.mime == "image/avif":
        return orientation_of(image.info.get("exif", b"").removeprefix(b"Exif\0\0"))
    return header.orientation


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return a copy in grey, RGB or RGBA of eight bits."""
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value / 256).convert("L")
    if image.mode in ("I", "F"):
        raise BadPicture("must have 8 or 16 bits per channel")
    if _transparent(image):
        return image.convert("RGBA")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def _transparent(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info


def _png(image: Image.Image) -> bytes:
    return _saved(image, "PNG", compress_level=1)


def _jpeg(image: Image.Image, *, quality: int) -> bytes:
    if image.mode == "RGBA":
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image)
        image = paper
    return _saved(image, "JPEG", quality=quality, optimize=False)


def _saved(image: Image.Image, kind: str, **options: int) -> bytes:
    image.info.clear()
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()
