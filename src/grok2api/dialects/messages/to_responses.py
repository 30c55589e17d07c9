"""Writes a Messages request as a body for xAI's Responses surface.

Must never ask upstream to keep anything (`store` is always false), and never send reasoning to an account
that did not make it: it would answer 400.
Source: xai-api.md §2.3, §8 row 18.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple

from grok2api.canonical.plan import Target
from grok2api.dialects.messages.history import SealedReasoning
from grok2api.dialects.messages.request import MessagesRequest

SCHEMA_NAME: Final = "response"
_SEALED: Final = "reasoning.encrypted_content"


class Written(NamedTuple):
    """A body for upstream, and the paths of what had to be left out of it."""

    body: dict[str, object]
    left_out: list[str]


def responses_body(request: MessagesRequest, target: Target, readable: AbstractSet[bytes]) -> Written:
    """Return the body of `POST /responses`.

    Args:
        request: The checked request.
        target: The upstream model.
        readable: Hashes of the accounts whose reasoning the one that serves can read.
    """
    items: list[dict[str, object]] = []
    left_out: list[str] = []
    if request.system:
        items.append({"role": "system", "content": request.system})
    for item in request.items:
        if isinstance(item, dict):
            items.append(item)
        elif item.origin.account in readable:
            items.append(item.item())
        else:
            left_out.append(item.path)
    body: dict[str, object] = {
        "model": target.upstream_id,
        "input": items,
        "stream": request.stream,
        "store": False,
        "include": [_SEALED],
        "max_output_tokens": request.max_tokens,
    }
    if target.effort is not None:
        body["reasoning"] = {"effort": target.effort}
    if request.schema is not None:
        form = {"type": "json_schema", "name": SCHEMA_NAME, "schema": request.schema, "strict": True}
        body["text"] = {"format": form}
    _add_tools(body, request)
    body.update(request.passed)
    return Written(body, left_out)


def _add_tools(body: dict[str, object], request: MessagesRequest) -> None:
    toolbox = request.toolbox
    if not toolbox.tools:
        return
    body["tools"] = toolbox.tools
    if toolbox.choice is not None:
        body["tool_choice"] = toolbox.choice
    if toolbox.parallel is not None:
        body["parallel_tool_calls"] = toolbox.parallel


def sealed_paths(request: MessagesRequest) -> list[str]:
    """Return the paths of all reasoning that only upstream can read."""
    return [item.path for item in request.items if isinstance(item, SealedReasoning)]
