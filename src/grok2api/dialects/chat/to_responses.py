"""Writes a chat request as a body for xAI's Responses surface.

Must never ask upstream to keep anything: a chat is stateless, so `store` is always false.
Source: xai-api.md §2.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grok2api.canonical.plan import Target
from grok2api.dialects.chat.messages import CallResult, Entry, Piece, Spoken
from grok2api.dialects.chat.request import ChatRequest
from grok2api.dialects.chat.shapes import FileSource, ImageUrl, NamedFunction, ResponseFormat, Sound
from grok2api.dialects.chat.tools import Toolbox
from grok2api.dialects.enclosing import UNHEARD

_SCHEMA_NAME = "response"


def responses_body(request: ChatRequest, target: Target) -> dict[str, object]:
    """Return the body of `POST /responses`."""
    body: dict[str, object] = {
        "model": target.upstream_id,
        "input": list(items_of(request)),
        "stream": request.stream,
        "store": False,
    }
    if target.effort is not None:
        body["reasoning"] = {"effort": target.effort}
    if request.max_tokens is not None:
        body["max_output_tokens"] = request.max_tokens
    if request.response_format is not None:
        body["text"] = {"format": _text_format(request.response_format)}
    if request.toolbox.functions or request.toolbox.server:
        body.update(_tools(request.toolbox))
    if request.toolbox.server and not request.cites:
        body["include"] = ["no_inline_citations"]
    body.update(request.passed)
    return body


def items_of(request: ChatRequest) -> Iterator[dict[str, object]]:
    """Yield the items of the conversation."""
    for entry in request.entries:
        yield from _items(entry)


def _items(entry: Entry) -> Iterator[dict[str, object]]:
    if isinstance(entry, CallResult):
        yield {"type": "function_call_output", "call_id": entry.call_id, "output": _output(entry.content)}
        return
    if entry.content:
        yield {"role": entry.role, "content": _content(entry)}
    for call in entry.calls:
        yield {
            "type": "function_call",
            "call_id": call.call_id,
            "name": call.name,
            "arguments": call.arguments,
        }


def _content(entry: Spoken) -> object:
    if isinstance(entry.content, str):
        return entry.content
    return _parts(entry.content, "output_text" if entry.role == "assistant" else "input_text")


def _output(content: str | Sequence[Piece]) -> object:
    if isinstance(content, str):
        return content
    texts = [piece for piece in content if isinstance(piece, str)]
    if len(texts) == len(content):
        return "\n".join(texts)
    return _parts(content, "input_text")


def _parts(pieces: Sequence[Piece], text_type: str) -> list[dict[str, object]]:
    return [_part(piece, text_type) for piece in pieces]


def _part(piece: Piece, text_type: str) -> dict[str, object]:
    if isinstance(piece, str):
        return {"type": text_type, "text": piece}
    if isinstance(piece, Sound):
        return {"type": text_type, "text": UNHEARD}
    if isinstance(piece, ImageUrl):
        image: dict[str, object] = {"type": "input_image"}
        image |= {"file_id": piece.file_id} if piece.file_id else {"image_url": piece.url}
        if piece.detail is not None:
            image["detail"] = piece.detail
        return image
    return {"type": "input_file", **_file(piece)}


def _file(source: FileSource) -> dict[str, object]:
    """Return exactly one source: xAI takes no more."""
    if source.file_id:
        return {"file_id": source.file_id}
    if source.file_data:
        kind = {} if source.mime_type is None else {"mime_type": source.mime_type}
        return {"file_data": source.file_data, "filename": source.filename or "file", **kind}
    return {"file_url": source.file_url}


def _text_format(wanted: ResponseFormat) -> dict[str, object]:
    schema = wanted.json_schema
    if schema is None:
        return {"type": wanted.type}
    result: dict[str, object] = {
        "type": "json_schema",
        "name": schema.name or _SCHEMA_NAME,
        "schema": schema.schema,
    }
    if schema.description is not None:
        result["description"] = schema.description
    if schema.strict is not None:
        result["strict"] = schema.strict
    return result


def _tools(toolbox: Toolbox) -> dict[str, object]:
    result: dict[str, object] = {
        "tools": [
            *({"type": "function", **function.described()} for function in toolbox.functions),
            *toolbox.server,
        ]
    }
    if isinstance(toolbox.choice, NamedFunction):
        result["tool_choice"] = {"type": "function", "name": toolbox.choice.name}
    elif toolbox.choice is not None:
        result["tool_choice"] = toolbox.choice
    if toolbox.parallel is not None:
        result["parallel_tool_calls"] = toolbox.parallel
    return result
