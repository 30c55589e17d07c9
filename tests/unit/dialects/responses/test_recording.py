"""What a kept stream tells: the object at any moment, and an end where the stream has none."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from grok2api.dialects.responses.recording import ResponseRecording
from grok2api.errors import Grok2ApiError
from grok2api.gateway.runs.live import split
from support.responses_api import UPSTREAM_ID, events_in, forwarder, frames_of, judge_event, judge_response

ERROR = Grok2ApiError("It ended.", code="server_error")


def message(text: str, status: str) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": []}] if text else []
    return {"type": "message", "id": "msg_1", "role": "assistant", "status": status, "content": content}


def upstream(status: str, output: list[Any]) -> dict[str, Any]:
    return {"id": UPSTREAM_ID, "object": "response", "created_at": 7, "status": status, "output": output}


EVENTS: list[dict[str, Any]] = [
    {"type": "response.created", "response": upstream("in_progress", [])},
    {"type": "response.in_progress", "response": upstream("in_progress", [])},
    {"type": "response.output_item.added", "output_index": 0, "item": message("", "in_progress")},
    {
        "type": "response.output_text.delta",
        "output_index": 0,
        "item_id": "msg_1",
        "content_index": 0,
        "delta": "Hi",
    },
    {"type": "response.output_item.done", "output_index": 0, "item": message("Hi", "completed")},
    {"type": "response.completed", "response": upstream("completed", [message("Hi", "completed")])},
]


def stream() -> list[bytes]:
    """Return the frames of a whole stream as a client reads it."""
    numbered = [{**event, "sequence_number": number} for number, event in enumerate(EVENTS)]
    return split(forwarder({"background": True}).feed(frames_of(numbered)))


def heard(frames: list[bytes]) -> ResponseRecording:
    recording = ResponseRecording()
    recording.note(frames)
    return recording


def decoded(body: bytes) -> dict[str, Any]:
    return msgspec.json.decode(body, type=dict[str, Any])


def test_the_object_grows_with_the_stream() -> None:
    whole = stream()
    final = events_in(b"".join(whole))[-2]["response"]
    done = next(place for place, frame in enumerate(whole) if b"output_item.done" in frame)
    for count in range(1, len(whole) + 1):
        recording = heard(whole[:count])
        body = decoded(recording.body())
        over = count >= len(whole) - 1
        assert recording.state == ("completed" if over else "running")
        assert body["status"] == ("completed" if over else "in_progress")
        assert [each["id"] for each in body["output"]] == [each["id"] for each in final["output"]][
            : count > done
        ]
        assert body["output_text"] == ("Hi" if count > done else "")
        assert (body["background"], body["id"]) == (True, recording.public_id)
        judge_response(body)
    assert decoded(heard(whole).body()) == final | {"output_text": "Hi", "created": 7}


def test_the_beginning_is_told_without_what_came_since() -> None:
    body = decoded(heard(stream()).opened())
    assert (body["status"], body["output"], body["output_text"]) == ("in_progress", [], "")
    judge_response(body)


@pytest.mark.parametrize(("error", "status"), [(ERROR, "failed"), (None, "cancelled")])
def test_an_end_is_made_where_there_is_none(error: Grok2ApiError | None, status: str) -> None:
    whole = stream()
    for count in range(1, len(whole) - 1):
        recording = heard(whole[:count])
        written = recording.ending(count, error)
        last, mark = events_in(written)
        assert mark == {"type": "[DONE]"}
        assert (last["type"], last["sequence_number"]) == ("response.failed", count)
        assert last["response"]["status"] == status
        assert last["response"]["error"] == (
            {"code": "server_error", "message": "It ended."} if error else None
        )
        recording.note(split(written))
        assert recording.state == status
        assert decoded(recording.body())["output"] == last["response"]["output"]
        judge_event(last)
