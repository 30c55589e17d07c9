"""The life of a worker: what starts in which order, and ends in the reverse.

At SIGTERM the worker is not ready any more at once, streams may run for `server.drain_seconds`, and what
is left then is ended in its own dialect's words. What still waits for the store is written when nothing can
add to it any more, the ledger first, before the store closes.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from grok2api.admin.entrance import create_admin
from grok2api.api.v1.turns import stopping_error
from grok2api.errors import StorageError
from grok2api.kit.ids import new_id
from grok2api.observability.logging import get_logger
from grok2api.server.administration import Administration, build_administration
from grok2api.server.app import create_app
from grok2api.server.draining import draining_on_signal, ending_with_the_supervisor
from grok2api.server.metering import Metering, open_metering
from grok2api.server.options import StartOptions
from grok2api.server.periodic import jobs, keep_running
from grok2api.server.sandbox_process import Sandbox
from grok2api.server.services import Services, build_services

_log = get_logger("grok2api.server")

_CANCELLED_AGAIN = 1.0
"""Seconds after which a job that did not end is told again."""
_SUBMISSIONS = 5.0
"""Seconds that videos on their way to xAI get at least: one that is cut off there is lost."""


class Worker:
    """One worker process: an ASGI application that builds its services when it starts.

    Args:
        options: How the start was asked for.
        sandbox: What stands for xAI; None if xAI itself is asked.
        on_live: Called once when the first real credential takes over from the sandbox.
        boards: Where the metrics of all workers are; None if there is one worker only.
    """

    def __init__(
        self,
        options: StartOptions,
        sandbox: Sandbox | None,
        on_live: Callable[[], None],
        boards: Path | None = None,
    ) -> None:
        self._options = options
        self._sandbox = sandbox
        self._boards = boards
        self._on_live = on_live
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the lifespan, or one request."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif self._app is not None:
            await self._app(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        async with self._running() as (services, administration):
            self._app = create_app(services, create_admin(administration.admin))
            _calm_the_collector()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            self._app = None
        await send({"type": "lifespan.shutdown.complete"})

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[tuple[Services, Administration]]:
        with open_metering(self._boards, new_id("worker")) as metering:
            async with self._serving(metering) as running:
                yield running

    @asynccontextmanager
    async def _serving(self, metering: Metering) -> AsyncIterator[tuple[Services, Administration]]:
        async with build_services(self._options, self._sandbox, metering) as services:
            administration = build_administration(services)
            try:
                async with asyncio.TaskGroup() as group:
                    tasks = [group.create_task(keep_running(job)) for job in jobs(services, self._on_live)]
                    with draining_on_signal(services), ending_with_the_supervisor():
                        yield services, administration
                        await _end_background(services)
                    await administration.close()
                    await ended(tasks)
            finally:
                await services.refresher.close()
                await _write_what_waits(services)


async def ended(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel tasks until all of them have ended.

    Once is not enough: a driver whose connection breaks at the same moment tells of that instead, and the
    cancellation is lost.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=_CANCELLED_AGAIN)


async def _end_background(services: Services) -> None:
    """Let background responses finish while the server drains; nobody's connection waits for them.

    Videos on their way to xAI get as long to arrive; all others are left to whoever comes next.
    """
    seconds = services.live.current.server.drain_seconds if services.in_flight.draining else 0.0
    await services.background.runs.close(stopping_error(), seconds=seconds)
    try:
        await services.videos.jobs.keeper.close(seconds=max(seconds, _SUBMISSIONS))
    except StorageError as error:
        _log.warning("videos are taken over later", reason=error.public_message)


def _calm_the_collector() -> None:
    """Keep what lives as long as the process out of every garbage collection, and collect less often.

    A request makes a few thousand small objects and hardly a cycle; with the defaults, walking the modules
    again and again was more than half of a request's cost. Nothing is collected before: what imports leave
    behind is two thousand small objects, and to find them takes a third of a second.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


async def _write_what_waits(services: Services) -> None:
    """Give the store what it lacks; a store that is away costs the rows that are told, and nothing else."""
    lost = await services.ledger.close()
    if lost:
        _log.error("ledger rows lost", rows=lost)
    lost = await services.transcripts.close()
    if lost:
        _log.error("transcripts lost", rows=lost)
    lost = await services.contents.close()
    if lost:
        _log.error("contents lost", rows=lost)
    try:
        await services.pooling.health.flush()
        await services.leadership.close()
    except StorageError as error:
        _log.warning("health of credentials not stored", reason=error.public_message)
