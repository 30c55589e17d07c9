"""Puts a whole turn together as one chat completion, and the completions of several choices as one.

Must say the same as the stream of the same turn: a client may switch between the two.
Source: https://platform.openai.com/docs/api-reference/chat/object
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from grok2api.canonical.events import (
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    ToolCall,
    TurnEvent,
    TurnFinished,
)
from grok2api.canonical.usage import Usage
from grok2api.dialects.chat.answer import cited_urls, tool_call, url_annotations, usage_object
from grok2api.dialects.chat.arrangement import Arrangement, Shown

_UNTOLD = TurnFinished("stop", None)


class _Completion(msgspec.Struct):
    """What of a choice's own completion goes into the one of all."""

    choices: list[msgspec.Raw]
    citations: list[str] = []
    system_fingerprint: str | None = None


_decode = msgspec.json.Decoder(_Completion).decode


def completion_object(
    head: Mapping[str, object],
    events: Sequence[TurnEvent],
    arrangement: Arrangement,
    index: int = 0,
    *,
    legacy: bool = False,
) -> dict[str, object]:
    """Return the completion.

    Args:
        head: Its id, object, created and model.
        events: The whole turn.
        arrangement: Decides what of it is shown.
        index: Numbers its choice.
        legacy: Whether its first call is told in `function_call` as well.
    """
    shown = [piece for event in events for piece in arrangement.show(event)]
    shown += arrangement.settle()
    finished = next((event for event in events if isinstance(event, TurnFinished)), _UNTOLD)
    choice = {
        "index": index,
        "message": _message(shown, arrangement, legacy=legacy),
        "logprobs": None,
        "finish_reason": arrangement.finish_reason(finished.reason),
    }
    result: dict[str, object] = {**head, "choices": [choice], "usage": usage_object(finished.usage)}
    if arrangement.citations:
        result["citations"] = cited_urls(arrangement.citations)
    if finished.fingerprint:
        result["system_fingerprint"] = finished.fingerprint
    return result


def joint_completion(
    head: Mapping[str, object], bodies: Sequence[bytes], usage: Usage | None
) -> dict[str, object]:
    """Return the completion made of those of its choices, in their order; `usage` is the sum of theirs."""
    parts = [_decode(body) for body in bodies]
    choices = [choice for part in parts for choice in part.choices]
    result: dict[str, object] = {**head, "choices": choices, "usage": usage_object(usage)}
    if cited := list(dict.fromkeys(url for part in parts for url in part.citations)):
        result["citations"] = cited
    if fingerprint := next((part.system_fingerprint for part in parts if part.system_fingerprint), None):
        result["system_fingerprint"] = fingerprint
    return result


def _message(shown: Sequence[Shown], arrangement: Arrangement, *, legacy: bool) -> dict[str, object]:
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
    if calls and legacy:
        message["function_call"] = calls[0]["function"]
    return message
