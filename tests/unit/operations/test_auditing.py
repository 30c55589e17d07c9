"""A chain that forgets its oldest entries is still verified, and nobody else can make it forget."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from grok2api.kit.clock import ManualClock
from grok2api.kit.secretbox import KeyRing
from grok2api.operations.auditing import FORGETTING, Actor, AuditTrail, Deed
from support.memory_access import MemoryAudit

OWNER = Actor(name="owner", role="owner", way="cli")


class House:
    """A trail of ten deeds, one a day."""

    def __init__(self) -> None:
        self.store, self.clock = MemoryAudit(lambda: None), ManualClock()
        self.trail = AuditTrail(self.store, KeyRing("k" * 32), self.clock)
        self.began = self.clock.now()

    async def fill(self, deeds: int = 10) -> None:
        for number in range(deeds):
            await self.trail.tell(Deed(actor=OWNER, action="keys.create", target=str(number)), "done")
            self.clock.advance(86_400)

    async def broken_at(self) -> int | None:
        return (await self.trail.verify()).broken_at


@pytest.fixture
async def house() -> House:
    house = House()
    await house.fill()
    return house


async def test_what_is_left_is_one_chain_whose_beginning_is_vouched_for(house: House) -> None:
    assert await house.trail.forget(house.began + 3.5 * 86_400) == 4
    assert [each.sequence for each in house.store.entries] == [5, 6, 7, 8, 9, 10, 11]
    told = house.store.entries[-1]
    assert (told.action, told.actor, told.way, told.target) == (FORGETTING, "server", "server", "4")
    verdict = await house.trail.verify()
    assert (verdict.broken_at, verdict.entries) == (None, 7)
    await house.fill(2)
    assert await house.trail.forget(house.began + 6.5 * 86_400) == 3
    assert await house.broken_at() is None


async def test_nothing_that_is_old_enough_means_nothing_is_told(house: House) -> None:
    assert await house.trail.forget(house.began) == 0
    assert len(house.store.entries) == 10


async def test_everything_may_be_old_and_the_entry_that_tells_of_it_stays(house: House) -> None:
    assert await house.trail.forget(house.clock.now() + 1) == 10
    assert [each.action for each in house.store.entries] == [FORGETTING]
    assert await house.broken_at() is None


async def test_an_end_in_the_middle_of_it_leaves_a_whole_chain(house: House) -> None:
    await house.trail.forget(house.began + 3.5 * 86_400)
    kept = list(house.store.entries)
    await house.fill(1)
    await house.trail.forget(house.began + 7.5 * 86_400)
    house.store.entries[:0] = kept[2:4]  # the server ended while two of them were still there
    assert [each.sequence for each in house.store.entries][:3] == [7, 8, 9]
    assert await house.broken_at() is None


@pytest.mark.parametrize("cut", [1, 6, 9])
async def test_what_somebody_else_takes_away_is_missed(house: House, cut: int) -> None:
    del house.store.entries[:cut]
    assert await house.broken_at() == 1
    await house.trail.tell(Deed(actor=OWNER, action="keys.create"), "done")
    assert await house.broken_at() == 1


async def test_more_than_was_told_is_missed_and_a_forged_telling_is_found(house: House) -> None:
    await house.trail.forget(house.began + 3.5 * 86_400)
    gone = house.store.entries.pop(0)
    assert await house.broken_at() == gone.sequence
    told = house.store.entries[-1]
    anchor = msgspec.json.encode({"through": gone.sequence, "hash": gone.hash}).decode()
    house.store.entries[-1] = replace(told, after=anchor)
    assert await house.broken_at() == told.sequence
