"""Models of the in-memory store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grok2api.storage.models import ModelOverride
    from support.memory_records import Revisions


class MemoryModels:
    """Models in a dict."""

    def __init__(self, revisions: Revisions) -> None:
        self._revisions = revisions
        self._rows: dict[str, ModelOverride] = {}

    async def list(self) -> tuple[ModelOverride, ...]:
        self._revisions.reach()
        return tuple(self._rows[identifier] for identifier in sorted(self._rows))

    async def get(self, identifier: str) -> ModelOverride | None:
        self._revisions.reach()
        return self._rows.get(identifier)

    async def put(self, model: ModelOverride) -> ModelOverride:
        self._revisions.reach()
        kept = replace(model, revision=self._revisions.advance())
        self._rows[kept.id] = kept
        return kept

    async def delete(self, identifier: str) -> bool:
        self._revisions.reach()
        if self._rows.pop(identifier, None) is None:
            return False
        self._revisions.deleted.append((self._revisions.advance(), "model", identifier))
        return True
