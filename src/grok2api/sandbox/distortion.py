"""Faults that change what a stream says: which events there are and what is in them.

Works on events before they become bytes; `delivery` has the faults of the connection.
"""

from __future__ import annotations

from typing import Any

import msgspec

from grok2api.sandbox import refusals
from grok2api.sandbox.faults import Fault
from grok2api.sandbox.wire import JSON_TYPE, Answer, Event, Json

JUMP = 5
BROKEN = '{"id":"broken","choices":[{"index":0,"delta":{"content":"half a fr'


def distort(answer: Answer, fault: Fault) -> Answer:
    """Return `answer` as the fault leaves it; an answer the fault has no hold on is returned as it is."""
    if answer.status != 200 or answer.content is not None:
        return answer
    if answer.events is not None:
        answer.events = _events(answer.events, fault)
        return answer
    return _body(answer, fault)


def _events(events: list[Event], fault: Fault) -> list[Event]:
    at = fault.position(len(events))
    if fault.name == "empty_stream":
        return []
    if fault.name == "no_done":
        return _without_end(events) if fault.after_events is None else events[:at]
    if fault.name == "malformed":
        return [*events[:at], Event(BROKEN, events[at].name), *events[at:]]
    if fault.name == "skip_sequence":
        return [event if index < at else _jumped(event) for index, event in enumerate(events)]
    if fault.name == "stream_error":
        return [*events[:at], _error_event(events[0], fault, at)]
    if fault.name == "response_failed":
        return [*events[:at], _failure(events[0], fault, at)]
    return events


def _body(answer: Answer, fault: Fault) -> Answer:
    if fault.name == "empty_stream":
        return Answer(200, b"", answer.content_type)
    if fault.name == "malformed":
        answer.body = answer.body[: len(answer.body) // 2]
    elif fault.name in ("stream_error", "response_failed"):
        return _failed_body(answer, fault)
    return answer


def _without_end(events: list[Event]) -> list[Event]:
    kept = [event for event in events if event.data != "[DONE]"]
    return kept[:-1] if kept and _is_terminal(kept[-1]) else kept


def _is_terminal(event: Event) -> bool:
    return isinstance(event.data, dict) and event.data.get("type") in (
        "response.completed",
        "response.incomplete",
    )


def _jumped(event: Event) -> Event:
    if isinstance(event.data, dict) and "sequence_number" in event.data:
        return Event(event.data | {"sequence_number": event.data["sequence_number"] + JUMP}, event.name)
    return event


def _error(fault: Fault) -> tuple[str, str]:
    if isinstance(fault.body, dict):
        return str(fault.body.get("code", "internal-error")), str(fault.body.get("message", "sandbox fault"))
    code, message = refusals.CODES.get(fault.status or 500, refusals.UNAVAILABLE)
    return code, message


def _error_event(first: Event, fault: Fault, at: int) -> Event:
    code, message = _error(fault)
    error: Json = {"type": "error", "code": code, "message": message, "param": None}
    if _is_response(first):
        error = {"sequence_number": at} | error
    return Event(error, "error")


def _failure(first: Event, fault: Fault, at: int) -> Event:
    code, message = _error(fault)
    if not _is_response(first):
        return Event({"code": code, "error": message})
    failed = _failed(_opened(first), code, message)
    return Event({"sequence_number": at, "type": "response.failed", "response": failed}, "response.failed")


def _failed_body(answer: Answer, fault: Fault) -> Answer:
    code, message = _error(fault)
    content: Any = msgspec.json.decode(answer.body) if answer.content_type == JSON_TYPE else None
    if fault.name == "response_failed" and isinstance(content, dict) and content.get("object") == "response":
        answer.body = msgspec.json.encode(_failed(content, code, message))
        return answer
    return Answer(fault.status or 500, msgspec.json.encode({"code": code, "error": message}))


def _is_response(event: Event) -> bool:
    return isinstance(event.data, dict) and "response" in event.data


def _opened(event: Event) -> Json:
    response = event.data.get("response") if isinstance(event.data, dict) else None
    return response if isinstance(response, dict) else {}


def _failed(response: Json, code: str, message: str) -> Json:
    return response | {"status": "failed", "output": [], "error": {"code": code, "message": message}}
