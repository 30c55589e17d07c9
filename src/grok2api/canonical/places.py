"""Places inside a body: values that are read and replaced where they stand, without decoding the rest.

A place is the row of keys and numbers that leads to a value. What lies beside the way is split, not decoded,
so a picture of many megabytes costs no more than finding its end. Must never change a body in place.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from grok2api.canonical.body import NULL, Body

Place = tuple[str | int, ...]

_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_entries = msgspec.json.Decoder(list[msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode


def path_of(place: Place) -> str:
    """Return a place as clients write paths: `messages[0].content[1].image_url.url`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return "".join(steps).removeprefix(".")


def value_at(body: Body, place: Place) -> msgspec.Raw:
    """Return a value, undecoded.

    Raises:
        LookupError: there is nothing.
        ValueError: the way to it is not what the place says.
    """
    value = body.fields[str(place[0])]
    for step in place[1:]:
        value = _entries(value)[step] if isinstance(step, int) else _members(value)[step]
    return value


def with_values(body: Body, changes: Mapping[Place, bytes]) -> Body:
    """Return a body with other values at some places, which must not lie inside each other.

    Raises:
        LookupError: the way to a place does not exist; only its last member may be new.
        ValueError: the way to it is not what the place says.
    """
    if not changes:
        return body
    names = {str(place[0]) for place in changes}
    return body.edited({name: _changed(body.fields.get(name, NULL), _below(name, changes)) for name in names})


def _below(step: str | int, changes: Mapping[Place, bytes]) -> dict[Place, bytes]:
    return {place[1:]: value for place, value in changes.items() if place[0] == step}


def _changed(raw: msgspec.Raw, changes: Mapping[Place, bytes]) -> msgspec.Raw:
    if () in changes:
        return msgspec.Raw(changes[()])
    steps = dict.fromkeys(place[0] for place in changes)
    if any(isinstance(step, int) for step in steps):
        entries = _entries(raw)
        for step in steps:
            number = int(step)
            entries[number] = _changed(entries[number], _below(step, changes))
        return msgspec.Raw(_encode(entries))
    members = _members(raw)
    for step in steps:
        name = str(step)
        members[name] = _changed(members.get(name, NULL), _below(step, changes))
    return msgspec.Raw(_encode(members))
