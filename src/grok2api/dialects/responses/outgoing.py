"""Upstream's items as they may leave: calls under the client's own names, encrypted content with its mark.

Every way out passes here: events of a stream, whole answers, stored ones. Must never change an item in place:
upstream's final object holds it once more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grok2api.dialects.responses.sealing import Sealer
from grok2api.dialects.responses.tool_names import ToolNames

_ENCRYPTED = frozenset({"reasoning", "compaction"})


class Outgoing:
    """The way out of one answer's items.

    Args:
        sealer: Knows the account that serves.
        names: What the client's tools are called upstream.
    """

    __slots__ = ("_names", "_sealer")

    def __init__(self, sealer: Sealer, names: ToolNames) -> None:
        self._sealer = sealer
        self._names = names

    def item(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return an item as the client knows it; the same one where nothing differs."""
        kind = item.get("type")
        if kind == "function_call":
            return self._names.client_item(item)
        content = item.get("encrypted_content") if kind in _ENCRYPTED else None
        if isinstance(content, str) and content:
            return {**item, "encrypted_content": self._sealer.encrypted(content)}
        return item

    def renames(self, name: object) -> bool:
        """Tell whether calls of an upstream function show otherwise to the client."""
        return self._names.client_tool(name) is not None
