"""The backends of shared state that the contract is run against; no test here knows which one it runs on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Protocol

import pytest

from grok2api.kit.clock import ManualClock
from grok2api.storage.memory.state import MemoryState
from grok2api.storage.redis_state.state import open_redis_state
from grok2api.storage.state import SharedState
from support.redis_server import forget_keys, new_prefix, redis_url


class Backend(Protocol):
    """One place of shared state."""

    async def open(self, stack: AsyncExitStack) -> SharedState:
        """Enter the place once more, as another process would."""
        ...

    async def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        ...


@dataclass(slots=True)
class MemoryBackend:
    """One process; whoever opens it again is the same process."""

    clock: ManualClock = field(default_factory=ManualClock)
    state: MemoryState = field(init=False)

    def __post_init__(self) -> None:
        self.state = MemoryState(self.clock)

    async def open(self, stack: AsyncExitStack) -> SharedState:
        del stack
        return self.state

    async def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await asyncio.sleep(0)


@dataclass(slots=True)
class RedisBackend:
    """A real server, under a prefix that nobody else has; whoever opens it again has a line of its own."""

    url: str
    prefix: str = field(default_factory=new_prefix)

    async def open(self, stack: AsyncExitStack) -> SharedState:
        opened = open_redis_state(self.url, prefix=self.prefix, timeout=5)
        return await stack.enter_async_context(opened)

    async def pass_time(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


BACKENDS: dict[str, Callable[[], Backend]] = {
    "memory": MemoryBackend,
    "redis": lambda: RedisBackend(redis_url()),
}
Opener = Callable[[], Awaitable[SharedState]]


@pytest.fixture(params=sorted(BACKENDS))
async def backend(request: pytest.FixtureRequest) -> AsyncIterator[Backend]:
    made = BACKENDS[request.param]()
    yield made
    if isinstance(made, RedisBackend):
        forget_keys(made.url, made.prefix)


@pytest.fixture
async def open_another(backend: Backend) -> AsyncIterator[Opener]:
    """Return a function that opens the same state once more, as another process would."""
    async with AsyncExitStack() as stack:
        yield lambda: backend.open(stack)


@pytest.fixture
async def state(open_another: Opener) -> SharedState:
    return await open_another()
