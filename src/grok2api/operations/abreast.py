"""The same done for each of many credentials, a few at a time, and what came of each in their order.

Must never begin another one after it was asked to stop, and must never break off one that has begun.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from grok2api.storage.records import Credential

Result = TypeVar("Result")


async def for_each(
    credentials: Sequence[Credential],
    work: Callable[[Credential], Awaitable[Result]],
    *,
    at_a_time: int,
    done: Callable[[Result], None],
    cancelled: Callable[[], bool],
) -> list[Result]:
    """Return what came of each credential; fewer if it was stopped.

    Args:
        credentials: Which ones.
        work: What is done.
        at_a_time: For how many of them at once; 0 for all.
        done: Told of each outcome as it comes.
        cancelled: Asked before each one whether to stop.
    """
    waiting, outcomes = iter(enumerate(credentials)), dict[int, Result]()

    async def go_on() -> None:
        for place, credential in waiting:
            if cancelled():
                return
            outcomes[place] = await work(credential)
            done(outcomes[place])

    async with asyncio.TaskGroup() as group:
        for _ in range(min(at_a_time or len(credentials), len(credentials))):
            group.create_task(go_on())
    return [outcomes[place] for place in sorted(outcomes)]
