"""Puts a whole turn together as one chat completion.

Must say the same as the stream of the same turn: a client may switch between the two.
Source: https://platform.openai.com/docs/api-reference/chat/object
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grok2api.canonical.events import (
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCall,
    TurnEvent,
    TurnFinished,
)
from grok2api.dialects.chat.answer import cited_urls, tool_call, url_annotations, usage_object
from grok2api.dialects.chat.arrangement import Arrangement, Shown

_UNTOLD = TurnFinished("stop", None)


def completion_object(
    head: Mapping[str, object], events: Sequence[TurnEvent], arrangement: Arrangement
) -> dict[str, object]:
    """Return the completion; `head` holds its id, object, created and model."""
    shown = [piece for event in events for piece in arrangement.show(event)]
    shown += arrangement.settle()
    finished = next((event for event in events if isinstance(event, TurnFinished)), _UNTOLD)
    choice = {
        "index": 0,
        "message": _message(shown, arrangement),
        "logprobs": None,
        "finish_reason": arrangement.finish_reason(finished.reason),
    }
    result: dict[str, object] = {**head, "choices": [choice], "usage": usage_object(finished.usage)}
    if arrangement.citations:
        result["citations"] = cited_urls(arrangement.citations)
    if finished.fingerprint:
        result["system_fingerprint"] = finished.fingerprint
    return result


def _message(shown: Sequence[Shown], arrangement: Arrangement) -> dict[str, object]:
    text = "".join(piece.text for piece in shown if isinstance(piece, TextDelta))
    reasoning = "".join(piece.text for piece in shown if isinstance(piece, ReasoningDelta))
    refusal = "".join(piece.text for piece in shown if isinstance(piece, RefusalDelta))
    calls = [tool_call(piece) for piece in shown if isinstance(piece, ToolCall)]
    message: dict[str, object] = {"role": "assistant", "content": text if text or not calls else None}
    if reasoning:
        message["reasoning_content"] = reasoning
    message["refusal"] = refusal or None
    message["annotations"] = url_annotations(arrangement.citations, arrangement.shift)
    if calls:
        message["tool_calls"] = calls
    return message
