"""Texts of a form become what the rows of a table ask for, and nothing else."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta

from grok2api.dialects.fields import Field, FieldTable, Policy
from grok2api.dialects.forms import form_body
from grok2api.errors import InvalidRequest

TABLE = FieldTable(
    "test",
    (
        Field("name", Policy.PASSED, str),
        Field("count", Policy.PASSED, Annotated[int, Meta(ge=1)]),
        Field("share", Policy.PASSED, float),
        Field("flag", Policy.PASSED, bool),
        Field("kinds", Policy.PASSED, list[Literal["a", "b"]]),
        Field("either", Policy.PASSED, str | dict[str, Any]),
        Field("any", Policy.IGNORED, Any),
    ),
)


def body(*fields: tuple[str, str]) -> Any:
    return json.loads(form_body(fields, TABLE).content())


@pytest.mark.parametrize(
    ("fields", "meant"),
    [
        ([("name", "12")], {"name": "12"}),
        ([("name", "true")], {"name": "true"}),
        ([("count", "12")], {"count": 12}),
        ([("share", "0.5")], {"share": 0.5}),
        ([("share", "1")], {"share": 1.0}),
        ([("flag", "true")], {"flag": True}),
        ([("flag", "False")], {"flag": False}),
        ([("kinds", "a")], {"kinds": ["a"]}),
        ([("kinds[]", "a")], {"kinds": ["a"]}),
        ([("kinds[]", "a"), ("kinds[]", "b")], {"kinds": ["a", "b"]}),
        ([("kinds", "a"), ("kinds", "b")], {"kinds": ["a", "b"]}),
        ([("kinds[0]", "a"), ("kinds[1]", "b")], {"kinds": ["a", "b"]}),
        ([("either", "auto")], {"either": "auto"}),
        (
            [("either[type]", "vad"), ("either[threshold]", "1")],
            {"either": {"type": "vad", "threshold": "1"}},
        ),
        ([("any", "x")], {"any": "x"}),
        ([("unknown", "x")], {"unknown": "x"}),
        ([("unknown[]", "x")], {"unknown": ["x"]}),
        ([("name", ""), ("count", "")], {}),
    ],
)
def test_a_text_becomes_what_its_row_asks_for(fields: list[tuple[str, str]], meant: dict[str, Any]) -> None:
    assert body(*fields) == meant


@pytest.mark.parametrize(
    ("field", "param"),
    [("count", "count"), ("share", "share"), ("flag", "flag"), ("kinds", "kinds[0]")],
)
def test_a_text_that_is_none_of_it_is_refused_by_the_table(field: str, param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        TABLE.check(form_body([(field, "something")], TABLE), strict=False)
    assert refused.value.param == param


def test_what_is_no_list_may_come_once() -> None:
    with pytest.raises(InvalidRequest, match="only once") as refused:
        body(("name", "a"), ("name", "b"))
    assert refused.value.param == "name"
