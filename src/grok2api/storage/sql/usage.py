"""The ledger of requests, written in batches and often more than once.

Must never count a request twice: the request id is the key, and the first row stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select

from grok2api.storage.records import UsageCursor, UsageRecord
from grok2api.storage.sql.insert import insert_if_absent
from grok2api.storage.sql.rows import from_row, to_row
from grok2api.storage.sql.tables import usage_records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grok2api.storage.sql.engine import Database


class SqlUsage:
    """The ledger of requests."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, rows: Sequence[UsageRecord]) -> None:
        """Keep all rows or none; a request id that is there already keeps its first row."""
        if not rows:
            return
        async with self._database.appending() as connection:
            statement = insert_if_absent(connection.dialect.name, usage_records)
            await connection.execute(statement, [to_row(row) for row in rows])

    async def get(self, request_id: str) -> UsageRecord | None:
        """Return the record of one request."""
        query = select(usage_records).where(usage_records.c.request_id == request_id)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return None if row is None else from_row(UsageRecord, row)

    async def recent(self, limit: int, before: UsageCursor | None = None) -> tuple[UsageRecord, ...]:
        """Return the newest records, newest first."""
        time, request_id = usage_records.c.started_at, usage_records.c.request_id
        query = select(usage_records).order_by(time.desc(), request_id.desc()).limit(limit)
        if before is not None:
            query = query.where(or_(time < before[0], and_(time == before[0], request_id < before[1])))
        async with self._database.reading() as connection:
            result = await connection.execute(query)
            return tuple(from_row(UsageRecord, row) for row in result.mappings())
