"""Values are replaced where they stand, and nothing beside them is touched."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grok2api.canonical.body import Body
from grok2api.canonical.places import Place, path_of, value_at, with_values

RAW = b'{"model": "m","messages":[{"role":"user","content":[{"a":  1},{"b":{"c":"old"}}]},{"x":"\\u00e9"}]}'
BODY = Body.parse(RAW)


@pytest.mark.parametrize(
    ("place", "path"),
    [
        (("messages", 0, "content", 1, "image_url", "url"), "messages[0].content[1].image_url.url"),
        (("input",), "input"),
        (("input", 12), "input[12]"),
    ],
)
def test_a_place_is_told_as_clients_write_it(place: Place, path: str) -> None:
    assert path_of(place) == path


def test_a_value_is_found_undecoded() -> None:
    assert bytes(value_at(BODY, ("messages", 0, "content", 1, "b", "c"))) == b'"old"'
    assert bytes(value_at(BODY, ("messages", 0, "content", 0))) == b'{"a":  1}'


@pytest.mark.parametrize("place", [("messages", 5), ("messages", 0, "nothing"), ("nothing",)])
def test_what_is_not_there_is_not_found(place: Place) -> None:
    with pytest.raises(LookupError):
        value_at(BODY, place)


def test_only_what_is_named_changes() -> None:
    changed = with_values(
        BODY,
        {
            ("messages", 0, "content", 1, "b", "c"): b'"new"',
            ("messages", 0, "content", 1, "title"): b'"t"',
            ("messages", 1): b'{"y":2}',
        },
    ).content()
    expected: dict[str, Any] = json.loads(RAW)
    expected["messages"][0]["content"][1] = {"b": {"c": "new"}, "title": "t"}
    expected["messages"][1] = {"y": 2}
    assert json.loads(changed) == expected
    assert b'{"a":  1}' in changed, "what lies beside keeps its own bytes"
    assert BODY.content() == RAW


def test_no_change_is_the_same_body() -> None:
    assert with_values(BODY, {}) is BODY
