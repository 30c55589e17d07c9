"""The parts of a Messages answer that its stream and its single object share.

Must never write a null where the API has no key: `citations: null` makes clients refuse a whole answer.
Source: https://docs.anthropic.com/en/api/messages; openai-compat.md §9.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from grok2api.canonical.usage import Usage
from grok2api.dialects.messages.arrangement import Closed, Grew, Opened, Step

_NO_USAGE = Usage()
_GROWS = {
    "text_delta": "text",
    "thinking_delta": "thinking",
    "signature_delta": "signature",
    "input_json_delta": "partial_json",
}
"""What a kind of delta makes longer; each is named alike in the delta itself."""


def message_id(request_id: str) -> str:
    """Return the answer's id: the same for the same request, and as random as that one's."""
    return "msg_" + hashlib.sha256(request_id.encode()).hexdigest()[:32]


def usage_counts(usage: Usage | None) -> dict[str, object]:
    """Return the counts in Anthropic's arithmetic, where input leaves the cached tokens out."""
    known = usage or _NO_USAGE
    return {
        "input_tokens": max(0, known.input - known.cached),
        "output_tokens": known.output,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": known.cached,
    }


def message_object(
    request_id: str,
    model: str,
    *,
    content: list[dict[str, Any]],
    stop: tuple[str | None, str | None],
    usage: Usage | None,
) -> dict[str, object]:
    """Return a message; `stop` is its reason and the stop string that was met."""
    return {
        "id": message_id(request_id),
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": stop[0],
        "stop_sequence": stop[1],
        "usage": usage_counts(usage) | {"service_tier": "standard"},
    }


def blocks_of(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """Return the finished blocks that these steps of a stream make."""
    blocks: list[dict[str, Any]] = []
    grown: dict[str, list[str]] = {}
    for step in steps:
        if isinstance(step, Opened):
            blocks.append(dict(step.block))
            grown = {}
        elif isinstance(step, Grew):
            _grow(blocks[-1], grown, step.delta)
        elif isinstance(step, Closed):
            blocks[-1].update(_finished(grown))
    return blocks


def _grow(block: dict[str, Any], grown: dict[str, list[str]], delta: Mapping[str, Any]) -> None:
    name = _GROWS.get(delta["type"])
    if name is None:
        block.setdefault("citations", []).append(delta["citation"])
    else:
        grown.setdefault(name, []).append(delta[name])


def _finished(grown: Mapping[str, list[str]]) -> dict[str, Any]:
    texts = {name: "".join(pieces) for name, pieces in grown.items()}
    arguments = texts.pop("partial_json", None)
    return texts if arguments is None else {**texts, "input": msgspec.Raw(arguments.encode())}
