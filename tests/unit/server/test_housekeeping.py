"""What is kept for a while only is forgotten in time, by the leader alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from grok2api.config.settings import Settings
from grok2api.kit.clock import ManualClock
from grok2api.server.housekeeping import Housekeeping
from grok2api.server.leadership import Leadership
from grok2api.server.services import Services
from grok2api.storage.contents import RequestContent
from grok2api.storage.records import ClientKey, Transcript
from support.key_gates import a_gate
from support.memory_records import MemoryRecords


class NoJobs:
    """Nothing of videos to be forgotten."""

    async def tidy(self) -> None:
        """Forget nothing."""


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
            videos=SimpleNamespace(jobs=NoJobs()),
            turns=SimpleNamespace(gate=a_gate(self.records, self.clock)),
        )
        self.housekeeping = Housekeeping(cast(Services, parts))

    async def opt_in(self, key_id: str, seconds: float) -> None:
        key = ClientKey(
            id=key_id, name="n", hash=key_id, hint="", rescue_seconds=seconds, created_at=0, updated_at=0
        )
        await self.records.keys.add(key)

    async def keep_words(self, count: int, seconds: float, key_id: str = "key_1") -> None:
        now = self.clock.now()
        rows = [
            RequestContent(
                id=f"{key_id} {seconds} {number}",
                request_id=f"req_{number}",
                key_id=key_id,
                content="v1",
                created_at=now,
                expires_at=now + seconds,
            )
            for number in range(count)
        ]
        await self.records.contents.put(rows)

    async def keep(self, count: int, seconds: float, key_id: str = "key_1") -> None:
        now = self.clock.now()
        rows = (
            Transcript(
                id=f"{key_id} {seconds} {number}",
                key_id=key_id,
                content="v1",
                created_at=now,
                expires_at=now + seconds,
            )
            for number in range(count)
        )
        await self.records.transcripts.put(list(rows))

    @property
    def kept(self) -> int:
        return len(self.records.transcripts.rows)


async def test_transcripts_are_forgotten_when_their_time_is_over() -> None:
    household = Household()
    await household.opt_in("key_1", 60.0)
    await household.keep(1200, seconds=60.0)
    await household.keep(3, seconds=120.0)
    household.clock.advance(60.0)
    await household.housekeeping.run()
    assert household.kept == 1203, "somebody else leads"
    await household.leadership.run()
    await household.housekeeping.run()
    assert household.kept == 3


async def test_transcripts_of_keys_that_want_none_any_more_are_forgotten() -> None:
    household = Household()
    await household.leadership.run()
    await household.opt_in("key_1", 60.0)
    await household.opt_in("key_2", 0.0)
    for key_id in ("key_1", "key_2", "key_revoked"):
        await household.keep(2, seconds=60.0, key_id=key_id)
    await household.housekeeping.run()
    assert await household.records.transcripts.owners() == ("key_1",)


async def test_words_are_forgotten_when_their_time_is_over_and_those_of_keys_that_are_gone() -> None:
    household = Household()
    await household.leadership.run()
    await household.opt_in("key_1", 0.0)
    quiet = ClientKey(id="key_2", name="n", hash="key_2", hint="", never_log=True, created_at=0, updated_at=0)
    await household.records.keys.add(quiet)
    await household.keep_words(1200, seconds=60.0)
    await household.keep_words(3, seconds=120.0)
    for key_id in ("key_2", "key_revoked"):
        await household.keep_words(2, seconds=600.0, key_id=key_id)
    await household.housekeeping.run()
    assert await household.records.contents.owners() == ("key_1",)
    assert len(household.records.contents.rows) == 1203
    household.clock.advance(60.0)
    await household.leadership.run()
    await household.housekeeping.run()
    assert len(household.records.contents.rows) == 3, "within a minute of its end"
