"""Output items as clients read them: every key their parsers insist on, none they choke on.

Must never keep an id of upstream, and never show a search on X, which upstream ran already but
writes like a call that the client should execute.
Source: openai-python's response types; the Open Responses schema; captured xAI answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import msgspec

JsonObject = dict[str, Any]

_X_SEARCH_NAMES = frozenset(
    {
        "x_user_search",
        "x_keyword_search",
        "x_semantic_search",
        "x_thread_fetch",
        "view_x_video",
        "view_image",
    }
)
_OWN = frozenset({"id", "status"})
"""Members that are never taken over from upstream."""
_OWN_OF_REASONING = _OWN | {"content"}
_OWN_OF_SEARCH = _OWN | {"arguments", "name", "call_id"}
_FINAL = frozenset({"completed", "incomplete"})
_NEVER_FAILED = frozenset(
    {"message", "reasoning", "function_call", "custom_tool_call", "shell_call", "tool_search_call"}
)
_WITHOUT_STATUS = frozenset({"compaction", "mcp_list_tools", "mcp_approval_request"})

_REQUIRED: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "file_search_call": {"queries": []},
        "code_interpreter_call": {"container_id": ""},
        "mcp_call": {"arguments": "", "name": "", "server_label": ""},
        "mcp_list_tools": {"server_label": "", "tools": []},
        "custom_tool_call": {"call_id": "", "name": "", "input": ""},
        "shell_call": {"call_id": "", "action": {"commands": []}},
        "tool_search_call": {"arguments": {}, "execution": "server"},
    }
)
"""What openai-python's types require of items that xAI may write with less."""


def kind_of(item: Mapping[str, object]) -> str:
    """Return an item's type; empty if it has none."""
    kind = item.get("type")
    return kind if isinstance(kind, str) else ""


def is_hidden(item: Mapping[str, object]) -> bool:
    """Tell whether an item is a search on X that upstream ran by itself."""
    kind = item.get("type")
    if kind == "x_search_call":
        return True
    if kind != "custom_tool_call":
        return False
    return (
        _text(item.get("name")) in _X_SEARCH_NAMES
        or _text(item.get("call_id")).startswith("xs_call_")
        or _text(item.get("id")).startswith("ctc_")
    )


def public_item(item: Mapping[str, Any], public_id: str) -> JsonObject:
    """Return a finished item in its public form."""
    kind = kind_of(item)
    writer = _WRITERS.get(kind)
    if writer is not None:
        return writer(item, public_id)
    public: JsonObject = {"type": kind, "id": public_id}
    if kind not in _WITHOUT_STATUS:
        public["status"] = _final_status(item)
    return {**public, **_REQUIRED.get(kind, {}), **_filled({}, item, _OWN | {"type"})}


def opened_item(item: Mapping[str, Any], public_id: str) -> JsonObject:
    """Return an item as it looks when it is announced: in progress and empty."""
    public = public_item(item, public_id)
    if "status" in public:
        public["status"] = "in_progress"
    kind = public["type"]
    if kind == "message":
        public["content"] = []
    elif kind == "reasoning":
        public["summary"] = []
        public.pop("encrypted_content", None)
    elif kind == "function_call":
        public["arguments"] = ""
    elif kind == "custom_tool_call":
        public["input"] = ""
    return public


def public_part(part: Mapping[str, Any]) -> JsonObject:
    """Return one part of a message."""
    kind = part.get("type")
    if kind == "output_text":
        annotations = part.get("annotations")
        public: JsonObject = {
            "type": "output_text",
            "text": _text(part.get("text")),
            "annotations": [public_annotation(one) for one in _objects(annotations)] if annotations else [],
            "logprobs": _list(part.get("logprobs")),
        }
    elif kind == "refusal":
        public = {"type": "refusal", "refusal": _text(part.get("refusal"))}
    else:
        public = {"type": kind_of(part)}
    return _filled(public, part)


def public_annotation(annotation: Mapping[str, Any]) -> JsonObject:
    """Return one annotation; a citation always has a title and a place."""
    kind = kind_of(annotation)
    if kind != "url_citation":
        return _filled({"type": kind}, annotation)
    url = _text(annotation.get("url"))
    public: JsonObject = {
        "type": "url_citation",
        "url": url,
        "title": _text(annotation.get("title")) or _host(url),
        "start_index": _count(annotation.get("start_index")),
        "end_index": _count(annotation.get("end_index")),
    }
    return _filled(public, annotation)


def reasoning_texts(item: Mapping[str, Any], source: str = "summary") -> list[str]:
    """Return the parts of visible reasoning from `source`, or from the other of `summary` and `content`."""
    other = "content" if source == "summary" else "summary"
    for name in (source, other):
        texts = [_text(part.get("text")) for part in _objects(item.get(name))]
        if texts:
            return texts
    return []


def summary_part(text: str) -> JsonObject:
    """Return one part of a reasoning summary."""
    return {"type": "summary_text", "text": text}


def output_text(output: list[JsonObject]) -> str:
    """Return the text of all messages, joined."""
    return "".join(
        _text(part.get("text"))
        for item in output
        if item.get("type") == "message"
        for part in item["content"]
        if part.get("type") == "output_text"
    )


def _message(item: Mapping[str, Any], public_id: str) -> JsonObject:
    content = item.get("content")
    if isinstance(content, str):
        content = [{"type": "output_text", "text": content}]
    public: JsonObject = {
        "type": "message",
        "id": public_id,
        "status": _final_status(item),
        "role": _text(item.get("role")) or "assistant",
        "content": [public_part(part) for part in _objects(content)],
    }
    return _filled(public, item)


def _reasoning(item: Mapping[str, Any], public_id: str) -> JsonObject:
    public: JsonObject = {
        "type": "reasoning",
        "id": public_id,
        "status": _final_status(item),
        "summary": [summary_part(text) for text in reasoning_texts(item)],
    }
    _filled(public, item, _OWN_OF_REASONING)
    if not public.get("encrypted_content"):
        public.pop("encrypted_content", None)
    return public


def _function_call(item: Mapping[str, Any], public_id: str) -> JsonObject:
    arguments = item.get("arguments")
    if arguments is not None and not isinstance(arguments, str):
        arguments = msgspec.json.encode(arguments).decode()
    public: JsonObject = {
        "type": "function_call",
        "id": public_id,
        "call_id": _text(item.get("call_id")) or public_id,
        "name": _text(item.get("name")),
        "arguments": arguments or "{}",
        "status": _final_status(item),
    }
    return _filled(public, item)


def _web_search_call(item: Mapping[str, Any], public_id: str) -> JsonObject:
    action = item.get("action")
    public: JsonObject = {
        "type": "web_search_call",
        "id": public_id,
        "status": _final_status(item),
        "action": _action(action) if isinstance(action, dict) else _action_of_call(item),
    }
    return _filled(public, item, _OWN_OF_SEARCH)


def _action(action: Mapping[str, Any]) -> JsonObject:
    kind = kind_of(action) or "search"
    public: JsonObject = {"type": kind}
    if kind == "search":
        public["query"] = _text(action.get("query"))
        if isinstance(action.get("sources"), list):
            public["sources"] = [_source(source) for source in action["sources"]]
    elif kind == "find_in_page":
        public |= {"url": _text(action.get("url")), "pattern": _text(action.get("pattern"))}
    return _filled(public, action)


def _source(source: object) -> object:
    if isinstance(source, str):
        return {"type": "url", "url": source}
    if isinstance(source, dict):
        return {"type": "url", **_filled({}, source)}
    return source


def _action_of_call(item: Mapping[str, Any]) -> JsonObject:
    """Read the older shape, in which a search looks like a function call."""
    try:
        arguments = msgspec.json.decode(_text(item.get("arguments")) or "{}")
    except msgspec.DecodeError:
        arguments = {}
    if not isinstance(arguments, dict):
        arguments = {}
    query, url = _text(arguments.get("query")), _text(arguments.get("url"))
    if url and not query:
        return {"type": "open_page", "url": url}
    return {"type": "search", "query": query}


_WRITERS: Mapping[str, Callable[[Mapping[str, Any], str], JsonObject]] = MappingProxyType(
    {
        "message": _message,
        "reasoning": _reasoning,
        "function_call": _function_call,
        "web_search_call": _web_search_call,
    }
)


def _filled(public: JsonObject, source: Mapping[str, Any], own: frozenset[str] = _OWN) -> JsonObject:
    """Return `public`, with what else upstream wrote added to it, but for nulls and what is our own."""
    for name, value in source.items():
        if value is not None and name not in public and name not in own:
            public[name] = value
    return public


def _final_status(item: Mapping[str, Any]) -> str:
    """Return the status of a finished item; only calls of hosted tools may have failed."""
    status = item.get("status")
    if isinstance(status, str) and status in _FINAL:
        return status
    if status != "failed":
        return "completed"
    return "incomplete" if kind_of(item) in _NEVER_FAILED else "failed"


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [one for one in _list(value) if isinstance(one, dict)]


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
