"""Spent budgets are told by key and period, once a window is full and as long as it is."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest

from grok2api.accounting.budgets import day_of, month_of
from grok2api.accounting.client_keys import new_client_key
from grok2api.alerts.alert import Alert, Notice
from grok2api.alerts.wording import words
from grok2api.canonical.usage import TICKS_PER_DOLLAR
from grok2api.errors import StorageError
from grok2api.kit.clock import ManualClock
from grok2api.server.budget_watch import PERIOD, BudgetWatch
from grok2api.server.leadership import LIFETIME, SOON, Leadership
from grok2api.storage.budgets import Charge
from support.memory_records import MemoryRecords

DAY = 86_400.0


async def test_a_spent_budget_is_told_until_its_window_is_over() -> None:
    records, clock = MemoryRecords(), ManualClock()
    record, _ = new_client_key("team", pepper=b"pepper", now=clock.now())
    limited = replace(record, budget_day_ticks=TICKS_PER_DOLLAR, budget_month_ticks=5 * TICKS_PER_DOLLAR)
    await records.keys.add(limited)
    free, _ = new_client_key("free", pepper=b"pepper", now=clock.now())
    await records.keys.add(free)
    leadership, numbers = Leadership(records.claims, holder="me", clock=clock), count()
    watch = BudgetWatch(records, clock, leadership)

    async def spend(ticks: int) -> None:
        now = clock.now()
        charge = Charge(
            id=f"req_{next(numbers)}",
            key_id=record.id,
            day=day_of(now),
            month=month_of(now),
            ticks=ticks,
            at=now,
        )
        await records.budgets.settle([charge])
        await watch.run()

    def told() -> list[Alert]:
        return list(watch.spent or ())

    await watch.run()
    assert (watch.spent, watch.period) == (None, SOON), (
        "who does not lead knows nothing, and soon looks again"
    )
    await leadership.run()
    await watch.run()
    assert (watch.spent, watch.period) == ((), PERIOD)
    await spend(TICKS_PER_DOLLAR // 2)
    assert told() == []
    await spend(TICKS_PER_DOLLAR // 2)
    (alert,) = told()
    assert alert.key == f"budget.spent:{record.id}/day"
    said = words(Notice("raised", alert, 0.0, 0.0), "en").title
    assert said == "The client key 'team' has spent its budget of 1.00 USD for this day"
    assert "本日的预算" in words(Notice("raised", alert, 0.0, 0.0), "zh").title
    await spend(4 * TICKS_PER_DOLLAR)
    assert [each.subject.partition("/")[2] for each in told()] == ["day", "month"]

    records.revisions.away = True
    with pytest.raises(StorageError):
        await watch.run()
    clock.advance(LIFETIME)
    await watch.run()
    assert len(told()) == 2, "what was seen last stands while the store is away"
    records.revisions.away = False
    await Leadership(records.claims, holder="another", clock=clock).run()
    await leadership.run()
    await watch.run()
    assert watch.spent is None, "another may know better"
