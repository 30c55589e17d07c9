"""Typed reading of request fields, failing the way a strict deserialiser fails.

Each function returns None for an absent or null field and raises Refusal 422 for one of the wrong type.
"""

from __future__ import annotations

from typing import Any

from grok2api.sandbox import refusals
from grok2api.sandbox.wire import Json


def kind_of(value: Any) -> str:
    """Return how a deserialiser names the type of a JSON value."""
    names = {
        bool: "boolean",
        int: "integer",
        float: "floating point",
        str: "string",
        list: "sequence",
        dict: "map",
    }
    return names.get(type(value), "null")


def _wrong(where: str, value: Any, expected: str) -> refusals.Refusal:
    return refusals.malformed(where, f"invalid type: {kind_of(value)}, expected {expected}")


def string(body: Json, name: str, where: str = "") -> str | None:
    """Return a string field."""
    value = body.get(name)
    if value is None or isinstance(value, str):
        return value
    raise _wrong(where + name, value, "a string")


def required_string(body: Json, name: str, where: str = "") -> str:
    """Return a string field that must be there."""
    value = string(body, name, where)
    if value is None:
        raise refusals.malformed(where.rstrip("."), f"missing field `{name}`")
    return value


def number(body: Json, name: str, low: float, high: float) -> float | None:
    """Return a number field. Raises Refusal 400 for one out of bounds."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(name, value, "f32")
    if not low <= value <= high:
        raise refusals.invalid(f"Invalid value for {name}: {value}. It must be between {low:g} and {high:g}.")
    return value


def integer(body: Json, name: str, low: int, high: int) -> int | None:
    """Return an integer field. Raises Refusal 400 for one out of bounds."""
    value = body.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise _wrong(name, value, "i32")
    number(body, name, low, high)
    return value


def boolean(body: Json, name: str, *, default: bool) -> bool:
    """Return a boolean field, or `default`."""
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise _wrong(name, value, "a boolean")
    return value


def mapping(body: Json, name: str, where: str = "") -> Json | None:
    """Return an object field."""
    value = body.get(name)
    if value is None or isinstance(value, dict):
        return value
    raise _wrong(where + name, value, "a map")


def sequence(body: Json, name: str, where: str = "") -> list[Any] | None:
    """Return an array field."""
    value = body.get(name)
    if value is None or isinstance(value, list):
        return value
    raise _wrong(where + name, value, "a sequence")


def item_mapping(value: Any, where: str) -> Json:
    """Return an array element that must be an object."""
    if isinstance(value, dict):
        return value
    raise _wrong(where, value, "a map")


def variant(value: Any, where: str, known: tuple[str, ...]) -> str:
    """Return `value` if it is one of `known`."""
    if isinstance(value, str) and value in known:
        return value
    shown = value if isinstance(value, str) else kind_of(value)
    expected = ", ".join(f"`{each}`" for each in known)
    raise refusals.malformed(where, f"unknown variant `{shown}`, expected one of {expected}")
