"""The sums beside the ledger's rows: added to in the transaction that keeps the rows, and read by the hour.

Must never be added to for a row that was there already, and must never be left behind by a row that is kept.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Final

from sqlalchemy import (
    BigInteger,
    and_,
    case,
    cast,
    delete,
    func,
    literal,
    literal_column,
    select,
    union_all,
)

from grok2api.kit.pace import Pace
from grok2api.storage.sql.chunks import chunks
from grok2api.storage.sql.insert import by_position, insert_or_join
from grok2api.storage.sql.rows import without_nul
from grok2api.storage.sql.usage_tables import usage_rollups, usage_spans, usage_totals
from grok2api.storage.usage import GREATEST_SUM, RANKED, SUMMED, UsageSum, summed
from grok2api.storage.usage_spans import axis_for, kept_from, merged, parts, spanned

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from typing import Any

    from sqlalchemy import ColumnElement, Table

    from grok2api.storage.records import UsageRecord
    from grok2api.storage.sql.engine import Unit
    from grok2api.storage.sql.insert import Join
    from grok2api.storage.usage import Axis
    from grok2api.storage.usage_spans import Part

    Statement = tuple[str, Callable[[dict[str, Any]], tuple[object, ...]]]

GREATEST_TOTAL: Final = 2**63 - 1
_NOTHING: Final = dict.fromkeys(SUMMED, 0)
_STARTS: Final = 1100
"""Beginnings of sums that are named one by one, so that a few names are found by them and not by a walk."""
_TOTALLED: Final = ("requests", "input_tokens", "output_tokens", "cost_ticks")


class SumWriter:
    """Adds to the sums. Its statements are compiled once: parameters built anew cost more than the rows."""

    def __init__(self) -> None:
        self._statements: dict[str, Statement] = {}

    async def add(self, unit: Unit, rows: Sequence[UsageRecord]) -> None:
        """Add rows that were not there before to the sums of their hours and of longer spans, and to totals.

        The sums come in one order, so that two writers wait for each other and never crosswise. What every
        writer has to add to comes last, and so is locked for the shortest time.
        """
        sums = summed(rows)
        hours = [{**_clean(key._asdict()), **_NOTHING, **amounts} for key, amounts in sums.items()]
        await self._run(unit, usage_rollups, hours, dict.fromkeys(SUMMED, _capped(GREATEST_SUM)))
        joins = {**dict.fromkeys(_TOTALLED, _capped(GREATEST_TOTAL)), "last_used_at": _later}
        await self._run(unit, usage_totals, [_clean(each) for each in _totalled(rows)], joins)
        spans = [{**_clean(key._asdict()), **_NOTHING, **amounts} for key, amounts in spanned(sums).items()]
        await self._run(unit, usage_spans, spans, dict.fromkeys(SUMMED, _capped(GREATEST_SUM)))

    async def _run(
        self, unit: Unit, table: Table, rows: Sequence[dict[str, Any]], joins: Mapping[str, Join]
    ) -> None:
        if not rows:
            return
        if table.name not in self._statements:
            statement, names = by_position(insert_or_join(unit.dialect.name, table, joins), unit.dialect)
            self._statements[table.name] = statement, itemgetter(*names)
        statement, values = self._statements[table.name]
        for chunk in chunks(rows):
            await unit.exec_driver_sql(statement, [values(row) for row in chunk])


async def read_sums(
    unit: Unit, since: int, until: int, *, step: int, by: Axis | None, only: Mapping[Axis, Collection[str]]
) -> tuple[UsageSum, ...]:
    """Return the sums of some hours, as `UsageStore.summarise` promises."""
    axis = axis_for(by, only)
    found: list[tuple[int, str, dict[str, int]]] = []
    pace = Pace()
    for part in parts(axis, since, until, step):
        source, time, conditions = _source(axis, part, only)
        start: ColumnElement[Any] = time - time % literal(step) if step else literal(since)
        name: ColumnElement[Any] = _named(source, by) if by else literal("")
        parted = [*([start] if step else []), *([name] if by else [])]
        sums = (cast(func.sum(source.c[each]), BigInteger).label(each) for each in SUMMED)
        query = select(start.label("span"), name.label("name"), *sums).where(*conditions).group_by(*parted)
        if not parted:
            query = query.having(func.count() > 0)
        for row in (await unit.execute(query)).all():
            found.append((int(row[0]), row[1], dict(zip(SUMMED, row[2:], strict=True))))
            if pace.due:
                await pace.rest()
    return await merged(found)


async def read_leading(
    unit: Unit, since: int, until: int, *, by: Axis, only: Mapping[Axis, Collection[str]], limit: int
) -> tuple[str, ...]:
    """Return the names that `UsageStore.leading` promises; only their cost and their number is read."""
    axis = axis_for(by, only)
    pieces = []
    for part in parts(axis, since, until, 0):
        source, _, conditions = _source(axis, part, only)
        name = _named(source, by)
        sums = (func.sum(source.c[each]).label(each) for each in RANKED)
        pieces.append(select(name.label("name"), *sums).where(*conditions).group_by(name))
    if not pieces:
        return ()
    every = union_all(*pieces).subquery()
    order = [func.sum(every.c[each]).desc() for each in RANKED]
    query = select(every.c.name).group_by(every.c.name).order_by(*order, every.c.name).limit(limit)
    return tuple((await unit.scalars(query)).all())


async def forget_sums(unit: Unit, before: float, limit: int) -> int:
    """Forget sums of hours that began before a time; return how many.

    Those of longer spans go along: a block of days goes as a whole, and so do its hours.
    """
    last = kept_from(before)
    left = limit
    for table in (usage_rollups, usage_spans):
        key = [*table.primary_key.columns]
        time = table.c.hour if table is usage_rollups else table.c.start
        oldest = select(*key).where(time < last).order_by(time, *key).limit(left)
        found = (await unit.execute(oldest)).all()
        for row in found:
            same = and_(*(column == value for column, value in zip(key, row, strict=True)))
            await unit.execute(delete(table).where(same))
        left -= len(found)
        if left <= 0:
            break
    return limit - left


def _source(
    axis: Axis | None, part: Part, only: Mapping[Axis, Collection[str]]
) -> tuple[Table, ColumnElement[Any], list[ColumnElement[bool]]]:
    """Return where a part is read from: the table, its time, and which of its rows."""
    if part.step is None or axis is None:
        hours = usage_rollups.c
        named = [hours[each].in_(values) for each, values in only.items()]
        return usage_rollups, hours.hour, [hours.hour >= part.since, hours.hour < part.until, *named]
    held = usage_spans.c
    conditions = [held.axis == axis, held.step == part.step]
    starts = range(part.since, part.until, part.step)
    if axis in only and len(starts) <= _STARTS:
        conditions.append(held.start.in_(starts))
    else:
        conditions += [held.start >= part.since, held.start < part.until]
    return usage_spans, held.start, [*conditions, *(held.name.in_(values) for values in only.values())]


def _named(source: Table, by: Axis) -> ColumnElement[Any]:
    return source.c[by] if source is usage_rollups else source.c.name


def _totalled(rows: Sequence[UsageRecord]) -> list[dict[str, Any]]:
    """Return what rows add to the totals of credentials, in the order of their ids."""
    served: dict[str, dict[str, Any]] = {}
    for row in rows:
        if not row.credential_id:
            continue
        into = served.setdefault(
            row.credential_id,
            {"credential_id": row.credential_id, **dict.fromkeys(_TOTALLED, 0), "last_used_at": 0.0},
        )
        added = (1, row.input_tokens, row.output_tokens, row.cost_ticks)
        for name, amount in zip(_TOTALLED, added, strict=True):
            into[name] = min(into[name] + amount, GREATEST_TOTAL)
        into["last_used_at"] = max(into["last_used_at"], row.started_at)
    return [served[each] for each in sorted(served)]


def _capped(most: int) -> Join:
    """Return how two sums become one that no column is too small for.

    The limit is written out: MySQL's driver takes no values behind the rows of an insert.
    """
    limit: ColumnElement[Any] = literal_column(str(most), BigInteger)

    def join(held: ColumnElement[Any], new: ColumnElement[Any]) -> ColumnElement[Any]:
        return case((held > limit - new, limit), else_=held + new)

    return join


def _later(held: ColumnElement[Any], new: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((held > new, held), else_=new)


def _clean(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: without_nul(value) for name, value in values.items()}
