"""Whatever the admin API takes is told of in its document, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import pytest

from grok2api.admin.credential_shapes import EditBody
from grok2api.admin.shapes import Asked, Sent

PLAIN = {"limit"}
"""Names that say all there is to say, beside the bounds and choices that the document has of them."""


def below(shape: type[Sent | Asked]) -> Iterator[type[Sent | Asked]]:
    """Yield all shapes of a kind."""
    for each in shape.__subclasses__():
        yield each
        yield from below(each)


import_module("grok2api.admin.app")
"""From here on all shapes are known."""
SHAPES = sorted({*below(Sent), *below(Asked)}, key=lambda each: each.__name__)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda each: each.__name__)
def test_every_field_that_is_taken_is_described(shape: type[Sent | Asked]) -> None:
    lacking = {name for name, field in shape.model_fields.items() if not field.description}
    assert lacking <= PLAIN, "write under the field what it means"


def test_the_text_under_a_field_is_its_description_in_the_schema() -> None:
    weight = EditBody.model_json_schema()["properties"]["weight"]
    assert weight["description"] == "Its share among credentials of the same priority; 1 to 1,000,000."
