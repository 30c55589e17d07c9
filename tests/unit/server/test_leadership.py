"""One of all workers does what must be done once, and knows when it may not any more."""

from __future__ import annotations

import pytest

from grok2api.errors import StorageError
from grok2api.kit.clock import ManualClock
from grok2api.server.leadership import LIFETIME, RENEWAL, Leadership
from grok2api.storage.records import ClaimLost
from support.memory_records import MemoryRecords


class Cluster:
    """Some workers over one store; each has a clock of its own, as hosts have."""

    def __init__(self, count: int) -> None:
        self.records = MemoryRecords()
        self.clocks = [ManualClock() for _ in range(count)]
        self.workers = [
            Leadership(self.records.claims, holder=f"worker-{number}", clock=clock)
            for number, clock in enumerate(self.clocks)
        ]

    def advance(self, seconds: float) -> None:
        for clock in self.clocks:
            clock.advance(seconds)

    async def run(self) -> None:
        for worker in self.workers:
            await worker.run()

    @property
    def leaders(self) -> list[int]:
        return [number for number, worker in enumerate(self.workers) if worker.claim is not None]


async def test_one_of_many_leads_and_goes_on_leading() -> None:
    cluster = Cluster(4)
    assert cluster.leaders == []
    await cluster.run()
    first = cluster.workers[0].claim
    assert first is not None
    for _ in range(20):
        assert cluster.leaders == [0]
        cluster.advance(RENEWAL)
        await cluster.run()
    claim = cluster.workers[0].claim
    assert claim is not None
    assert claim.fence == first.fence


async def test_a_leader_that_died_is_followed_after_its_time() -> None:
    cluster = Cluster(3)
    await cluster.run()
    dead = cluster.workers.pop(0)
    cluster.advance(LIFETIME - 0.1)
    await cluster.run()
    assert cluster.leaders == []
    cluster.advance(0.1)
    await cluster.run()
    assert cluster.leaders == [0]
    assert dead.claim is None


async def test_a_leader_that_slept_does_not_act_before_it_has_asked_again() -> None:
    cluster = Cluster(2)
    await cluster.run()
    asleep, other = cluster.workers
    old = asleep.claim
    cluster.advance(LIFETIME)
    assert asleep.claim is None
    await other.run()
    assert other.claim is not None
    assert old is not None
    assert other.claim.fence > old.fence
    await asleep.run()
    assert cluster.leaders == [1]


async def test_a_claim_of_a_former_leader_writes_nothing() -> None:
    cluster = Cluster(2)
    await cluster.run()
    old = cluster.workers[0].claim
    cluster.advance(LIFETIME)
    await cluster.workers[1].run()
    with pytest.raises(ClaimLost):
        await cluster.records.credentials.change("cred_1", {"note": "x"}, claim=old)


async def test_a_wall_clock_that_jumps_does_not_lengthen_a_lead() -> None:
    cluster = Cluster(1)
    await cluster.run()
    cluster.clocks[0].wall -= 3600.0
    cluster.clocks[0].ticks += LIFETIME
    assert cluster.workers[0].claim is None


async def test_a_store_that_is_away_ends_the_lead_by_itself() -> None:
    cluster = Cluster(1)
    await cluster.run()
    cluster.records.revisions.away = True
    cluster.advance(RENEWAL)
    with pytest.raises(StorageError):
        await cluster.run()
    assert cluster.leaders == [0]
    cluster.advance(LIFETIME - RENEWAL)
    assert cluster.leaders == []
    cluster.records.revisions.away = False
    await cluster.run()
    assert cluster.leaders == [0]


async def test_who_ends_lets_somebody_else_lead_at_once() -> None:
    cluster = Cluster(2)
    await cluster.run()
    await cluster.workers[0].close()
    await cluster.workers[0].close()
    await cluster.workers[1].run()
    assert cluster.leaders == [1]
    await cluster.workers[0].run()
    assert cluster.leaders == [1]
