"""The part of the store in memory that knows who made which file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grok2api.storage.files import FileCursor, FileRecord
    from support.memory_records import Revisions


class MemoryFiles:
    """Files in a dict."""

    def __init__(self, revisions: Revisions) -> None:
        self._revisions = revisions
        self.rows: dict[str, FileRecord] = {}

    async def put(self, record: FileRecord) -> None:
        self._revisions.reach()
        self.rows.setdefault(record.id, record)

    async def get(self, identifier: str) -> FileRecord | None:
        self._revisions.reach()
        return self.rows.get(identifier)

    async def page(
        self,
        key_id: str,
        *,
        now: float,
        limit: int,
        after: FileCursor | None = None,
        newest_first: bool = True,
        purpose: str = "",
    ) -> tuple[FileRecord, ...]:
        self._revisions.reach()
        rows = [
            row
            for row in sorted(self.rows.values(), key=lambda row: row.cursor, reverse=newest_first)
            if row.key_id == key_id
            and row.deleted_at is None
            and (row.expires_at is None or row.expires_at > now)
            and purpose in {"", row.purpose}
            and (after is None or (row.cursor < after if newest_first else row.cursor > after))
        ]
        return tuple(rows[:limit])

    async def delete(self, identifier: str, *, now: float) -> bool:
        self._revisions.reach()
        row = self.rows.get(identifier)
        if row is None or row.deleted_at is not None:
            return False
        self.rows[identifier] = replace(row, deleted_at=now)
        return True

    async def forget(self, before: float, *, limit: int) -> int:
        self._revisions.reach()
        gone = [
            row.id
            for row in self.rows.values()
            if any(at is not None and at <= before for at in (row.deleted_at, row.expires_at))
        ][:limit]
        for identifier in gone:
            del self.rows[identifier]
        return len(gone)
