"""The leader forgets what is too old, piece by piece, and says once that a price is off."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from grok2api.config.sections.storing import Ledger
from grok2api.kit.clock import ManualClock
from grok2api.observability.metrics.board import Board
from grok2api.observability.metrics.families import PRICE_DRIFT
from grok2api.server import ledger_care
from grok2api.server.leadership import LIFETIME, SOON, Leadership
from grok2api.server.ledger_care import PERIOD, LedgerCare
from grok2api.server.services import Services
from grok2api.storage.records import UsageRecord
from grok2api.storage.usage import DAY
from support.memory_records import MemoryRecords
from support.usage_rows import completed


class World:
    """A leader, or a worker that does not lead."""

    def __init__(self, rules: Ledger, *, leads: bool = True) -> None:
        self.records, self.clock, self.board = MemoryRecords(), ManualClock(), Board()
        self.leadership = Leadership(self.records.claims, holder="me", clock=self.clock)
        self.leads = leads
        self.care = LedgerCare(
            cast(
                Services,
                SimpleNamespace(
                    records=self.records,
                    clock=self.clock,
                    live=SimpleNamespace(current=SimpleNamespace(ledger=rules)),
                    leadership=self.leadership,
                    metering=SimpleNamespace(board=self.board),
                ),
            ),
            piece=10,
        )

    async def run(self) -> None:
        """Look once, in the lead if there is one."""
        if self.leads:
            await self.leadership.run()
        await self.care.run()

    def row(self, number: int, days: float, **fields: Any) -> UsageRecord:
        made = completed(
            request_id=f"req_{number}",
            started_at=self.clock.now() - days * DAY,
            upstream_model="grok-4.7",
        )
        return replace(made, **fields)

    def off(self) -> list[str] | str:
        return "not known" if self.care.off is None else sorted(self.care.off)

    def drift(self) -> float | None:
        return self.board.values().get((PRICE_DRIFT.name, (("model", "grok-4.7"),)))


async def test_rows_go_before_sums() -> None:
    world = World(Ledger(keep_days=30, keep_rollups_days=60))
    rows = [world.row(n, days) for n, days in enumerate([1.0] * 3 + [40.0] * 25 + [80.0] * 12)]
    await world.records.usage.append(rows)
    await world.run()
    assert sorted(world.records.usage.rows) == ["req_0", "req_1", "req_2"]
    (left,) = await world.records.usage.summarise(0, 2**40)
    assert left.counts.requests == 28


async def test_nothing_goes_that_is_kept_for_ever_or_by_somebody_who_does_not_lead() -> None:
    for world in (
        World(Ledger(keep_days=0, keep_rollups_days=0)),
        World(Ledger(keep_days=1, keep_rollups_days=1), leads=False),
    ):
        await world.records.usage.append([world.row(1, 3_000)])
        await world.run()
        assert len(world.records.usage.rows) == len(await world.records.usage.summarise(0, 2**40)) == 1


async def test_a_price_that_is_off_is_told_once_and_shown_until_it_is_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    log = SimpleNamespace(warning=lambda event, **_more: said.append(event))
    monkeypatch.setattr(ledger_care, "_log", log)  # where logs go is what another test has set up
    world = World(Ledger())
    told = {"cost_ticks": 1_250, "cost_source": "upstream", "price_ticks": 1_000}
    await world.records.usage.append([world.row(n, 0.1, **told) for n in range(30)])
    for _ in range(2):
        await world.run()
        assert world.drift() == pytest.approx(0.25)
    assert said == ["a price is not what upstream asks; set ledger.prices"]
    world.clock.advance(2 * DAY)
    await world.run()
    assert world.drift() == 0.0


async def test_prices_that_are_off_stay_known_while_the_store_is_away_and_not_under_another_lead() -> None:
    world = World(Ledger())
    told = {"cost_ticks": 1_250, "cost_source": "upstream", "price_ticks": 1_000}
    await world.records.usage.append([world.row(n, 0.1, **told) for n in range(30)])
    await world.care.run()
    assert (world.off(), world.care.period) == ("not known", SOON)
    await world.run()
    assert (world.off(), world.care.period) == (["grok-4.7"], PERIOD)
    world.clock.advance(LIFETIME)
    await world.care.run()
    assert world.off() == ["grok-4.7"]
    assert world.drift() == pytest.approx(0.25)
    await Leadership(world.records.claims, holder="another", clock=world.clock).run()
    await world.run()
    assert world.off() == "not known"
    assert world.drift() == 0.0
