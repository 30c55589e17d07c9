"""Budgets: money is set aside before a request is sent, and settled by the row that tells its cost.

Whoever writes rows writes them through here, so that a request is settled when, and as often as, its row is
kept: once, also after an outage, and also if another worker finishes what one began.
Must never let a request of a key with a budget pass without its money set aside: a store that does not answer
is an error, not a budget without end.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from grok2api.canonical.limits import KeyLimits
from grok2api.errors import BudgetSpent, Grok2ApiError, LimitExceeded
from grok2api.kit.clock import Clock
from grok2api.storage.budgets import BudgetHold, BudgetStore, BudgetWindow, Charge
from grok2api.storage.records import TraceRecord, UsageRecord

_REMEMBERED: Final = 1.0
"""Seconds for which a spent budget is not asked about again."""
_MOST_REMEMBERED: Final = 10_000
_SOON: Final = 2.0
"""Seconds after which another try makes sense where all that is left is set aside."""
_KEPT: Final = 3 * 86_400.0
"""Seconds after its end for which a hold is remembered, so that a late row is still counted once."""
_OLD: Final = timedelta(days=70)
_AT_ONCE: Final = 500
_MOST_ROUNDS: Final = 100
MOMENT: Final = "%Y-%m-%d %H:%M UTC"
"""How the end of a budget's day or month is written for people."""


def day_of(at: float) -> str:
    """Return the day in UTC of a wall time in seconds, such as `2026-11-26`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def month_of(at: float) -> str:
    """Return the month in UTC of a wall time in seconds, such as `2026-11`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m")


def next_day(at: float) -> datetime:
    """Return when the day after that of a wall time begins, in UTC."""
    return _midnight(at) + timedelta(days=1)


def next_month(at: float) -> datetime:
    """Return when the month after that of a wall time begins, in UTC."""
    return (_midnight(at).replace(day=1) + timedelta(days=32)).replace(day=1)


class RowSink(Protocol):
    """Where rows of the ledger go."""

    async def append(self, rows: Sequence[UsageRecord], traces: Sequence[TraceRecord] = ()) -> None:
        """Keep rows; StorageError if none was kept."""
        ...


@dataclass(frozen=True, slots=True)
class Spending:
    """What a key has spent and set aside in this day and month, in ticks."""

    day: BudgetWindow
    month: BudgetWindow


class Budgets:
    """The money that client keys may spend.

    Args:
        store: Where it is counted.
        clock: Where time comes from.
    """

    def __init__(self, store: BudgetStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._spent: dict[str, tuple[float, KeyLimits, BudgetWindow]] = {}
        self._hurry: Callable[[], Awaitable[bool]] = _nothing_waits

    def settled_by(self, hurry: Callable[[], Awaitable[bool]]) -> None:
        """Name what writes the rows that wait, and tells whether there were any.

        A request that has ended is settled with its row, a moment later; nobody is refused for that moment.
        """
        self._hurry = hurry

    async def reserve(
        self, key_id: str, limits: KeyLimits, *, request_id: str, ticks: int, lasting: float
    ) -> None:
        """Set money aside for a request.

        Args:
            key_id: The client key, which has a budget.
            limits: Its limits.
            request_id: The request's id in the ledger.
            ticks: What it may cost; at least one tick is set aside.
            lasting: Seconds after which nobody will settle it any more.

        Raises:
            BudgetSpent: the budget is spent.
            LimitExceeded: what is left is set aside for requests that still run.
            StorageError: the store did not answer.
        """
        now, known = self._clock.now(), self._spent.get(key_id)
        if known is not None and known[0] > self._clock.monotonic() and known[1] == limits:
            raise _refusal(known[2], limits, now)
        hold = BudgetHold(
            id=request_id,
            key_id=key_id,
            day=day_of(now),
            month=month_of(now),
            amount=max(1, ticks),
            until=now + lasting,
        )
        full = await self._set_aside(hold, limits, now)
        if full is not None and not _is_spent(full, limits, now) and await self._hurry():
            full = await self._set_aside(hold, limits, now)
        if full is None:
            return
        if _is_spent(full, limits, now):
            self._remember(key_id, limits, full)
        raise _refusal(full, limits, now)

    async def _set_aside(self, hold: BudgetHold, limits: KeyLimits, now: float) -> BudgetWindow | None:
        """Return the window that is full; None if there was room."""
        return await self._store.reserve(
            hold, day_limit=limits.budget_day, month_limit=limits.budget_month, now=now
        )

    async def settle(self, rows: Sequence[UsageRecord]) -> None:
        """Count what requests did cost; telling a row again changes nothing.

        Raises:
            StorageError: the store did not answer.
        """
        await self._store.settle(
            [
                Charge(
                    id=row.request_id,
                    key_id=row.key_id,
                    day=day_of(row.started_at),
                    month=month_of(row.started_at),
                    ticks=row.cost_ticks,
                    at=row.started_at,
                )
                for row in rows
            ]
        )

    async def spending(self, keys: Sequence[str]) -> dict[str, Spending]:
        """Return what each of some keys has spent in this day and month.

        Raises:
            StorageError: the store did not answer.
        """
        now = self._clock.now()
        day, month = day_of(now), month_of(now)
        found = {(each.key_id, each.name): each for each in await self._store.windows(keys, (day, month))}

        def window(key_id: str, name: str) -> BudgetWindow:
            nothing = BudgetWindow(key_id=key_id, name=name, spent=0, reserved=0)
            return found.get((key_id, name), nothing)

        return {each: Spending(window(each, day), window(each, month)) for each in keys}

    async def sweep(self) -> None:
        """Give back what nobody has settled in time, and forget what is old.

        Raises:
            StorageError: the store did not answer.
        """
        now = self._clock.now()
        oldest = (datetime.fromtimestamp(now, UTC) - _OLD).strftime("%Y-%m")
        for _ in range(_MOST_ROUNDS):
            met = await self._store.sweep(now, kept_since=now - _KEPT, oldest=oldest, limit=_AT_ONCE)
            if met < _AT_ONCE:
                return

    def _remember(self, key_id: str, limits: KeyLimits, full: BudgetWindow) -> None:
        if len(self._spent) >= _MOST_REMEMBERED:
            self._spent.clear()
        self._spent[key_id] = (self._clock.monotonic() + _REMEMBERED, limits, full)


class SettlingRows:
    """Rows on their way to the ledger: those of keys with a budget are settled with it.

    Args:
        rows: The ledger.
        budgets: Where requests are settled.
        has_budget: Tells whether a client key has a budget now.
    """

    def __init__(self, rows: RowSink, budgets: Budgets, has_budget: Callable[[str], bool]) -> None:
        self._rows = rows
        self._budgets = budgets
        self._has_budget = has_budget

    async def append(self, rows: Sequence[UsageRecord], traces: Sequence[TraceRecord] = ()) -> None:
        """Keep rows, and settle them; both may be done again.

        Raises:
            StorageError: the store did not answer; what it did keep is not counted twice.
        """
        await self._rows.append(rows, traces)
        paid = [row for row in rows if self._has_budget(row.key_id)]
        if paid:
            await self._budgets.settle(paid)


async def _nothing_waits() -> bool:
    return False


def _is_spent(full: BudgetWindow, limits: KeyLimits, now: float) -> bool:
    """Tell whether a full window is spent, and not only set aside."""
    limit = limits.budget_day if full.name == day_of(now) else limits.budget_month
    return full.spent >= limit


def _refusal(full: BudgetWindow, limits: KeyLimits, now: float) -> Grok2ApiError:
    """Return what is said of a full window."""
    by_day = full.name == day_of(now)
    span = "day" if by_day else "month"
    if not _is_spent(full, limits, now):
        return LimitExceeded(
            f"What is left of this key's budget for the {span} is set aside for requests that still run. "
            "Try again when they have ended.",
            retry_after=_SOON,
        )
    until = (next_day(now) if by_day else next_month(now)).strftime(MOMENT)
    return BudgetSpent(
        f"This key has spent its budget for the {span}; a new {span} begins at {until}. "
        "Ask whoever runs this server for more."
    )


def _midnight(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
