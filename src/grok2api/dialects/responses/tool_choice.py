"""Which of the offered tools the model may or must call, in the words that xAI takes.

xAI knows three words and the name of a function. A choice of a hosted tool, or of some among the tools, is
kept by sending those tools only: then `required` can mean nothing else. Must never lose a demand.
Source: openai-python `ToolChoice`, `ToolChoiceAllowed`; xai-api.md §2.3, §8 row 14.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from grok2api.dialects.fields import missing
from grok2api.dialects.responses.disguises import Tool
from grok2api.dialects.responses.tool_names import ToolNames
from grok2api.dialects.server_tools import is_web_search
from grok2api.errors import InvalidRequest, Unsupported

_WORDS = frozenset({"none", "auto", "required"})
_CALLED_BY_NAME = frozenset({"function", "custom"})
_HOSTED = frozenset(
    {"web_search", "x_search", "code_interpreter", "file_search", "image_generation", "shell", "tool_search"}
)
_OTHER_NAMES: Mapping[str, str] = MappingProxyType({"code_execution": "code_interpreter"})

Picked = dict[int, Tool]
"""By their places: those of the tools that go upstream."""


class Chosen(NamedTuple):
    """What is sent upstream."""

    tools: list[Tool]
    choice: str | Tool | None
    """None is left out."""


def chosen_tools(choice: str | Tool, tools: list[Tool], names: ToolNames) -> Chosen:
    """Return the tools and the choice for upstream.

    Args:
        choice: As the client sent it.
        tools: As they go upstream.
        names: What the client's tools are called there.

    Raises:
        InvalidRequest: not a choice, or one of a tool that is not offered.
        Unsupported: a kind of choice that Grok lacks.
    """
    if isinstance(choice, str):
        return _word(choice, tools)
    kind = choice.get("type")
    if not isinstance(kind, str):
        raise missing("tool_choice.type")
    if kind == "allowed_tools":
        return _allowed(choice, tools, names)
    if kind in _CALLED_BY_NAME:
        name = _function_name(choice, "tool_choice", names)
        return Chosen(tools, {"type": "function", "name": name})
    return Chosen(list(_picked(choice, "tool_choice", tools, names).values()), "required")


def _word(choice: str, tools: list[Tool]) -> Chosen:
    if choice not in _WORDS:
        raise InvalidRequest("'tool_choice' must be none, auto, required or an object.", param="tool_choice")
    if choice == "required" and not tools:
        raise InvalidRequest("'tool_choice' asks for a tool, but there are none.", param="tool_choice")
    return Chosen(tools, choice if tools else None)


def _allowed(choice: Tool, tools: list[Tool], names: ToolNames) -> Chosen:
    mode, allowed = choice.get("mode", "auto"), choice.get("tools")
    if mode not in ("auto", "required"):
        raise InvalidRequest("'tool_choice.mode' must be auto or required.", param="tool_choice.mode")
    if not isinstance(allowed, list) or not allowed:
        raise InvalidRequest("'tool_choice.tools' must name tools.", param="tool_choice.tools")
    kept: dict[int, list[Tool]] = {}
    for number, one in enumerate(allowed):
        path = f"tool_choice.tools[{number}]"
        if not isinstance(one, dict):
            raise InvalidRequest(f"'{path}' must be an object.", param=path)
        for place, tool in _picked(one, path, tools, names).items():
            kept.setdefault(place, []).append(tool)
    # The client's order stays, which a prompt cache knows.
    return Chosen([_joined(kept[place]) for place in sorted(kept)], mode)


def _joined(named: list[Tool]) -> Tool:
    """Return a tool that several entries name; of an MCP server, each may allow something else."""
    allowed: dict[bytes, object] = {}
    for tool in named:
        names = tool.get("allowed_tools")
        if len(named) == 1 or not isinstance(names, list):
            return tool
        allowed.update((msgspec.json.encode(name), name) for name in names)
    return {**named[0], "allowed_tools": [*allowed.values()]}


def _picked(wanted: Tool, path: str, tools: list[Tool], names: ToolNames) -> Picked:
    """Return the offered tools that an object names."""
    kind = wanted.get("type")
    if not isinstance(kind, str):
        raise missing(f"{path}.type")
    if kind in _CALLED_BY_NAME:
        name = _function_name(wanted, path, names)
        return _found(tools, lambda tool: tool.get("name") == name, wanted, path)
    if kind == "namespace":
        return _found(tools, lambda tool: _namespace(tool, names) == wanted.get("name", ""), wanted, path)
    if kind == "mcp":
        label, only = wanted.get("server_label"), wanted.get("name")
        servers = _found(
            tools, lambda tool: tool["type"] == "mcp" and tool.get("server_label") == label, wanted, path
        )
        return {place: {**tool, "allowed_tools": [only]} if only else tool for place, tool in servers.items()}
    hosted = "web_search" if is_web_search(kind) else _OTHER_NAMES.get(kind, kind)
    if hosted not in _HOSTED:
        raise Unsupported(f"A tool choice of type '{kind[:64]}' is not supported with Grok.", param=path)
    return _found(tools, lambda tool: tool["type"] == hosted, wanted, path)


def _found(tools: list[Tool], fits: Callable[[Tool], bool], wanted: Tool, path: str) -> Picked:
    found = {place: tool for place, tool in enumerate(tools) if fits(tool)}
    if not found:
        what = wanted.get("name") or wanted.get("server_label") or wanted["type"]
        raise InvalidRequest(f"'{path}' names '{str(what)[:64]}', which is not among the tools.", param=path)
    return found


def _namespace(tool: Tool, names: ToolNames) -> str | None:
    known = names.client_tool(tool.get("name")) if tool["type"] == "function" else None
    return None if known is None else known.namespace


def _function_name(wanted: Tool, path: str, names: ToolNames) -> str:
    name = wanted.get("name")
    if not isinstance(name, str) or not name:
        raise missing(f"{path}.name")
    known = names.chosen(name, wanted.get("namespace"))
    if known is None:
        raise InvalidRequest(f"'{path}' names '{name[:64]}', which is not among the tools.", param=path)
    return known
