"""What is kept for a while only is forgotten in time, by the leader alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from grok2api.config.settings import Settings
from grok2api.kit.clock import ManualClock
from grok2api.server.care import Housekeeping
from grok2api.server.leadership import Leadership
from grok2api.server.services import Services
from grok2api.storage.records import Transcript
from support.memory_records import MemoryRecords


class Household:
    """What housekeeping works on."""

    def __init__(self) -> None:
        self.records, self.clock = MemoryRecords(), ManualClock()
        self.leadership = Leadership(self.records.claims, holder="worker", clock=self.clock)
        parts = SimpleNamespace(
            records=self.records,
            clock=self.clock,
            leadership=self.leadership,
            live=SimpleNamespace(current=Settings()),
        )
        self.housekeeping = Housekeeping(cast(Services, parts))

    async def keep(self, count: int, seconds: float) -> None:
        now = self.clock.now()
        await self.records.transcripts.put(
            [
                Transcript(
                    id=f"{seconds}-{number}",
                    key_id="k",
                    content="v1",
                    created_at=now,
                    expires_at=now + seconds,
                )
                for number in range(count)
            ]
        )


async def test_transcripts_are_forgotten_when_their_time_is_over() -> None:
    household = Household()
    await household.keep(1200, seconds=60.0)
    await household.keep(3, seconds=120.0)
    household.clock.advance(60.0)
    await household.housekeeping.run()
    assert len(household.records.transcripts.rows) == 1203, "somebody else leads"
    await household.leadership.run()
    await household.housekeeping.run()
    assert len(household.records.transcripts.rows) == 3
