"""Reads the tools that a client offers, and which of them the model may or must call.

Modern, flat and legacy forms of functions come out as one, and so do all ways to ask for what xAI runs
itself. Must never lose a demand: a choice that cannot be met is refused, since a client that forces a
function waits for a call.
Source: xai-api.md §2.2, §2.3, §8 rows 12 to 15.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import msgspec

from grok2api.canonical.body import Body
from grok2api.dialects.chat.searching import options_tools, parameters_tools
from grok2api.dialects.chat.shapes import FunctionSpec, NamedFunction, SearchParameters, Tool, ToolChoice
from grok2api.dialects.fields import Dropped, misshapen, missing
from grok2api.dialects.function_schema import Schema, raw_object_schema
from grok2api.dialects.offered_tools import check_number
from grok2api.dialects.server_tools import ServerTool, code_interpreter, is_web_search, web_search
from grok2api.errors import InvalidRequest, Unsupported

_SERVER = frozenset({"web_search", "x_search", "code_interpreter", "code_execution", "live_search"})
_FIELDS = ("tools", "functions", "tool_choice", "function_call", "search_parameters", "web_search_options")
ChoiceWord = Literal["none", "auto", "required"]


@dataclass(frozen=True, slots=True)
class Function:
    """A function that the client executes, with a schema that xAI takes."""

    name: str
    description: str | None
    parameters: Schema
    strict: bool | None

    def described(self) -> dict[str, object]:
        """Return it as an object, without what the client left out."""
        result: dict[str, object] = {"name": self.name}
        if self.description is not None:
            result["description"] = self.description
        result["parameters"] = self.parameters
        if self.strict is not None:
            result["strict"] = self.strict
        return result


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The tools offered and the choice among them."""

    functions: tuple[Function, ...] = ()
    server: tuple[ServerTool, ...] = ()
    """What xAI runs itself, in its own words."""
    choice: ChoiceWord | NamedFunction | None = None
    parallel: bool | None = None


_NO_TOOLS = Toolbox()


def read_tools(values: Mapping[str, object], body: Body, dropped: Dropped) -> Toolbox:
    """Return the tools of a request.

    Args:
        values: Its checked fields.
        body: The request itself, for the settings of tools that xAI runs.
        dropped: Takes down what these lack.

    Raises:
        InvalidRequest: a tool lacks its name, there are too many, or the choice names none of them.
        Unsupported: a tool or a choice of a kind that Grok lacks.
    """
    if values.keys().isdisjoint(_FIELDS):
        return _NO_TOOLS
    offered = cast("Sequence[Tool]", values.get("tools", ()))
    functions = [
        _function(tool, f"tools[{index}]")
        for index, tool in enumerate(offered)
        if not is_server_tool(tool.type)
    ]
    for index, spec in enumerate(cast("Sequence[FunctionSpec]", values.get("functions", ()))):
        functions.append(_specified(spec, f"functions[{index}]"))
    server = _server_tools(values, body, dropped)
    check_number(len(functions) + len(server), "tools" if "tools" in values else "functions")
    choice = _choice(values, {function.name for function in functions}, offered=bool(functions or server))
    if not functions and not server:
        return _NO_TOOLS
    return Toolbox(tuple(functions), tuple(server), choice, _parallel(values))


def _parallel(values: Mapping[str, object]) -> bool | None:
    """Return whether several calls may come at once; the legacy form has room for one only."""
    wanted = values.get("parallel_tool_calls")
    if isinstance(wanted, bool):
        return wanted
    return False if "functions" in values and "tools" not in values else None


def _server_tools(values: Mapping[str, object], body: Body, dropped: Dropped) -> list[ServerTool]:
    """Return what xAI is to run, from wherever it was asked for."""
    offered = cast("Sequence[Tool]", values.get("tools", ()))
    tools: list[ServerTool] = []
    if any(is_server_tool(tool.type) for tool in offered):
        for index, tool in enumerate(cast("list[dict[str, Any]]", body.peek("tools"))):
            if is_server_tool(kind := tool.get("type") or "function"):
                tools += _server_tool(kind, tool, f"tools[{index}]", dropped)
    parameters = values.get("search_parameters")
    if isinstance(parameters, SearchParameters):
        tools += parameters_tools(parameters, "search_parameters", dropped)
    kinds = [tool["type"] for tool in tools]
    for kind in ("web_search", "x_search"):
        if kinds.count(kind) > 1:
            raise InvalidRequest(f"The tool '{kind}' is asked for more than once.", param="tools")
    options = values.get("web_search_options")
    if isinstance(options, dict):
        found = options_tools(options, "web_search_options", dropped)
        tools += [] if "web_search" in kinds else found
    return tools


def is_server_tool(kind: str | None) -> bool:
    """Tell whether xAI runs tools of this type itself; no type is a function's."""
    return kind is not None and (kind in _SERVER or is_web_search(kind))


def _server_tool(kind: str, tool: ServerTool, path: str, dropped: Dropped) -> list[ServerTool]:
    given = {name: value for name, value in tool.items() if value is not None}
    if kind == "live_search":
        return parameters_tools(_live_search(given, path), path, dropped)
    if kind == "x_search":
        return [given]
    if kind in {"code_interpreter", "code_execution"}:
        return [code_interpreter(given, path, dropped)]
    found = web_search(given, path, dropped)
    return [] if found is None else [found]


def _live_search(tool: ServerTool, path: str) -> SearchParameters:
    try:
        return msgspec.convert({name: tool[name] for name in tool if name != "type"}, SearchParameters)
    except msgspec.ValidationError as error:
        raise misshapen(path, error) from None


def _function(tool: Tool, path: str) -> Function:
    if tool.type not in {"function", None}:
        raise Unsupported(
            f"Tools of type '{str(tool.type)[:64]}' are not supported here; use 'function', 'web_search', "
            "'x_search' or 'code_interpreter'.",
            param=f"{path}.type",
        )
    if tool.function is not None:
        return _specified(tool.function, f"{path}.function")
    if not tool.name:
        raise missing(f"{path}.function")
    return _specified(FunctionSpec(tool.name, tool.description, tool.parameters, tool.strict), path)


def _specified(spec: FunctionSpec, path: str) -> Function:
    parameters = raw_object_schema(spec.parameters, f"{path}.parameters")
    return Function(spec.name, spec.description, parameters, spec.strict)


def _choice(
    values: Mapping[str, object], names: set[str], *, offered: bool
) -> ChoiceWord | NamedFunction | None:
    param = "tool_choice" if "tool_choice" in values else "function_call"
    choice = values.get(param)
    if choice is None:
        return None
    if isinstance(choice, str):
        return _word(choice, param, offered=offered)
    named = _named(choice, param)
    if named.name not in names:
        raise InvalidRequest(f"'{param}' names a function that is not among the tools.", param=param)
    return named


def _word(choice: str, param: str, *, offered: bool) -> ChoiceWord:
    if choice == "none":
        return "none"
    if choice == "auto":
        return "auto"
    if choice != "required" or param != "tool_choice":
        raise InvalidRequest(f"'{param}' must be none, auto, required or a named function.", param=param)
    if not offered:
        raise InvalidRequest("'tool_choice' is 'required', but there are no tools.", param=param)
    return "required"


def _named(choice: object, param: str) -> NamedFunction:
    if isinstance(choice, NamedFunction):
        return choice
    if isinstance(choice, ToolChoice):
        if choice.type not in {"function", None}:
            raise Unsupported(
                f"A tool choice of type '{str(choice.type)[:64]}' is not supported.", param=f"{param}.type"
            )
        name = choice.function.name if choice.function is not None else choice.name
        if name:
            return NamedFunction(name)
    raise missing(f"{param}.function.name")
