"""Writes a chat request as a body for xAI's own chat completions.

The dialect is the client's, but xAI's is narrower: only what it accepts is sent, message by message.
Source: xai-api.md §2.2, §8 rows 1, 2, 16 and 28.
"""

from __future__ import annotations

from collections.abc import Sequence

from grok2api.canonical.plan import Target
from grok2api.dialects.chat.messages import CallResult, Entry, FunctionCall, Piece
from grok2api.dialects.chat.request import ChatRequest
from grok2api.dialects.chat.shapes import FileSource, ImageUrl, NamedFunction, ResponseFormat, Sound
from grok2api.dialects.chat.tools import Toolbox
from grok2api.dialects.enclosing import UNHEARD

_NO_OUTPUT = " "
"""xAI refuses a message without any content."""


def completions_body(request: ChatRequest, target: Target) -> dict[str, object]:
    """Return the body of `POST /chat/completions`."""
    body: dict[str, object] = {
        "model": target.upstream_id,
        "messages": [_message(entry) for entry in request.entries],
        "stream": request.stream,
    }
    if request.stream:
        body["stream_options"] = {"include_usage": True}
    if target.effort is not None:
        body["reasoning_effort"] = target.effort
    if request.max_tokens is not None:
        body["max_completion_tokens"] = request.max_tokens
    if request.response_format is not None:
        body["response_format"] = _response_format(request.response_format)
    if request.toolbox.functions:
        body.update(_tools(request.toolbox))
    body.update(request.passed)
    return body


def _message(entry: Entry) -> dict[str, object]:
    if isinstance(entry, CallResult):
        output = _content(entry.content) or _NO_OUTPUT
        return {"role": "tool", "tool_call_id": entry.call_id, "content": output}
    message: dict[str, object] = {"role": entry.role, "content": _content(entry.content)}
    if entry.calls:
        message["tool_calls"] = [_call(call) for call in entry.calls]
    return message


def _call(call: FunctionCall) -> dict[str, object]:
    return {
        "id": call.call_id,
        "type": "function",
        "function": {"name": call.name, "arguments": call.arguments},
    }


def _content(content: str | Sequence[Piece]) -> object:
    if isinstance(content, str) or not content:
        return content or ""
    return [_part(piece) for piece in content]


def _part(piece: Piece) -> dict[str, object]:
    if isinstance(piece, str):
        return {"type": "text", "text": piece}
    if isinstance(piece, Sound):
        return {"type": "text", "text": UNHEARD}
    if isinstance(piece, ImageUrl):
        image = {"url": piece.url} | ({"detail": piece.detail} if piece.detail is not None else {})
        return {"type": "image_url", "image_url": image}
    return {"type": "file", "file": _file(piece)}


def _file(source: FileSource) -> dict[str, object]:
    """Return exactly one source: xAI takes no more."""
    if source.file_id:
        return {"file_id": source.file_id}
    if source.file_data:
        return {"file_data": source.file_data, "filename": source.filename or "file"}
    return {"url": source.file_url}


def _response_format(wanted: ResponseFormat) -> dict[str, object]:
    schema = wanted.json_schema
    if schema is None:
        return {"type": wanted.type}
    named = {
        "name": schema.name,
        "description": schema.description,
        "schema": schema.schema,
        "strict": schema.strict,
    }
    return {
        "type": "json_schema",
        "json_schema": {name: value for name, value in named.items() if value is not None},
    }


def _tools(toolbox: Toolbox) -> dict[str, object]:
    result: dict[str, object] = {
        "tools": [{"type": "function", "function": function.described()} for function in toolbox.functions]
    }
    if isinstance(toolbox.choice, NamedFunction):
        result["tool_choice"] = {"type": "function", "function": {"name": toolbox.choice.name}}
    elif toolbox.choice is not None:
        result["tool_choice"] = toolbox.choice
    if toolbox.parallel is not None:
        result["parallel_tool_calls"] = toolbox.parallel
    return result
