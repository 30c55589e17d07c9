"""A worker ends its jobs even where one of them loses the word that it is to end."""

from __future__ import annotations

import asyncio

import pytest

from grok2api.server import lifespan


async def test_a_job_that_loses_a_cancellation_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifespan, "_CANCELLED_AGAIN", 0.01)
    lost = 0

    async def deaf() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if lost == 2:
                    raise
                lost += 1  # as a driver does that tells of its broken connection instead

    async def good() -> None:
        await asyncio.sleep(60)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each()) for each in (deaf, good)]
        await asyncio.sleep(0)
        await lifespan.ended(tasks)
    assert [task.cancelled() for task in tasks] == [True, True]
    assert lost == 2
