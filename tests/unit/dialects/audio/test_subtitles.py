"""Subtitles are exact: their times to the millisecond, their texts safe for whoever reads them."""

from __future__ import annotations

import re

import pytest

from grok2api.dialects.audio.segments import Segment
from grok2api.dialects.audio.subtitles import clock, srt, vtt


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "00:00:00,000"),
        (7, "00:00:00,007"),
        (59_999, "00:00:59,999"),
        (60_000, "00:01:00,000"),
        (3_599_999, "00:59:59,999"),
        (3_600_000, "01:00:00,000"),
        (359_999_999, "99:59:59,999"),
        (360_000_000, "100:00:00,000"),
    ],
)
def test_a_time_is_written_as_players_read_it(milliseconds: int, text: str) -> None:
    assert clock(milliseconds, ",") == text
    assert clock(milliseconds, ".") == text.replace(",", ".")


def test_subrip() -> None:
    written = srt([Segment("Hello there.", 0.0, 1.5), Segment(" And again,\nfriend.", 61.0004, 3661.9996)])
    assert written == (
        "1\n00:00:00,000 --> 00:00:01,500\nHello there.\n\n"
        "2\n00:01:01,000 --> 01:01:02,000\nAnd again, friend.\n"
    )


def test_webvtt() -> None:
    written = vtt([Segment("Hello there.", 0.0, 1.5), Segment(" And again.", 1.5, 2.0)])
    assert written == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nHello there.\n\n00:00:01.500 --> 00:00:02.000\nAnd again.\n"
    )


def test_nothing_said_is_nothing_shown() -> None:
    assert srt([]) == ""
    assert vtt([]) == "WEBVTT\n"
    assert srt([Segment("  ", 0.0, 1.0)]) == ""


@pytest.mark.parametrize(
    "text", ["a --> b", "<b>bold</b> & <00:00:01.000>", "&amp;", "1\n\n2\n00:00 --> 00:01"]
)
def test_no_text_is_taken_for_a_cue_or_for_markup(text: str) -> None:
    piece = [Segment(text, 0.0, 1.0)]
    shown = vtt(piece).removeprefix("WEBVTT\n\n").split("\n")
    assert [("-->" in line) for line in shown] == [True, False, False]
    assert "<" not in shown[1]
    assert re.fullmatch(r"(?:[^&]|&(?:amp|lt|gt);)*", shown[1])
    lines = srt(piece).split("\n")
    assert [("-->" in line) for line in lines] == [False, True, False, False]


def test_a_cue_lasts_a_moment_at_least() -> None:
    assert "00:00:01.000 --> 00:00:01.001" in vtt([Segment("now", 1.0, 1.0)])
