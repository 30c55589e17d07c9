"""How tools that xAI lacks look to it: as functions, and so that they are known again in what it echoes.

A custom tool becomes a function with one string argument. A tool of a namespace becomes a function whose
name begins with the namespace's, and whose description says where it belongs. The gateway keeps nothing of
it: what a stored response repeats of its tools is enough to undo both. Must never give two tools one name.
Source: openai-python `CustomTool`, `NamespaceTool`; xai-api.md §8 rows 12, 13.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from grok2api.dialects.responses.free_form import INPUT

Tool = dict[str, Any]

_TITLE: Final = "free_form_tool"
"""Marks the schema of a custom tool. A title is the one annotation that every generator of schemas writes;
where upstream repeats the schema without it, the hint of the argument is mark enough."""
_ANY_TEXT: Final = "The whole input of the tool, as free-form text."
_GRAMMAR: Final = "The whole input of the tool, as text that matches this {syntax} grammar:\n{definition}"
_GRAMMAR_TOLD: Final = re.compile(
    re.escape(_GRAMMAR).replace(r"\{syntax\}", "([a-z]+)").replace(r"\{definition\}", "(.*)"), re.DOTALL
)
_PLACE: Final = "[{name} of the namespace {namespace}]"
_PLACE_TOLD: Final = re.compile(
    r"(?:(.*)\n\n)?\[([^\n\]]+) of the namespace ([^\n\]]+)\](?: (.*))?", re.DOTALL
)
_LEGAL: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}\Z")
_ILLEGAL: Final = re.compile(r"[^a-zA-Z0-9_-]")
_HASH: Final = 10
_INNER: Final = 36
_OUTER: Final = 64 - _INNER - _HASH - 2


class Place(NamedTuple):
    """Where a tool of a namespace belongs, as its description told."""

    name: str
    namespace: str
    description: str | None
    """The tool's own."""
    namespace_description: str | None
    """The namespace's, which its first tool carries."""


def custom_function(tool: Mapping[str, Any], name: str) -> Tool:
    """Return the function that stands for a custom tool."""
    function: Tool = {"type": "function", "name": name}
    if "description" in tool:
        function["description"] = tool["description"]
    hint = {"type": "string", "description": _hint(tool.get("format"))}
    function["parameters"] = {
        "type": "object",
        "title": _TITLE,
        "properties": {INPUT: hint},
        "required": [INPUT],
    }
    if "defer_loading" in tool:
        function["defer_loading"] = tool["defer_loading"]
    return function


def custom_tool(function: Mapping[str, Any]) -> Tool | None:
    """Return the custom tool that a function stands for; None if it is a function of its own."""
    parameters = function.get("parameters")
    if not isinstance(parameters, dict):
        return None
    properties = parameters.get("properties")
    if not isinstance(properties, dict) or properties.keys() != {INPUT}:
        return None
    if parameters.get("title") != _TITLE and not _is_hint(properties[INPUT]):
        return None
    tool: Tool = {"type": "custom", "name": function.get("name")}
    if function.get("description") is not None:
        tool["description"] = function["description"]
    tool["format"] = _format(properties[INPUT])
    if function.get("defer_loading") is not None:
        tool["defer_loading"] = function["defer_loading"]
    return tool


def placed(description: str | None, name: str, namespace: str, told: str | None) -> str:
    """Return the description of a tool that says which namespace it is of.

    Args:
        description: The tool's own.
        name: The tool's name in its namespace.
        namespace: The namespace's name.
        told: The namespace's own description; None where another of its tools carries it.
    """
    place = _PLACE.format(name=name, namespace=namespace)
    lines = [description] if description else []
    return "\n\n".join((*lines, f"{place} {told}" if told else place))


def place_of(function: Mapping[str, Any]) -> Place | None:
    """Return where a function belongs; None if it is of no namespace."""
    description = function.get("description")
    found = _PLACE_TOLD.fullmatch(description) if isinstance(description, str) else None
    if found is None:
        return None
    own, name, namespace, told = found.groups()
    names = (plain_name(namespace, name), sure_name(namespace, name))
    return Place(name, namespace, own, told) if function.get("name") in names else None


def plain_name(namespace: str, name: str) -> str:
    """Return the name that people expect of a tool in a namespace; it may be taken, or too long."""
    return namespace + ("" if namespace.endswith("__") else "__") + name


def sure_name(namespace: str, name: str) -> str:
    """Return a name that no other tool has, within the 64 letters, digits, `_` and `-` that xAI allows."""
    mark = blake2b(f"{namespace}\0{name}".encode(), digest_size=_HASH // 2).hexdigest()
    readable = f"{namespace[:_OUTER].rstrip('_')}_{name[:_INNER]}"
    return f"{_ILLEGAL.sub('_', readable)}_{mark}"


def legal_name(name: str) -> bool:
    """Tell whether xAI takes a function of this name."""
    return _LEGAL.match(name) is not None


def _hint(form: object) -> str:
    if isinstance(form, dict) and form.get("type") == "grammar":
        return _GRAMMAR.format(syntax=form.get("syntax"), definition=form.get("definition"))
    return _ANY_TEXT


def _is_hint(argument: object) -> bool:
    hint = argument.get("description") if isinstance(argument, dict) else None
    return isinstance(hint, str) and (hint == _ANY_TEXT or _GRAMMAR_TOLD.fullmatch(hint) is not None)


def _format(argument: object) -> Tool:
    hint = argument.get("description") if isinstance(argument, dict) else None
    found = _GRAMMAR_TOLD.fullmatch(hint) if isinstance(hint, str) else None
    if found is None:
        return {"type": "text"}
    return {"type": "grammar", "syntax": found[1], "definition": found[2]}
