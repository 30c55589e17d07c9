"""Pictures, documents and sounds in a chat request: where they stand, and how what Grok takes is written.

Must never read a message that holds nothing but words: whoever calls here has seen that there is more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from grok2api.canonical.body import Body
from grok2api.canonical.enclosures import Content, Document, Enclosure, Picture
from grok2api.canonical.places import Place, with_values
from grok2api.dialects.chat.messages import FILE_TYPES, IMAGE_TYPES, SOUND_TYPES
from grok2api.dialects.enclosing import Members, file_in, form_of, members_of, says_something, text_in

_FIELD: Final = "messages"


class _Message(msgspec.Struct):
    content: msgspec.Raw = msgspec.Raw(b"null")


_messages = msgspec.json.Decoder(list[_Message]).decode
_parts = msgspec.json.Decoder(list[dict[str, msgspec.Raw]]).decode
_encode = msgspec.json.Encoder().encode


def enclosures_in(body: Body) -> tuple[Enclosure, ...]:
    """Return what the messages of a checked body hold beside words."""
    return tuple(_found(body.raw(_FIELD) or b"[]"))


def with_contents(body: Body, contents: Mapping[Enclosure, Content]) -> Body:
    """Return a body in which what Grok can take stands in the place of enclosures."""
    return with_values(body, dict(_written(enclosure, content) for enclosure, content in contents.items()))


def _found(raw: bytes) -> Iterator[Enclosure]:
    for number, message in enumerate(_messages(raw)):
        if bytes(memoryview(message.content)[:1]) != b"[":
            continue
        for index, part in enumerate(_parts(message.content)):
            place: Place = (_FIELD, number, "content", index)
            enclosure = _enclosure(part, place)
            if enclosure is not None:
                yield enclosure


def _enclosure(part: Members, place: Place) -> Enclosure | None:
    kind = text_in(part.get("type"))
    if kind in IMAGE_TYPES:
        return _picture(part, place)
    if kind in SOUND_TYPES:
        sound = members_of(part.get("input_audio"))
        source = (*place, "input_audio", "data")
        return Enclosure(
            kind="sound",
            form=form_of(sound["data"], otherwise="base64"),
            part=place,
            source=source,
            media_type=text_in(sound.get("format")),
        )
    if kind in FILE_TYPES:
        holder = members_of(part.get("file"))
        return file_in(holder, place, (*place, "file")) if holder else file_in(part, place, place)
    return None


def _picture(part: Members, place: Place) -> Enclosure | None:
    given = part.get("image_url")
    inner = members_of(given).get("url")
    source: Place = (*place, "image_url", "url") if inner is not None else (*place, "image_url")
    address = inner if inner is not None else given
    if address is not None and says_something(address):
        form = form_of(address, otherwise="url")
        return Enclosure(kind="picture", form=form, part=place, source=source)
    return Enclosure(kind="picture", form="file_id", part=place, source=(*place, "file_id"))


def _written(enclosure: Enclosure, content: Content) -> tuple[Place, bytes]:
    if isinstance(content, Picture):
        return enclosure.source, _encode(content.address)
    if isinstance(content, Document):
        file = {
            "file_data": msgspec.Raw(b'"%b"' % content.content),
            "filename": content.name,
            "mime_type": content.media_type,
        }
        return enclosure.part, _encode({"type": "file", "file": file})
    return enclosure.part, _encode({"type": "text", "text": content.text})
