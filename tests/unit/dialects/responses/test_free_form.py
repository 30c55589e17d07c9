"""The input of a custom tool, read out of a function's arguments: pieces are the beginning of the whole."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.dialects.responses.free_form import InputReader, free_form_arguments, free_form_input


def pieces(arguments: str, cuts: list[int]) -> str:
    reader, at, read = InputReader(), 0, ""
    for cut in [*sorted(min(cut, len(arguments)) for cut in cuts), len(arguments)]:
        read += reader.feed(arguments[at:cut])
        at = cut
    assert read == reader.text
    return read


@given(st.text(), st.lists(st.integers(0, 400)), st.booleans())
def test_what_was_put_in_comes_out(text: str, cuts: list[int], ascii_only: bool) -> None:
    for arguments in (free_form_arguments(text), json.dumps({"input": text}, ensure_ascii=ascii_only)):
        assert free_form_input(arguments) == text
        assert pieces(arguments, cuts) == text


@given(st.text(st.sampled_from('"\\u0dD8cafe{}:n input'), max_size=40), st.lists(st.integers(0, 60)))
def test_whatever_a_model_writes_pieces_are_the_beginning(text: str, cuts: list[int]) -> None:
    for arguments in (text, '{"input":"' + text):
        assert free_form_input(arguments).startswith(pieces(arguments, cuts))


@pytest.mark.parametrize(
    ("arguments", "whole"),
    [
        (' { "input" : "a\\nb" } ', "a\nb"),
        ('{"why":"x","input":"b"}', "b"),
        ("ls -l", "ls -l"),
        ("{}", "{}"),
        ('{"input":5}', '{"input":5}'),
        ('{"input":"cut of', "cut of"),
        ('{"input":"cut \\ud83d', "cut \ufffd"),
        ('{"input":"\\ud83d\\ud83d\\ude00"}', "\ufffd😀"),
        ('{"input":"\\d+ \\u12"}', "\\d+ \\u12"),
        ('{"input":""}', ""),
    ],
)
def test_other_forms_lose_nothing(arguments: str, whole: str) -> None:
    assert free_form_input(arguments) == whole
