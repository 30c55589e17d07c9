"""The effort that goes upstream is one the model takes, and never more than was asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.routing.effort import SCALE, asks_to_reason, clamp

FLAGSHIP = ("low", "medium", "high", "xhigh")
WIDE = ("none", "low", "medium", "high")
PLAIN = ("low", "medium", "high")


@pytest.mark.parametrize(
    ("asked", "allowed", "sent"),
    [
        ("low", FLAGSHIP, "low"),
        ("minimal", FLAGSHIP, "low"),
        ("none", FLAGSHIP, "low"),
        ("max", FLAGSHIP, "xhigh"),
        ("none", WIDE, "none"),
        ("minimal", WIDE, "low"),
        ("xhigh", WIDE, "high"),
        ("max", WIDE, "high"),
        ("xhigh", PLAIN, "high"),
        ("none", PLAIN, "low"),
        ("high", (), None),
        ("none", (), None),
        ("max", ("low", "max"), "max"),
        ("minimal", ("minimal", "high"), "minimal"),
        ("low", ("none", "high"), "high"),
        ("low", ("none",), "none"),
        ("low", ("turbo",), None),
    ],
)
def test_the_clamp(asked: str, allowed: tuple[str, ...], sent: str | None) -> None:
    assert clamp(asked, allowed) == sent


@given(asked=st.sampled_from(SCALE), allowed=st.lists(st.sampled_from(SCALE), unique=True))
def test_nothing_is_sent_that_the_model_rejects(asked: str, allowed: list[str]) -> None:
    sent = clamp(asked, allowed)
    assert sent in allowed if allowed else sent is None


@pytest.mark.parametrize("effort", [None, "none", "minimal"])
def test_the_least_effort_is_not_asking_to_reason(effort: str | None) -> None:
    assert not asks_to_reason(effort)
