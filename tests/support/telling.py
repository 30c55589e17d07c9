"""Listens to shared state on behalf of a test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from grok2api.storage.state import Notice, SharedState

_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Told:
    """What was told, in its order."""

    _queue: asyncio.Queue[Notice]

    async def next(self, topic: str) -> bytes:
        """Return the payload of the next notice, which must be of this topic."""
        async with asyncio.timeout(_SECONDS):
            notice = await self._queue.get()
        assert notice.topic == topic, notice
        return notice.payload


@asynccontextmanager
async def told(state: SharedState, *topics: str) -> AsyncIterator[Told]:
    """Listen for as long as the block runs."""
    queue: asyncio.Queue[Notice] = asyncio.Queue()

    async def listen() -> None:
        async with aclosing(state.listen(*topics)) as notices:
            async for notice in notices:
                queue.put_nowait(notice)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(listen())
        yield Told(queue)
        task.cancel()
