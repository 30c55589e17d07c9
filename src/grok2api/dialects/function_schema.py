"""Gives the parameters of a function the root that xAI insists on: an object, and nothing else.

xAI answers 400, or hangs, when the root of a schema is a union or a reference; generators of schemas make
such roots all the time. They become one object that allows what every alternative allows. A sound schema is
returned as it is, so that a prompt cache sees the same text again. Must never narrow what the model may
write, and never touch what lies below the root.
Source: xai-api.md §8 row 13.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from grok2api.errors import InvalidRequest

Schema = Mapping[str, Any]

MERGED = frozenset({"allOf", "anyOf", "oneOf", "$ref"})
"""What a root may not hold; a schema with one of these has to be decoded to be mended."""
_REPLACED = MERGED | {"type", "properties", "required"}
_DEEPEST = 8


def object_schema(schema: Schema | None, param: str) -> Schema:
    """Return a schema whose root is a plain object; the same one if it is already.

    Raises:
        InvalidRequest: the root is of another type.
    """
    if not schema:
        return {"type": "object", "properties": {}}
    kind = schema.get("type")
    if kind is not None and kind != "object" and not (isinstance(kind, list) and "object" in kind):
        raise InvalidRequest(f"'{param}' must be a schema of type 'object'.", param=param)
    if not MERGED & schema.keys():
        if kind == "object" and schema.get("properties") is not None:
            return schema
        return {**schema, "type": "object", "properties": schema.get("properties") or {}}
    properties, required = _flattened(schema, schema, 0)
    merged: dict[str, Any] = {
        "type": "object",
        **{name: value for name, value in schema.items() if name not in _REPLACED},
        "properties": {
            name: found[0] if len(found) == 1 else {"anyOf": found} for name, found in properties.items()
        },
    }
    return {**merged, "required": required} if required else merged


def raw_object_schema(fields: Mapping[str, msgspec.Raw] | None, param: str) -> Schema:
    """Return the same for a schema whose fields are still bytes; only what has to be mended is decoded.

    Raises:
        InvalidRequest: the root is of another type, or nested too deeply.
    """
    given = fields or {}
    wanted = given.keys() if MERGED & given.keys() else {"type"}
    try:
        known = {name: msgspec.json.decode(raw) if name in wanted else raw for name, raw in given.items()}
    except RecursionError:
        raise InvalidRequest(f"'{param}' is nested too deeply.", param=param) from None
    return object_schema(known, param)


_Parts = tuple[dict[str, list[Any]], list[str]]
"""Every schema found for a property, and the names that are required whatever alternative is taken."""


def _flattened(schema: Schema, root: Schema, depth: int) -> _Parts:
    properties: dict[str, list[Any]] = {}
    required: list[str] = []
    if depth > _DEEPEST:
        return properties, required
    own, needed = schema.get("properties"), schema.get("required")
    for name, found in own.items() if isinstance(own, dict) else ():
        properties[name] = [found]
    if isinstance(needed, list):
        required += [name for name in needed if isinstance(name, str)]
    for part in _parts(schema, root, depth):
        for name, alternatives in part[0].items():
            known = properties.setdefault(name, [])
            known += [one for one in alternatives if one not in known]
        required += [name for name in part[1] if name not in required]
    return properties, required


def _parts(schema: Schema, root: Schema, depth: int) -> Iterator[_Parts]:
    """Yield what else a schema is made of: what it refers to, what all hold, what one of several holds."""
    reference = schema.get("$ref")
    if isinstance(reference, str):
        yield _flattened(_resolved(root, reference), root, depth + 1)
    for branch in _branches(schema, "allOf"):
        yield _flattened(branch, root, depth + 1)
    for name in ("anyOf", "oneOf"):
        choices = [_flattened(branch, root, depth + 1) for branch in _branches(schema, name)]
        for properties, required in choices:
            yield properties, [one for one in required if all(one in other[1] for other in choices)]


def _branches(schema: Schema, name: str) -> list[Schema]:
    branches = schema.get(name)
    return [one for one in branches if isinstance(one, dict)] if isinstance(branches, list) else []


def _resolved(root: Schema, reference: str) -> Schema:
    """Return what a reference inside the schema points to; an empty schema for any other."""
    if not reference.startswith("#"):
        return {}
    target: object = root
    for step in reference[1:].split("/")[1:]:
        target = target.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(target, dict) else None
    return target if isinstance(target, dict) else {}
