"""Which tool of the client each function upstream stands for, in one request or one stored response.

The way out and the way back use the same table, so a call comes back under the name and in the form in which
the client offered the tool. Must never touch a call of a function that is no disguise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from grok2api.dialects.responses.disguises import (
    Tool,
    custom_tool,
    legal_name,
    place_of,
    plain_name,
    sure_name,
)
from grok2api.dialects.responses.free_form import INPUT, free_form_input
from grok2api.errors import InvalidRequest

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ClientTool:
    """A tool that a client offers and executes."""

    name: str
    namespace: str | None = None
    custom: bool = False


class ToolNames:
    """The tools that are not called upstream what the client calls them, or are of another form.

    Args:
        disguised: By upstream's name of the function.
        plain: The functions that go by their own names.
    """

    __slots__ = ("_disguised", "_plain", "_upstream")

    def __init__(self, disguised: Mapping[str, ClientTool], plain: frozenset[str] = frozenset()) -> None:
        self._disguised = disguised
        self._plain = plain
        self._upstream = {(tool.namespace, tool.name): name for name, tool in disguised.items()}

    @classmethod
    def of_request(cls, tools: Sequence[Tool]) -> ToolNames:
        """Return the names for the tools of a request.

        Raises:
            InvalidRequest: two tools go by one name.
        """
        offered = list(_offered(tools))
        _refuse_twins(offered)
        own = frozenset(tool.name for _, tool in offered if tool.namespace is None)
        plain = Counter(plain_name(tool.namespace, tool.name) for _, tool in offered if tool.namespace)
        disguised: dict[str, ClientTool] = {}
        for _, tool in offered:
            if tool.namespace is not None:
                name = plain_name(tool.namespace, tool.name)
                if plain[name] > 1 or name in own or not legal_name(name):
                    name = sure_name(tool.namespace, tool.name)
                disguised[name] = tool
            elif tool.custom:
                disguised[tool.name] = tool
        return cls(disguised, own)

    @classmethod
    def recognised(cls, tools: object) -> ToolNames:
        """Return the names that the tools of a stored response tell."""
        disguised: dict[str, ClientTool] = {}
        for function in tools if isinstance(tools, list) else ():
            if not isinstance(function, dict) or function.get("type") != "function":
                continue
            name, place = function.get("name"), place_of(function)
            custom = custom_tool(function) is not None
            if isinstance(name, str) and place is not None:
                disguised[name] = ClientTool(place.name, place.namespace, custom)
            elif isinstance(name, str) and custom:
                disguised[name] = ClientTool(name, custom=True)
        return cls(disguised)

    def upstream_name(self, name: str, namespace: str | None) -> str:
        """Return what a tool is called upstream, whether or not it is offered this time."""
        if namespace is None:
            return name
        known = self._upstream.get((namespace, name))
        if known is not None:
            return known
        plain = plain_name(namespace, name)
        taken = plain in self._plain or plain in self._disguised
        return sure_name(namespace, name) if taken or not legal_name(plain) else plain

    def chosen(self, name: str, namespace: object) -> str | None:
        """Return what the tool that a choice names is called upstream; None if there is no such tool.

        A choice without a namespace may mean a tool of one, if no other tool has the name.
        """
        if isinstance(namespace, str):
            return self._upstream.get((namespace, name))
        if name in self._plain:
            return name
        found = [upstream for (_, inner), upstream in self._upstream.items() if inner == name]
        return found[0] if len(found) == 1 else None

    def client_tool(self, upstream_name: object) -> ClientTool | None:
        """Return the tool that a function stands for; None if it stands for itself."""
        return self._disguised.get(upstream_name) if isinstance(upstream_name, str) else None

    def client_item(self, item: Item) -> Item:
        """Return a call in the form of the tool that it calls; the same one where that is a function."""
        tool = self.client_tool(item.get("name")) if self._disguised else None
        if tool is None:
            return item
        call = {**item, "name": tool.name}
        if tool.namespace is not None:
            call["namespace"] = tool.namespace
        if tool.custom:
            arguments = call.pop("arguments", None)
            call["type"] = "custom_tool_call"
            call[INPUT] = free_form_input(arguments) if isinstance(arguments, str) and arguments else ""
        return call

    def client_choice(self, choice: object) -> object:
        """Return a choice of upstream's in the client's words."""
        tool = self.client_tool(choice.get("name")) if isinstance(choice, dict) else None
        if tool is None:
            return choice
        named: Tool = {"type": "custom" if tool.custom else "function", "name": tool.name}
        return named if tool.namespace is None else {**named, "namespace": tool.namespace}


NO_DISGUISES: Final = ToolNames({})


def client_tools(tools: object) -> list[Tool]:
    """Return the tools that a stored response repeats, as a client offers them."""
    shown: list[Tool] = []
    namespaces: dict[str, Tool] = {}
    for tool in tools if isinstance(tools, list) else ():
        if not isinstance(tool, dict):
            continue
        place = place_of(tool) if tool.get("type") == "function" else None
        if place is None:
            shown.append((custom_tool(tool) if tool.get("type") == "function" else None) or tool)
            continue
        holder = namespaces.get(place.namespace)
        if holder is None:
            holder = {"type": "namespace", "name": place.namespace, "description": "", "tools": []}
            namespaces[place.namespace] = holder
            shown.append(holder)
        holder["description"] = holder["description"] or place.namespace_description or ""
        inner = {**tool, "name": place.name, "description": place.description}
        holder["tools"].append(custom_tool(inner) or inner)
    return shown


def _offered(tools: Iterable[Tool]) -> Iterator[tuple[str, ClientTool]]:
    """Yield the tools that have names, each with its path, as far as they can be read."""
    for place, tool in enumerate(tools):
        path = f"tools[{place}]"
        kind, name = tool.get("type"), tool.get("name")
        if not isinstance(name, str):
            continue
        if kind in {"function", "custom"}:
            yield path, ClientTool(name, custom=kind == "custom")
        inner = tool.get("tools") if kind == "namespace" else None
        for number, one in enumerate(inner if isinstance(inner, list) else ()):
            if isinstance(one, dict) and isinstance(one.get("name"), str):
                yield f"{path}.tools[{number}]", ClientTool(one["name"], name, one.get("type") == "custom")


def _refuse_twins(offered: Sequence[tuple[str, ClientTool]]) -> None:
    seen: dict[tuple[str | None, str], ClientTool] = {}
    for path, tool in offered:
        twin = seen.setdefault((tool.namespace, tool.name), tool)
        if twin is not tool and (tool.custom or twin.custom or tool.namespace is not None):
            raise InvalidRequest(
                f"'{path}.name' is the name of another tool too: calls of the two could not be told apart.",
                param=f"{path}.name",
            )
