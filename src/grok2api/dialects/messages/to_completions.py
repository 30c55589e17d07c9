"""Writes a Messages request as a body for xAI's own chat completions.

The surface is narrower: no tools that xAI runs, no reasoning of earlier turns, no `top_k`. Must never drop
one of these without its name.
Source: xai-api.md §2.2, §8 rows 11 and 16.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from grok2api.canonical.plan import Target
from grok2api.dialects.messages.history import Item
from grok2api.dialects.messages.request import MessagesRequest
from grok2api.dialects.messages.to_responses import SCHEMA_NAME, Written, sealed_paths
from grok2api.errors import Unsupported

_NO_OUTPUT: Final = " "
"""xAI refuses a message without any content."""
_FILE_KEYS: Final = ("file_id", "file_data", "file_url", "filename", "mime_type")

Message = dict[str, Any]


def completions_body(request: MessagesRequest, target: Target) -> Written:
    """Return the body of `POST /chat/completions`.

    Raises:
        Unsupported: there are tools that this surface does not run.
    """
    left_out = sealed_paths(request)
    messages: list[Message] = [{"role": "system", "content": request.system}] if request.system else []
    body: dict[str, object] = {
        "model": target.upstream_id,
        "messages": messages + _messages(request.items),
        "stream": request.stream,
        "max_completion_tokens": request.max_tokens,
    }
    if request.stream:
        body["stream_options"] = {"include_usage": True}
    if target.effort is not None:
        body["reasoning_effort"] = target.effort
    if request.schema is not None:
        schema = {"name": SCHEMA_NAME, "schema": request.schema, "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    _add_tools(body, request)
    for name, value in request.passed.items():
        if name == "top_k":
            left_out.append(name)
        else:
            body[name] = value
    return Written(body, left_out)


def _messages(items: Iterable[Item]) -> list[Message]:
    """Return the messages; calls join the assistant's message before them."""
    messages: list[Message] = []
    for item in items:
        if not isinstance(item, dict):
            continue
        kind = item.get("type")
        if kind == "function_call_output":
            content = _content(item["output"]) or _NO_OUTPUT
            messages.append({"role": "tool", "tool_call_id": item["call_id"], "content": content})
        elif kind == "function_call":
            if not messages or messages[-1]["role"] != "assistant":
                messages.append({"role": "assistant", "content": ""})
            messages[-1].setdefault("tool_calls", []).append(_call(item))
        else:
            messages.append({"role": item["role"], "content": _content(item["content"])})
    return messages


def _call(item: Mapping[str, object]) -> Message:
    function = {"name": item["name"], "arguments": item["arguments"]}
    return {"id": item["call_id"], "type": "function", "function": function}


def _content(content: object) -> object:
    if isinstance(content, str):
        return content
    return [_part(part) for part in cast("list[Message]", content)]


def _part(part: Message) -> Message:
    if part["type"] == "input_image":
        url = part.get("image_url")
        if url is None:
            raise Unsupported("Pictures by file id are not served over chat completions.", param="messages")
        return {"type": "image_url", "image_url": {"url": url}}
    if part["type"] == "input_file":
        return {"type": "file", "file": {name: part[name] for name in _FILE_KEYS if name in part}}
    return {"type": "text", "text": part["text"]}


def _add_tools(body: dict[str, object], request: MessagesRequest) -> None:
    toolbox = request.toolbox
    if not toolbox.tools:
        return
    for tool in toolbox.tools:
        if tool["type"] != "function":
            raise Unsupported(
                f"Grok's own tools ({tool['type']}) are not served over its chat completions "
                "(setting routing.chat_surface, or a credential that may use nothing else).",
                param="tools",
            )
    body["tools"] = [
        {"type": "function", "function": {name: tool[name] for name in tool if name != "type"}}
        for tool in toolbox.tools
    ]
    if isinstance(toolbox.choice, dict):
        body["tool_choice"] = {"type": "function", "function": {"name": toolbox.choice["name"]}}
    elif toolbox.choice is not None:
        body["tool_choice"] = toolbox.choice
    if toolbox.parallel is not None:
        body["parallel_tool_calls"] = toolbox.parallel
