"""The `tools` of a request in the words that xAI takes.

Must never offer the model a tool that the client did not ask for, nor one that it asked to keep off.
Source: xai-api.md §2.3, §8 rows 12 to 15; openai-python `Tool`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from grok2api.dialects.fields import Dropped, missing, refusal
from grok2api.dialects.function_schema import object_schema
from grok2api.dialects.offered_tools import check_number
from grok2api.dialects.responses.disguises import Tool, custom_function, placed
from grok2api.dialects.responses.tool_names import ToolNames
from grok2api.dialects.server_tools import code_interpreter, is_web_search, web_search
from grok2api.errors import InvalidRequest, Unsupported

_SANE_NAME = re.compile(r"[A-Za-z0-9_]{1,64}\Z")
_CLIENT_TOOLS = frozenset({"function", "shell", "tool_search"})
_CALLED_BY_NAME = ("function", "custom")
_PROGRAMMATIC = frozenset({"allowed_callers", "async", "output_schema"})
_INSTEAD: Mapping[str, str] = MappingProxyType(
    {
        "apply_patch": " Offer it as a 'custom' tool.",
        "local_shell": " Offer 'shell', or a function.",
    }
)
"""What to offer in the place of a tool that has another form with Grok."""


def edited_tools(tools: list[Tool], names: ToolNames, dropped: Dropped) -> list[Tool]:
    """Return the tools for upstream, equal to `tools` where nothing needs an edit.

    Raises:
        InvalidRequest: too many of them, or one without a type or a name.
        Unsupported: a kind that Grok cannot offer, or a setting that changes what it does.
    """
    edited: list[Tool] = []
    for place, tool in enumerate(tools):
        path = f"tools[{place}]"
        if tool.get("type") == "namespace":
            edited += _namespace(tool, path, names, dropped)
            continue
        ready = _edited(tool, path, dropped)
        if ready is not None:
            edited.append(ready)
    check_number(len(edited), "tools")
    return edited


def has_client_tools(tools: list[Tool]) -> bool:
    """Tell whether the client executes any of these."""
    return any(tool.get("type") in _CLIENT_TOOLS for tool in tools)


def _edited(tool: Tool, path: str, dropped: Dropped) -> Tool | None:
    kind = tool.get("type")
    if not isinstance(kind, str):
        raise missing(f"{path}.type")
    editor = _EDITORS.get("web_search" if is_web_search(kind) else kind)
    if editor is None:
        advice = _INSTEAD.get(kind, "")
        raise Unsupported(
            f"Tools of type '{kind[:64]}' are not supported with Grok.{advice}", param=f"{path}.type"
        )
    return editor({name: value for name, value in tool.items() if value is not None}, path, dropped)


def _namespace(tool: Tool, path: str, names: ToolNames, dropped: Dropped) -> list[Tool]:
    """Return the tools of a namespace as functions of their own."""
    namespace, inner = _name(tool, path), tool.get("tools")
    if not isinstance(inner, list) or not all(isinstance(one, dict) for one in inner):
        raise InvalidRequest(f"'{path}.tools' must be a list of tools.", param=f"{path}.tools")
    told, functions = tool.get("description"), []
    for number, one in enumerate(inner):
        at = f"{path}.tools[{number}]"
        if one.get("type") not in _CALLED_BY_NAME:
            raise Unsupported("A namespace holds functions and custom tools only.", param=f"{at}.type")
        function = _edited(one, at, dropped)
        if function is not None:
            name = function["name"]
            about = placed(
                function.get("description"), name, namespace, told if isinstance(told, str) else None
            )
            function = {**function, "name": names.upstream_name(name, namespace), "description": about}
            functions.append(function)
            told = None
    return functions


def _name(tool: Tool, path: str) -> str:
    name = tool.get("name")
    if not isinstance(name, str) or not name:
        raise missing(f"{path}.name")
    return name


def _function(tool: Tool, path: str, dropped: Dropped) -> Tool:
    _name(tool, path)
    parameters = tool.get("parameters")
    if parameters is not None and not isinstance(parameters, dict):
        raise InvalidRequest(f"'{path}.parameters' must be an object.", param=f"{path}.parameters")
    if not isinstance(tool.get("strict"), bool | None):
        raise InvalidRequest(f"'{path}.strict' must be true or false.", param=f"{path}.strict")
    kept = _called_directly(tool, path, dropped)
    return {**kept, "parameters": object_schema(parameters, f"{path}.parameters")}


def _custom(tool: Tool, path: str, dropped: Dropped) -> Tool:
    name, form = _name(tool, path), tool.get("format", {"type": "text"})
    kind = form.get("type") if isinstance(form, dict) else None
    if kind == "grammar":
        for member in ("syntax", "definition"):
            if not isinstance(form.get(member), str):
                raise missing(f"{path}.format.{member}")
    elif kind != "text":
        raise InvalidRequest(f"'{path}.format.type' must be text or grammar.", param=f"{path}.format.type")
    return custom_function(_called_directly(tool, path, dropped), name)


def _called_directly(tool: Tool, path: str, dropped: Dropped) -> Tool:
    """Return a tool of the client without what is about calls by programs, which Grok does not write."""
    if _PROGRAMMATIC.isdisjoint(tool):
        return tool
    callers = tool.get("allowed_callers", ["direct"])
    if not isinstance(callers, list) or "direct" not in callers:
        raise refusal(f"{path}.allowed_callers", "The model calls tools directly.")
    if len(callers) > 1:
        dropped.note(f"{path}.allowed_callers")
    if tool.get("async"):
        dropped.note(f"{path}.async")
    if "output_schema" in tool:
        dropped.note(f"{path}.output_schema")
    return {name: value for name, value in tool.items() if name not in _PROGRAMMATIC}


def _mcp(tool: Tool, path: str, dropped: Dropped) -> Tool:
    if tool.get("require_approval", "never") != "never":
        raise Unsupported(
            "Grok runs MCP tools without asking: 'require_approval' must be \"never\".",
            param=f"{path}.require_approval",
        )
    if "connector_id" in tool:
        raise refusal(f"{path}.connector_id", "Give the server's 'server_url'.")
    kept = {name: value for name, value in tool.items() if name != "require_approval"}
    allowed = tool.get("allowed_tools")
    if isinstance(allowed, dict):
        if allowed.get("read_only") is not None:
            raise refusal(f"{path}.allowed_tools.read_only", "Name the tools.")
        kept["allowed_tools"] = allowed.get("tool_names") or []
    return kept


def _file_search(tool: Tool, path: str, dropped: Dropped) -> Tool:
    if tool.get("filters"):
        raise refusal(f"{path}.filters", "It searches whole collections.")
    if tool.get("ranking_options"):
        dropped.note(f"{path}.ranking_options")
    return {name: value for name, value in tool.items() if name not in {"filters", "ranking_options"}}


def _image_generation(tool: Tool, path: str, dropped: Dropped) -> Tool:
    if tool.get("input_image_mask"):
        raise refusal(f"{path}.input_image_mask", "It paints whole pictures.")
    for name in sorted(tool.keys() - {"type", "action", "input_image_mask"}):
        if _SANE_NAME.match(name) and tool[name] != "auto" and tool[name] != 0:
            dropped.note(f"{path}.{name}")
    return {name: value for name, value in tool.items() if name in {"type", "action"}}


def _shell(tool: Tool, path: str, dropped: Dropped) -> Tool:
    environment = tool.get("environment")
    kind = environment.get("type") if isinstance(environment, dict) else "local"
    if kind != "local":
        raise refusal(f"{path}.environment.type", "A shell is the client's own: 'local'.")
    return tool


def _as_sent(tool: Tool, path: str, dropped: Dropped) -> Tool:
    return tool


_EDITORS: Mapping[str, Callable[[Tool, str, Dropped], Tool | None]] = MappingProxyType(
    {
        "function": _function,
        "custom": _custom,
        "web_search": web_search,
        "code_interpreter": code_interpreter,
        "code_execution": code_interpreter,
        "mcp": _mcp,
        "x_search": _as_sent,
        "file_search": _file_search,
        "image_generation": _image_generation,
        "shell": _shell,
        "tool_search": _as_sent,
    }
)
