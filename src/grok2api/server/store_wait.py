"""A start whose store is away: it asks again until the store is there, and says so each time.

A database that comes up after the gateway, or is being moved, is no reason to die: a process that is
started again and again by its host tells nobody what is wrong. While the server waits for its first look at
the store, its socket answers probes already. What somebody must mend (a wrong password, a store of another
key) still ends the start at once. Must never wait for that, nor serve a request without a store.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from socket import socket
from typing import Final, TypeVar

from grok2api.config.settings import Settings
from grok2api.errors import StorageError, StoreAway
from grok2api.kit.secretbox import KeyRing
from grok2api.observability.logging import get_logger
from grok2api.server.prepare import Prepared, open_store, prepare
from grok2api.server.signals import heard
from grok2api.server.waiting_server import WaitingServer
from grok2api.storage.stores import Records

_log = get_logger("grok2api.server")
Result = TypeVar("Result")

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 10.0


async def prepared_when_there(settings: Settings, listener: socket) -> Prepared:
    """Prepare the store; while it is away, answer probes on the server's socket and ask again.

    Args:
        settings: `storage.wait_seconds` says for how long.
        listener: The bound socket; it stays open.

    Raises:
        ConfigError: the store cannot be used, or was away for too long.
        StorageError: it did not answer for too long.
        SystemExit: the server was told to end meanwhile, which is no failure.
    """
    waiting = WaitingServer(listener)
    with _told_to_end() as end:
        try:
            prepared = await until_there(
                lambda: prepare(settings),
                seconds=settings.storage.wait_seconds,
                meanwhile=waiting.open,
                end=end,
            )
        except (StoreAway, StorageError):
            if not end.is_set():
                raise
        finally:
            await waiting.close()
        if end.is_set():
            raise SystemExit(0)
        return prepared


async def opened_when_there(settings: Settings, ring: KeyRing) -> Records:
    """Open the store for a worker that starts, or takes another one's place while the store is away.

    It waits without end: the other workers serve meanwhile, and the start has found the store good before.

    Raises:
        ConfigError: the store cannot be used.
        StorageError: the server was told to end meanwhile.
    """
    with _told_to_end() as end:
        return await until_there(lambda: open_store(settings, ring), end=end)


async def until_there(
    work: Callable[[], Awaitable[Result]],
    *,
    seconds: float = math.inf,
    meanwhile: Callable[[], Awaitable[None]] | None = None,
    end: asyncio.Event | None = None,
) -> Result:
    """Return what `work` returns; while the store is away, do it again after pauses that grow.

    Args:
        work: What needs the store.
        seconds: Longest wait; 0 does not wait at all.
        meanwhile: Called before each pause.
        end: Ends the wait when it is set.

    Raises:
        StoreAway: it took too long.
        StorageError: the same.
    """
    until, pause, waited = time.monotonic() + seconds, _FIRST_PAUSE, False
    end = end or asyncio.Event()
    while True:
        try:
            result = await work()
        except (StoreAway, StorageError) as error:
            left = until - time.monotonic()
            if left <= 0 or end.is_set():
                raise
            wait = min(pause, left)
            _log.warning(
                "the store is away, so the start waits for it",
                reason=error.public_message if isinstance(error, StorageError) else str(error),
                next_try_seconds=round(wait, 1),
                gives_up_seconds=None if math.isinf(left) else round(left),
            )
            if meanwhile is not None:
                await meanwhile()
            with suppress(TimeoutError):
                await asyncio.wait_for(end.wait(), wait)
            pause, waited = min(2 * pause, _LONGEST_PAUSE), True
        else:
            if waited:
                _log.info("the store is there, so the start goes on")
            return result


@contextmanager
def _told_to_end() -> Iterator[asyncio.Event]:
    """Give an event that is set by the signals that end a server; whoever handled them still does."""
    loop, end = asyncio.get_running_loop(), asyncio.Event()

    def tell(_number: int, hand_on: Callable[[], None]) -> None:
        loop.call_soon_threadsafe(end.set)
        hand_on()

    with heard(tell):
        yield end
