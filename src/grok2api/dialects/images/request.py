"""Reads a request for pictures, from JSON or from a form, into one `ImageWish`.

Must never look into a picture, nor open a file's id: what is given is checked where it is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

import msgspec

from grok2api.canonical.body import Body
from grok2api.dialects.fields import Dropped, FieldTable, missing, refusal, whole_number
from grok2api.dialects.images.fields import (
    EDIT_FIELDS,
    GENERATION_FIELDS,
    Picture,
    PictureAddress,
)
from grok2api.dialects.images.sizes import ANY_SHAPE, AUTO, RATIOS, SIZES, Resolution, Shape, shape_of
from grok2api.dialects.images.wish import (
    DEFAULT_MODEL,
    MOST_GIVEN,
    AnswerAs,
    Format,
    GivenPicture,
    ImageWish,
)
from grok2api.errors import InvalidRequest

QUALITIES: Final = ("auto", "low", "medium", "high", "standard", "hd", "xhigh", "max")
_TRUTHS: Final = frozenset({"true", "false"})
_FILES: Final = frozenset({"image", "images"})
"""Fields of a form that carry pictures; each may come once, several times, or with brackets."""


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file of a form, read whole."""

    name: str
    """The form's field."""
    content: bytes = field(repr=False)


def read_generation(body: Body, *, strict: bool) -> ImageWish:
    """Check what `/v1/images/generations` was sent.

    Raises:
        InvalidRequest: something is missing or malformed; `param` is its path.
        Unsupported: something that Grok cannot do.
    """
    return _read(body, GENERATION_FIELDS, (), strict=strict)


def read_edit(body: Body, files: Sequence[SentFile] = (), *, strict: bool) -> ImageWish:
    """Check what `/v1/images/edits` was sent; the files of a form come beside its fields.

    Raises:
        InvalidRequest: something is missing or malformed; `param` is its path.
        Unsupported: something that Grok cannot do.
    """
    given = (*_uploaded(files), *_named(body))
    if not given:
        EDIT_FIELDS.check(body, strict=strict)
        raise missing("image")
    if len(given) > MOST_GIVEN:
        raise InvalidRequest(
            f"At most {MOST_GIVEN} pictures can be edited together; there are {len(given)}.", param="image"
        )
    return _read(body, EDIT_FIELDS, given, strict=strict)


def form_body(texts: Sequence[tuple[str, str]]) -> Body:
    """Return the text fields of a form as the JSON that they stand for: numbers and truths are text there.

    An empty text is an absent field. Of a field that comes twice, the last counts; addresses of pictures
    are a list.
    """
    fields: dict[str, msgspec.Raw] = {}
    addresses: list[str] = []
    for written, text in texts:
        name = written.removesuffix("[]")
        if name in _FILES:
            addresses += [text] if text else []
        elif text or name == "prompt":
            fields[name] = _value(name, text)
    if addresses:
        fields["images"] = msgspec.Raw(msgspec.json.encode(addresses))
    return Body(fields)


def _value(name: str, text: str) -> msgspec.Raw:
    """Return a form's text as the JSON value that the field takes; as a text where it takes neither."""
    as_text = msgspec.Raw(msgspec.json.encode(text))
    if name not in EDIT_FIELDS or _fits(name, as_text):
        return as_text
    lowered = text.strip().lower()
    literal = msgspec.Raw((lowered if lowered in _TRUTHS else text.strip()).encode())
    return literal if _fits(name, literal) or _is_number(text) else as_text


def _fits(name: str, raw: msgspec.Raw) -> bool:
    try:
        EDIT_FIELDS[name].decode(raw)
    except InvalidRequest:
        return False
    return True


def _is_number(text: str) -> bool:
    try:
        return isinstance(msgspec.json.decode(text), int | float)
    except (msgspec.DecodeError, RecursionError):
        return False


def _read(body: Body, table: FieldTable, given: tuple[GivenPicture, ...], *, strict: bool) -> ImageWish:
    checked = table.check(body, strict=strict)
    values, dropped = checked.values, Dropped(strict=strict)
    stream = "stream" in values
    if "partial_images" in values and not stream:
        dropped.note("partial_images")
    form, compression = _form(values, dropped)
    shape, size_field = _shape(values, dropped)
    return ImageWish(
        prompt=cast("str", values["prompt"]),
        model=cast("str", values.get("model", DEFAULT_MODEL)),
        count=whole_number(cast("float", values.get("n", 1)), "n"),
        shape=shape,
        quality=_quality(cast("str | None", values.get("quality"))),
        user=cast("str | None", values.get("user", values.get("safety_identifier"))),
        given=given,
        format=form,
        compression=compression,
        answer_as=cast("AnswerAs", values.get("response_format", "url")),
        stream=stream,
        previews=cast("int", values.get("partial_images", 0)) if stream else 0,
        size_field=size_field,
        dropped=tuple(sorted({*checked.dropped, *dropped.paths})),
    )


def _form(values: Mapping[str, object], dropped: Dropped) -> tuple[Format | None, int | None]:
    asked = values.get("output_format")
    form = cast("Format | None", "jpeg" if asked == "jpg" else asked)
    if "output_compression" in values and form not in {"jpeg", "webp"}:
        dropped.note("output_compression")
        return form, None
    return form, cast("int | None", values.get("output_compression"))


def _shape(values: Mapping[str, object], dropped: Dropped) -> tuple[Shape, str]:
    """Return the shape that is asked for, and the field that asks for its ratio."""
    size = cast("str | None", values.get("size"))
    ratio = cast("str | None", values.get("aspect_ratio"))
    resolution = cast("Resolution | None", values.get("resolution"))
    if ratio is not None and ratio not in RATIOS:
        raise _choices("aspect_ratio", (AUTO, *RATIOS))
    meant = ANY_SHAPE if size is None else shape_of(size)
    if meant is None:
        raise _choices("size", (AUTO, *SIZES))
    if ratio is not None and meant.aspect_ratio not in {None, ratio}:
        dropped.note("size")
    shape = Shape(ratio or meant.aspect_ratio, resolution or meant.resolution)
    return shape, "size" if ratio is None and size is not None else "aspect_ratio"


def _quality(asked: str | None) -> str | None:
    if asked is not None and asked not in QUALITIES:
        raise _choices("quality", QUALITIES)
    return asked


def _choices(param: str, choices: Sequence[str]) -> InvalidRequest:
    return InvalidRequest(f"'{param}' must be one of {', '.join(choices)}.", param=param)


def _uploaded(files: Sequence[SentFile]) -> Iterator[GivenPicture]:
    several = sum(file.name.removesuffix("[]") in _FILES for file in files) > 1
    place = 0
    for file in files:
        name = file.name.removesuffix("[]")
        if name not in _FILES:
            if name in EDIT_FIELDS:
                raise refusal(name, EDIT_FIELDS[name].note)
            continue
        yield GivenPicture(path=f"{name}[{place}]" if several else name, content=file.content)
        place += 1


def _named(body: Body) -> Iterator[GivenPicture]:
    """Yield the pictures that a body names, those of `image` first."""
    for name in ("image", "images"):
        raw = body.raw(name)
        if raw is None:
            continue
        value = EDIT_FIELDS[name].decode(raw)
        if isinstance(value, list):
            for place, picture in enumerate(value):
                yield _picture(picture, f"{name}[{place}]")
        else:
            yield _picture(cast("Picture", value), name)


def _picture(picture: Picture, path: str) -> GivenPicture:
    """Return what one reference names; exactly one thing.

    Raises:
        InvalidRequest: it names nothing, or several things.
    """
    if isinstance(picture, str):
        return GivenPicture(path=path, url=picture)
    address = picture.image_url
    named = {
        "url": picture.url,
        "image_url": address.url if isinstance(address, PictureAddress) else address,
        "file_id": picture.file_id,
    }
    said = [(name, text) for name, text in named.items() if text]
    if len(said) != 1:
        raise InvalidRequest(
            f"'{path}' must have exactly one of url, image_url and file_id.",
            param=path,
            code="invalid_value" if said else "missing_required_parameter",
        )
    name, text = said[0]
    place = f"{path}.{name}"
    return GivenPicture(path=place, file_id=text) if name == "file_id" else GivenPicture(path=place, url=text)
