"""Of all processes exactly one leads, on every store; one that lost its claim cannot write under it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from grok2api.kit.clock import ManualClock
from grok2api.server.leadership import LIFETIME, Leadership
from grok2api.storage.records import ClaimLost, Credential
from grok2api.storage.stores import Records

PROCESSES = 6


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(wall=time.time())


def leading(processes: list[Leadership]) -> list[Leadership]:
    return [each for each in processes if each.claim is not None]


async def test_exactly_one_leads_and_another_one_when_it_leaves_or_sleeps(
    open_another: Callable[[], Awaitable[Records]],
    make_credential: Callable[..., Credential],
    clock: ManualClock,
) -> None:
    stores = [await open_another() for _ in range(2)]
    processes = [
        Leadership(stores[number % 2].claims, holder=f"process-{number}", clock=clock)
        for number in range(PROCESSES)
    ]
    for _ in range(3):
        await asyncio.gather(*(each.run() for each in processes))
        (leader,) = leading(processes)
        clock.advance(5)
    await asyncio.gather(*(each.run() for each in processes))
    assert leading(processes) == [leader], "it keeps the lead"

    await leader.close()
    others = [each for each in processes if each is not leader]
    await asyncio.gather(*(each.run() for each in others))
    (heir,) = leading(processes)
    stale = heir.claim
    assert stale is not None

    clock.advance(LIFETIME + 1)
    assert heir.claim is None, "one that slept does not believe that it leads"
    awake = [each for each in others if each is not heir]
    await asyncio.gather(*(each.run() for each in awake))
    (newest,) = leading(processes)
    assert newest.claim is not None
    assert newest.claim.fence > stale.fence
    kept = await stores[0].credentials.add(make_credential(1))
    with pytest.raises(ClaimLost):
        await stores[1].credentials.change(kept.id, {"note": "of a former leader"}, claim=stale)
    await stores[1].credentials.change(kept.id, {"note": "of the leader"}, claim=newest.claim)
    await heir.run()
    assert leading(processes) == [newest]
