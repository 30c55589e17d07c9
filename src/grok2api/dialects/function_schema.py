"""Gives the parameters of a function the root that xAI insists on: an object, and nothing else.

xAI answers 400, or hangs, when the root of a schema is a union or a reference; generators of schemas make
such roots all the time. They become one object that allows what every alternative allows. A sound schema is
returned as it is, so that a prompt cache sees the same text again. Must never narrow what the model may
write, and never touch what lies below the root.
Source: xai-api.md §8 row 13.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from grok2api.canonical.body import NULL
from grok2api.errors import InvalidRequest

Schema = Mapping[str, Any]

MERGED = frozenset({"allOf", "anyOf", "oneOf", "$ref"})
"""What a root may not hold; a schema with one of these has to be decoded to be mended."""
_REPLACED = MERGED | {"type", "properties", "required"}
_DEEPEST = 8
_written = msgspec.json.Encoder().encode


def object_schema(schema: Schema | None, param: str) -> Schema:
    """Return a schema whose root is a plain object; the same one if it is already.

    Raises:
        InvalidRequest: the root is of another type, or nested too deeply.
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
    try:
        parts = _Flattener(schema).parts(schema)
    except RecursionError:
        raise InvalidRequest(f"'{param}' is nested too deeply.", param=param) from None
    merged: dict[str, Any] = {
        "type": "object",
        **{name: value for name, value in schema.items() if name not in _REPLACED},
        "properties": {
            name: {"anyOf": [*found.values()]} if len(found) > 1 else next(iter(found.values()))
            for name, found in parts.properties.items()
        },
    }
    return {**merged, "required": [*parts.required]} if parts.required else merged


def raw_object_schema(fields: Mapping[str, msgspec.Raw] | None, param: str) -> Schema:
    """Return the same for a schema whose fields are still bytes; only what has to be mended is decoded.

    Raises:
        InvalidRequest: the root is of another type, or nested too deeply.
    """
    given = {name: raw for name, raw in (fields or {}).items() if raw != NULL}
    wanted = given.keys() if MERGED & given.keys() else {"type"}
    try:
        known = {name: msgspec.json.decode(raw) if name in wanted else raw for name, raw in given.items()}
    except RecursionError:
        raise InvalidRequest(f"'{param}' is nested too deeply.", param=param) from None
    return object_schema(known, param)


@dataclass(slots=True)
class _Parts:
    """Every schema found for a property, by its JSON, and the names that are required in any case."""

    properties: dict[str, dict[bytes, Any]] = field(default_factory=dict)
    required: dict[str, None] = field(default_factory=dict)

    def join(self, other: _Parts, required: Iterable[str]) -> None:
        """Add what another part holds."""
        for name, found in other.properties.items():
            self.properties.setdefault(name, {}).update(found)
        self.required.update(dict.fromkeys(required))


class _Flattener:
    """Collects the parts of one schema; what is referred to is read once, however often that is."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._seen: dict[str, _Parts] = {}

    def parts(self, schema: Schema, depth: int = 0) -> _Parts:
        """Return what a schema is made of: its own, what it refers to, what all or one of several hold."""
        found = _Parts()
        if depth > _DEEPEST:
            return found
        own, needed = schema.get("properties"), schema.get("required")
        for name, one in own.items() if isinstance(own, dict) else ():
            found.properties[name] = {_written(one): one}
        if isinstance(needed, list):
            found.required.update(dict.fromkeys(name for name in needed if isinstance(name, str)))
        reference = schema.get("$ref")
        if isinstance(reference, str):
            referred = self._referred(reference, depth + 1)
            found.join(referred, referred.required)
        for branch in _branches(schema, "allOf"):
            part = self.parts(branch, depth + 1)
            found.join(part, part.required)
        for name in ("anyOf", "oneOf"):
            choices = [self.parts(branch, depth + 1) for branch in _branches(schema, name)]
            for choice in choices:
                found.join(choice, ())
            if choices:
                rest = choices[1:]
                found.required.update(
                    (one, None) for one in choices[0].required if all(one in other.required for other in rest)
                )
        return found

    def _referred(self, reference: str, depth: int) -> _Parts:
        known = self._seen.get(reference)
        if known is None:
            self._seen[reference] = _Parts()
            known = self._seen[reference] = self.parts(_resolved(self._root, reference), depth)
        return known


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
