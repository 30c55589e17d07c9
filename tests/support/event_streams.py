"""Reading a streamed answer as a strict client does: frame by frame, nothing forgiven."""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]


def response_events(stream: bytes) -> list[Json]:
    """Return the events of a Responses stream, after checking names, order of numbers and the end."""
    frames = _frames(stream)
    assert frames.pop() == "data: [DONE]"
    events = []
    for frame in frames:
        name, data = frame.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        events.append(event)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert [event["type"] for event in events[:2]] == ["response.created", "response.in_progress"]
    return events


def chat_chunks(stream: bytes) -> list[Json]:
    """Return the chunks of a chat stream that ended well."""
    frames = _frames(stream)
    assert frames.pop() == "data: [DONE]"
    return [json.loads(frame.removeprefix("data: ")) for frame in frames]


def check_story(events: list[Json]) -> None:
    """Check that every item is told from its beginning to its end, under one id, in order."""
    last = events[-1]["response"]
    done = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    assert [item["id"] for item in last["output"]] == [item["id"] for item in done]
    assert done == last["output"]
    for index, item in enumerate(last["output"]):
        own = [event for event in events if event.get("output_index") == index]
        assert own[0]["type"] == "response.output_item.added"
        assert own[-1]["type"] == "response.output_item.done"
        assert {event.get("item_id") or event["item"]["id"] for event in own} == {item["id"]}
        deltas = "".join(event["delta"] for event in own if event["type"].endswith(".delta"))
        assert deltas == text_of(item)


def text_of(item: Json) -> str:
    """Return the text that an item's deltas must add up to."""
    if item["type"] == "function_call":
        return str(item["arguments"])
    if item["type"] == "custom_tool_call":
        return str(item["input"])
    parts = item.get("content") or item.get("summary") or []
    return "".join(part.get("text", part.get("refusal", "")) for part in parts)


def _frames(stream: bytes) -> list[str]:
    assert stream.endswith(b"\n\n")
    assert b"\r" not in stream
    return [frame for frame in stream.decode()[:-2].split("\n\n") if not frame.startswith(":")]
