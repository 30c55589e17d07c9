"""Ranges and conditions: what a header asks for, and what counts as if it were not there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.api.conditions import Span, http_date, still_the_same, unchanged, wanted
from grok2api.errors import RangeNotSatisfiable

MADE = 1_795_000_000.75
ETAG = '"abc"'
DATE = "Wed, 18 Nov 2026 11:06:40 GMT"

PARTS = {
    "bytes=0-0": Span(0, 1),
    "bytes=0-": Span(0, 100),
    "bytes=99-": Span(99, 100),
    "bytes=10-19": Span(10, 20),
    "bytes=10-1000": Span(10, 100),
    "bytes=-1": Span(99, 100),
    "bytes=-100": Span(0, 100),
    "bytes=-101": Span(0, 100),
    "bytes=-999999999999999999": Span(0, 100),
    "Bytes=0-1": Span(0, 2),
    "bytes= 0-1 ": Span(0, 2),
    "bytes=007-8": Span(7, 9),
}
WHOLE = (
    *("", "bytes", "bytes=", "bytes=-", "bytes= - ", "bytes=5-4", "bytes=a-b", "bytes=1", "bytes=--1"),
    *(
        "bytes=0-1,3-4",
        "bytes=,0-1",
        "seconds=0-1",
        "bytes=+1-2",
        "bytes=0x1-2",
        "bytes=1-2\n",
        "bytes=１-２",
    ),
    *("bytes=0 -1", "bytes=9999999999999999999-", "x" * 100_000, "bytes=" + "0-1," * 20_000),
)
BEHIND = ("bytes=100-", "bytes=100-200", "bytes=-0", "bytes=999999999999999999-")


@pytest.mark.parametrize(("header", "expected"), PARTS.items())
def test_a_single_range_is_a_part(header: str, expected: Span) -> None:
    assert wanted(header, 100) == expected


@pytest.mark.parametrize("header", WHOLE, ids=lambda header: header[:30])
def test_what_is_no_single_range_is_the_whole(header: str) -> None:
    assert wanted(header, 100) is None


@pytest.mark.parametrize("header", BEHIND)
def test_a_range_behind_the_end_is_refused(header: str) -> None:
    with pytest.raises(RangeNotSatisfiable) as refused:
        wanted(header, 100)
    assert refused.value.size == 100


@given(st.integers(0, 10**19), st.integers(0, 10**19), st.integers(1, 10**13))
def test_a_part_lies_within_and_says_where(first: int, last: int, size: int) -> None:
    for header in (f"bytes={first}-{last}", f"bytes={first}-", f"bytes=-{last}"):
        try:
            part = wanted(header, size)
        except RangeNotSatisfiable:
            continue
        if part is not None:
            assert 0 <= part.start < part.end <= size
            assert part.content_range(size) == f"bytes {part.start}-{part.end - 1}/{size}"
            assert len(part) == part.end - part.start


@given(st.text(max_size=80))
def test_no_header_is_a_fault(header: str) -> None:
    for text in (header, f"bytes={header}"):
        try:
            wanted(text, 100)
        except RangeNotSatisfiable:
            continue
    unchanged(header, header, etag=ETAG, modified=MADE)
    still_the_same(header, etag=ETAG, modified=MADE)


def test_a_date_is_written_as_headers_write_it() -> None:
    assert http_date(MADE) == DATE


@pytest.mark.parametrize(
    ("none_match", "since", "expected"),
    [
        (ETAG, "", True),
        (f"W/{ETAG}", "", True),
        (f'"x", {ETAG}', "", True),
        ("*", "", True),
        ('"x"', "", False),
        ("abc", "", False),
        ('"x"', DATE, False),
        (ETAG, "Mon, 01 Jan 2001 00:00:00 GMT", True),
        ("", DATE, True),
        ("", "Wed, 18 Nov 2026 11:06:39 GMT", False),
        ("", "Wed, 18 Nov 2026 11:06:41 GMT", True),
        ("", "yesterday", False),
        ("", "Mon, 01 Jan 99999999999 00:00:00 GMT", False),
        ("", "1" * 1000, False),
        ("", "", False),
    ],
)
def test_what_a_client_holds_is_told_by_tag_or_by_date(none_match: str, since: str, expected: bool) -> None:
    assert unchanged(none_match, since, etag=ETAG, modified=MADE) is expected


@pytest.mark.parametrize(
    ("if_range", "expected"),
    [
        ("", True),
        (ETAG, True),
        (f" {ETAG} ", True),
        (f"W/{ETAG}", False),
        ('"x"', False),
        (DATE, True),
        ("Wed, 18 Nov 2026 11:06:41 GMT", False),
        ("whatever", False),
    ],
)
def test_a_part_goes_with_the_same_bytes_only(if_range: str, expected: bool) -> None:
    assert still_the_same(if_range, etag=ETAG, modified=MADE) is expected
