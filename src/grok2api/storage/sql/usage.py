"""The ledger of requests, written in batches and often more than once, and the traces kept beside it.

Must never count a request twice: the request id is the key, and the first row stands.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, bindparam, delete, func, insert, literal, not_, or_, select

from grok2api.canonical.request_ids import MARK
from grok2api.errors import StorageError
from grok2api.storage.records import Conflict, TraceRecord, UsageCursor, UsageRecord, UsageTotals
from grok2api.storage.sql.chunks import chunks
from grok2api.storage.sql.insert import by_position, insert_if_absent
from grok2api.storage.sql.repeats import repeating
from grok2api.storage.sql.rows import fetch_all, fetch_one, without_nuls
from grok2api.storage.sql.usage_sums import SumWriter, forget_sums, read_leading, read_sums
from grok2api.storage.sql.usage_tables import request_traces, usage_records, usage_spans, usage_totals
from grok2api.storage.usage import DAY, NAME_LENGTH, SCANNED, UsageFilter, UsagePage, UsageSum, first_cursor

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from sqlalchemy import ColumnElement, Dialect, Table

    from grok2api.storage.sql.engine import Database, Unit
    from grok2api.storage.usage import Axis

    Insertion = tuple[str, Callable[[object], tuple[object, ...]]]

_AFTER_MARK: Final = chr(ord(MARK) + 1)
_BEYOND: Final = "\U0010ffff"
"""Greater than any text that does not begin with it."""
_TRIES: Final = 5


@repeating
class SqlUsage:
    """The ledger of requests."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._insertions: dict[str, Insertion] = {}
        self._sums = SumWriter()

    async def append(self, rows: Sequence[UsageRecord], traces: Sequence[TraceRecord] = ()) -> None:
        """Keep all rows or none; a request id that is there already keeps its first row.

        That a row is new is what its insert says: rows that come again are looked for only after a first
        try has met one, and once more if another process writes the same ones at the same time. They come
        in one order, so that two such processes never wait for each other crosswise.
        """
        if not rows and not traces:
            return
        first = {row.request_id: row for row in reversed(rows)}
        new = [first[each] for each in sorted(first)]
        for attempt in range(_TRIES):
            try:
                async with self._database.appending() as connection:
                    if attempt:
                        present = await self._present(connection, new)
                        new = [row for row in new if row.request_id not in present]
                    await self._insert(connection, usage_records, new, plain=True)
                    await self._insert(connection, request_traces, traces)
                    await self._sums.add(connection, new)
            except Conflict:
                continue
            return
        raise StorageError("Other processes keep writing the same usage rows; try again shortly.")

    async def _present(self, connection: Unit, rows: Sequence[UsageRecord]) -> set[str]:
        """Return which of these request ids are there."""
        key, found = usage_records.c.request_id, set[str]()
        for chunk in chunks([row.request_id for row in rows]):
            found.update(await connection.scalars(select(key).where(key.in_(chunk))))
        return found

    async def trace(self, cursor: UsageCursor, /) -> TraceRecord | None:
        """Return how the request of a record came to its credential, if that is still kept."""
        started_at, request_id = cursor
        key = request_traces.c
        query = select(request_traces).where(key.started_at == started_at, key.request_id == request_id)
        async with self._database.reading() as connection:
            return await fetch_one(connection, query, TraceRecord)

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

    async def forget_rows(self, before: float, /, *, limit: int) -> int:
        """Forget the oldest rows from before a time; return how many. Sums stay."""
        time, request_id = usage_records.c.started_at, usage_records.c.request_id
        oldest = select(request_id).where(time < before).order_by(time, request_id).limit(limit)
        forget = delete(usage_records).where(request_id == bindparam("id"))
        async with self._database.appending() as connection:
            found = (await connection.scalars(oldest)).all()
            for chunk in chunks(found):
                await connection.execute(forget, [{"id": which} for which in chunk])
        return len(found)

    async def forget_sums(self, before: float, /, *, limit: int) -> int:
        """Forget the oldest sums of hours that began before a time; return how many."""
        async with self._database.appending() as connection:
            return await forget_sums(connection, before, limit)

    async def totals(self) -> tuple[UsageTotals, ...]:
        """Return what each credential has served so far, in the order of their ids."""
        query = select(usage_totals).order_by(usage_totals.c.credential_id)
        async with self._database.reading() as connection:
            return await fetch_all(connection, query, UsageTotals)

    async def summarise(
        self,
        since: int,
        until: int,
        /,
        *,
        step: int = 0,
        by: Axis | None = None,
        only: Mapping[Axis, Collection[str]] | None = None,
    ) -> tuple[UsageSum, ...]:
        """Return sums in the order of their starts, then of their names."""
        async with self._database.reading() as connection:
            return await read_sums(connection, since, until, step=step, by=by, only=only or {})

    async def leading(
        self,
        since: int,
        until: int,
        /,
        *,
        by: Axis,
        limit: int,
        only: Mapping[Axis, Collection[str]] | None = None,
    ) -> tuple[str, ...]:
        """Return the names with the greatest cost, then the most requests."""
        async with self._database.reading() as connection:
            return await read_leading(connection, since, until, by=by, only=only or {}, limit=limit)

    async def search(
        self, wanted: UsageFilter, /, *, limit: int, before: UsageCursor | None = None, scanned: int = SCANNED
    ) -> UsagePage:
        """Return rows that fit, newest first, from before a cursor."""
        time, request_id = usage_records.c.started_at, usage_records.c.request_id
        newest = select(time, request_id).order_by(time.desc(), request_id.desc())
        async with self._database.reading() as connection:
            after = await _beginning_at(connection, wanted, first_cursor(wanted, before))
            reach = [*_indexed(wanted), *([] if after is None else [_before(after)])]
            if wanted.since is not None:
                reach.append(time >= wanted.since)
            if wanted.request_id and await self._is_rare(connection, wanted.request_id, scanned):
                along_the_key = (time + literal(0.0)).desc()  # no index of times tempts the database
                fitting = select(usage_records).where(*reach, *_conditions(wanted))
                named = fitting.order_by(along_the_key, request_id.desc()).limit(limit + 1)
                rows = await fetch_all(connection, named, UsageRecord)
                return UsagePage(rows[:limit], rows[limit - 1].cursor if len(rows) > limit else None)
            bound = (await connection.execute(newest.where(*reach).offset(scanned - 1).limit(1))).first()
            if bound is not None:
                reach.append(not_(_before((bound[0], bound[1]))))
            fitting = select(usage_records).where(*reach, *_conditions(wanted))
            page = fitting.order_by(time.desc(), request_id.desc()).limit(limit)
            rows = await fetch_all(connection, page, UsageRecord)
        if len(rows) == limit:
            return UsagePage(rows, rows[-1].cursor)
        return UsagePage(rows, None if bound is None else (bound[0], bound[1]))

    async def _is_rare(self, connection: Unit, prefix: str, most: int) -> bool:
        """Tell whether few enough ids begin so that they are looked at by their key, wherever they lie."""
        begun = select(literal(1)).select_from(usage_records).where(*_beginning(prefix))
        return (await connection.execute(begun.offset(most).limit(1))).first() is None

    async def get(self, request_id: str, /) -> UsageRecord | None:
        """Return the record of one request."""
        query = select(usage_records).where(usage_records.c.request_id == request_id)
        async with self._database.reading() as connection:
            return await fetch_one(connection, query, UsageRecord)

    async def latest(self, request_id: str, /) -> UsageRecord | None:
        """Return the newest record of a request id, or of one that a client chose."""
        key = usage_records.c.request_id
        chosen = and_(key > f"{request_id}{MARK}", key < f"{request_id}{_AFTER_MARK}")
        query = select(usage_records).where(or_(key == request_id, chosen))
        newest = query.order_by(usage_records.c.started_at.desc()).limit(1)
        async with self._database.reading() as connection:
            return await fetch_one(connection, newest, UsageRecord)

    async def recent(self, limit: int, before: UsageCursor | None = None) -> tuple[UsageRecord, ...]:
        """Return the newest records, newest first."""
        time, request_id = usage_records.c.started_at, usage_records.c.request_id
        query = select(usage_records).order_by(time.desc(), request_id.desc()).limit(limit)
        if before is not None:
            query = query.where(_before(before))
        async with self._database.reading() as connection:
            return await fetch_all(connection, query, UsageRecord)

    async def _insert(
        self, connection: Unit, table: Table, records: Sequence[object], *, plain: bool = False
    ) -> None:
        if records:
            statement, values = self._insertion(connection.dialect, table, plain=plain)
            rows = [without_nuls(values(each)) for each in records]
            await connection.exec_driver_sql(statement, rows)

    def _insertion(self, dialect: Dialect, table: Table, *, plain: bool) -> Insertion:
        """Return the insert as the driver takes it, and what makes its values from a record.

        Compiled once: building the parameters of every row anew cost more than a third of a request.
        """
        if table.name not in self._insertions:
            statement = insert(table) if plain else insert_if_absent(dialect.name, table)
            text, names = by_position(statement, dialect)
            self._insertions[table.name] = text, attrgetter(*names)
        return self._insertions[table.name]


def _before(place: UsageCursor) -> ColumnElement[bool]:
    time, request_id = usage_records.c.started_at, usage_records.c.request_id
    return or_(time < place[0], and_(time == place[0], request_id < place[1]))


async def _beginning_at(unit: Unit, wanted: UsageFilter, before: UsageCursor | None) -> UsageCursor | None:
    """Return before which place a search for a model begins: behind the last day that has sums of it.

    So what is rare, or not there, is not looked for through all that is. Rows may be older than any sum; a
    refused one whose model nobody knew is summed without a name.
    """
    if wanted.model is None:
        return before
    names = [wanted.model[:NAME_LENGTH], *([""] if wanted.end in {None, "refused"} else [])]
    day, spans = usage_spans.c.start, [usage_spans.c.axis == "model", usage_spans.c.step == DAY]
    known = [] if before is None else [day <= before[0]]
    having = select(func.max(day)).where(*spans, usage_spans.c.name.in_(names), *known)
    last = (await unit.execute(having)).scalar_one()
    if last is None:
        end = (await unit.execute(select(func.min(day)).where(*spans))).scalar_one()
    else:
        end = last + DAY
    if end is None:
        return before
    place = (float(end), "")
    return place if before is None else min(before, place)


def _conditions(wanted: UsageFilter) -> list[ColumnElement[bool]]:
    """Return what a row must fulfil, the span of time apart."""
    row = usage_records.c
    equal = (
        (row.key_id, wanted.key_id),
        (row.model, wanted.model),
        (row.credential_id, wanted.credential_id),
        (row.operation, wanted.operation),
        (row.end, wanted.end),
    )
    found: list[ColumnElement[bool]] = [column == value for column, value in equal if value is not None]
    if wanted.status_class is not None:
        found.append(row.status.between(wanted.status_class * 100, wanted.status_class * 100 + 99))
    if wanted.cost_over is not None:
        found.append(row.cost_ticks >= wanted.cost_over)
    if wanted.slower_than is not None:
        found.append(row.total_ms >= wanted.slower_than)
    if wanted.request_id:
        found += _beginning(wanted.request_id)
    return found


def _beginning(prefix: str) -> list[ColumnElement[bool]]:
    key = usage_records.c.request_id
    return [key >= prefix, key < prefix + _BEYOND]


def _indexed(wanted: UsageFilter) -> list[ColumnElement[bool]]:
    """Return the condition along whose index a search goes back in time: it looks at none of the others."""
    row = usage_records.c
    if wanted.credential_id is not None:
        return [row.credential_id == wanted.credential_id]
    return [] if wanted.key_id is None else [row.key_id == wanted.key_id]
