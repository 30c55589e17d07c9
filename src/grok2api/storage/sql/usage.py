"""The ledger of requests, written in batches and often more than once, and the traces kept beside it.

Must never count a request twice: the request id is the key, and the first row stands.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final

from sqlalchemy import BigInteger, and_, bindparam, cast, delete, func, or_, select

from grok2api.storage.records import TraceRecord, UsageCursor, UsageRecord, UsageTotals
from grok2api.storage.sql.chunks import chunks
from grok2api.storage.sql.insert import insert_if_absent
from grok2api.storage.sql.repeats import repeating
from grok2api.storage.sql.rows import fetch_all, from_row, without_nul
from grok2api.storage.sql.tables import request_traces, usage_records

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Column, Dialect, Label, Table

    from grok2api.storage.sql.engine import Database, Unit

    Insertion = tuple[str, Callable[[object], tuple[object, ...]]]

_AFTER_MARK: Final = "$"
"""The character after `#`, which parts a client's id from what makes it unique."""


@repeating
class SqlUsage:
    """The ledger of requests."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._insertions: dict[str, Insertion] = {}

    async def append(self, rows: Sequence[UsageRecord], traces: Sequence[TraceRecord] = ()) -> None:
        """Keep all rows or none; a request id that is there already keeps its first row."""
        if not rows and not traces:
            return
        async with self._database.appending() as connection:
            await self._insert(connection, usage_records, rows)
            await self._insert(connection, request_traces, traces)

    async def trace(self, cursor: UsageCursor, /) -> TraceRecord | None:
        """Return how the request of a record came to its credential, if that is still kept."""
        started_at, request_id = cursor
        key = request_traces.c
        query = select(request_traces).where(key.started_at == started_at, key.request_id == request_id)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return None if row is None else from_row(TraceRecord, row)

    async def forget_traces(self, before: float, /, *, limit: int) -> int:
        """Forget the oldest traces from before a time; return how many.

        One statement for both is beyond MySQL, which deletes from no table that it picks from.
        """
        time, request_id = request_traces.c.started_at, request_traces.c.request_id
        oldest = select(time, request_id).where(time < before).order_by(time, request_id).limit(limit)
        forget = delete(request_traces).where(time == bindparam("time"), request_id == bindparam("id"))
        async with self._database.appending() as connection:
            found = (await connection.execute(oldest)).all()
            for chunk in chunks(found):
                await connection.execute(forget, [{"time": at, "id": which} for at, which in chunk])
        return len(found)

    async def totals(self) -> tuple[UsageTotals, ...]:
        """Return what each credential has served so far, in the order of their ids."""
        row = usage_records.c
        query = (
            select(
                row.credential_id,
                func.count().label("requests"),
                _whole_sum(row.input_tokens),
                _whole_sum(row.output_tokens),
                _whole_sum(row.cost_ticks),
                func.max(row.started_at).label("last_used_at"),
            )
            .where(row.credential_id != "")
            .group_by(row.credential_id)
            .order_by(row.credential_id)
        )
        async with self._database.reading() as connection:
            return await fetch_all(connection, query, UsageTotals)

    async def get(self, request_id: str, /) -> UsageRecord | None:
        """Return the record of one request."""
        query = select(usage_records).where(usage_records.c.request_id == request_id)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return None if row is None else from_row(UsageRecord, row)

    async def latest(self, request_id: str, /) -> UsageRecord | None:
        """Return the newest record of a request id, or of one that a client chose."""
        key = usage_records.c.request_id
        chosen = and_(key > f"{request_id}#", key < f"{request_id}{_AFTER_MARK}")
        query = select(usage_records).where(or_(key == request_id, chosen))
        newest = query.order_by(usage_records.c.started_at.desc()).limit(1)
        async with self._database.reading() as connection:
            row = (await connection.execute(newest)).mappings().one_or_none()
        return None if row is None else from_row(UsageRecord, row)

    async def recent(self, limit: int, before: UsageCursor | None = None) -> tuple[UsageRecord, ...]:
        """Return the newest records, newest first."""
        time, request_id = usage_records.c.started_at, usage_records.c.request_id
        query = select(usage_records).order_by(time.desc(), request_id.desc()).limit(limit)
        if before is not None:
            query = query.where(or_(time < before[0], and_(time == before[0], request_id < before[1])))
        async with self._database.reading() as connection:
            return await fetch_all(connection, query, UsageRecord)

    async def _insert(self, connection: Unit, table: Table, records: Sequence[object]) -> None:
        if records:
            statement, values = self._insertion(connection.dialect, table)
            rows = [tuple(map(without_nul, values(each))) for each in records]
            await connection.exec_driver_sql(statement, rows)

    def _insertion(self, dialect: Dialect, table: Table) -> Insertion:
        """Return the insert as the driver takes it, and what makes its values from a record.

        Compiled once: building the parameters of every row anew cost more than a third of a request.
        """
        if table.name not in self._insertions:
            compiled = insert_if_absent(dialect.name, table).compile(dialect=dialect)
            names: list[str] | None = getattr(compiled, "positiontup", None)
            if names is None:
                raise LookupError(f"the {dialect.name} driver takes no values by position")
            self._insertions[table.name] = compiled.string, attrgetter(*names)
        return self._insertions[table.name]


def _whole_sum(column: Column[int]) -> Label[int]:
    """Return the sum of a column as a whole number, which is a decimal one on some databases."""
    return cast(func.sum(column), BigInteger).label(column.name)
