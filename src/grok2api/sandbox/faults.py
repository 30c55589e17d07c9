"""The faults the sandbox can commit: names, parameters, and the answers some put in place of ours.

A fault comes from a scenario or from a prompt that contains `!sandbox:<fault>[=n]`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import msgspec

from grok2api.sandbox import refusals
from grok2api.sandbox.wire import Answer, Request, answer_json, answer_refusal

PARAMETERS: Mapping[str, str] = MappingProxyType(
    {
        "status": "status",
        "html": "status",
        "error_200": "",
        "safety": "",
        "context_overflow": "",
        "foreign_reasoning": "",
        "slow_first_byte": "delay",
        "trickle": "delay",
        "hang": "delay",
        "drop": "",
        "cut": "after_events",
        "reset": "after_events",
        "stream_error": "after_events",
        "response_failed": "after_events",
        "no_done": "after_events",
        "malformed": "after_events",
        "skip_sequence": "after_events",
        "split_utf8": "",
        "empty_stream": "",
        "no_event_lines": "",
        "crlf": "",
        "older_search": "",
        "seconds": "amount",
        "moderated": "amount",
        "missing_url": "amount",
        "job_failed": "",
        "job_expired": "",
        "dead_links": "amount",
        "big": "amount",
    }
)
ORDERS = frozenset(
    {"call", "seconds", "moderated", "missing_url", "job_failed", "job_expired", "dead_links", "big"}
)
"""Marks of a prompt that are no fault of the answer: those who read them are elsewhere."""
PROMPTED = ("/v1/images/", "/v1/videos/", "/v1/tts")
"""Where the prompt is a field of its own."""
REPLACING = frozenset({"status", "html", "error_200", "safety", "context_overflow", "foreign_reasoning"})
AFTER_EVENTS = 3
CONTEXT = 500_000

_MAGIC = re.compile(r"!sandbox:([a-z0-9_]+)(?:=([0-9]+(?:\.[0-9]+)?))?")
_PAGE = (
    "<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1>"
    "<p>cloudflare</p><p>Ray ID: 0000000000000000</p></body></html>\n"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault with its parameters; None means the fault's own default. `delay` is in seconds.

    `amount` is the number of a fault of media: seconds, results or megabytes.
    """

    name: str
    status: int | None = None
    retry_after: float | str | None = None
    body: Any = None
    after_events: int | None = None
    delay: float | None = None
    byte_wise: bool = False
    shape: str | None = None
    amount: float | None = None

    def position(self, events: int) -> int:
        """Return before which of `events` events the fault happens."""
        wanted = AFTER_EVENTS if self.after_events is None else self.after_events
        return max(0, min(wanted, events - 1))


def in_prompt(request: Request) -> Fault | None:
    """Return the fault that the last user message asks for, or None."""
    marks = _MAGIC.finditer(_prompt(request))
    found = next((mark for mark in marks if mark[1] not in ORDERS), None)
    if found is None:
        return None
    name, given = found[1], found[2]
    if name.isdigit():
        return Fault("status", status=int(name))
    if name not in PARAMETERS:
        return None
    parameter = PARAMETERS[name]
    if given is None or not parameter:
        return Fault(name)
    value = float(given)
    if parameter == "delay":
        return Fault(name, delay=value)
    return Fault(name, status=int(value)) if parameter == "status" else Fault(name, after_events=int(value))


def marks_of(prompt: str) -> dict[str, float | None]:
    """Return every mark of a prompt with its number, or None where it has none."""
    return {mark[1]: float(mark[2]) if mark[2] else None for mark in _MAGIC.finditer(prompt)}


def _prompt(request: Request) -> str:
    if not request.path.startswith(PROMPTED):
        return _last_user_text(request.body)
    body = request.body if isinstance(request.body, dict) else {}
    return "\n".join(text for name in ("prompt", "text") if isinstance(text := body.get(name), str))


def _last_user_text(body: Any) -> str:
    if not isinstance(body, dict):
        return ""
    items = body.get("messages", body.get("input"))
    if isinstance(items, str):
        return items
    for item in reversed(items if isinstance(items, list) else []):
        if isinstance(item, dict) and item.get("role") == "user":
            return _text_of(item.get("content"))
    return ""


def _text_of(content: Any) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = (part.get("text") for part in parts if isinstance(part, dict))
    return "\n".join(text for text in texts if isinstance(text, str))


def replacement(fault: Fault, team_id: str, model: str) -> Answer:
    """Return the answer of a fault that never lets the request through."""
    if fault.name == "html":
        return _html(fault.status or 502)
    if fault.name == "error_200":
        code, message = refusals.UNAVAILABLE
        return answer_json(fault.body if fault.body is not None else {"code": code, "error": message})
    if fault.name == "safety":
        return answer_refusal(refusals.unsafe(team_id, model))
    if fault.name == "context_overflow":
        return answer_refusal(refusals.context_overflow(CONTEXT + 1, CONTEXT))
    if fault.name == "foreign_reasoning":
        return answer_refusal(refusals.foreign_reasoning())
    status = fault.status or 500
    answer = _html(status) if 520 <= status < 529 and fault.body is None else _status(fault, status)
    if fault.retry_after is not None:
        answer.headers["retry-after"] = (
            f"{fault.retry_after:g}" if isinstance(fault.retry_after, float) else fault.retry_after
        )
    return answer


def _status(fault: Fault, status: int) -> Answer:
    if isinstance(fault.body, str) and fault.shape != "e":
        return Answer(status, fault.body.encode(), "text/plain")
    body = refusals.fitting(status, fault.shape) if fault.body is None else fault.body
    return Answer(status, msgspec.json.encode(body))


def _html(status: int) -> Answer:
    titles = {403: "Attention Required! | Cloudflare", 502: "Bad gateway", 503: "Service unavailable"}
    page = _PAGE.format(title=titles.get(status, f"Error {status}"))
    return Answer(status, page.encode(), "text/html; charset=UTF-8", {"cf-ray": "0000000000000000-SBX"})
