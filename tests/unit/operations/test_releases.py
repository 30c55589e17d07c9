"""Which version is the newest, by what a list of releases says."""

from __future__ import annotations

import json

import pytest

from grok2api.operations.releases import Learnt, Release, is_newer, latest, read, write

PAGE = "https://example.com/releases/1.3.0"


def answer(**fields: object) -> bytes:
    return json.dumps({"tag_name": "v1.3.0", "html_url": PAGE, "assets": [{"name": "a"}], **fields}).encode()


def test_the_release_of_github_s_answer_is_read() -> None:
    assert latest(answer()) == Release("1.3.0", PAGE)
    assert latest(answer(tag_name="2.0.0rc1")) == Release("2.0.0rc1", PAGE)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        answer(tag_name=7),
        answer(tag_name="latest"),
        answer(tag_name=""),
        answer(tag_name="1." + "0" * 99),
        answer(tag_name="1.0<script>alert(1)</script>"),
    ],
)
def test_what_names_no_version_is_none(content: bytes) -> None:
    with pytest.raises(ValueError, match="the answer"):
        latest(content)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "http://example.com", "https://" + "a" * 600, "https://a\nb", ""]
)
def test_a_link_that_no_browser_should_follow_is_left_out(url: str) -> None:
    assert latest(answer(html_url=url)) == Release("1.3.0")


@pytest.mark.parametrize(
    ("version", "newer"),
    [
        ("1.2.4", True),
        ("1.10.0", True),
        ("1.2.3", False),
        ("1.2.3rc1", False),
        ("1.2.3.post1", True),
        ("x", False),
    ],
)
def test_versions_are_ordered_as_pep_440_orders_them(version: str, newer: bool) -> None:
    assert is_newer(Release(version), "1.2.3") is newer


def test_what_is_kept_is_read_again_and_what_is_not_ours_counts_as_nothing() -> None:
    learnt = Learnt("https://example.com", 7.5, Release("1.3.0", PAGE), "late")
    assert read(write(learnt)) == learnt
    assert [read(text) for text in ("", "{}", "[1]", '{"feed": 1}')] == [None] * 4
