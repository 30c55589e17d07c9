"""The ledger of requests, written in batches and often more than once.

Must never count a request twice: the request id is the key, and the first row stands.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select

from grok2api.storage.records import UsageCursor, UsageRecord
from grok2api.storage.sql.insert import insert_if_absent
from grok2api.storage.sql.rows import from_row
from grok2api.storage.sql.tables import usage_records

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Dialect

    from grok2api.storage.sql.engine import Database


class SqlUsage:
    """The ledger of requests."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._insert: tuple[str, Callable[[UsageRecord], tuple[object, ...]]] | None = None

    async def append(self, rows: Sequence[UsageRecord]) -> None:
        """Keep all rows or none; a request id that is there already keeps its first row."""
        if not rows:
            return
        async with self._database.appending() as connection:
            statement, values = self._statement(connection.dialect)
            await connection.exec_driver_sql(statement, [values(row) for row in rows])

    def _statement(self, dialect: Dialect) -> tuple[str, Callable[[UsageRecord], tuple[object, ...]]]:
        """Return the insert as the driver takes it, and what makes its values from a row.

        Compiled once: building the parameters of every row anew cost more than a third of a request.
        """
        if self._insert is None:
            compiled = insert_if_absent(dialect.name, usage_records).compile(dialect=dialect)
            names: list[str] | None = getattr(compiled, "positiontup", None)
            if names is None:
                raise LookupError(f"the {dialect.name} driver takes no values by position")
            self._insert = compiled.string, attrgetter(*names)
        return self._insert

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
