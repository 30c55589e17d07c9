"""Reads the tools that a client offers, and which of them the model may or must call.

Its own tools become functions; those that Anthropic would run become the ones that xAI runs. Must never
lose a demand: a kind or a choice that cannot be met is refused by name.
Source: openai-compat.md §9; xai-api.md §2.3, §8 rows 12 to 15.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from grok2api.dialects.fields import Dropped, needed
from grok2api.dialects.function_schema import raw_object_schema
from grok2api.dialects.messages.shapes import McpServer, Tool, ToolChoice
from grok2api.dialects.offered_tools import check_number
from grok2api.errors import InvalidRequest, Unsupported

_MOST_DOMAINS: Final = 5
_WORDS: Final = {"auto": "auto", "any": "required", "none": "none"}

Described = dict[str, object]


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The tools of a request, in the words of the Responses API."""

    tools: tuple[Described, ...] = ()
    choice: str | Described | None = None
    parallel: bool | None = None

    @property
    def has_functions(self) -> bool:
        """Whether the client executes any of them."""
        return any(tool["type"] == "function" for tool in self.tools)

    @property
    def has_server_tools(self) -> bool:
        """Whether upstream runs any of them itself."""
        return any(tool["type"] != "function" for tool in self.tools)


def read_tools(values: Mapping[str, object], dropped: Dropped) -> Toolbox:
    """Return the tools of a request's checked fields.

    Raises:
        InvalidRequest: a tool lacks its name, there are too many, or the choice names none of them.
        Unsupported: a tool or a choice of a kind that Grok lacks.
    """
    offered = cast("Sequence[Tool]", values.get("tools", ()))
    servers = cast("Sequence[McpServer]", values.get("mcp_servers", ()))
    tools: list[Described] = []
    for index, tool in enumerate(offered):
        tools += _tool(tool, f"tools[{index}]", servers, dropped)
    for index, server in enumerate(servers):
        tools += _mcp(server, f"mcp_servers[{index}]")
    check_number(len(tools), "tools")
    choice = cast("ToolChoice | None", values.get("tool_choice"))
    chosen = _choice(choice, tools)
    if not tools:
        return Toolbox()
    alone = choice.disable_parallel_tool_use if choice is not None else None
    return Toolbox(tuple(tools), chosen, False if alone else None)


def _tool(tool: Tool, path: str, servers: Sequence[McpServer], dropped: Dropped) -> list[Described]:
    kind = tool.type or "custom"
    if kind == "custom":
        return [_function(tool, path, dropped)]
    if kind.startswith("web_search_"):
        return [_web_search(tool, path, dropped)]
    if kind.startswith("code_execution_"):
        return [{"type": "code_interpreter"}]
    if kind == "mcp_toolset":
        _check_toolset(tool, path, servers)
        return []
    raise Unsupported(
        f"Tools of type '{kind[:64]}' are not supported with Grok. "
        "Give a tool of your own with a 'name' and an 'input_schema'.",
        param=f"{path}.type",
    )


def _function(tool: Tool, path: str, dropped: Dropped) -> Described:
    described: Described = {"type": "function", "name": needed(tool.name or None, f"{path}.name")}
    if tool.description is not None:
        described["description"] = tool.description
    described["parameters"] = raw_object_schema(tool.input_schema, f"{path}.input_schema")
    if tool.strict is not None:
        described["strict"] = tool.strict
    if tool.input_examples:
        dropped.note(f"{path}.input_examples")
    return described


def _web_search(tool: Tool, path: str, dropped: Dropped) -> Described:
    if tool.allowed_domains and tool.blocked_domains:
        raise InvalidRequest(
            f"'{path}' may name allowed or blocked domains, not both.", param=f"{path}.blocked_domains"
        )
    described: Described = {"type": "web_search"}
    for name, upstream, domains in (
        ("allowed_domains", "allowed_domains", tool.allowed_domains),
        ("blocked_domains", "excluded_domains", tool.blocked_domains),
    ):
        if domains and len(domains) > _MOST_DOMAINS:
            raise Unsupported(
                f"'{path}.{name}' may name {_MOST_DOMAINS} domains at most.", param=f"{path}.{name}"
            )
        if domains:
            described[upstream] = domains
    for name in ("max_uses", "user_location"):
        if getattr(tool, name) is not None:
            dropped.note(f"{path}.{name}")
    return described


def _check_toolset(tool: Tool, path: str, servers: Sequence[McpServer]) -> None:
    """A toolset stands for a server of `mcp_servers`, which is offered anyway.

    Raises:
        InvalidRequest: there is no such server.
        Unsupported: it names single tools, whose defaults Grok does not know.
    """
    if all(server.name != tool.mcp_server_name for server in servers):
        raise InvalidRequest(
            f"'{path}.mcp_server_name' names no server of 'mcp_servers'.", param=f"{path}.mcp_server_name"
        )
    for name in ("default_config", "configs"):
        if getattr(tool, name):
            raise Unsupported(
                f"'{path}.{name}' is not supported with Grok; use 'tool_configuration.allowed_tools'.",
                param=f"{path}.{name}",
            )


def _mcp(server: McpServer, path: str) -> list[Described]:
    if server.type != "url":
        raise Unsupported(
            f"Servers of type '{server.type[:64]}' are not supported with Grok.", param=f"{path}.type"
        )
    wanted = server.tool_configuration
    if wanted is not None and wanted.enabled is False:
        return []
    described: Described = {"type": "mcp", "server_label": server.name, "server_url": server.url}
    if server.authorization_token:
        described["authorization"] = server.authorization_token
    if wanted is not None and wanted.allowed_tools is not None:
        described["allowed_tools"] = wanted.allowed_tools
    return [described]


def _choice(choice: ToolChoice | None, tools: Sequence[Described]) -> str | Described | None:
    if choice is None:
        return None
    word = _WORDS.get(choice.type)
    if word is not None:
        if word == "required" and not tools:
            raise InvalidRequest("'tool_choice' is 'any', but there are no tools.", param="tool_choice")
        return word
    if choice.type != "tool":
        raise Unsupported(
            f"A tool choice of type '{choice.type[:64]}' is not supported.", param="tool_choice.type"
        )
    name = needed(choice.name or None, "tool_choice.name")
    for tool in tools:
        if tool["type"] == "function" and tool["name"] == name:
            return {"type": "function", "name": name}
        if tool["type"] == name or (tool["type"], name) == ("code_interpreter", "code_execution"):
            return {"type": tool["type"]}
    raise InvalidRequest("'tool_choice.name' names none of the tools.", param="tool_choice.name")
