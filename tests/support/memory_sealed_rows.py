"""The parts of the store in memory that keep sealed rows: conversations, and words of requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from grok2api.storage.contents import RequestContent
from grok2api.storage.records import Transcript

if TYPE_CHECKING:
    from support.memory_records import Revisions

Row = TypeVar("Row", Transcript, RequestContent)


class MemorySealedRows(Generic[Row]):
    """Sealed rows in a dict."""

    def __init__(self, revisions: Revisions) -> None:
        self._revisions = revisions
        self.rows: dict[str, Row] = {}

    async def put(self, rows: Sequence[Row]) -> None:
        self._revisions.reach()
        for row in rows:
            self.rows.setdefault(row.id, row)

    async def get(self, identifier: str) -> Row | None:
        self._revisions.reach()
        return self.rows.get(identifier)

    async def delete(self, identifier: str) -> bool:
        self._revisions.reach()
        return self.rows.pop(identifier, None) is not None

    async def owners(self) -> tuple[str, ...]:
        self._revisions.reach()
        return tuple(sorted({row.key_id for row in self.rows.values()}))

    async def delete_of(self, key_id: str, *, limit: int | None = None) -> int:
        return self._forget([row for row in self.rows.values() if row.key_id == key_id][:limit])

    async def delete_ended(self, now: float, *, limit: int) -> int:
        ended = [row for row in self.rows.values() if row.expires_at <= now]
        return self._forget(sorted(ended, key=lambda row: row.expires_at)[:limit])

    def _forget(self, rows: list[Row]) -> int:
        self._revisions.reach()
        for row in rows:
            del self.rows[row.id]
        return len(rows)
