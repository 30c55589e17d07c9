"""One rule for both dialects: the root becomes an object that allows whatever the alternatives allowed."""

from __future__ import annotations

import pytest

from grok2api.dialects.function_schema import Schema, object_schema
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
