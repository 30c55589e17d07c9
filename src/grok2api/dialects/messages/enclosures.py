"""Pictures and documents in a Messages request: where they stand, and how what Grok takes is written there.

Anthropic's clients nest them: a message holds blocks, a tool's result and a document hold blocks again. Must
never look deeper than the dialect itself reads, and never at a message that holds nothing but words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from grok2api.canonical.body import Body
from grok2api.canonical.enclosures import Content, Document, Enclosure, EnclosureKind, Form, Picture
from grok2api.canonical.places import Place, with_values
from grok2api.dialects.enclosing import Members, form_of, kind_of_file, members_of, text_in
from grok2api.dialects.messages.history import Item

_FIELD: Final = "messages"
_KINDS: Final[Mapping[str, EnclosureKind]] = {"image": "picture", "document": "document"}
_SOURCES: Final[Mapping[str, tuple[str, Form]]] = {
    "url": ("url", "url"),
    "base64": ("data", "base64"),
    "file": ("file_id", "file_id"),
}
"""By the type of a source: under which key it is, and in which form."""
_PARTS: Final = frozenset({"input_image", "input_file"})


class _Message(msgspec.Struct):
    content: msgspec.Raw = msgspec.Raw(b"null")


_messages = msgspec.json.Decoder(list[_Message]).decode
_blocks = msgspec.json.Decoder(list[dict[str, msgspec.Raw]]).decode
_encode = msgspec.json.Encoder().encode


def hold_more_than_words(items: Sequence[Item]) -> bool:
    """Tell whether there are pictures or documents in a conversation that was read."""
    return any(
        part.get("type") in _PARTS for item in items if isinstance(item, dict) for part in _parts_of(item)
    )


def _parts_of(item: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    content = item.get("content", item.get("output"))
    return content if isinstance(content, list) else ()


def enclosures_in(body: Body) -> tuple[Enclosure, ...]:
    """Return what the messages of a checked body hold beside words."""
    found: list[Enclosure] = []
    for number, message in enumerate(_messages(body.raw(_FIELD) or b"[]")):
        found += _found(message.content, (_FIELD, number, "content"))
    return tuple(found)


def with_contents(body: Body, contents: Mapping[Enclosure, Content]) -> Body:
    """Return a body in which what Grok can take stands in the place of enclosures."""
    changes: dict[Place, bytes] = {}
    for enclosure, content in contents.items():
        changes |= _written(enclosure, content)
    return with_values(body, changes)


def _found(raw: msgspec.Raw, place: Place) -> Iterator[Enclosure]:
    if bytes(memoryview(raw)[:1]) != b"[":
        return
    for index, block in enumerate(_blocks(raw)):
        at: Place = (*place, index)
        kind = text_in(block.get("type"))
        if kind == "tool_result":
            yield from _found(block.get("content", msgspec.Raw(b"null")), (*at, "content"))
        elif kind in _KINDS:
            yield from _sourced(_KINDS[kind], block, at)


def _sourced(kind: EnclosureKind, block: Members, at: Place) -> Iterator[Enclosure]:
    source, place = members_of(block.get("source")), (*at, "source")
    told = text_in(source.get("type"))
    if told == "content":
        yield from _found(source.get("content", msgspec.Raw(b"null")), (*place, "content"))
    elif told in _SOURCES:
        key, form = _SOURCES[told]
        name, media_type = text_in(block.get("title")), text_in(source.get("media_type"))
        heard = kind == "document" and kind_of_file(None, name, media_type) == "sound"
        yield Enclosure(
            kind="sound" if heard else kind,
            form=form if form == "file_id" else form_of(source[key], otherwise=form),
            part=at,
            source=(*place, key),
            media_type=media_type,
            name=name if kind == "document" else "",
        )


def _written(enclosure: Enclosure, content: Content) -> dict[Place, bytes]:
    source: Place = (*enclosure.part, "source")
    if isinstance(content, Picture):
        return {source: _encode({"type": "url", "url": content.address})}
    if isinstance(content, Document):
        data = msgspec.Raw(b'"%b"' % content.content)
        return {
            source: _encode({"type": "base64", "media_type": content.media_type, "data": data}),
            (*enclosure.part, "title"): _encode(content.name),
        }
    return {enclosure.part: _encode({"type": "text", "text": content.text})}
