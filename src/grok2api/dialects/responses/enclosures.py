"""Pictures, documents and sounds in a Responses input: where they stand, and how what Grok takes is written.

Inputs are large and rarely hold any, so they are searched once for a mark that only such parts have; nothing
is split where it is not found. Must never change an input that has nothing to change.
Source: openai-python `ResponseInputItem`; xai-api.md §2.3, §5.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from grok2api.canonical.body import Body
from grok2api.canonical.enclosures import Content, Document, Enclosure, Picture
from grok2api.canonical.places import Place, path_of, with_values
from grok2api.dialects.enclosing import (
    NO_VIDEO,
    Members,
    file_in,
    form_of,
    members_of,
    says_something,
    text_in,
)
from grok2api.dialects.fields import missing
from grok2api.errors import InvalidRequest, Unsupported

_FIELD: Final = "input"
_NO_TEXT: Final = re.compile(rb'"input_[^t]')
"""How the type of a part begins that is no text; only `input_text` has a t there."""


class _Head(msgspec.Struct):
    content: msgspec.Raw = msgspec.Raw(b"null")
    output: msgspec.Raw = msgspec.Raw(b"null")


_heads = msgspec.json.Decoder(list[_Head]).decode
_parts = msgspec.json.Decoder(list[Members]).decode
_encode = msgspec.json.Encoder().encode


def holds_more_than_words(content: bytes) -> bool:
    """Tell whether there may be parts that are no text; a false alarm costs a look, and nothing else."""
    return _NO_TEXT.search(content) is not None


def enclosures_in(raw: bytes | None) -> tuple[Enclosure, ...]:
    """Return what a checked input holds beside words.

    Raises:
        InvalidRequest: a sound without its data, or a part that is no object.
        Unsupported: a video.
    """
    content = b"" if raw is None else raw.strip()
    if not content.startswith(b"[") or not holds_more_than_words(content):
        return ()
    return tuple(_found(content))


def with_contents(body: Body, contents: Mapping[Enclosure, Content]) -> Body:
    """Return a body in which what Grok can take stands in the place of enclosures."""
    return with_values(body, dict(_written(enclosure, content) for enclosure, content in contents.items()))


def _found(content: bytes) -> Iterator[Enclosure]:
    for number, head in enumerate(_heads(content)):
        for name, raw in (("content", head.content), ("output", head.output)):
            given = bytes(raw)
            if not given.startswith(b"[") or not holds_more_than_words(given):
                continue
            for index, part in enumerate(_parts_of(given, (_FIELD, number, name))):
                enclosure = _enclosure(part, (_FIELD, number, name, index))
                if enclosure is not None:
                    yield enclosure


def _parts_of(content: bytes, place: Place) -> Sequence[Members]:
    try:
        return _parts(content)
    except msgspec.ValidationError:
        path = path_of(place)
        raise InvalidRequest(f"'{path}' must be a list of parts, each an object.", param=path) from None


def _enclosure(part: Members, place: Place) -> Enclosure | None:
    kind = text_in(part.get("type"))
    if kind == "input_image":
        return _picture(part, place)
    if kind == "input_file":
        return file_in(part, place, place)
    if kind == "input_audio":
        return _sound(part, place)
    if kind == "input_video":
        raise Unsupported(f"Parts of type 'input_video' are not supported. {NO_VIDEO}", param=path_of(place))
    return None


def _picture(part: Members, place: Place) -> Enclosure | None:
    """Return a picture; what names neither an address nor a file is left to upstream's own words."""
    address = part.get("image_url")
    if address is not None and says_something(address):
        source: Place = (*place, "image_url")
        return Enclosure(kind="picture", form=form_of(address, otherwise="url"), part=place, source=source)
    if says_something(part.get("file_id")):
        return Enclosure(kind="picture", form="file_id", part=place, source=(*place, "file_id"))
    return None


def _sound(part: Members, place: Place) -> Enclosure:
    sound = members_of(part.get("input_audio"))
    if not says_something(sound.get("data")):
        raise missing(f"{path_of(place)}.input_audio.data")
    return Enclosure(
        kind="sound",
        form=form_of(sound["data"], otherwise="base64"),
        part=place,
        source=(*place, "input_audio", "data"),
        media_type=text_in(sound.get("format")),
    )


def _written(enclosure: Enclosure, content: Content) -> tuple[Place, bytes]:
    if isinstance(content, Picture):
        return enclosure.source, _encode(content.address)
    if isinstance(content, Document):
        part: dict[str, object] = {
            "type": "input_file",
            "filename": content.name,
            "file_data": msgspec.Raw(b'"%b"' % content.content),
            "mime_type": content.media_type,
        }
    else:
        part = {"type": "input_text", "text": content.text}
    return enclosure.part, _encode(part)
