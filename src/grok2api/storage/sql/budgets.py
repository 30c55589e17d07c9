"""Money that client keys may spend: windows changed under a condition, and holds that are settled once.

A window is one row, so that whoever sets money aside waits for whoever does so too, for that key alone. Must
never leave a window and its holds apart: both change in one transaction.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, delete, select, update

from grok2api.storage.budgets import BudgetHold, BudgetWindow
from grok2api.storage.records import Conflict
from grok2api.storage.sql.chunks import chunks
from grok2api.storage.sql.insert import insert_if_absent
from grok2api.storage.sql.repeats import repeating, settled_by
from grok2api.storage.sql.rows import fetch_all, from_row, to_row
from grok2api.storage.sql.tables import budget_holds, budget_windows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from sqlalchemy import ColumnElement

    from grok2api.storage.budgets import Charge
    from grok2api.storage.sql.engine import Database, Unit

_TRIES: Final = 3
_Place = tuple[str, str]
"""A key and the name of a window."""


class _Full(Exception):
    """A window has no room; undoes what the transaction did to the other one."""

    def __init__(self, window: BudgetWindow) -> None:
        super().__init__(window.name)
        self.window = window


@repeating
class SqlBudgets:
    """What client keys with a budget have spent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def _is_held(
        self, hold: BudgetHold, /, *, day_limit: int, month_limit: int, now: float
    ) -> tuple[BudgetWindow | None] | None:
        del day_limit, month_limit, now
        query = select(budget_holds.c.id).where(budget_holds.c.id == hold.id)
        async with self._database.reading() as connection:
            return None if (await connection.execute(query)).first() is None else (None,)

    @settled_by(_is_held)
    async def reserve(
        self, hold: BudgetHold, /, *, day_limit: int, month_limit: int, now: float
    ) -> BudgetWindow | None:
        """Set money aside if neither window is full; a loss of power may cost the last holds."""
        try:
            async with self._database.appending() as connection:
                for name, limit in ((hold.month, month_limit), (hold.day, day_limit)):
                    await _take(connection, hold, name, limit, now)
                await connection.execute(budget_holds.insert().values(to_row(hold)))
        except _Full as full:
            return full.window
        except Conflict:  # its money is set aside already
            return None
        return None

    async def settle(self, charges: Sequence[Charge], /) -> None:
        """Count what requests did cost; one that somebody else counts at this moment is looked at again."""
        told = {each.id: each for each in reversed(charges)}
        for chunk in chunks(sorted(told)):
            for left in reversed(range(_TRIES)):
                try:
                    async with self._database.appending() as connection:
                        await _settle(connection, [told[identifier] for identifier in chunk])
                    break
                except Conflict:
                    if not left:
                        raise

    async def windows(self, keys: Sequence[str], names: Sequence[str], /) -> tuple[BudgetWindow, ...]:
        """Return the windows of these names that these keys have."""
        found: list[BudgetWindow] = []
        row = budget_windows.c
        async with self._database.reading() as connection:
            for chunk in chunks(sorted(set(keys))):
                query = select(budget_windows).where(row.key_id.in_(chunk), row.name.in_(list(names)))
                found += await fetch_all(connection, query.order_by(row.key_id, row.name), BudgetWindow)
        return tuple(found)

    async def sweep(self, now: float, /, *, kept_since: float, oldest: str, limit: int) -> int:
        """Give back what ended holds set aside, and forget what is old."""
        row = budget_holds.c
        async with self._database.appending() as connection:
            met = await _release(connection, row.until <= now, limit)
            old = select(row.id).where(row.until < kept_since).order_by(row.until).limit(limit)
            forgotten = (await connection.scalars(old)).all()
            for chunk in chunks(forgotten):
                await connection.execute(delete(budget_holds).where(row.id.in_(chunk)))
            await connection.execute(delete(budget_windows).where(budget_windows.c.name < oldest))
        return met + len(forgotten)


def _is(place: _Place) -> ColumnElement[bool]:
    return and_(budget_windows.c.key_id == place[0], budget_windows.c.name == place[1])


async def _take(connection: Unit, hold: BudgetHold, name: str, limit: int, now: float) -> None:
    """Set money aside in one window; _Full if there is no room."""
    row, place = budget_windows.c, (hold.key_id, name)
    change = update(budget_windows).where(_is(place)).values(reserved=row.reserved + hold.amount)
    if limit:
        change = change.where(row.spent + row.reserved < limit)
    if (await connection.execute(change)).rowcount:
        return
    query = select(budget_windows).where(_is(place))
    present = (await connection.execute(query)).mappings().one_or_none()
    ended = and_(budget_holds.c.key_id == hold.key_id, budget_holds.c.until <= now)
    if present is None:
        await _make(connection, place)
    elif not await _release(connection, ended) and _is_full(present, limit):
        raise _Full(from_row(BudgetWindow, present))
    if not (await connection.execute(change)).rowcount:
        raise _Full(from_row(BudgetWindow, (await connection.execute(query)).mappings().one()))


def _is_full(window: Mapping[Any, Any], limit: int) -> bool:
    """Tell whether a window has no room; one that came only after it was looked for may have some."""
    return bool(limit) and window["spent"] + window["reserved"] >= limit


async def _make(connection: Unit, place: _Place) -> None:
    """Make a window, unless it is there."""
    empty = {"key_id": place[0], "name": place[1], "spent": 0, "reserved": 0}
    await connection.execute(insert_if_absent(connection.dialect.name, budget_windows).values(empty))


async def _release(connection: Unit, which: ColumnElement[bool], limit: int = 1000) -> int:
    """Give back what some holds set aside; return how many they were.

    Only rows that were found are locked, by their ids: a lock on a stretch of an index would keep others from
    adding holds, and whoever waits for these would wait for each other.
    """
    row = budget_holds.c
    found = select(row.id).where(which, row.amount > 0).order_by(row.until).limit(limit)
    ids = (await connection.scalars(found)).all()
    if not ids:
        return 0
    query = select(budget_holds).where(row.id.in_(ids), row.amount > 0).with_for_update()
    ended = [from_row(BudgetHold, each) for each in (await connection.execute(query)).mappings()]
    for chunk in chunks([each.id for each in ended]):
        await connection.execute(update(budget_holds).where(row.id.in_(chunk)).values(amount=0))
    await _move(connection, ((each, 0, each.amount) for each in ended))
    return len(ended)


async def _settle(connection: Unit, charges: Sequence[Charge]) -> None:
    """Count what is not counted yet. A request that is unknown and cost nothing leaves no trace."""
    row = budget_holds.c
    known = (await connection.scalars(select(row.id).where(row.id.in_([each.id for each in charges])))).all()
    query = select(budget_holds).where(row.id.in_(known)).with_for_update()
    found = [from_row(BudgetHold, each) for each in (await connection.execute(query)).mappings()]
    held = {each.id: each for each in found if not each.settled}
    there = {each.id for each in found}
    new = {each.id: each.settled_hold() for each in charges if each.ticks and each.id not in there}
    if new:
        await connection.execute(budget_holds.insert(), [to_row(each) for each in new.values()])
    if held:
        change = update(budget_holds).where(row.id.in_(held)).values(amount=0, settled=True)
        await connection.execute(change)
    counted = held | new
    ticks = {each.id: each.ticks for each in charges}
    await _move(connection, ((each, ticks[each.id], each.amount) for each in counted.values()))


async def _move(connection: Unit, holds: Iterable[tuple[BudgetHold, int, int]]) -> None:
    """Add to what was spent, and take from what is set aside, in the windows of some holds."""
    sums: Mapping[_Place, list[int]] = defaultdict(lambda: [0, 0])
    for hold, spent, given_back in holds:
        for name in (hold.month, hold.day):
            sums[hold.key_id, name][0] += spent
            sums[hold.key_id, name][1] += given_back
    row = budget_windows.c
    for place in sorted(sums, key=lambda each: (each[0], each[1])):
        spent, given_back = sums[place]
        change = update(budget_windows).where(_is(place))
        change = change.values(spent=row.spent + spent, reserved=row.reserved - given_back)
        if not (await connection.execute(change)).rowcount:
            await _make(connection, place)
            await connection.execute(change)
