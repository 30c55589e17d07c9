"""What a worker tells of itself to its operator: the pool's counts, and what it stands on.

Counts are of what is at hand; only the store and the disk are asked, with little time. Must never hold a
secret, and must never fail because something that it tells of does.
"""

from __future__ import annotations

import asyncio
import os
import platform
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

import grok2api
from grok2api.admin.events import PoolCounts
from grok2api.admin.system import (
    LedgerState,
    MediaState,
    ReleaseState,
    SharedStateState,
    StoreState,
    System,
    SystemState,
)
from grok2api.errors import StorageError
from grok2api.media.opening import OBJECT_STORAGE
from grok2api.operations import releases
from grok2api.operations.views import status_of
from grok2api.pool.health import Status
from grok2api.server.bookkeeping import host_spool
from grok2api.server.leadership import leader_of
from grok2api.server.readiness import lacking
from grok2api.server.services import Services

_PATIENCE = 3.0
"""Seconds for which an answer is waited."""
_MEBIBYTE = 1_048_576


def pool_counts(services: Services) -> PoolCounts:
    """Return how the pool stands; short rests that are not stored are in `usable` only."""
    now, records, pool = services.clock.now(), services.view.records, services.pool
    opens = services.view.opens
    found = Counter(status_of(each, now, opens=opens(each.id)) for each in records)
    return PoolCounts(
        total=sum(found.values()),
        by_status={status.value: found[status] for status in Status},
        usable=pool.usable(),
        in_flight=pool.in_flight,
        waiting=pool.waiting,
        sandbox=pool.practising,
    )


def system_of(services: Services) -> System:
    """Return what tells how a worker is doing, from now on."""
    began, since = services.clock.now(), services.clock.monotonic()
    checks = lacking(services)

    async def told() -> SystemState:
        settings = services.live.current
        store = await _store(services)
        leader = await _leader(services)
        return SystemState(
            version=grok2api.__version__,
            python=platform.python_version(),
            host=socket.gethostname(),
            worker=services.holder,
            pid=os.getpid(),
            workers=settings.server.workers,
            started_at=began,
            uptime=services.clock.monotonic() - since,
            draining=services.in_flight.draining,
            sandbox=services.pool.practising,
            leads=services.leadership.claim is not None,
            leader=leader,
            degraded=tuple(name for name, lacks in checks.items() if lacks()),
            running_requests=len(services.in_flight),
            store=store,
            shared_state=_shared(services),
            media=await _media(services),
            ledger=await asyncio.to_thread(_ledger, services),
        )

    return told


def release_of(services: Services) -> Callable[[], Awaitable[ReleaseState]]:
    """Return what tells which version is the newest, from now on."""

    async def told() -> ReleaseState:
        feed, running = services.live.current.releases.feed_url, grok2api.__version__
        kept = releases.read(await services.records.meta.get(releases.FACT) or "") if feed else None
        learnt = kept if kept is not None and kept.feed == feed else None
        newest = None if learnt is None else learnt.newest
        return ReleaseState(
            version=running,
            asks=bool(feed),
            newest=newest,
            newer=newest is not None and releases.is_newer(newest, running),
            asked_at=None if learnt is None else learnt.asked_at,
            failure="" if learnt is None else learnt.failure,
        )

    return told


async def _store(services: Services) -> StoreState:
    begun, lag = services.clock.monotonic(), None
    with suppress(StorageError, TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            await services.records.ping()
        lag = round((services.clock.monotonic() - begun) * 1000, 2)
    return StoreState(
        kind=services.live.current.storage.type,
        state="away" if lag is None else "ok",
        lag_ms=lag,
        revision=services.view.revision,
    )


async def _leader(services: Services) -> str | None:
    with suppress(StorageError, TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            return await leader_of(services.records.claims, services.clock)
    return None


def _shared(services: Services) -> SharedStateState:
    slots = services.sharing.slots
    if slots is None:
        return SharedStateState(configured=False, up=False, workers=0)
    return SharedStateState(configured=True, up=not services.sharing.degraded, workers=slots.workers)


async def _media(services: Services) -> MediaState:
    library, held = services.media.library, None
    with suppress(StorageError, TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            held = await library.store.total_size(library.places.host)
    return MediaState(
        kind="object storage" if library.places.host == OBJECT_STORAGE else "disk",
        bytes=held,
        limit_bytes=services.live.current.cache.limit_mb * _MEBIBYTE,
    )


def _ledger(services: Services) -> LedgerState:
    files, size = 0, 0
    with suppress(OSError):
        files, size = host_spool(services.live.current).held()
    return LedgerState(
        waiting=services.ledger.waiting,
        spool_files=files,
        spool_bytes=size,
        dropped=services.ledger.dropped,
    )
