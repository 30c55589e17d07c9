"""What is left out has its path, and a header that has room for it."""

from __future__ import annotations

import pytest

from grok2api.dialects.dropped import told_shortly
from grok2api.dialects.fields import Dropped
from grok2api.errors import Unsupported


def test_a_strict_key_has_it_refused_instead() -> None:
    kind, strict = Dropped(strict=False), Dropped(strict=True)
    kind.note("a.b")
    assert kind.paths == ["a.b"]
    with pytest.raises(Unsupported) as caught:
        strict.note("a.b")
    assert caught.value.param == "a.b"
    assert strict.paths == []


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        ([], ()),
        (["b", "a", "b"], ("a", "b")),
        ([f"m[{n}].c[0].s" for n in range(4)], ("m[0].c[0].s", "m[1].c[0].s", "m[2].c[0].s", "m[3].c[0].s")),
        ([f"m[{n}].c[0].s" for n in range(5)], ("m[*].c[*].s",)),
        (
            [*(f"m[{n}].c[0].s" for n in range(900)), "m[7].c[1].t", "seed"],
            ("m[*].c[*].s", "m[7].c[1].t", "seed"),
        ),
    ],
)
def test_many_of_a_kind_are_one(paths: list[str], told: tuple[str, ...]) -> None:
    assert told_shortly(paths) == told
