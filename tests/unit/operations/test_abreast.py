"""Many credentials are worked through so many at a time, and told in their order."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from grok2api.operations.abreast import for_each
from grok2api.storage.records import Credential
from support.operator_pool import RECORD


@pytest.mark.parametrize(("at_a_time", "most"), [(1, 1), (3, 3), (25, 12), (0, 12)])
async def test_as_many_at_a_time_as_was_said(at_a_time: int, most: int) -> None:
    pool = [replace(RECORD, id=f"cred_{number:02}") for number in range(12)]
    running, peak, told = 0, 0, list[str]()

    async def work(one: Credential) -> str:
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        await asyncio.sleep(0)
        running -= 1
        return one.id

    found = await for_each(pool, work, at_a_time=at_a_time, done=told.append, cancelled=lambda: False)
    assert found == [each.id for each in pool]
    assert (peak, sorted(told)) == (most, found)


async def test_nothing_begins_after_the_stop() -> None:
    begun = list[str]()

    async def work(one: Credential) -> str:
        begun.append(one.id)
        return one.id

    pool = [replace(RECORD, id=f"cred_{number}") for number in range(9)]
    found = await for_each(pool, work, at_a_time=2, done=lambda _: None, cancelled=lambda: len(begun) >= 4)
    assert found == begun == [each.id for each in pool[:4]]
