"""What xAI says of a video job is read in all its forms, and nothing else is believed."""

from __future__ import annotations

import json

import pytest

from grok2api.upstream.xai.video_jobs import read_status, taken_id


def test_a_job_that_was_taken_has_an_id() -> None:
    assert taken_id(b'{"request_id": "1f2e"}') == "1f2e"


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b'{"request_id": ""}', b'{"request_id": 7}', b'{"request_id": "%s"}' % (b"x" * 256)],
)
def test_an_answer_without_an_id_is_no_answer(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        taken_id(content)


@pytest.mark.parametrize(
    ("status", "content", "progress"),
    [
        (202, b"", None),
        (202, b" \n", None),
        (202, b"{}", None),
        (202, b'{"status": "pending", "progress": 37.6}', 37),
        (200, b'{"status": "pending", "progress": 250}', 99),
        (200, b'{"status": "pending", "progress": -3}', 0),
        (200, b'{"status": "pending", "progress": true}', None),
    ],
)
def test_a_job_under_way(status: int, content: bytes, progress: int | None) -> None:
    told = read_status(status, content)
    assert (told.stage, told.progress) == ("pending", progress)


def test_a_job_that_is_done() -> None:
    content = {
        "status": "done",
        "video": {"url": "https://vidgen.x.ai/1.mp4", "duration": 4.04, "respect_moderation": True},
        "usage": {"cost_in_usd_ticks": 2_800_000_000},
    }
    told = read_status(200, json.dumps(content).encode())
    assert (told.stage, told.url, told.duration) == ("done", "https://vidgen.x.ai/1.mp4", 4.04)
    assert (told.cost_ticks, told.refused, told.progress) == (2_800_000_000, False, 100)
    assert "vidgen" not in repr(told)


@pytest.mark.parametrize(
    "video", [None, {}, {"url": ""}, {"url": None}, {"url": "https://x.example", "respect_moderation": False}]
)
def test_a_result_that_is_withheld(video: object) -> None:
    told = read_status(200, json.dumps({"status": "done", "video": video}).encode())
    assert told.refused
    assert told.cost_ticks is None


def test_a_job_that_failed() -> None:
    error = {"code": "internal_error", "message": "no"}
    told = read_status(200, json.dumps({"status": "failed", "error": error}).encode())
    assert (told.stage, told.error, told.refused) == ("failed", error, False)
    unsafe = {"code": "permission_denied", "message": "Content violates usage guidelines."}
    assert read_status(200, json.dumps({"status": "failed", "error": unsafe}).encode()).refused
    assert read_status(200, b'{"status": "failed", "error": "text"}').error == {}
    assert read_status(200, b'{"status": "expired"}').stage == "expired"


@pytest.mark.parametrize("content", [b"", b"null", b"{}", b'{"status": "soon"}', b"<html>"])
def test_what_cannot_be_read_is_told(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_status(200, content)


@pytest.mark.parametrize("ticks", [-1, True, "7", 1.5, None])
def test_a_cost_that_is_none_is_not_believed(ticks: object) -> None:
    content = {"status": "expired", "usage": {"cost_in_usd_ticks": ticks}}
    assert read_status(200, json.dumps(content).encode()).cost_ticks is None
