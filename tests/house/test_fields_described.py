"""Every field of every shape of the admin API tells what it is: the console's API reference shows that.

The text stands under the field. One that is word for word that of the field's own shape is left out of the
document, and so does not count.
"""

from __future__ import annotations

from support.admin_types import Schema


def undescribed(document: Schema) -> set[str]:
    """Return the fields of all shapes that have no text."""
    return {
        f"{name}.{field}"
        for name, shape in document["components"]["schemas"].items()
        for field, told in shape.get("properties", {}).items()
        if not told.get("description", "").strip()
    }


def test_every_field_of_every_shape_tells_what_it_is(admin_api: Schema) -> None:
    assert sum(len(each.get("properties", ())) for each in admin_api["components"]["schemas"].values()) > 700
    assert not undescribed(admin_api), "write under the field what it is, and its Chinese beside the others'"


def test_a_field_without_a_text_is_found() -> None:
    fields = {"id": {"type": "string"}, "name": {"type": "string", "description": "What people call it."}}
    document = {"components": {"schemas": {"Thing": {"properties": fields}, "Way": {"enum": ["a"]}}}}
    assert undescribed(document) == {"Thing.id"}
