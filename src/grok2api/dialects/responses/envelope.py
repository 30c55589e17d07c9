"""The response object as clients read it: every key, always, in the order of OpenAI's documentation.

What the client asked for is echoed from its own request, not from what upstream made of it. Must never
keep an id of upstream or its model's name, and never decide how an answer ended.
Source: openai-python `Response`; the Open Responses `ResponseResource`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from grok2api.canonical.price import Price
from grok2api.canonical.usage import Usage, usage_from_responses
from grok2api.dialects.responses.items import (
    JsonObject,
    is_hidden,
    kind_of,
    output_text,
    public_item,
)
from grok2api.dialects.responses.outgoing import Outgoing
from grok2api.dialects.responses.sealing import Sealer
from grok2api.dialects.responses.tool_names import NO_DISGUISES, ToolNames

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
_EFFORTS: Mapping[str, str] = MappingProxyType(
    {
        **{effort: effort for effort in ("none", "low", "medium", "high", "xhigh")},
        "minimal": "low",
        "max": "xhigh",
    }
)
"""Efforts as they are repeated: in the words of the Open Responses document, which lacks two of OpenAI's."""
_BEGINNINGS = frozenset({"queued", "in_progress"})
_ENDS = frozenset({"completed", "incomplete"})
_FUNCTION: Mapping[str, None] = MappingProxyType(
    dict.fromkeys(("type", "name", "description", "parameters", "strict"))
)
FAILED_CODE = "server_error"
FAILED_MESSAGE = "The model failed to finish this response."
_TOO_LONG = {"reason": "max_output_tokens"}


_BLANK: MappingProxyType[str, Any] = MappingProxyType(
    {
        "id": "",
        "object": "response",
        "created_at": 0,
        "completed_at": None,
        "status": "in_progress",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "max_tool_calls": None,
        "model": "",
        "output": (),
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "prompt_cache_key": None,
        "reasoning": None,
        "safety_identifier": None,
        "service_tier": "default",
        "store": True,
        "temperature": 1.0,
        "text": msgspec.Raw(b'{"format":{"type":"text"}}'),
        "tool_choice": "auto",
        "tools": (),
        "top_logprobs": 0,
        "top_p": 1.0,
        "presence_penalty": 0.0,
        "frequency_penalty": 0.0,
        "truncation": "disabled",
        "usage": None,
        "metadata": msgspec.Raw(b"{}"),
    }
)
"""Every key in its order, with the value that stands where neither request nor answer has one."""
_KNOWN = frozenset({*_BLANK, "user", "output_text", "created"})


class Echo:
    """What the response objects of one request have in common.

    Args:
        sealer: Seals the ids of the answer.
        created: Unix seconds, for when upstream does not say.
        asked: The request's own fields; for a stored response, what upstream repeats of them.
        previous_response_id: As the client sent it.
        names: What the client's tools are called upstream.
        price: What the model costs; tells what the prompt cache saved.
    """

    __slots__ = ("_effort", "_summary", "created", "outgoing", "price", "repeated", "sealer")

    def __init__(
        self,
        *,
        sealer: Sealer,
        created: int,
        asked: Mapping[str, Any],
        previous_response_id: str | None = None,
        names: ToolNames = NO_DISGUISES,
        price: Price | None = None,
    ) -> None:
        self.sealer = sealer
        self.outgoing = Outgoing(sealer, names)
        self.price = price
        self.created = created
        self.repeated = _repeated(asked)
        """The whole object, but for what the answer says. Not to be changed."""
        self.repeated["model"] = sealer.model
        self.repeated["previous_response_id"] = previous_response_id
        own = _kept(asked.get("reasoning"))
        self._effort = own.get("effort") or asked.get("reasoning_effort")
        self._summary = own.get("summary") or own.get("generate_summary")

    def reasoning(self, told: object) -> JsonObject:
        """Return what was asked of the reasoning, or else what upstream tells of it."""
        effort, summary = self._effort, self._summary
        if isinstance(told, dict):
            effort, summary = effort or told.get("effort"), summary or told.get("summary")
        return {
            "effort": _EFFORTS.get(effort) if isinstance(effort, str) else None,
            "summary": summary if isinstance(summary, str) and summary in _SUMMARIES else None,
        }


def public_response(
    upstream: Mapping[str, Any],
    echo: Echo,
    *,
    public_id: str,
    output: list[JsonObject],
    status: ResponseStatus,
    usage: Usage | None = None,
    error: JsonObject | None = None,
) -> JsonObject:
    """Return the response object; `upstream` may be empty when upstream never sent one.

    `usage` is what `usage_of` reads from `upstream`; None for a response that only begins. One that has ended
    well and of which upstream told none has zeros: clients count on figures at the end.
    """
    public = echo.repeated.copy()
    public["id"] = public_id
    public["created_at"] = created = _integer(upstream.get("created_at"), echo.created)
    public["status"] = status
    public["error"] = error
    public["output"] = output
    public["reasoning"] = echo.reasoning(upstream.get("reasoning"))
    if status == "completed":
        public["completed_at"] = max(created, _integer(upstream.get("completed_at"), created))
    elif status == "incomplete":
        public["incomplete_details"] = details = _incomplete_details(upstream)
        if details == _TOO_LONG:
            public["output"] = _cut_short(output)
    if usage is not None:
        public["usage"] = public_usage(upstream["usage"], usage, echo.price)
    elif status in _ENDS:
        public["usage"] = public_usage({}, Usage())
    if not _KNOWN.issuperset(upstream):
        for name, value in upstream.items():
            if value is not None and name not in _KNOWN:
                public[name] = value
    return public


def whole_response(upstream: Mapping[str, Any], echo: Echo, usage: Usage | None) -> JsonObject:
    """Return the object of an answer that was not streamed; it also carries `output_text` and `created`.

    `usage` is what `usage_of` reads from `upstream`.

    Raises:
        ValueError: upstream's object has no id.
    """
    identifier = upstream.get("id")
    if not isinstance(identifier, str) or not identifier:
        raise ValueError("a response without an id")
    public_id = echo.sealer.response(identifier)
    output, status = public_output(upstream.get("output"), echo), status_of(upstream)
    public = public_response(
        upstream,
        echo,
        public_id=public_id,
        output=output,
        status=status,
        usage=None if status in _BEGINNINGS else usage,
        error=public_error(upstream.get("error")),
    )
    public["output_text"] = output_text(output)
    public["created"] = public["created_at"]
    return public


def public_output(output: object, echo: Echo) -> list[JsonObject]:
    """Return the items that a client may see, in upstream's order."""
    if not isinstance(output, list):
        return []
    shown = [
        (place, echo.outgoing.item(item))
        for place, item in enumerate(output)
        if isinstance(item, dict) and not is_hidden(item)
    ]
    return [
        public_item(item, echo.sealer.item(kind_of(item), item.get("id"), place)) for place, item in shown
    ]


def status_of(upstream: Mapping[str, Any], default: ResponseStatus = "completed") -> ResponseStatus:
    """Return upstream's status if it is one."""
    status = upstream.get("status")
    return _STATUSES.get(status, default) if isinstance(status, str) else default


def public_error(error: object) -> JsonObject | None:
    """Return `{code, message}` of a stored response that failed: upstream's own text stays inside."""
    if not error:
        return None
    return {"code": FAILED_CODE, "message": FAILED_MESSAGE}


def usage_of(upstream: Mapping[str, Any]) -> Usage | None:
    """Return what an answer used, if upstream says so."""
    usage = upstream.get("usage")
    return usage_from_responses(usage) if isinstance(usage, dict) else None


def public_usage(usage: Mapping[str, Any], counted: Usage, price: Price | None = None) -> JsonObject:
    """Return the usage in OpenAI's keys; what xAI tells beyond is kept, and what the cache saved told."""
    input_details = {**_kept(usage.get("input_tokens_details")), "cached_tokens": counted.cached}
    input_details["cache_write_tokens"] = _integer(input_details.get("cache_write_tokens"), 0)
    output_details = {**_kept(usage.get("output_tokens_details")), "reasoning_tokens": counted.reasoning}
    public: JsonObject = {
        "input_tokens": counted.input,
        "input_tokens_details": input_details,
        "output_tokens": counted.output,
        "output_tokens_details": output_details,
        "total_tokens": counted.total,
    }
    for name, value in usage.items():
        if value is not None and name not in public:
            public[name] = value
    if price is not None:
        public["cache_savings_in_usd_ticks"] = price.saved(counted)
    return public


def public_tools(tools: object) -> list[JsonObject]:
    """Return the tools as echoed: functions with all five keys, hosted ones as sent."""
    if not isinstance(tools, list):
        return []
    return [_public_tool(tool) for tool in tools if isinstance(tool, dict)]


def _public_tool(tool: Mapping[str, Any]) -> JsonObject:
    kind = tool.get("type")
    if kind == "function":
        return {**_FUNCTION, **_kept(tool)}
    if kind == "code_interpreter":
        return {"type": "code_interpreter", "container": {"type": "auto"}, **_kept(tool)}
    if kind == "custom":
        return {**_kept(tool), "format": _kept(tool.get("format")) or {"type": "text"}}
    if kind == "namespace":
        return {"description": "", **_kept(tool), "tools": public_tools(tool.get("tools"))}
    return _kept(tool)


def _kept(mapping: object) -> JsonObject:
    """Return an object without its nulls: the same one, not to be changed, where there are none."""
    if not isinstance(mapping, dict):
        return {}
    if None not in mapping.values():
        return mapping
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


def _tool_choice(choice: object) -> object:
    return choice if choice and isinstance(choice, (str, dict)) else "auto"


def _not_false(value: object) -> bool:
    return value is not False


def _true(value: object) -> bool:
    return value is True


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _share(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 1.0


def _integer(value: object, default: int) -> int:
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else default


def _tokens(value: object) -> int | None:
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


_REPEATED: Mapping[str, Callable[[Any], object]] = MappingProxyType(
    {
        "background": _true,
        "instructions": _string,
        "max_output_tokens": _tokens,
        "parallel_tool_calls": _not_false,
        "prompt_cache_key": _string,
        "safety_identifier": _string,
        "store": _not_false,
        "temperature": _share,
        "text": _text,
        "tool_choice": _tool_choice,
        "tools": public_tools,
        "top_p": _share,
        "metadata": _metadata,
    }
)
"""How a field of the request is repeated, in any form in which it may have been sent."""


def _repeated(asked: Mapping[str, Any]) -> JsonObject:
    """Return the response object as far as the request alone tells it."""
    public = _BLANK.copy()
    for name, value in asked.items():
        write = _REPEATED.get(name)
        if write is not None:
            public[name] = write(value)
    if isinstance(asked.get("user"), str):
        public["user"] = asked["user"]
    return public
