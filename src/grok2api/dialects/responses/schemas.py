"""Root schemas of function parameters: xAI takes an object and nothing else.

Some clients put a choice of objects, or a reference, at the root; upstream answers these with an error
or not at all. They become one object with the properties of all. Must never touch what lies below.
Source: xai-api.md §8 row 13.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_CHOICES = ("anyOf", "oneOf")
_ROOT_ONLY = frozenset({"anyOf", "oneOf", "allOf", "$ref", "type", "properties", "required"})
_DEEPEST = 8


def object_schema(schema: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a schema whose root is a plain object; the same one if it is already."""
    if schema is None:
        return {"type": "object", "properties": {}}
    if (
        isinstance(schema, dict)
        and schema.get("type") == "object"
        and not (_ROOT_ONLY & schema.keys())
        - {
            "type",
            "properties",
            "required",
        }
    ):
        return schema
    properties, required = _flattened(schema, schema, 0)
    merged: dict[str, Any] = {
        "type": "object",
        **{name: value for name, value in schema.items() if name not in _ROOT_ONLY},
        "properties": properties,
    }
    return {**merged, "required": required} if required else merged


def _flattened(
    schema: Mapping[str, Any], root: Mapping[str, Any], depth: int
) -> tuple[dict[str, Any], list[str]]:
    """Return the properties of an object and of its branches, and those that every branch requires."""
    if depth > _DEEPEST:
        return {}, []
    properties: dict[str, Any] = {}
    required: list[str] = []
    if isinstance(schema.get("$ref"), str):
        _add(properties, required, _flattened(_resolved(root, schema["$ref"]), root, depth + 1))
    for branch in _branches(schema, "allOf"):
        _add(properties, required, _flattened(branch, root, depth + 1))
    for name in _CHOICES:
        choices = [_flattened(branch, root, depth + 1) for branch in _branches(schema, name)]
        for choice in choices:
            everywhere = [one for one in choice[1] if all(one in other[1] for other in choices)]
            _add(properties, required, (choice[0], everywhere))
    own = schema.get("properties")
    needed = schema.get("required")
    _add(
        properties,
        required,
        (own if isinstance(own, dict) else {}, needed if isinstance(needed, list) else []),
    )
    return properties, required


def _add(properties: dict[str, Any], required: list[str], more: tuple[Mapping[str, Any], list[str]]) -> None:
    properties.update(more[0])
    required.extend(name for name in more[1] if name not in required)


def _branches(schema: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    branches = schema.get(name)
    return [one for one in branches if isinstance(one, dict)] if isinstance(branches, list) else []


def _resolved(root: Mapping[str, Any], reference: str) -> Mapping[str, Any]:
    """Return what a reference inside the schema points to; an empty schema for any other."""
    if not reference.startswith("#"):
        return {}
    target: object = root
    for step in reference[1:].split("/")[1:]:
        target = target.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(target, dict) else None
    return target if isinstance(target, dict) else {}
