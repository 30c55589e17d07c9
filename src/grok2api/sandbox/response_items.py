"""The output items of a response, and the response object around them, key for key as xAI writes them."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from grok2api.sandbox import hosted_items
from grok2api.sandbox.dialogue import Citation, Reply, Search
from grok2api.sandbox.mint import Mint
from grok2api.sandbox.models import fingerprint
from grok2api.sandbox.wire import Json


@dataclass(frozen=True, slots=True)
class Manner:
    """How items are written: sealed reasoning or None, what to include, the older form of a search."""

    sealed: str | None = None
    sources: bool = False
    older_search: bool = False
    include: frozenset[str] = frozenset()


def output_items(identifier: str, reply: Reply, truncated: bool, manner: Manner, mint: Mint) -> list[Json]:
    """Return the finished items of response `identifier`, in order."""
    items: list[Json] = []
    if reply.reasoning:
        items.append(_reasoning(identifier, reply.reasoning, manner.sealed))
    for index, search in enumerate(reply.searches):
        items.append(_search(identifier, index, search, reply.citations, manner, mint))
    for index, used in enumerate(reply.hosted):
        items += hosted_items.items(identifier, index, used, manner.include)
    if reply.command is not None:
        items.append(hosted_items.shell_call(identifier, mint.call_id(), reply.command))
    for index, (name, written) in enumerate(reply.calls):
        items.append(
            {
                "arguments": written,
                "call_id": mint.call_id(),
                "name": name,
                "type": "function_call",
                "id": f"fc_{identifier}_{index}",
                "status": "completed",
            }
        )
    if not reply.calls and reply.command is None:
        items.append(_message(identifier, reply, truncated))
    return items


def _reasoning(identifier: str, text: str, sealed: str | None) -> Json:
    item: Json = {
        "id": f"rs_{identifier}",
        "summary": [{"text": text, "type": "summary_text"}],
        "type": "reasoning",
        "status": "completed",
    }
    return item | {"encrypted_content": sealed} if sealed is not None else item


def _search(
    identifier: str, index: int, search: Search, citations: tuple[Citation, ...], manner: Manner, mint: Mint
) -> Json:
    if search.tool == "x_search":
        return {
            "id": f"ctc_{identifier}_{index}",
            "type": "custom_tool_call",
            "call_id": f"xs_{mint.call_id()}",
            "name": "x_keyword_search",
            "input": _written({"query": search.query, "limit": 3}),
            "status": "completed",
        }
    if manner.older_search:
        return {
            "arguments": _written({"query": search.query, "num_results": 5}),
            "call_id": "",
            "name": "web_search",
            "type": "web_search_call",
            "id": f"fc_{identifier}_{index}",
            "status": "completed",
        }
    sources = [{"type": "url", "url": citation.url} for citation in citations] if manner.sources else []
    return {
        "id": f"ws_{identifier}_{index}",
        "type": "web_search_call",
        "status": "completed",
        "action": {"type": "search", "query": search.query, "sources": sources},
    }


def _written(value: Json) -> str:
    return msgspec.json.encode(value).decode()


def _message(identifier: str, reply: Reply, truncated: bool) -> Json:
    part = {
        "type": "output_text",
        "text": reply.text,
        "logprobs": [],
        "annotations": [_annotation(citation) for citation in reply.citations],
    }
    return {
        "content": [part],
        "id": f"msg_{identifier}",
        "role": "assistant",
        "type": "message",
        "status": "incomplete" if truncated else "completed",
    }


def _annotation(citation: Citation) -> Json:
    annotation: Json = {"type": "url_citation", "url": citation.url}
    if citation.start is not None:
        annotation |= {"title": citation.title, "start_index": citation.start, "end_index": citation.end}
    return annotation


def opened(body: Json, identifier: str, created: int, model_id: str, effort: str | None, store: bool) -> Json:
    """Return the response object as it stands before any output."""
    text: Json = {"format": {"type": "text"}} | (body.get("text") or {})
    return {
        "created_at": created,
        "id": identifier,
        "max_output_tokens": body.get("max_output_tokens"),
        "model": model_id,
        "object": "response",
        "output": [],
        "parallel_tool_calls": body.get("parallel_tool_calls", True),
        "previous_response_id": body.get("previous_response_id"),
        "reasoning": {"effort": effort, "summary": "detailed"},
        "temperature": body.get("temperature", 1),
        "text": text,
        "tool_choice": body.get("tool_choice") or "auto",
        "tools": body.get("tools") or [],
        "top_p": body.get("top_p", 1),
        "user": body.get("user"),
        "incomplete_details": None,
        "status": "in_progress",
        "store": store,
        "metadata": {"system_fingerprint": fingerprint(model_id)},
        "background": False,
        "service_tier": body.get("service_tier") or "default",
        "truncation": "disabled",
        "top_logprobs": 0,
        "presence_penalty": 0,
        "frequency_penalty": 0,
        "prompt_cache_key": body.get("prompt_cache_key"),
        "max_tool_calls": None,
        "safety_identifier": body.get("safety_identifier"),
        "error": None,
        "instructions": body.get("instructions"),
    }


def finished(response: Json, output: list[Json], usage: Json, truncated: bool, completed: int) -> Json:
    """Return the response object with its output and usage; keys stand where xAI puts them."""
    whole: Json = {}
    for key, value in response.items():
        if key == "user":
            whole["usage"] = usage
        whole[key] = value
        if key == "created_at":
            whole["completed_at"] = completed
    whole["output"] = output
    whole["status"] = "incomplete" if truncated else "completed"
    whole["incomplete_details"] = {"reason": "max_output_tokens"} if truncated else None
    return whole
