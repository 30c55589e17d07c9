"""Tools that run on the server, other than searches: when the sandbox uses one, and what it writes of it.

A tool is used when the prompt asks for what it does. Nothing is really run, found or drawn.
Source: xAI's documentation of server-side tools; recorded answers for file search and image generation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from grok2api.sandbox.dialogue import Question, Search
from grok2api.sandbox.wire import Json

OUTPUTS = "code_interpreter_call.outputs"
RESULTS = "file_search_call.results"
MCP_OUTPUT = "mcp_call.output"

_WANTED: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "code_interpreter": re.compile(r"\b(?:code|compute|python)\b|代码|计算", re.IGNORECASE),
        "file_search": re.compile(r"\b(?:files?|documents?)\b|文件", re.IGNORECASE),
        "mcp": re.compile(r"\bmcp\b", re.IGNORECASE),
        "image_generation": re.compile(r"\b(?:draw|paint)\b|画", re.IGNORECASE),
    }
)
_SHELL = re.compile(r"\bshell\b|命令", re.IGNORECASE)
_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mM4IScHAAK2AQUKW6YGAAAAAElFTkSuQmCC"


def plan(question: Question, prompt: str) -> tuple[Search, ...]:
    """Return the tools that are run for a prompt, each with what it is run for."""
    offered = dict.fromkeys(question.toolbox.server)
    return tuple(
        Search(tool, prompt[:200]) for tool in offered if tool in _WANTED and _WANTED[tool].search(prompt)
    )


def command(question: Question, prompt: str) -> str | None:
    """Return the command that the client is to run in its shell, if a shell is offered and asked for."""
    answered = question.turns and question.turns[-1].role == "tool"
    if "shell" not in question.toolbox.server or answered or _SHELL.search(prompt) is None:
        return None
    return f"echo {msgspec.json.encode(prompt[:80]).decode()}"


def items(identifier: str, index: int, used: Search, include: frozenset[str]) -> list[Json]:
    """Return the items that a use of a tool leaves in response `identifier`."""
    return _WRITERS[used.tool](f"{identifier}_{index}", used.query, include)


def shell_call(identifier: str, call_id: str, line: str) -> Json:
    """Return the call of a shell that the client runs."""
    return {
        "id": f"sh_{identifier}",
        "type": "shell_call",
        "call_id": call_id,
        "action": {"commands": [line], "timeout_ms": 10_000, "max_output_length": None},
        "status": "completed",
    }


def _code(name: str, query: str, include: frozenset[str]) -> list[Json]:
    code = f"print({msgspec.json.encode(query).decode()})\n"
    item: Json = {"id": f"ci_{name}", "type": "code_interpreter_call", "status": "completed", "code": code}
    if OUTPUTS in include:
        item["outputs"] = [{"type": "logs", "logs": f"{query}\n"}]
    return [item]


def _files(name: str, query: str, include: frozenset[str]) -> list[Json]:
    found = {"file_id": "file_1", "filename": "notes.md", "score": 0.9, "text": query}
    results = [found] if RESULTS in include else None
    return [
        {
            "type": "file_search_call",
            "id": f"fs_{name}",
            "status": "completed",
            "queries": [query],
            "results": results,
        }
    ]


def _mcp(name: str, query: str, include: frozenset[str]) -> list[Json]:
    tool: Json = {"name": "ask", "description": "Answers.", "input_schema": {"type": "object"}}
    call: Json = {
        "id": f"mcp_{name}",
        "type": "mcp_call",
        "server_label": "sandbox",
        "name": "ask",
        "arguments": msgspec.json.encode({"query": query}).decode(),
        "status": "completed",
    }
    if MCP_OUTPUT in include:
        call["output"] = query
    listed: Json = {
        "id": f"mcpl_{name}",
        "type": "mcp_list_tools",
        "server_label": "sandbox",
        "tools": [tool],
    }
    return [listed, call]


def _picture(name: str, query: str, include: frozenset[str]) -> list[Json]:
    return [
        {
            "id": f"ig_{name}",
            "type": "image_generation_call",
            "status": "completed",
            "result": _PIXEL,
            "prompt": query,
        }
    ]


_WRITERS: Mapping[str, Callable[[str, str, frozenset[str]], list[Any]]] = MappingProxyType(
    {"code_interpreter": _code, "file_search": _files, "mcp": _mcp, "image_generation": _picture}
)
