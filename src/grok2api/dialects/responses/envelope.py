"""The response object as clients read it: every key, always, in the order of OpenAI's documentation.

What the client asked for is echoed from its own request, not from what upstream made of it. Must never
keep an id of upstream or its model's name, and never decide how an answer ended.
Source: openai-python `Response`; the Open Responses `ResponseResource`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from grok2api.canonical.usage import Usage, usage_from_responses
from grok2api.dialects.responses.items import (
    JsonObject,
    is_hidden,
    kind_of,
    output_text,
    public_item,
)
from grok2api.dialects.responses.sealing import Sealer

ResponseStatus = Literal["queued", "in_progress", "completed", "incomplete", "failed", "cancelled"]

_STATUSES: Mapping[str, ResponseStatus] = MappingProxyType(
    {
        "queued": "queued",
        "in_progress": "in_progress",
        "completed": "completed",
        "incomplete": "incomplete",
        "failed": "failed",
        "cancelled": "cancelled",
    }
)
_SUMMARIES = frozenset({"auto", "concise", "detailed"})
_EFFORTS = frozenset({"none", "minimal", "low", "medium", "high", "xhigh", "max"})
_USAGE_KEYS = frozenset(
    {"input_tokens", "input_tokens_details", "output_tokens", "output_tokens_details", "total_tokens"}
)
_TOO_LONG = {"reason": "max_output_tokens"}
_FOREIGN = frozenset({"user", "output_text", "created"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """What a response object repeats of its request."""

    sealer: Sealer
    created: int
    """Unix seconds, for when upstream does not say."""
    asked: Mapping[str, Any]
    """The request's own fields; for a stored response, what upstream repeats of them."""
    previous_response_id: str | None = None
    """As the client sent it."""


def public_response(
    upstream: Mapping[str, Any],
    echo: Echo,
    *,
    public_id: str,
    output: list[JsonObject],
    status: ResponseStatus,
    error: JsonObject | None = None,
) -> JsonObject:
    """Return the response object; `upstream` may be empty when upstream never sent one."""
    asked = echo.asked
    details = _incomplete_details(upstream) if status == "incomplete" else None
    created = _integer(upstream.get("created_at"), echo.created)
    completed = max(created, _integer(upstream.get("completed_at"), created))
    tool_choice = asked.get("tool_choice")
    public: JsonObject = {
        "id": public_id,
        "object": "response",
        "created_at": created,
        "completed_at": completed if status == "completed" else None,
        "status": status,
        "background": False,
        "error": error,
        "incomplete_details": details,
        "instructions": _string(asked.get("instructions")),
        "max_output_tokens": _tokens(asked.get("max_output_tokens")),
        "max_tool_calls": None,
        "model": echo.sealer.model,
        "output": _cut_short(output) if details == _TOO_LONG else output,
        "parallel_tool_calls": asked.get("parallel_tool_calls") is not False,
        "previous_response_id": echo.previous_response_id,
        "prompt_cache_key": _string(asked.get("prompt_cache_key")),
        "reasoning": _reasoning(asked, upstream),
        "safety_identifier": _string(asked.get("safety_identifier")),
        "service_tier": "default",
        "store": asked.get("store") is not False,
        "temperature": _number(asked.get("temperature"), 1.0),
        "text": _text(asked.get("text")),
        "tool_choice": tool_choice if isinstance(tool_choice, (str, dict)) and tool_choice else "auto",
        "tools": public_tools(asked.get("tools")),
        "top_logprobs": 0,
        "top_p": _number(asked.get("top_p"), 1.0),
        "presence_penalty": 0.0,
        "frequency_penalty": 0.0,
        "truncation": "disabled",
        "usage": None if status in {"queued", "in_progress"} else public_usage(upstream.get("usage")),
        "metadata": _metadata(asked.get("metadata")),
    }
    if isinstance(asked.get("user"), str):
        public["user"] = asked["user"]
    for name, value in upstream.items():
        if value is not None and name not in public and name not in _FOREIGN:
            public[name] = value
    return public


def whole_response(upstream: Mapping[str, Any], echo: Echo) -> JsonObject:
    """Return the object of an answer that was not streamed; it also carries `output_text` and `created`.

    Raises:
        ValueError: upstream's object has no id.
    """
    identifier = upstream.get("id")
    if not isinstance(identifier, str) or not identifier:
        raise ValueError("a response without an id")
    public_id = echo.sealer.response(identifier)
    output = public_output(upstream.get("output"), echo.sealer)
    public = public_response(
        upstream,
        echo,
        public_id=public_id,
        output=output,
        status=status_of(upstream),
        error=public_error(upstream.get("error")),
    )
    return {**public, "output_text": output_text(output), "created": public["created_at"]}


def public_output(output: object, sealer: Sealer) -> list[JsonObject]:
    """Return the items that a client may see, in upstream's order."""
    if not isinstance(output, list):
        return []
    return [
        public_item(item, sealer.item(kind_of(item), item.get("id"), place))
        for place, item in enumerate(output)
        if isinstance(item, dict) and not is_hidden(item)
    ]


def status_of(upstream: Mapping[str, Any], default: ResponseStatus = "completed") -> ResponseStatus:
    """Return upstream's status if it is one."""
    status = upstream.get("status")
    return _STATUSES.get(status, default) if isinstance(status, str) else default


def public_error(error: object) -> JsonObject | None:
    """Return `{code, message}` of a stored response that failed: upstream's own text stays inside."""
    if not error:
        return None
    return {"code": "server_error", "message": "The model failed to finish this response."}


def usage_of(upstream: Mapping[str, Any]) -> Usage | None:
    """Return what an answer used, if upstream says so."""
    usage = upstream.get("usage")
    return usage_from_responses(usage) if isinstance(usage, dict) else None


def public_usage(usage: object) -> JsonObject | None:
    """Return the usage in OpenAI's keys; what xAI tells beyond them is kept."""
    if not isinstance(usage, dict):
        return None
    counted, input_details = usage_from_responses(usage), _kept(usage.get("input_tokens_details"))
    return {
        "input_tokens": counted.input,
        "input_tokens_details": {
            **input_details,
            "cached_tokens": counted.cached,
            "cache_write_tokens": _integer(input_details.get("cache_write_tokens"), 0),
        },
        "output_tokens": counted.output,
        "output_tokens_details": {
            **_kept(usage.get("output_tokens_details")),
            "reasoning_tokens": counted.reasoning,
        },
        "total_tokens": counted.total,
        **{name: value for name, value in _kept(usage).items() if name not in _USAGE_KEYS},
    }


def public_tools(tools: object) -> list[JsonObject]:
    """Return the tools as echoed: functions with all five keys, hosted ones as sent."""
    if not isinstance(tools, list):
        return []
    return [_public_tool(tool) for tool in tools if isinstance(tool, dict)]


def _public_tool(tool: Mapping[str, Any]) -> JsonObject:
    kept = _kept(tool)
    if tool.get("type") == "function":
        function: JsonObject = {
            name: tool.get(name) for name in ("type", "name", "description", "parameters", "strict")
        }
        return {**function, **kept}
    if tool.get("type") == "code_interpreter":
        return {"type": "code_interpreter", "container": {"type": "auto"}, **kept}
    return kept


def _kept(mapping: object) -> JsonObject:
    if not isinstance(mapping, dict):
        return {}
    return {name: value for name, value in mapping.items() if value is not None}


def _cut_short(output: list[JsonObject]) -> list[JsonObject]:
    """Return the items of a truncated answer: the last one is incomplete too."""
    if not output or "status" not in output[-1]:
        return output
    return [*output[:-1], {**output[-1], "status": "incomplete"}]


def _incomplete_details(upstream: Mapping[str, Any]) -> JsonObject:
    """Return the reason in one of the two words that clients know; xAI's other limits are limits too."""
    reason = _kept(upstream.get("incomplete_details")).get("reason")
    return {"reason": "content_filter"} if reason == "content_filter" else dict(_TOO_LONG)


def _reasoning(asked: Mapping[str, Any], upstream: Mapping[str, Any]) -> JsonObject:
    own, told = _kept(asked.get("reasoning")), _kept(upstream.get("reasoning"))
    effort = own.get("effort") or asked.get("reasoning_effort") or told.get("effort")
    summary = own.get("summary") or own.get("generate_summary") or told.get("summary")
    return {
        "effort": effort if isinstance(effort, str) and effort in _EFFORTS else None,
        "summary": summary if isinstance(summary, str) and summary in _SUMMARIES else None,
    }


def _text(text: object) -> JsonObject:
    given = _kept(text)
    form = _kept(given.get("format")) or {"type": "text"}
    if form.get("type") == "json_schema":
        form = {
            "type": "json_schema",
            "name": form.get("name", ""),
            "description": form.get("description"),
            "schema": form.get("schema", {}),
            "strict": form.get("strict", False),
        }
    verbosity = given.get("verbosity")
    return {"format": form, "verbosity": verbosity} if verbosity else {"format": form}


def _metadata(metadata: object) -> dict[str, str]:
    return {name: value for name, value in _kept(metadata).items() if isinstance(value, str)}


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object, default: float) -> float:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else default


def _integer(value: object, default: int) -> int:
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else default


def _tokens(value: object) -> int | None:
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
