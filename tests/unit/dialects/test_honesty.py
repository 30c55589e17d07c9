"""No table loses anything in silence: what is dropped or refused is named, and strict keys see a refusal."""

from __future__ import annotations

import json

import pytest

from grok2api.api.v1.parameters import SURFACES
from grok2api.canonical.body import Body
from grok2api.dialects.fields import Field, FieldTable, Policy
from grok2api.errors import InvalidRequest, Unsupported

VALUES: tuple[object, ...] = (
    0.5,
    7,
    True,
    "some",
    "auto",
    "low",
    {"a": 1.5},
    {"a": "b"},
    ["some"],
    [{"a": 1}],
)
"""One of these fits any field that can be dropped or refused."""

ROWS = [(table, row) for _, table in SURFACES for row in table.rows]
NAMES = [f"{table.surface}-{row.name}" for table, row in ROWS]
LOST = [(table, row) for table, row in ROWS if row.policy in {Policy.DROPPED, Policy.REFUSED}]


def taken(row: Field, value: object) -> bool:
    try:
        row.decode(json.dumps(value).encode())
    except InvalidRequest:
        return False
    return True


def meaningful(row: Field) -> object:
    """Return a value that the field takes and that means something."""
    return next(value for value in VALUES if taken(row, value) and value not in row.neutral)


def body_of(table: FieldTable, row: Field, value: object) -> Body:
    given: dict[str, object] = {
        each.name: next(value for value in VALUES if taken(each, value)) if each.name != "messages" else []
        for each in table.rows
        if each.required
    }
    if "messages" in given:
        given["messages"] = [{"role": "user", "content": "hello"}]
    return Body.parse(json.dumps(given | {row.name: value}).encode())


@pytest.mark.parametrize(("table", "row"), LOST, ids=[f"{table.surface}-{row.name}" for table, row in LOST])
def test_what_cannot_be_honoured_is_never_lost_in_silence(table: FieldTable, row: Field) -> None:
    body = body_of(table, row, meaningful(row))
    with pytest.raises(Unsupported) as caught:
        table.check(body, strict=True)
    assert (caught.value.status, caught.value.code) == (400, "unsupported_parameter")
    assert caught.value.param == row.name
    if row.policy is Policy.REFUSED:
        with pytest.raises(Unsupported):
            table.check(body, strict=False)
    else:
        checked = table.check(body, strict=False)
        assert checked.dropped == (row.name,)
        assert row.name in checked.remove


@pytest.mark.parametrize(("table", "row"), ROWS, ids=NAMES)
def test_what_means_nothing_is_taken_from_everybody(table: FieldTable, row: Field) -> None:
    for value in (*row.neutral, *(() if row.required else (None,))):
        encoded = json.loads(json.dumps(value, default=lambda each: {"mode": each.mode}))
        checked = table.check(body_of(table, row, encoded), strict=True)
        assert row.name not in checked.values
        assert checked.dropped == ()
