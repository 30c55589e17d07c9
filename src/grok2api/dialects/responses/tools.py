"""The `tools` and `tool_choice` of a request in the words that xAI takes.

Must never offer the model a tool that the client did not ask for, nor one that it asked to keep off.
Source: xai-api.md §2.3, §8 rows 12 to 15; openai-python `Tool`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from grok2api.dialects.fields import Dropped, refusal
from grok2api.dialects.function_schema import object_schema
from grok2api.dialects.server_tools import code_interpreter, is_web_search, web_search
from grok2api.errors import InvalidRequest, Unsupported

MOST_TOOLS = 350

Tool = dict[str, Any]

_CHOICE_WORDS = frozenset({"none", "auto", "required"})
_CHOICE_KINDS = frozenset(
    {
        "function",
        "web_search",
        "x_search",
        "code_interpreter",
        "file_search",
        "mcp",
        "image_generation",
        "shell",
    }
)
_CLIENT_TOOLS = frozenset({"function", "shell", "tool_search"})


def edited_tools(tools: list[Tool], dropped: Dropped) -> list[Tool]:
    """Return the tools for upstream, equal to `tools` where nothing needs an edit.

    Raises:
        InvalidRequest: too many of them, or one without a type or a name.
        Unsupported: a kind that Grok cannot offer, or a setting that changes what it does.
    """
    if len(tools) > MOST_TOOLS:
        raise InvalidRequest(f"'tools' holds {len(tools)} tools; {MOST_TOOLS} is the most.", param="tools")
    edited = []
    for place, tool in enumerate(tools):
        path = f"tools[{place}]"
        kind = tool.get("type")
        if not isinstance(kind, str):
            raise _missing(f"{path}.type")
        editor = _EDITORS.get("web_search" if is_web_search(kind) else kind)
        if editor is None:
            raise Unsupported(
                f"Tools of type '{kind[:64]}' are not supported with Grok.", param=f"{path}.type"
            )
        given = {name: value for name, value in tool.items() if value is not None}
        ready = editor(given, path, dropped)
        if ready is not None:
            edited.append(ready)
    return edited


def edited_tool_choice(choice: str | Tool, *, has_tools: bool) -> str | Tool | None:
    """Return the choice for upstream; None where it is left out because there is nothing to choose.

    Raises:
        InvalidRequest: not a choice, or one that needs tools where there are none.
        Unsupported: a kind of choice that Grok lacks.
    """
    if isinstance(choice, str):
        if choice not in _CHOICE_WORDS:
            raise InvalidRequest(
                "'tool_choice' must be none, auto, required or an object.", param="tool_choice"
            )
        if not has_tools and choice != "required":
            return None
    else:
        choice = _edited_choice(choice)
    if not has_tools:
        raise InvalidRequest("'tool_choice' asks for a tool, but there are none.", param="tool_choice")
    return choice


def has_client_tools(tools: list[Tool]) -> bool:
    """Tell whether the client executes any of these."""
    return any(tool.get("type") in _CLIENT_TOOLS for tool in tools)


def _edited_choice(choice: Tool) -> Tool:
    kind = choice.get("type")
    if not isinstance(kind, str):
        raise _missing("tool_choice.type")
    if is_web_search(kind):
        return choice if kind == "web_search" else {**choice, "type": "web_search"}
    if kind not in _CHOICE_KINDS:
        raise Unsupported(
            f"A tool choice of type '{kind[:64]}' is not supported with Grok.", param="tool_choice"
        )
    return choice


def _function(tool: Tool, path: str, dropped: Dropped) -> Tool:
    name, parameters = tool.get("name"), tool.get("parameters")
    if not isinstance(name, str) or not name:
        raise _missing(f"{path}.name")
    if parameters is not None and not isinstance(parameters, dict):
        raise InvalidRequest(f"'{path}.parameters' must be an object.", param=f"{path}.parameters")
    return {**tool, "parameters": object_schema(parameters, f"{path}.parameters")}


def _mcp(tool: Tool, path: str, dropped: Dropped) -> Tool:
    if tool.get("require_approval", "never") != "never":
        raise Unsupported(
            "Grok runs MCP tools without asking: 'require_approval' must be \"never\".",
            param=f"{path}.require_approval",
        )
    if "connector_id" in tool:
        raise refusal(f"{path}.connector_id", "Give the server's 'server_url'.")
    return {name: value for name, value in tool.items() if name != "require_approval"}


def _as_sent(tool: Tool, path: str, dropped: Dropped) -> Tool:
    return tool


_EDITORS: Mapping[str, Callable[[Tool, str, Dropped], Tool | None]] = MappingProxyType(
    {
        "function": _function,
        "web_search": web_search,
        "code_interpreter": code_interpreter,
        "code_execution": code_interpreter,
        "mcp": _mcp,
        "x_search": _as_sent,
        "file_search": _as_sent,
        "image_generation": _as_sent,
        "shell": _as_sent,
        "tool_search": _as_sent,
    }
)


def _missing(path: str) -> InvalidRequest:
    return InvalidRequest(
        f"Missing required parameter: '{path}'.", param=path, code="missing_required_parameter"
    )
