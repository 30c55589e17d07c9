"""The tools of a request, as xAI accepts them.

Chat completions take nested functions only; Responses takes flat ones, and tools that run on the server.
"""

from __future__ import annotations

import re
from typing import Any

from grok2api.sandbox import fields, refusals
from grok2api.sandbox.dialogue import FunctionTool, Toolbox
from grok2api.sandbox.schema_check import check_schema
from grok2api.sandbox.wire import Json

MAX_TOOLS = 350
CHAT_TYPES = ("function", "live_search")
RESPONSES_TYPES = (
    "function",
    "web_search",
    "x_search",
    "code_interpreter",
    "file_search",
    "mcp",
    "image_generation",
    "shell",
    "tool_search",
)
CHOICES = ("none", "auto", "required")
LISTS = {
    "web_search": ("allowed_domains", "excluded_domains", 5),
    "x_search": ("allowed_x_handles", "excluded_x_handles", 20),
}
"""Of a search: what may be allowed, what may be excluded instead, and how many of either."""
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
UNION_AT_ROOT = ("anyOf", "oneOf", "allOf")
CLIENT_TYPES = ("function", "shell")


def read(body: Json, *, nested: bool) -> Toolbox:
    """Return the tools and the choice among them; `nested` is the form of chat completions.

    Raises: Refusal 422 for unknown types, 410 for live search, 400 for the rest.
    """
    functions: list[FunctionTool] = []
    server: list[str] = []
    tools = fields.sequence(body, "tools") or []
    for index, value in enumerate(tools):
        tool = fields.item_mapping(value, f"tools[{index}]")
        kind = fields.variant(
            tool.get("type"), f"tools[{index}].type", CHAT_TYPES if nested else RESPONSES_TYPES
        )
        if kind == "live_search":
            raise refusals.live_search_gone()
        if kind == "function":
            functions.append(_function(tool, f"tools[{index}].", nested=nested))
        else:
            _check_server_tool(tool, kind)
            server.append(kind)
    if len(tools) > MAX_TOOLS:
        raise refusals.invalid(f"Too many tools: {len(tools)}. The maximum is {MAX_TOOLS}.")
    choice, named = _choice(body.get("tool_choice"), nested=nested)
    if body.get("tool_choice") is not None and not tools:
        raise refusals.invalid("A tool_choice was set on the request but no tools were specified.")
    if named and choice not in {tool.name for tool in functions}:
        raise refusals.invalid(f"The function {choice} of tool_choice is not among the tools.")
    parallel = fields.boolean(body, "parallel_tool_calls", default=True)
    return Toolbox(tuple(functions), tuple(server), choice, named, parallel)


def has_client_tools(body: Json) -> bool:
    """Tell whether the request brings tools that the client would have to run."""
    tools = fields.sequence(body, "tools") or []
    return any(isinstance(tool, dict) and tool.get("type") in CLIENT_TYPES for tool in tools)


def _function(tool: Json, where: str, *, nested: bool) -> FunctionTool:
    holder = fields.mapping(tool, "function", where) if nested else tool
    if holder is None:
        raise refusals.malformed(where.rstrip("."), "missing field `function`")
    where = f"{where}function." if nested else where
    name = fields.required_string(holder, "name", where)
    parameters = fields.mapping(holder, "parameters", where) or {}
    if any(key in parameters for key in UNION_AT_ROOT):
        raise refusals.invalid(f"Invalid schema for function {name}: the root must be of type object.")
    check_schema(parameters, f"{where}parameters")
    return FunctionTool(name, fields.string(holder, "description", where) or "", parameters)


def _check_server_tool(tool: Json, kind: str) -> None:
    refused = {
        "web_search": ("external_web_access", "search_context_size", "user_location"),
        "code_interpreter": ("container",),
        "mcp": ("require_approval", "connector_id"),
    }
    for name in refused.get(kind, ()):
        if tool.get(name) is not None:
            raise refusals.invalid(f"Argument not supported on tool {kind}: {name}")

    if kind in LISTS:
        _check_search(tool, kind)


def _check_search(tool: Json, kind: str) -> None:
    """Refuse both lists at once, a list that is too long, and days that are none."""
    allowed, excluded, most = LISTS[kind]
    settings = {**(fields.mapping(tool, "filters", f"{kind}.") or {}), **tool}
    lists = [fields.sequence(settings, name, f"{kind}.") for name in (allowed, excluded)]
    if all(lists):
        raise refusals.invalid(f"{kind}: only one of {allowed} and {excluded} may be set.")
    if any(len(each or ()) > most for each in lists):
        raise refusals.invalid(f"{kind}: at most {most} entries are allowed in {allowed} or {excluded}.")
    for name in ("from_date", "to_date"):
        day = fields.string(tool, name, f"{kind}.")
        if day is not None and (kind != "x_search" or DAY.fullmatch(day) is None):
            raise refusals.invalid(f"{kind}: {name} is not a date in the form YYYY-MM-DD that it takes.")


def _choice(value: Any, *, nested: bool) -> tuple[str, bool]:
    if value is None:
        return "auto", False
    if isinstance(value, str):
        return fields.variant(value, "tool_choice", CHOICES), False
    choice = fields.item_mapping(value, "tool_choice")
    fields.variant(choice.get("type"), "tool_choice.type", ("function",))
    holder = (fields.mapping(choice, "function", "tool_choice.") or {}) if nested else choice
    return fields.required_string(holder, "name", "tool_choice."), True
