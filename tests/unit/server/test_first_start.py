"""Whoever finds an empty store does what is done once alone, and whoever comes second waits for it."""

from __future__ import annotations

import asyncio
import time

import pytest

from grok2api.errors import StorageError
from grok2api.server import first_start
from grok2api.server.first_start import CLAIM, alone_at_the_first_start
from support.memory_records import MemoryRecords


async def test_nobody_is_inside_beside_another_one() -> None:
    claims, inside, most = MemoryRecords().claims, 0, 0

    async def start() -> None:
        nonlocal inside, most
        async with alone_at_the_first_start(claims, needed=True):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(start() for _ in range(5)))
    assert most == 1


async def test_where_nothing_is_to_be_made_nobody_is_waited_for() -> None:
    claims = MemoryRecords().claims
    assert await claims.acquire(CLAIM, holder="somebody", seconds=100, now=time.time())
    async with alone_at_the_first_start(claims, needed=False):
        pass


async def test_one_that_hangs_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    claims = MemoryRecords().claims
    assert await claims.acquire(CLAIM, holder="somebody", seconds=100, now=time.time())
    monkeypatch.setattr(first_start, "_PATIENCE", 0.05)
    with pytest.raises(StorageError, match="start this one again"):
        async with alone_at_the_first_start(claims, needed=True):
            pass


async def test_a_start_that_fails_leaves_the_place_to_the_next() -> None:
    claims = MemoryRecords().claims
    with pytest.raises(ZeroDivisionError):
        async with alone_at_the_first_start(claims, needed=True):
            raise ZeroDivisionError
    assert await claims.holder(CLAIM, now=time.time()) is None
