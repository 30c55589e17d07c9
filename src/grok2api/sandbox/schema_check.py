"""Whether what a request calls a JSON schema is one; what is none is refused before anything is made from it.

Knows the keywords that `schema_values` reads. Must never judge whether a schema can be satisfied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from grok2api.sandbox import refusals

_DEEPEST = 50
_LARGEST = 1e300
_MOST = 100_000


def check_schema(schema: Any, where: str, depth: int = 0) -> None:
    """Check a schema and all in it. Raises: Refusal 400 naming the place."""
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict) or depth > _DEEPEST:
        problem = "is nested too deeply" if isinstance(schema, dict) else "is not a schema"
        raise refusals.invalid(f"Invalid schema: {where} {problem}.")
    for keyword, value in schema.items():
        holds = _PLAIN.get(keyword)
        if holds is not None and not holds(value):
            raise refusals.invalid(f"Invalid schema: {where}.{keyword} has a value of the wrong kind.")
        for place, inner in _inner(keyword, value, f"{where}.{keyword}"):
            check_schema(inner, place, depth + 1)


def _inner(keyword: str, value: Any, where: str) -> list[tuple[str, Any]]:
    """Return the schemas under a keyword with their places."""
    if keyword in ("items", "additionalProperties"):
        return [(where, value)]
    if keyword in ("properties", "$defs", "definitions"):
        return [(f"{where}.{name}", inner) for name, inner in value.items()]
    if keyword in ("anyOf", "oneOf", "allOf", "prefixItems"):
        return [(f"{where}[{index}]", inner) for index, inner in enumerate(value)]
    return []


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and abs(value) < _LARGEST


def _bound(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _count(value: Any) -> bool:
    """What has to be made at least; so much is made, and no more."""
    return _bound(value) and value <= _MOST


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


_PLAIN: Mapping[str, Callable[[Any], bool]] = MappingProxyType(
    {
        "type": lambda value: isinstance(value, str) or _texts(value),
        "required": _texts,
        "enum": lambda value: isinstance(value, list) and bool(value),
        "multipleOf": lambda value: _number(value) and value > 1e-9,
    }
    | {name: lambda value: isinstance(value, dict) for name in ("properties", "$defs", "definitions")}
    | {name: lambda value: isinstance(value, list) for name in ("anyOf", "oneOf", "allOf", "prefixItems")}
    | dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _number)
    | dict.fromkeys(("minLength", "minItems", "minProperties"), _count)
    | dict.fromkeys(("maxLength", "maxItems"), _bound)
    | {name: lambda value: isinstance(value, str) for name in ("$ref", "pattern", "format")}
)
