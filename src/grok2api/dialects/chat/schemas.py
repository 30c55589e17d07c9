"""Gives a function's parameter schema the root that xAI insists on.

xAI answers 400, or hangs, when the root of a schema is a union instead of an object; generators of schemas
make such roots all the time. Only the root is touched, and a sound schema keeps its own bytes: a prompt
cache sees the same text again. Must never narrow what the model may write.
Source: xai-api.md §8 row 13.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from grok2api.errors import InvalidRequest

Schema = Mapping[str, object]

_COMBINERS = ("allOf", "anyOf", "oneOf")
_OBJECT = msgspec.Raw(b'"object"')
_NOTHING = msgspec.Raw(b"{}")


def object_schema(schema: Mapping[str, msgspec.Raw] | None, param: str) -> Schema:
    """Return a schema whose root is an object.

    Raises:
        InvalidRequest: the root is of another type, or is nested too deeply.
    """
    fields = dict(schema or {})
    if any(name in fields for name in _COMBINERS):
        try:
            return _merged(fields, param)
        except RecursionError:
            raise InvalidRequest(f"'{param}' is nested too deeply.", param=param) from None
    kind = msgspec.json.decode(fields["type"]) if "type" in fields else "object"
    if kind != "object":
        _must_be_object(kind, param)
        fields["type"] = _OBJECT
    fields.setdefault("type", _OBJECT)
    fields.setdefault("properties", _NOTHING)
    return fields


def _must_be_object(kind: object, param: str) -> None:
    if kind is not None and kind != "object" and not (isinstance(kind, list) and "object" in kind):
        raise InvalidRequest(f"'{param}' must be a schema of type 'object'.", param=param)


def _merged(fields: Mapping[str, msgspec.Raw], param: str) -> Schema:
    """Fold the root's alternatives into one object that allows them all."""
    root: dict[str, Any] = {name: msgspec.json.decode(raw) for name, raw in fields.items()}
    _must_be_object(root.get("type"), param)
    properties: dict[str, list[object]] = {}
    required = _names(root.get("required"))
    _gather(properties, root.get("properties"))
    for combiner in _COMBINERS:
        members = root.pop(combiner, None)
        for member in members if isinstance(members, list) else ():
            part = _resolved(member, root)
            _gather(properties, part.get("properties"))
            if combiner == "allOf":
                required += [name for name in _names(part.get("required")) if name not in required]
    root["type"] = "object"
    root["properties"] = {
        name: found[0] if len(found) == 1 else {"anyOf": found} for name, found in properties.items()
    }
    root.pop("required", None)
    if required:
        root["required"] = required
    return root


def _names(required: object) -> list[str]:
    return [name for name in required if isinstance(name, str)] if isinstance(required, list) else []


def _gather(properties: dict[str, list[object]], found: object) -> None:
    for name, schema in found.items() if isinstance(found, dict) else ():
        known = properties.setdefault(name, [])
        if schema not in known:
            known.append(schema)


def _resolved(member: object, root: Mapping[str, object]) -> Mapping[str, object]:
    """Return a member, looked up among the root's definitions when it is a reference to one."""
    if not isinstance(member, dict):
        return {}
    pointer = member.get("$ref")
    if not isinstance(pointer, str):
        return member
    for section in ("$defs", "definitions"):
        definitions = root.get(section)
        target = pointer.removeprefix(f"#/{section}/")
        if isinstance(definitions, dict) and isinstance(definitions.get(target), dict):
            return dict(definitions[target])
    return {}
