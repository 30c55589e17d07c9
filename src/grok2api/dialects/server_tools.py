"""Tools that xAI runs on its own servers, in the words that it takes.

Every dialect offers them, each under its own path. Must never offer a search that may not go online, and
never send a setting that xAI answers with 400.
Source: xai-api.md §2.3, §8 row 11.
"""

from __future__ import annotations

from typing import Any

from grok2api.dialects.fields import Dropped

ServerTool = dict[str, Any]


def is_web_search(kind: str) -> bool:
    """Tell whether a tool's type is one of the names of the web search, dated ones included."""
    return kind == "web_search" or kind.startswith(("web_search_preview", "web_search_20"))


def web_search(tool: ServerTool, path: str, dropped: Dropped) -> ServerTool | None:
    """Return the search; None when it must not go online, which Grok's always does."""
    if tool.get("external_web_access") is False:
        return None
    for name in ("search_context_size", "user_location"):
        if name in tool:
            dropped.note(f"{path}.{name}")
    gone = {"external_web_access", "search_context_size", "user_location"}
    return {**{name: value for name, value in tool.items() if name not in gone}, "type": "web_search"}


def code_interpreter(tool: ServerTool, path: str, dropped: Dropped) -> ServerTool:
    """Return the interpreter; its container is xAI's own."""
    if tool.get("container", {"type": "auto"}) != {"type": "auto"}:
        dropped.note(f"{path}.container")
    kept = {name: value for name, value in tool.items() if name != "container"}
    return {**kept, "type": "code_interpreter"}
