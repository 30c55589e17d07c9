"""One rule for both dialects: the root becomes an object that allows whatever the alternatives allowed."""

from __future__ import annotations

import msgspec
import pytest

from grok2api.dialects.function_schema import Schema, object_schema, raw_object_schema
from grok2api.errors import InvalidRequest

TEXT, NUMBER = {"type": "string"}, {"type": "number"}


def test_a_sound_schema_is_returned_itself() -> None:
    schema = {"type": "object", "properties": {"a": {"anyOf": [TEXT, NUMBER]}}, "required": ["a"]}
    assert object_schema(schema, "p") is schema


@pytest.mark.parametrize("union", ["anyOf", "oneOf", "allOf"])
def test_two_kinds_of_one_property_are_both_allowed(union: str) -> None:
    schema = {union: [{"properties": {"a": TEXT}}, {"properties": {"a": NUMBER}}]}
    assert object_schema(schema, "p") == {"type": "object", "properties": {"a": {"anyOf": [TEXT, NUMBER]}}}


@pytest.mark.parametrize(
    ("schema", "required"),
    [
        ({"anyOf": [{"required": ["a", "b"]}, {"required": ["b"]}]}, ["b"]),
        ({"anyOf": [{"required": ["a"]}, {}]}, None),
        ({"required": ["a"], "allOf": [{"required": ["b"]}, {"$ref": "#/$defs/x~1y"}]}, ["a", "b", "c"]),
    ],
)
def test_only_what_every_alternative_requires_is_required(schema: Schema, required: list[str] | None) -> None:
    definitions = {"$defs": {"x/y": {"required": ["c"]}}}
    assert object_schema({**schema, **definitions}, "p").get("required") == required


@pytest.mark.parametrize("reference", ["#", "#/nowhere", "elsewhere.json", "#/$defs/loop"])
def test_a_reference_that_leads_nowhere_ends(reference: str) -> None:
    schema = {"$ref": reference, "$defs": {"loop": {"$ref": "#/$defs/loop"}}}
    assert object_schema(schema, "p")["properties"] == {}


def test_a_root_of_another_type_is_named() -> None:
    with pytest.raises(InvalidRequest) as caught:
        object_schema({"type": "array"}, "tools[0].parameters")
    assert caught.value.param == "tools[0].parameters"


def test_references_that_multiply_are_read_once_each() -> None:
    """Two hundred alternatives of two hundred alternatives, eight deep, would never end."""
    levels = {f"l{n}": {"anyOf": [{"$ref": f"#/$defs/l{n + 1}"}] * 200} for n in range(4)}
    last = {"properties": {"a": TEXT}, "required": ["a"]}
    schema = {"anyOf": [{"$ref": "#"}, {"$ref": "#/$defs/l0"}] * 200, "$defs": {**levels, "l4": last}}
    assert object_schema(schema, "p")["properties"] == {}
    assert object_schema({**schema, "anyOf": [{"$ref": "#/$defs/l2"}] * 200}, "p")["properties"] == {
        "a": TEXT
    }


def test_alternatives_that_are_many_are_compared_by_what_they_say() -> None:
    branches = [{"properties": {"a": {"const": n % 2}}, "required": ["a", f"b{n}"]} for n in range(2000)]
    mended = object_schema({"oneOf": branches}, "p")
    assert mended["properties"] == {"a": {"anyOf": [{"const": 0}, {"const": 1}]}}
    assert mended["required"] == ["a"]


def test_members_that_are_null_are_absent() -> None:
    fields = {name: msgspec.Raw(b"null") for name in ("properties", "description", "anyOf")}
    mended = raw_object_schema({"type": msgspec.Raw(b'"object"'), **fields}, "p")
    assert mended == {"type": "object", "properties": {}}
