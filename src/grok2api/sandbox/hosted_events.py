"""How a stream tells the items of tools that run on the server, other than searches on the web.

Source: xAI's documentation of streaming; the names of the events are OpenAI's.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol

from grok2api.sandbox import tokens
from grok2api.sandbox.wire import Json


class Log(Protocol):
    """Where events are added."""

    def add(self, kind: str, **fields: Any) -> None:
        """Add an event of type `kind`."""


_STEPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "file_search_call": ("in_progress", "searching", "completed"),
        "image_generation_call": ("in_progress", "generating", "completed"),
        "mcp_list_tools": ("in_progress", "completed"),
        "shell_call": (),
    }
)
_UNTOLD: Mapping[str, Json] = MappingProxyType(
    {
        "file_search_call": {"queries": [], "results": None},
        "image_generation_call": {"result": None},
        "mcp_list_tools": {"tools": []},
        "shell_call": {},
    }
)


def plain(log: Log, item: Json, index: int) -> None:
    """Tell an item that has steps and nothing else between its beginning and its end."""
    kind = item["type"]
    running = {"status": "in_progress"} if "status" in item else {}
    log.add("response.output_item.added", item=item | _UNTOLD[kind] | running, output_index=index)
    for step in _STEPS[kind]:
        log.add(f"response.{kind}.{step}", item_id=item["id"], output_index=index)
    log.add("response.output_item.done", item=item, output_index=index)


def code_interpreter(log: Log, item: Json, index: int) -> None:
    """Tell a run of code."""
    shared: Json = {"item_id": item["id"], "output_index": index}
    untold = {name: value for name, value in item.items() if name != "outputs"} | {"code": ""}
    log.add("response.output_item.added", item=untold | {"status": "in_progress"}, output_index=index)
    log.add("response.code_interpreter_call.in_progress", **shared)
    for piece in tokens.split(item["code"]):
        log.add("response.code_interpreter_call_code.delta", delta=piece, **shared)
    log.add("response.code_interpreter_call_code.done", code=item["code"], **shared)
    log.add("response.code_interpreter_call.interpreting", **shared)
    log.add("response.code_interpreter_call.completed", **shared)
    log.add("response.output_item.done", item=item, output_index=index)


def mcp_call(log: Log, item: Json, index: int) -> None:
    """Tell a call of a tool of an MCP server."""
    shared: Json = {"item_id": item["id"], "output_index": index}
    untold = {name: value for name, value in item.items() if name != "output"} | {"arguments": ""}
    log.add("response.output_item.added", item=untold | {"status": "in_progress"}, output_index=index)
    log.add("response.mcp_call.in_progress", **shared)
    log.add("response.mcp_call_arguments.delta", delta=item["arguments"], **shared)
    log.add("response.mcp_call_arguments.done", arguments=item["arguments"], **shared)
    log.add("response.mcp_call.completed", **shared)
    log.add("response.output_item.done", item=item, output_index=index)
