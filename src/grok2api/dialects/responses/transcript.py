"""What a finished response adds to its conversation, for those who keep it.

Ids stay behind: they name objects of an account that may be gone when the items are sent again. So does
reasoning of which nothing but a summary is known, which says nothing to a model.
Must never leave out anything that was said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from grok2api.canonical.call import Call
from grok2api.canonical.transcript import TurnItems
from grok2api.dialects.base import Answer
from grok2api.dialects.responses.input_items import continued_input
from grok2api.dialects.responses.references import is_reference

_encode = msgspec.json.Encoder().encode
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_split = msgspec.json.Decoder(list[dict[str, msgspec.Raw]]).decode
_text = msgspec.json.Decoder(str).decode


def turn_items(call: Call, answer: Answer) -> TurnItems | None:
    """Return the items of a request and its answer.

    Returns:
        None if nobody can go on from the response, or if the request refers to an item that is not known.

    Raises:
        ValueError: something in it cannot be read.
    """
    if call.body.peek("store") is False:
        return None
    items: list[msgspec.Raw] = []
    for item in _split(continued_input(call.history or (), call.body.raw("input"))):
        given = _given(item, call.resolved)
        if given is None:
            return None
        items.append(msgspec.Raw(_encode(given)))
    items.extend(msgspec.Raw(_encode(_without_id(item))) for item in _answered(answer))
    return TurnItems(call.continues or "" if call.history is None else "", tuple(items))


def _answered(answer: Answer) -> Iterator[dict[str, msgspec.Raw]]:
    for item in _split(_encode(answer.output)):
        if not _is(item, "reasoning") or _raw(item, "encrypted_content") != b"null":
            yield item


def referred(name: str | None, resolved: Mapping[str, bytes]) -> dict[str, msgspec.Raw] | None:
    """Return the item of that id, for any account: without upstream's own id; None if it is not at hand."""
    found = resolved.get(name or "")
    return None if found is None else _without_id(_members(found))


def _given(item: dict[str, msgspec.Raw], resolved: Mapping[str, bytes]) -> dict[str, msgspec.Raw] | None:
    """Return an item itself, or what it refers to."""
    if is_reference(_name(item, "type"), _name(item, "role")):
        return referred(_name(item, "id"), resolved)
    return _without_id(item)


def _name(item: Mapping[str, msgspec.Raw], name: str) -> str | None:
    raw = _raw(item, name)
    return _text(raw) if raw.startswith(b'"') else None


def _is(item: Mapping[str, msgspec.Raw], kind: str) -> bool:
    return _raw(item, "type") == _encode(kind)


def _raw(item: Mapping[str, msgspec.Raw], name: str) -> bytes:
    return bytes(item[name]) if name in item else b"null"


def _without_id(item: dict[str, msgspec.Raw]) -> dict[str, msgspec.Raw]:
    return {name: value for name, value in item.items() if name != "id"}
