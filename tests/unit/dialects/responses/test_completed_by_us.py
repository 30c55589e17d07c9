"""What the client is told although upstream left it out, and in words that every reader knows."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from support.responses_api import UPSTREAM_ID, Json, events_in, forwarder, frames_of, judge_event, kinds_in


def envelope(kind: str, *output: Json, **more: Any) -> Json:
    status = kind if kind in {"completed", "incomplete"} else "in_progress"
    response = {"id": UPSTREAM_ID, "created_at": 1795396001, "status": status, "output": list(output), **more}
    return {"type": f"response.{kind}", "sequence_number": 0, "response": response}


def message(text: str) -> Json:
    content = [{"type": "output_text", "text": text}]
    return {"type": "message", "id": f"msg_{UPSTREAM_ID}", "role": "assistant", "content": content}


BEGUN = [envelope("created"), envelope("in_progress")]


def written(*events: Json, request: Json | None = None) -> bytes:
    return forwarder(request).feed(frames_of(events))


def test_a_citation_is_told_after_the_text_that_it_is_in() -> None:
    cited = message("hi")
    cited["content"][0]["annotations"] = [{"type": "url_citation", "url": "https://x.ai/"}]
    kinds = kinds_in(written(*BEGUN, envelope("completed", cited)))
    first = kinds.index("output_text.delta")
    assert kinds[first : first + 3] == [
        "output_text.delta",
        "output_text.annotation.added",
        "output_text.done",
    ]


@pytest.mark.parametrize("kind", ["completed", "incomplete"])
def test_an_end_has_figures_although_upstream_told_none(kind: str) -> None:
    told = envelope(kind, message("hi"), status=kind)
    told["response"].pop("usage", None)
    end = events_in(written(*BEGUN, told))[-2]
    judge_event(end)
    assert end["response"]["usage"]["total_tokens"] == 0
    presenter = forwarder({"stream": False})
    whole = msgspec.json.decode(presenter.whole(msgspec.json.encode(told["response"])))
    assert whole["usage"] == end["response"]["usage"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [("none", "none"), ("minimal", "low"), ("low", "low"), ("xhigh", "xhigh"), ("max", "xhigh")],
)
def test_an_effort_is_repeated_in_words_that_every_reader_knows(asked: str, told: str) -> None:
    request = {"reasoning": {"effort": asked}}
    *events, _ = events_in(written(*BEGUN, envelope("completed"), request=request))
    for event in events:
        judge_event(event)
        assert event["response"]["reasoning"]["effort"] == told


def test_the_progress_of_a_hosted_tool_always_says_whose_it_is() -> None:
    item = {"type": "code_interpreter_call", "id": "ci_1", "status": "completed", "code": "1"}
    step = {"type": "response.code_interpreter_call.interpreting", "item_id": "ci_1"}
    added = {"type": "response.output_item.added", "output_index": 0, "item": item}
    events = events_in(written(*BEGUN, added, step, envelope("completed", item)))
    (shown,) = [event for event in events if event["type"] == step["type"]]
    judge_event(shown)
    assert (shown["output_index"], shown["item_id"]) == (0, events[-2]["response"]["output"][0]["id"])
