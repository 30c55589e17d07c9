"""One holder at a time, whose fence is above every fence before it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grok2api.storage.records import Claim
    from grok2api.storage.stores import Records

NAME = "refresh/cred_001"


async def test_a_claim_is_one_holders_until_it_ends(records: Records) -> None:
    assert await records.claims.holder(NAME, now=100) is None
    claim = await records.claims.acquire(NAME, holder="here", seconds=30, now=100)
    assert claim is not None
    assert (claim.name, claim.holder, claim.until) == (NAME, "here", 130)
    assert await records.claims.acquire(NAME, holder="there", seconds=30, now=129.9) is None
    assert await records.claims.holder(NAME, now=129.9) == "here"
    assert await records.claims.holder(NAME, now=130) is None
    assert await records.claims.acquire("another", holder="there", seconds=30, now=100) is not None
    taken = await records.claims.acquire(NAME, holder="there", seconds=30, now=130)
    assert taken is not None
    assert taken.fence > claim.fence


async def test_its_holder_gets_it_anew(records: Records) -> None:
    first = await records.claims.acquire(NAME, holder="here", seconds=30, now=100)
    again = await records.claims.acquire(NAME, holder="here", seconds=30, now=110)
    assert first is not None
    assert again is not None
    assert (again.fence > first.fence, again.until) == (True, 140)
    assert await records.claims.renew(first, seconds=30, now=111) is None


async def test_a_renewed_claim_ends_later_and_keeps_its_fence(records: Records) -> None:
    claim = await records.claims.acquire(NAME, holder="here", seconds=30, now=100)
    assert claim is not None
    renewed = await records.claims.renew(claim, seconds=60, now=120)
    assert renewed is not None
    assert (renewed.fence, renewed.until) == (claim.fence, 180)
    assert await records.claims.acquire(NAME, holder="there", seconds=30, now=179) is None
    late = await records.claims.renew(renewed, seconds=30, now=500)
    assert late is not None, "nobody took it in between"
    assert await records.claims.acquire(NAME, holder="there", seconds=30, now=531) is not None
    assert await records.claims.renew(late, seconds=30, now=532) is None


async def test_a_claim_that_was_let_go_is_free_and_its_fence_is_not_forgotten(records: Records) -> None:
    claim = await records.claims.acquire(NAME, holder="here", seconds=30, now=100)
    assert claim is not None
    await records.claims.release(claim)
    assert await records.claims.holder(NAME, now=101) is None
    assert await records.claims.renew(claim, seconds=30, now=101) is None
    taken = await records.claims.acquire(NAME, holder="there", seconds=30, now=101)
    assert taken is not None
    assert taken.fence > claim.fence
    await records.claims.release(claim)
    assert await records.claims.holder(NAME, now=102) == "there"


async def test_a_claim_from_before_the_clock_went_back_has_ended(records: Records) -> None:
    assert await records.claims.acquire(NAME, holder="here", seconds=30, now=10_000) is not None
    assert await records.claims.holder(NAME, now=5_000) is None
    taken = await records.claims.acquire(NAME, holder="there", seconds=30, now=5_000)
    assert taken is not None
    assert await records.claims.holder(NAME, now=5_001) == "there"


async def test_who_looked_at_the_clock_a_little_earlier_takes_nothing_away(records: Records) -> None:
    assert await records.claims.acquire(NAME, holder="here", seconds=5, now=100) is not None
    assert await records.claims.acquire(NAME, holder="there", seconds=5, now=60) is None
    assert await records.claims.holder(NAME, now=60) == "here"


async def test_of_eight_that_race_one_gets_it_each_round(
    records: Records, open_another: Callable[[], Awaitable[Records]]
) -> None:
    stores = [records, *[await open_another() for _ in range(7)]]
    fences: list[int] = []
    for turn in range(12):
        claims: list[Claim | None] = await asyncio.gather(
            *(
                store.claims.acquire(NAME, holder=f"process-{number}", seconds=30, now=100 + number / 100)
                for number, store in enumerate(stores)
            )
        )
        (winner,) = [each for each in claims if each is not None]
        assert await stores[turn % 8].claims.holder(NAME, now=101) == winner.holder
        fences.append(winner.fence)
        await records.claims.release(winner)
    assert fences == sorted(set(fences))
