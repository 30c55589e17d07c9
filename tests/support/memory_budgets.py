"""The part of the store in memory that counts what client keys spend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from grok2api.storage.budgets import BudgetHold, BudgetWindow

if TYPE_CHECKING:
    from grok2api.storage.budgets import Charge
    from support.memory_records import Revisions


class MemoryBudgets:
    """Windows and holds in dicts."""

    def __init__(self, revisions: Revisions) -> None:
        self._revisions = revisions
        self.holds: dict[str, BudgetHold] = {}
        self._spent: dict[tuple[str, str], int] = {}

    async def reserve(
        self, hold: BudgetHold, *, day_limit: int, month_limit: int, now: float
    ) -> BudgetWindow | None:
        self._revisions.reach()
        if hold.id in self.holds:
            return None
        self._release(now, hold.key_id)
        for name, limit in ((hold.month, month_limit), (hold.day, day_limit)):
            window = self._window(hold.key_id, name)
            if limit and window.spent + window.reserved >= limit:
                return window
        for name in (hold.month, hold.day):
            self._spent.setdefault((hold.key_id, name), 0)
        self.holds[hold.id] = hold
        return None

    async def settle(self, charges: Sequence[Charge]) -> None:
        self._revisions.reach()
        for charge in charges:
            kept = self.holds.get(charge.id) or BudgetHold(
                id=charge.id,
                key_id=charge.key_id,
                day=charge.day,
                month=charge.month,
                amount=0,
                until=charge.at,
            )
            if kept.settled or (charge.id not in self.holds and not charge.ticks):
                continue
            self.holds[charge.id] = replace(kept, amount=0, settled=True)
            for name in (kept.month, kept.day):
                place = (kept.key_id, name)
                self._spent[place] = self._spent.get(place, 0) + charge.ticks

    async def windows(self, keys: Sequence[str], names: Sequence[str]) -> tuple[BudgetWindow, ...]:
        self._revisions.reach()
        there = sorted(place for place in self._spent if place[0] in keys and place[1] in names)
        return tuple(self._window(*place) for place in there)

    async def sweep(self, now: float, *, kept_since: float, oldest: str, limit: int) -> int:
        self._revisions.reach()
        met = self._release(now)
        old = [each.id for each in self.holds.values() if each.until < kept_since][:limit]
        for identifier in old:
            del self.holds[identifier]
        for place in [place for place in self._spent if place[1] < oldest]:
            del self._spent[place]
        return met + len(old)

    def _release(self, now: float, key_id: str = "") -> int:
        ended = [
            each
            for each in self.holds.values()
            if each.amount and each.until <= now and key_id in {"", each.key_id}
        ]
        for each in ended:
            self.holds[each.id] = replace(each, amount=0)
        return len(ended)

    def _window(self, key_id: str, name: str) -> BudgetWindow:
        held = [
            each for each in self.holds.values() if each.key_id == key_id and name in {each.day, each.month}
        ]
        spent = self._spent.get((key_id, name), 0)
        return BudgetWindow(key_id=key_id, name=name, spent=spent, reserved=sum(each.amount for each in held))
