"""Reads the functions that a client offers, and which of them the model may or must call.

Modern, flat and legacy forms come out as one. Must never lose a demand: a choice that cannot be met is
refused, since a client that forces a function waits for a call.
Source: xai-api.md §2.2, §2.3, §8 rows 12 to 15.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from grok2api.dialects.chat.shapes import FunctionSpec, NamedFunction, Tool, ToolChoice
from grok2api.dialects.function_schema import Schema, raw_object_schema
from grok2api.errors import InvalidRequest, Unsupported

MAX_TOOLS = 350
_FIELDS = ("tools", "functions", "tool_choice", "function_call")
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
    """The functions offered and the choice among them."""

    functions: tuple[Function, ...] = ()
    choice: ChoiceWord | NamedFunction | None = None
    parallel: bool | None = None


_NO_TOOLS = Toolbox()


def read_tools(values: Mapping[str, object]) -> Toolbox:
    """Return the tools of a request's checked fields.

    Raises:
        InvalidRequest: a tool lacks its name, there are too many, or the choice names none of them.
        Unsupported: a tool or a choice of a kind that Grok lacks.
    """
    if values.keys().isdisjoint(_FIELDS):
        return _NO_TOOLS
    functions = [
        _function(tool, f"tools[{index}]")
        for index, tool in enumerate(cast("Sequence[Tool]", values.get("tools", ())))
    ]
    for index, spec in enumerate(cast("Sequence[FunctionSpec]", values.get("functions", ()))):
        functions.append(_specified(spec, f"functions[{index}]"))
    if len(functions) > MAX_TOOLS:
        raise InvalidRequest(
            f"At most {MAX_TOOLS} tools are possible; {len(functions)} were sent.",
            param="tools" if "tools" in values else "functions",
        )
    choice = _choice(values, {function.name for function in functions})
    if not functions:
        return _NO_TOOLS
    parallel = values.get("parallel_tool_calls")
    return Toolbox(tuple(functions), choice, parallel if isinstance(parallel, bool) else None)


def _function(tool: Tool, path: str) -> Function:
    if tool.type != "function":
        raise Unsupported(
            f"Tools of type '{tool.type[:64]}' are not supported here; use 'function'.", param=f"{path}.type"
        )
    if tool.function is not None:
        return _specified(tool.function, f"{path}.function")
    if not tool.name:
        raise InvalidRequest(
            f"Missing required parameter: '{path}.function'.",
            param=f"{path}.function",
            code="missing_required_parameter",
        )
    return _specified(FunctionSpec(tool.name, tool.description, tool.parameters, tool.strict), path)


def _specified(spec: FunctionSpec, path: str) -> Function:
    parameters = raw_object_schema(spec.parameters, f"{path}.parameters")
    return Function(spec.name, spec.description, parameters, spec.strict)


def _choice(values: Mapping[str, object], names: set[str]) -> ChoiceWord | NamedFunction | None:
    param = "tool_choice" if "tool_choice" in values else "function_call"
    choice = values.get(param)
    if choice is None:
        return None
    if isinstance(choice, str):
        return _word(choice, param, offered=bool(names))
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
        if choice.type != "function":
            raise Unsupported(
                f"A tool choice of type '{choice.type[:64]}' is not supported.", param=f"{param}.type"
            )
        name = choice.function.name if choice.function is not None else choice.name
        if name:
            return NamedFunction(name)
    raise InvalidRequest(
        f"Missing required parameter: '{param}.function.name'.",
        param=f"{param}.function.name",
        code="missing_required_parameter",
    )
