"""A stop string never shows, wherever the pieces of the text are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.dialects.stops import StopCutter


def shown(stops: list[str], pieces: list[str]) -> tuple[str, bool]:
    cutter = StopCutter(stops)
    text = "".join(cutter.feed(piece) for piece in pieces)
    return text + cutter.flush(), cutter.stopped


def test_the_stop_string_that_was_met_is_known() -> None:
    cutter = StopCutter(["never", "END"])
    assert (cutter.feed("one EN"), cutter.met) == ("one ", None)
    assert (cutter.feed("D two"), cutter.met) == ("", "END")


@pytest.mark.parametrize(
    ("stops", "pieces", "result"),
    [
        (["END"], ["abc", "E", "N", "D more"], ("abc", True)),
        (["END"], ["abc", "EN"], ("abcEN", False)),
        (["END"], ["abcEN", "Ddef"], ("abc", True)),
        (["aab"], ["aaab"], ("a", True)),
        (["\n\n"], ["a\n", "b\n", "\nc"], ("a\nb", True)),
        (["abc", "b"], ["ab", "c"], ("a", True)),
        (["bc", "abc"], ["abc"], ("", True)),
        (["x"], ["xyz"], ("", True)),
    ],
)
def test_text_ends_before_the_string_that_is_complete_first(
    stops: list[str], pieces: list[str], result: tuple[str, bool]
) -> None:
    assert shown(stops, pieces) == result


def test_what_can_no_longer_become_a_stop_string_is_shown_at_once() -> None:
    cutter = StopCutter(["END"])
    assert [cutter.feed(piece) for piece in ("aE", "b", "EN", "EN")] == ["a", "Eb", "", "EN"]


def test_a_stop_string_of_any_length_is_held_once() -> None:
    long = "ab" * 50_000
    assert shown([long + "END"], ["so ", long, "EN", "D more"]) == ("so ", True)
    assert shown([long + "END"], ["so ", long, "no"]) == (f"so {long}no", False)


@given(
    st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=3),
    st.lists(st.text("ab", max_size=3), max_size=12),
)
def test_the_cut_does_not_depend_on_the_pieces(stops: list[str], pieces: list[str]) -> None:
    whole = "".join(pieces)
    assert shown(stops, pieces) == shown(stops, [whole]) == shown(stops, list(whole))
