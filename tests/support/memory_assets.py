"""The part of the store in memory that knows pictures, clips and sounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from grok2api.storage.records import Asset, AssetCursor, Conflict


class MemoryAssets:
    """Assets in a dict."""

    def __init__(self, reach: Callable[[], None]) -> None:
        self._reach = reach
        self.rows: dict[str, Asset] = {}

    async def add(self, asset: Asset) -> None:
        self._reach()
        if asset.id in self.rows:
            raise Conflict("another record already holds what must be unique")
        self.rows[asset.id] = asset

    async def get(self, identifier: str) -> Asset | None:
        self._reach()
        return self.rows.get(identifier)

    async def touch(self, identifier: str, *, now: float) -> bool:
        self._reach()
        row = self.rows.get(identifier)
        if row is not None:
            self.rows[identifier] = replace(row, last_used_at=max(row.last_used_at, now))
        return row is not None

    async def delete(self, identifier: str, *, unused_since: float | None = None) -> bool:
        self._reach()
        row = self.rows.get(identifier)
        if row is None or (unused_since is not None and row.last_used_at > unused_since):
            return False
        del self.rows[identifier]
        return True

    async def total_size(self, host: str) -> int:
        self._reach()
        return sum(row.size for row in self.rows.values() if row.host == host)

    async def idle(
        self, host: str, *, unused_since: float, limit: int, after: AssetCursor | None = None
    ) -> tuple[Asset, ...]:
        self._reach()
        found = [
            row
            for row in self.rows.values()
            if row.host == host and row.last_used_at <= unused_since and (not after or row.idleness > after)
        ]
        return tuple(sorted(found, key=lambda row: row.idleness)[:limit])

    async def recent(
        self,
        limit: int,
        *,
        owner: str | None = None,
        kind: str | None = None,
        before: AssetCursor | None = None,
    ) -> tuple[Asset, ...]:
        self._reach()
        found = [
            row
            for row in self.rows.values()
            if owner in {None, row.owner}
            and kind in {None, row.kind}
            and (before is None or row.cursor < before)
        ]
        return tuple(sorted(found, key=lambda row: row.cursor, reverse=True)[:limit])

    async def beginning(self, host: str, prefix: str) -> tuple[Asset, ...]:
        self._reach()
        return tuple(row for row in self.rows.values() if row.host == host and row.id.startswith(prefix))
