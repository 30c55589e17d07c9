"""What a worker shares with all others: limits, and news of health and of the store.

With Redis in the settings these are shared by all workers and hosts; without it each worker has its own, and
nothing on a request's way changes. Must never make a request wait for news.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from grok2api.config.extras import install_advice
from grok2api.config.settings import Settings
from grok2api.errors import ConfigError
from grok2api.kit.clock import Clock
from grok2api.kit.secretbox import KeyRing
from grok2api.pool import hearsay
from grok2api.pool.pool import Pool
from grok2api.pool.slots import Slots
from grok2api.storage.memory.state import MemoryState
from grok2api.storage.state import FREED, GAP, SharedState, StateAway

FLEET_PURPOSE: Final = "name of the fleet"
STORE: Final = "store"
"""Topic of the notices that say up to which revision the store has changed."""
_MILLISECONDS: Final = 1000
_HARMLESS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(slots=True)
class Sharing:
    """This worker's part in what is shared."""

    state: SharedState
    holder: str
    """This worker, among all that share the state."""
    slots: Slots | None = None
    """The shared limits; None where this worker's are its own."""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the store is worth a look before its time."""
    listening: bool = False
    """Whether it has begun to hear the others."""
    heard: int = 0
    """The highest revision of the store that was told to everybody."""

    @property
    def degraded(self) -> bool:
        """Whether what should be shared is not, at the moment."""
        return self.slots is not None and self.state.away

    def spread(self, word: hearsay.Word) -> None:
        """Tell the others of a rest or a bar."""
        self.state.publish(hearsay.TOPIC, hearsay.write(self.holder, word))

    def moved(self, revision: int) -> None:
        """Tell the others that the store has changed, unless they know."""
        if self.slots is not None and revision > self.heard:
            self.heard = revision
            self.state.publish(STORE, b"%d" % revision)

    async def beat(self, limited: Iterable[str] = ()) -> None:
        """Say once that this worker lives and what it holds; ask about credentials with a limit."""
        if self.slots is not None:
            try:
                await self.slots.beat(limited)
            except StateAway:
                return

    async def listen(self, pool: Pool) -> None:
        """Act upon what others tell, until cancelled."""
        topics = (FREED, hearsay.TOPIC, STORE)
        async with aclosing(self.state.listen(*topics)) as notices:
            async for notice in notices:
                self._hear(pool, notice.topic, notice.payload)

    def _hear(self, pool: Pool, topic: str, payload: bytes) -> None:
        if topic == FREED:
            pool.freed(payload.decode(errors="replace"))
        elif topic == hearsay.TOPIC:
            said = hearsay.read(payload)
            if said is not None and said.by != self.holder:
                pool.hear(said.word)
        elif topic == STORE and payload.isdigit() and int(payload) > self.heard:
            self.heard = int(payload)
            self.news.set()
        elif topic == GAP:
            if self.slots is not None and self.listening:
                self.slots.doubt()
            self.listening = True
            self.news.set()
            pool.stir()


@asynccontextmanager
async def open_sharing(
    settings: Settings, ring: KeyRing, clock: Clock, holder: str
) -> AsyncIterator[Sharing]:
    """Give what is shared for as long as the block runs; a Redis that is away does not stop the start.

    Raises:
        ConfigError: Redis is in the settings, and its driver is not installed or its address is no good.
    """
    storage = settings.storage
    url = storage.redis_location()
    if not url:
        yield Sharing(MemoryState(clock), holder)
        return
    try:
        from grok2api.storage.redis_state.state import open_redis_state  # noqa: PLC0415  an extra
    except ModuleNotFoundError as error:
        raise ConfigError(
            "storage.redis_url: the driver of Redis is not installed. "
            f"Fix: {install_advice('redis')}; or take REDIS_URL and REDIS_HOST away."
        ) from error
    prefix = f"grok2api:{{{ring.derive(FLEET_PURPOSE, 8).hex()}}}"
    timeout = storage.redis_timeout_ms / _MILLISECONDS
    async with open_redis_state(url, prefix=prefix, timeout=timeout) as state:
        slots = Slots(state, worker=holder, clock=clock, workers=settings.server.workers)
        sharing = Sharing(state, holder, slots)
        await sharing.beat()
        yield sharing
        await slots.leave()


class Announcing:
    """Wraps the operator's side: after a change the store is looked at at once, and the others are told."""

    def __init__(self, app: ASGIApp, sharing: Sharing) -> None:
        self._app = app
        self._sharing = sharing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        try:
            await self._app(scope, receive, send)
        finally:
            if scope["type"] == "http" and scope["method"] not in _HARMLESS:
                self._sharing.news.set()
