"""Budgets: money is set aside before a request is sent, and settled by the row that tells its cost.

Whoever writes rows writes them through here, so that a request is settled when, and as often as, its row is
kept: once, also after an outage, and also if another worker finishes what one began.
Must never let a request of a key with a budget pass without its money set aside: a store that does not answer
is an error, not a budget without end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


def day_of(at: float) -> str:
    """Return the day in UTC of a wall time in seconds, such as `2026-11-26`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def month_of(at: float) -> str:
    """Return the month in UTC of a wall time in seconds, such as `2026-11`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m")


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
        full = await self._store.reserve(
            hold, day_limit=limits.budget_day, month_limit=limits.budget_month, now=now
        )
        if full is None:
            return
        error = _refusal(full, limits, now)
        if isinstance(error, BudgetSpent):
            self._remember(key_id, limits, full)
        raise error

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


def _refusal(full: BudgetWindow, limits: KeyLimits, now: float) -> Grok2ApiError:
    """Return what is said of a full window."""
    by_day = full.name == day_of(now)
    limit, span = (limits.budget_day, "day") if by_day else (limits.budget_month, "month")
    if full.spent < limit:
        return LimitExceeded(
            f"What is left of this key's budget for the {span} is set aside for requests that still run. "
            "Try again when they have ended.",
            retry_after=_SOON,
        )
    return BudgetSpent(
        f"This key has spent its budget for the {span}; a new {span} begins at {_next(now, by_day=by_day)}. "
        "Ask whoever runs this server for more."
    )


def _next(now: float, *, by_day: bool) -> str:
    """Return when the next day or month begins, in UTC."""
    here = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    later = here + timedelta(days=1) if by_day else (here.replace(day=1) + timedelta(days=32)).replace(day=1)
    return later.strftime("%Y-%m-%d 00:00 UTC")
