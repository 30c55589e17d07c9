"""The fields of a form as the body that a field table checks: in a form everything is text.

Must never decide what a field means, nor let a text pass for another type than its row asks for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from grok2api.canonical.body import Body
from grok2api.dialects.fields import FieldTable
from grok2api.errors import InvalidRequest

_encode = msgspec.json.Encoder().encode


def form_body(fields: Iterable[tuple[str, str]], table: FieldTable) -> Body:
    """Return the body that a form stands for; an empty text is the same as none.

    `name[]` and a name that comes again are lists, `name[member]` is an object, as OpenAI's SDKs write them.

    Raises:
        InvalidRequest: a field that is no list comes twice.
    """
    texts: dict[str, list[str]] = {}
    members: dict[str, dict[str, str]] = {}
    lists: set[str] = set()
    for written, text in fields:
        name, _, member = written.partition("[")
        member = member.removesuffix("]")
        if not text:
            continue
        if member and not member.isdigit():
            members.setdefault(name, {})[member] = text
            continue
        if name != written:
            lists.add(name)
        texts.setdefault(name, []).append(text)
    values: dict[str, object] = {name: _value(name, found, table, lists) for name, found in texts.items()}
    return Body({name: msgspec.Raw(_encode(value)) for name, value in (values | members).items()})


def _value(name: str, texts: list[str], table: FieldTable, lists: set[str]) -> object:
    """Return the value that a row's type makes of texts; the texts themselves where it makes nothing."""
    kind = table[name].type if name in table else Any
    if name in lists or _is_list(kind):
        return _converted(texts, kind)
    if len(texts) > 1:
        raise InvalidRequest(f"'{name}' may be sent only once.", param=name)
    return _converted(texts[0], kind)


def _is_list(kind: object) -> bool:
    """Whether a type takes lists and nothing else that a form can hold."""
    return kind is not Any and kind is not object and _fits([], kind) and not _fits("", kind)


def _fits(value: object, kind: object) -> bool:
    try:
        msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError:
        return False
    return True


def _converted(value: str | list[str], kind: object) -> object:
    try:
        converted: object = msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError:
        return value
    return converted
