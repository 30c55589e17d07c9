"""Which client keys have spent their budgets: looked at once a minute by the process that leads.

Must never hold a request up: what is refused is decided when money is set aside (`accounting.budgets`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from grok2api.accounting.budgets import MOMENT, Budgets, next_day, next_month
from grok2api.alerts.alert import Alert
from grok2api.kit.clock import Clock
from grok2api.operations.notation import usd
from grok2api.server.leadership import SOON, Leadership
from grok2api.storage.budgets import BudgetWindow
from grok2api.storage.records import ClientKey
from grok2api.storage.stores import Records

PERIOD: Final = 60.0


class BudgetWatch:
    """Knows which budgets are spent.

    Args:
        records: Where keys and budgets are.
        clock: Where time comes from.
        leadership: Whether this process is to look.
    """

    def __init__(self, records: Records, clock: Clock, leadership: Leadership) -> None:
        self._keys = records.keys
        self._budgets = Budgets(records.budgets, clock)
        self._clock = clock
        self._leadership = leadership
        self.spent: tuple[Alert, ...] | None = None
        """One for each day or month whose budget is spent; None while that is not known here."""

    @property
    def period(self) -> float:
        """Return the seconds until the next look."""
        return SOON if self._leadership.claim is None else PERIOD

    async def run(self) -> None:
        """Look once; what was seen last stands while the store is away.

        Raises:
            StorageError: the store did not answer.
        """
        if self._leadership.claim is None:
            if not self._leadership.lapsed:
                self.spent = None
            return
        keys = [each for each in await self._keys.list() if _limited(each)]
        spending = await self._budgets.spending([each.id for each in keys]) if keys else {}
        now = self._clock.now()
        found: list[Alert] = []
        for key in keys:
            of_key = spending[key.id]
            found += _spent(key, of_key.day, key.budget_day_ticks, "day", next_day(now))
            found += _spent(key, of_key.month, key.budget_month_ticks, "month", next_month(now))
        self.spent = tuple(found)


def _limited(key: ClientKey) -> bool:
    return key.enabled and bool(key.budget_day_ticks or key.budget_month_ticks)


def _spent(key: ClientKey, window: BudgetWindow, limit: int, period: str, until: datetime) -> Iterator[Alert]:
    if limit and window.spent >= limit:
        facts = {
            "name": key.name,
            "budget": f"{usd(limit)} USD",
            "period": period,
            "until": until.strftime(MOMENT),
        }
        yield Alert("budget.spent", f"{key.id}/{period}", facts)
