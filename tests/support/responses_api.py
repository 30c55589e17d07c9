"""The Responses dialect in the hands of a test: one key, one account, and judges of what comes out."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

import msgspec
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from grok2api.canonical.call import Call, Caller
from grok2api.canonical.dispatch import Lease
from grok2api.canonical.plan import Target
from grok2api.dialects.base import Envelope, View
from grok2api.dialects.responses.dialect import ResponsesDialect
from grok2api.dialects.responses.forward import ResponsesForwarder
from grok2api.dialects.responses.sealing import Sealer
from grok2api.kit.sealedid import SealedIds
from grok2api.kit.sse import Frame, FrameReader

Json = dict[str, Any]

IDS = SealedIds(bytes(range(64)))
DIALECT = ResponsesDialect(IDS)
CALLER = Caller("key_1", "test")
OTHER = Caller("key_2", "other")
ACCOUNT = "account_1"
LEASE = Lease(credential_id="c", account_id=ACCOUNT, token="t", base_url="http://127.0.0.1:1/v1")
VIEW = View(created=1795396000)
UPSTREAM_ID = "0e7a1c52-0000-4000-8000-000000000001"
SCHEMA = os.environ.get("OPEN_RESPONSES_SCHEMA", "")


def parse(request: Json | bytes, *, caller: Caller = CALLER, conversation: str | None = None) -> Call:
    """Return the call for a body; `model` and `input` are filled in."""
    raw = request
    if isinstance(raw, dict):
        raw = msgspec.json.encode({"model": "grok-4", "input": "hi", **raw})
    envelope = Envelope(request_id="req_1", caller=caller, received_at=0.0, conversation=conversation)
    return DIALECT.parse(raw, envelope)


def sent(request: Json | bytes, *, effort: str | None = None, caller: Caller = CALLER) -> Json:
    """Return the body that goes upstream."""
    dispatch = DIALECT.translate(parse(request, caller=caller), Target("grok-4.7", effort), LEASE)
    assert dispatch.content is not None
    return msgspec.json.decode(dispatch.content, type=dict[str, Any])


def sealed_response(account: str = ACCOUNT, owner: Caller = CALLER) -> str:
    """Return the public id of a response that an account holds."""
    return Sealer(IDS, account=account, owner=owner.key_id, model="grok-4").response(UPSTREAM_ID)


def forwarder(request: Json | None = None) -> ResponsesForwarder:
    """Return a presenter for one attempt."""
    return DIALECT.forwarder(parse({"stream": True, **(request or {})}), LEASE, VIEW)


def frames_of(events: Iterable[Json], *, event_lines: bool = False) -> list[Frame]:
    """Return upstream's events as frames."""
    return [
        Frame(event["type"].encode() if event_lines else b"", msgspec.json.encode(event)) for event in events
    ]


def stream_of(
    lines: Iterable[bytes], *, event_lines: bool = False, end: Literal["\n", "\r\n"] = "\n"
) -> bytes:
    """Return upstream's events, one JSON text each, as a stream of bytes that ends with `[DONE]`."""
    pieces = []
    for line in [*lines, b"[DONE]"]:
        kind = re.search(rb'"type":"(response\.[a-z_.]+)"', line)
        name = b"event: " + kind[1] + b"\n" if event_lines and kind else b""
        pieces.append(name + b"data: " + line + b"\n\n")
    return b"".join(pieces).replace(b"\n", end.encode())


def read(presenter: ResponsesForwarder, chunks: Sequence[bytes]) -> bytes:
    """Return what the client reads for upstream's bytes."""
    reader = FrameReader()
    return b"".join(presenter.feed(reader.feed(chunk)) for chunk in chunks) + presenter.finish()


def events_in(written: bytes) -> list[Json]:
    """Return the client's events; every frame is checked on the way."""
    assert written.endswith(b"\n\n")
    assert b"\r" not in written
    events = []
    for frame in written.split(b"\n\n")[:-1]:
        if frame == b"data: [DONE]":
            events.append({"type": "[DONE]"})
            continue
        name, data = frame.split(b"\n")
        event = msgspec.json.decode(data.removeprefix(b"data: "), type=dict[str, Any])
        assert name == b"event: " + event["type"].encode()
        events.append(event)
    return events


def kinds_in(written: bytes) -> list[str]:
    """Return the types of the client's events, without their common prefix."""
    return [event["type"].removeprefix("response.") for event in events_in(written)]


def judge_stream(written: bytes) -> Json:
    """Check a whole, successful stream as strict clients do; return its last response object."""
    events = events_in(written)
    assert events.pop() == {"type": "[DONE]"}
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert [event["type"] for event in events[:2]] == ["response.created", "response.in_progress"]
    for event in events:
        judge_event(event)
    last: Json = events[-1]["response"]
    assert last["output"] == [
        event["item"] | ({"status": item["status"]} if "status" in item else {})
        for event, item in zip(_of_type(events, "response.output_item.done"), last["output"], strict=True)
    ]
    for index, item in enumerate(last["output"]):
        _judge_item(events, index, item)
    return last


def judge_event(event: Json) -> None:
    """Check one event against openai-python's strict types, and the Open Responses schema if it is there."""
    if event["type"].startswith("response.tomorrow."):
        return
    _events().validate_python(event)
    name = _SCHEMA_NAMES.get(event["type"])
    if SCHEMA and name is not None and not _beyond_schema(event):
        validator(name).validate(event)


def judge_response(response: Json) -> None:
    """Check a response object."""
    Response.model_validate(response)
    if SCHEMA and not _beyond_schema({"response": response}):
        validator("ResponseResource").validate(response)


@cache
def _events() -> TypeAdapter[Any]:
    """Return what openai-python's strict mode checks a stream's events with."""
    return TypeAdapter(cast(Any, ResponseStreamEvent))


@cache
def validator(name: str) -> Any:
    """Return the validator for one schema of the Open Responses document."""
    jsonschema = importlib.import_module("jsonschema")
    document = msgspec.json.decode(Path(SCHEMA).read_bytes(), type=dict[str, Any])
    return jsonschema.Draft202012Validator({"$ref": f"#/components/schemas/{name}", **document})


_SCHEMA_NAMES = {
    "response.created": "ResponseCreatedStreamingEvent",
    "response.in_progress": "ResponseInProgressStreamingEvent",
    "response.completed": "ResponseCompletedStreamingEvent",
    "response.incomplete": "ResponseIncompleteStreamingEvent",
    "response.failed": "ResponseFailedStreamingEvent",
    "response.output_item.added": "ResponseOutputItemAddedStreamingEvent",
    "response.output_item.done": "ResponseOutputItemDoneStreamingEvent",
    "response.content_part.added": "ResponseContentPartAddedStreamingEvent",
    "response.content_part.done": "ResponseContentPartDoneStreamingEvent",
    "response.output_text.delta": "ResponseOutputTextDeltaStreamingEvent",
    "response.output_text.done": "ResponseOutputTextDoneStreamingEvent",
    "response.output_text.annotation.added": "ResponseOutputTextAnnotationAddedStreamingEvent",
    "response.refusal.delta": "ResponseRefusalDeltaStreamingEvent",
    "response.refusal.done": "ResponseRefusalDoneStreamingEvent",
    "response.reasoning_summary_part.added": "ResponseReasoningSummaryPartAddedStreamingEvent",
    "response.reasoning_summary_part.done": "ResponseReasoningSummaryPartDoneStreamingEvent",
    "response.reasoning_summary_text.delta": "ResponseReasoningSummaryDeltaStreamingEvent",
    "response.reasoning_summary_text.done": "ResponseReasoningSummaryDoneStreamingEvent",
    "response.function_call_arguments.delta": "ResponseFunctionCallArgumentsDeltaStreamingEvent",
    "response.function_call_arguments.done": "ResponseFunctionCallArgumentsDoneStreamingEvent",
}
_OPEN_ITEMS = {"message", "function_call", "function_call_output", "reasoning", "compaction"}


def _beyond_schema(event: Json) -> bool:
    """Whether an event shows what the Open Responses schema does not describe (JSON schemas only as null)."""
    response = event.get("response", {})
    items = [*response.get("output", []), *([event["item"]] if "item" in event else [])]
    tools = response.get("tools", [])
    if response and response["text"]["format"]["type"] == "json_schema":
        return True
    return any(item["type"] not in _OPEN_ITEMS for item in items) or any(
        tool["type"] != "function" for tool in tools
    )


def _of_type(events: list[Json], kind: str) -> list[Json]:
    return [event for event in events if event["type"] == kind]


def _judge_item(events: list[Json], index: int, item: Json) -> None:
    """Check the story of one item: its ids, its deltas, its order."""
    own = [event for event in events if event.get("output_index") == index]
    assert own[0]["type"] == "response.output_item.added"
    assert own[-1]["type"] == "response.output_item.done"
    assert {event.get("item_id", event.get("item", {}).get("id")) for event in own} == {item["id"]}
    deltas = "".join(
        event["delta"] for event in own if event["type"].endswith(".delta") and "code" not in event["type"]
    )
    if item["type"] == "message":
        assert deltas == "".join(part.get("text", part.get("refusal")) for part in item["content"])
    elif item["type"] == "reasoning":
        assert deltas == "".join(part["text"] for part in item["summary"])
    elif item["type"] == "custom_tool_call":
        assert deltas == item["input"]
        assert _of_type(own, "response.custom_tool_call_input.done")[0]["input"] == item["input"]
    elif item["type"] == "function_call":
        assert deltas == item["arguments"]
        assert _of_type(own, "response.function_call_arguments.done")[0]["name"] == item["name"]
