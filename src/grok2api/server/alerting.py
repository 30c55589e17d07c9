"""Puts together what tells operators of trouble: where it is learnt, and who delivers.

A part of the composition root. Must never hold a rule of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from grok2api.alerts.alert import Alert
from grok2api.alerts.conditions import Seen
from grok2api.server.alert_post import AlertPost
from grok2api.server.alert_watch import AlertSources, AlertWatch
from grok2api.server.budget_watch import BudgetWatch
from grok2api.server.ledger_care import LedgerCare
from grok2api.server.readiness import lacking
from grok2api.server.services import Services


def build_alerts(services: Services, care: LedgerCare, budgets: BudgetWatch) -> AlertWatch:
    """Return the watch of a worker.

    Args:
        services: The worker.
        care: Knows which prices are off.
        budgets: Knows which budgets are spent.
    """

    def drifts() -> list[Alert] | None:
        if care.off is None:
            return None
        return [
            Alert("price.drift", model, {"name": model, "percent": f"{abs(ratio) * 100:.1f} %"})
            for model, ratio in care.off.items()
        ]

    def credentials() -> Iterator[Seen]:
        for each in tuple(services.view.records):  # it may change between two pieces
            yield Seen(
                each.id,
                each.name or each.hint,
                each.kind,
                each.enabled,
                each.status,
                each.reason,
                services.view.opens(each.id),
            )

    checks = lacking(services)

    def away() -> list[str]:
        return [name for name, lacks in checks.items() if lacks()]

    return AlertWatch(
        sources=AlertSources(
            credentials,
            lambda: services.pool.practising,
            away,
            {"price.drift": drifts, "budget.spent": lambda: budgets.spent},
        ),
        post=build_alert_post(services),
        live=services.live,
        clock=services.clock,
        leadership=services.leadership,
        meta=services.records.meta,
    )


def build_alert_post(services: Services) -> AlertPost:
    """Return who delivers for a worker."""
    return AlertPost(services.fetcher, services.live, services.clock)
