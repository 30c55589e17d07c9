"""Values that satisfy a JSON schema, filled from the prompt where it offers something fitting.

Covers what tools and structured output use: types, enum, const, combinations, local references,
bounds, formats and simple patterns. An unsatisfiable schema gets a value of the right type.
Must never loop on a recursive schema.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from grok2api.sandbox.hints import Hints
from grok2api.sandbox.patterns import matching
from grok2api.sandbox.wire import Json

MAX_DEPTH = 6
MAX_ITEMS = 200

_FORMATS = {
    "date": "2026-11-23",
    "date-time": "2026-11-23T08:30:00Z",
    "time": "08:30:00Z",
    "duration": "PT1H",
    "email": "alice@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000001",
}


def generate(schema: Json | bool, hints: Hints) -> Any:
    """Return a JSON value that `schema` accepts."""
    return _Generator(schema, hints).value(schema, "", 0)


class _Generator:
    def __init__(self, root: Json | bool, hints: Hints) -> None:
        self._root = root
        self._hints = hints
        self._makers: Mapping[str, Callable[[Json, str, int], Any]] = {
            "object": self._object,
            "array": self._array,
            "string": self._string,
            "integer": self._integer,
            "number": self._number,
            "boolean": lambda _schema, _name, _depth: True,
            "null": lambda _schema, _name, _depth: None,
        }

    def value(self, schema: Json | bool, name: str, depth: int) -> Any:
        if isinstance(schema, bool):
            return self._hints.text(name)
        schema = self._resolved(schema, depth)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return self._hints.choice(schema["enum"])
        return self._makers.get(_kind(schema, depth), self._string)(schema, name, depth)

    def _resolved(self, schema: Json, depth: int) -> Json:
        for _ in range(MAX_DEPTH):
            if isinstance(schema.get("$ref"), str):
                rest = {key: value for key, value in schema.items() if key != "$ref"}
                schema = _merged(self._lookup(schema["$ref"]), rest)
            elif "allOf" in schema:
                parts, schema = schema["allOf"], {k: v for k, v in schema.items() if k != "allOf"}
                for part in parts:
                    schema = _merged(schema, self._resolved(part, depth) if isinstance(part, dict) else {})
            elif _branches(schema):
                rest = {key: value for key, value in schema.items() if key not in ("anyOf", "oneOf")}
                schema = _merged(rest, self._branch(_branches(schema), depth))
            else:
                break
        return schema

    def _branch(self, branches: list[Any], depth: int) -> Json:
        usable = [branch for branch in branches if isinstance(branch, dict)]
        simple = [
            branch for branch in usable if branch.get("type") in ("null", "string", "number", "integer")
        ]
        if depth >= MAX_DEPTH - 2 and simple:
            return simple[0]
        present = [branch for branch in usable if branch.get("type") != "null"]
        return (present or usable or [{}])[0]

    def _lookup(self, reference: str) -> Json:
        found: Any = self._root
        for step in reference.lstrip("#").strip("/").split("/"):
            if step:
                key = step.replace("~1", "/").replace("~0", "~")
                found = found.get(key, {}) if isinstance(found, dict) else {}
        return found if isinstance(found, dict) else {}

    def _object(self, schema: Json, _name: str, depth: int) -> Json:
        properties: dict[str, Json | bool] = schema.get("properties") or {}
        wanted = list(schema.get("required") or ([] if depth >= MAX_DEPTH else properties))
        made = {key: self.value(properties.get(key, {}), key, depth + 1) for key in wanted}
        others = [key for key in properties if key not in made]
        more: Json | bool = schema.get("additionalProperties", True)
        while len(made) < schema.get("minProperties", 0):
            key = others.pop(0) if others else f"key{len(made) + 1}"
            made[key] = self.value(properties.get(key, more), key, depth + 1)
        return made

    def _array(self, schema: Json, name: str, depth: int) -> list[Any]:
        least: int = schema.get("minItems", 0)
        most: int = schema.get("maxItems", MAX_ITEMS)
        prefix: list[Any] = schema.get("prefixItems") or []
        items: Any = schema.get("items", {})
        usual = least if depth >= MAX_DEPTH else max(least, len(prefix), int(items is not False))
        made: list[Any] = []
        first = self._hints.turn
        for index in range(min(usual, most, MAX_ITEMS)):
            self._hints.turn = first + index
            item = self.value(prefix[index] if index < len(prefix) else items, name, depth + 1)
            made.append(_distinct(item, made) if schema.get("uniqueItems") else item)
        self._hints.turn = first
        return made

    def _string(self, schema: Json, name: str, _depth: int) -> str:
        least: int = schema.get("minLength", 0)
        if isinstance(schema.get("pattern"), str):
            return matching(schema["pattern"], least, self._hints.text(name))
        form = schema.get("format")
        if isinstance(form, str) and form in _FORMATS:
            return self._hints.formatted(form) or _FORMATS[form]
        text = self._hints.text(name, str(schema.get("description", "")))
        text = text[: schema.get("maxLength", len(text))]
        return text + "x" * (least - len(text))

    def _integer(self, schema: Json, _name: str, _depth: int) -> int:
        return int(_number_within(schema, self._hints, whole=True))

    def _number(self, schema: Json, _name: str, _depth: int) -> float:
        return _number_within(schema, self._hints, whole=False)


def _number_within(schema: Json, hints: Hints, *, whole: bool) -> float:
    step: float = schema.get("multipleOf") or (1 if whole else 0)
    low: float = schema.get("minimum", -math.inf)
    high: float = schema.get("maximum", math.inf)
    if isinstance(schema.get("exclusiveMinimum"), int | float):
        low = max(low, schema["exclusiveMinimum"] + (step or 1e-6))
    if isinstance(schema.get("exclusiveMaximum"), int | float):
        high = min(high, schema["exclusiveMaximum"] - (step or 1e-6))
    given = hints.number(lambda value: low <= value <= high and not (step and value % step))
    if given is not None:
        return given
    if not step:
        return min(max(1.0, low), high)
    if low > -math.inf:
        return math.ceil(low / step) * step
    return min(step, math.floor(high / step) * step) if high < math.inf else step


def _kind(schema: Json, depth: int) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        if depth >= MAX_DEPTH and "null" in kind:
            return "null"
        kind = next((each for each in kind if each != "null"), "null")
    if isinstance(kind, str):
        return kind
    if "properties" in schema or "required" in schema or isinstance(schema.get("additionalProperties"), dict):
        return "object"
    if "items" in schema or "prefixItems" in schema:
        return "array"
    if "minimum" in schema or "maximum" in schema or "multipleOf" in schema:
        return "number"
    return "string"


def _branches(schema: Json) -> list[Any]:
    branches = schema.get("anyOf") or schema.get("oneOf")
    return branches if isinstance(branches, list) else []


def _merged(first: Json, second: Json) -> Json:
    merged = first | second
    for key in ("properties", "$defs"):
        if isinstance(first.get(key), dict) and isinstance(second.get(key), dict):
            merged[key] = first[key] | second[key]
    if isinstance(first.get("required"), list) and isinstance(second.get("required"), list):
        merged["required"] = list(dict.fromkeys(first["required"] + second["required"]))
    return merged


def _distinct(item: Any, made: list[Any]) -> Any:
    if item not in made:
        return item
    if isinstance(item, str):
        return f"{re.sub(r' [0-9]+$', '', item)} {len(made) + 1}"
    if isinstance(item, int | float) and not isinstance(item, bool):
        return max(each for each in made if isinstance(each, int | float)) + 1
    return item
