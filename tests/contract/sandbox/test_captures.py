"""Our objects and events beside recorded ones: every key that was recorded is in ours, in the same order.

The recordings are not in the repository; XAI_CAPTURES_DIR says where they are.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest

DIRECTORY = os.environ.get("XAI_CAPTURES_DIR")
pytestmark = pytest.mark.skipif(DIRECTORY is None, reason="XAI_CAPTURES_DIR is not set: no recorded traffic")
WEATHER = {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]}
ELSEWHERE = {"image_generation_call", "file_search_call"}


def recorded(name: str) -> list[Any]:
    text = (Path(DIRECTORY or "") / name).read_text()
    if name.endswith(".txt"):
        return [msgspec.json.decode(line) for line in text.splitlines() if line.strip()]
    return [msgspec.json.decode(text)]


def shapes(value: Any, path: str = "") -> dict[str, list[str]]:
    """Return the keys, in order, of every object in a value by its path and type."""
    if isinstance(value, list):
        return merged(shapes(item, f"{path}[]") for item in value)
    if not isinstance(value, dict) or path.endswith(".tools[]") or value.get("type") in ELSEWHERE:
        return {}
    kind = value.get("type", value.get("object"))
    here = f"{path}<{kind}>" if isinstance(kind, str) else path
    return merged([{here: list(value)}, *(shapes(each, f"{here}.{key}") for key, each in value.items())])


def merged(found: Iterable[dict[str, list[str]]]) -> dict[str, list[str]]:
    """Return all shapes in one; keys met later are added at the end."""
    whole: dict[str, list[str]] = {}
    for each in found:
        for path, keys in each.items():
            known = whole.setdefault(path, [])
            known.extend(key for key in keys if key not in known)
    return whole


async def chat(client: Any, *, tools: bool, stream: bool) -> list[Any]:
    more = (
        {"tools": [{"type": "function", "function": {"name": "weather", "parameters": WEATHER}}]}
        if tools
        else {}
    )
    got = await client.chat("What is the weather in San Francisco?", stream=stream, **more)
    return got.events if stream else [got.json]


async def respond(client: Any, *, search: bool, stream: bool) -> list[Any]:
    if search:
        await client.order("older_search")
    more = {"tools": [{"type": "web_search"}], "include": ["no_inline_citations"]} if search else {}
    got = await client.respond("what is xAI", model="grok-4.7", stream=stream, **more)
    return got.events if stream else [got.json]


@pytest.mark.parametrize(
    ("name", "ask", "options"),
    [
        ("chat_xai-text.json", chat, {"tools": False, "stream": False}),
        ("chat_xai-text.chunks.txt", chat, {"tools": False, "stream": True}),
        ("chat_xai-tool-call.json", chat, {"tools": True, "stream": False}),
        ("chat_xai-tool-call.chunks.txt", chat, {"tools": True, "stream": True}),
        (
            "responses_xai-text-with-reasoning-streaming.1.chunks.txt",
            respond,
            {"search": False, "stream": True},
        ),
        ("responses_xai-web-search-tool.1.chunks.txt", respond, {"search": True, "stream": True}),
        ("responses_xai-web-search-tool.1.json", respond, {"search": True, "stream": False}),
        ("responses_xai-image-generation-tool.1.json", respond, {"search": False, "stream": False}),
        ("responses_xai-file-search-tool.1.json", respond, {"search": False, "stream": False}),
    ],
)
async def test_every_recorded_key_is_ours(client: Any, name: str, ask: Any, options: Any) -> None:
    ours = merged(shapes(value) for value in await ask(client, **options))
    theirs = merged(shapes(value) for value in recorded(name))
    for path, keys in theirs.items():
        assert [key for key in ours[path] if key in keys] == keys, path
