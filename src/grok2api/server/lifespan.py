"""The life of a worker: what starts in which order, and ends in the reverse.

At SIGTERM the worker is not ready any more at once, streams may run for `server.drain_seconds`, and what
is left then is ended in its own dialect's words. What still waits for the store is written when nothing can
add to it any more, the ledger first, before the store closes.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import FrameType

from starlette.types import ASGIApp, Receive, Scope, Send

from grok2api.admin.entrance import create_admin
from grok2api.api.v1.turns import stopping_error
from grok2api.errors import StorageError
from grok2api.kit.ids import new_id
from grok2api.observability.logging import get_logger
from grok2api.server.app import create_app
from grok2api.server.metering import Metering, open_metering
from grok2api.server.operating import Operating, operating
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
    """One worker process: an ASGI application that builds its services when it starts."""

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
        async with self._running() as (services, operator):
            self._app = create_app(services, create_admin(operator.admin))
            _calm_the_collector()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            self._app = None
        await send({"type": "lifespan.shutdown.complete"})

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[tuple[Services, Operating]]:
        with open_metering(self._boards, new_id("worker")) as metering:
            async with self._serving(metering) as running:
                yield running

    @asynccontextmanager
    async def _serving(self, metering: Metering) -> AsyncIterator[tuple[Services, Operating]]:
        async with build_services(self._options, self._sandbox, metering) as services:
            operator = operating(services)
            try:
                async with asyncio.TaskGroup() as group:
                    tasks = [group.create_task(keep_running(job)) for job in jobs(services, self._on_live)]
                    with draining_on_signal(services), ending_with_the_supervisor():
                        yield services, operator
                        await _end_background(services)
                    await operator.close()
                    await ended(tasks)
            finally:
                await services.desk.close()
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
    await services.background.desk.close(stopping_error(), seconds=seconds)
    try:
        await services.videos.jobs.keeper.close(seconds=max(seconds, _SUBMISSIONS))
    except StorageError as error:
        _log.warning("videos are taken over later", reason=error.public_message)


def _calm_the_collector() -> None:
    """Keep what lives as long as the process out of every garbage collection, and collect less often.

    A request makes a few thousand small objects and hardly a cycle; with the defaults, walking the modules
    again and again was more than half of a request's cost.
    """
    gc.collect()
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


Handler = Callable[[int, FrameType | None], object] | int | None
"""What `signal.signal` gives back: whoever handled a signal before."""


class _Leaving:
    """From the first signal to the end of what runs."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._loop = asyncio.get_running_loop()
        self._timers: list[asyncio.TimerHandle] = []

    def told(self, number: int, frame: FrameType | None, before: Handler) -> None:
        """Begin to drain; the server hears of a first SIGTERM when `server.stop_delay` is over."""

        def end() -> None:
            if callable(before):
                before(number, frame)

        first = number == signal.SIGTERM and not self._services.in_flight.draining
        delay = self._services.live.current.server.stop_delay if first else 0.0
        self._loop.call_soon_threadsafe(self._drain, delay, end)
        if not delay:
            end()

    def close(self) -> None:
        """Forget what was still to come."""
        for timer in self._timers:
            timer.cancel()

    def _drain(self, delay: float, end: Callable[[], None]) -> None:
        services = self._services
        if services.in_flight.draining:
            return
        services.in_flight.drain()
        seconds = services.live.current.server.drain_seconds
        running = len(services.in_flight) + len(services.background.desk)
        _log.info("draining", running=running, seconds=seconds, delay=delay)
        self._timers.append(self._loop.call_later(delay + seconds, self._stop))
        if delay:
            self._timers.append(self._loop.call_later(delay, end))

    def _stop(self) -> None:
        self._services.background.desk.stop_all(stopping_error())
        self._services.in_flight.stop_all()


@contextmanager
def ending_with_the_supervisor() -> Iterator[None]:
    """Stop this worker when the process that started it is gone: nobody could stop or replace it any more."""
    supervisor = multiprocessing.parent_process()
    if supervisor is None:
        yield
        return
    loop, gone = asyncio.get_running_loop(), supervisor.sentinel

    def stop() -> None:
        loop.remove_reader(gone)
        _log.error("the supervisor is gone, so this worker stops")
        os.kill(os.getpid(), signal.SIGTERM)

    loop.add_reader(gone, stop)
    try:
        yield
    finally:
        loop.remove_reader(gone)


@contextmanager
def draining_on_signal(services: Services) -> Iterator[None]:
    """Begin to drain at the signal that ends the server, before the server acts on it."""
    leaving = _Leaving(services)
    previous: dict[signal.Signals, Handler] = {}

    def handler(number: int, frame: FrameType | None) -> None:
        leaving.told(number, frame, previous.get(signal.Signals(number)))

    for which in (signal.SIGTERM, signal.SIGINT):
        previous[which] = signal.signal(which, handler)
    try:
        yield
    finally:
        leaving.close()
        for which, before in previous.items():
            signal.signal(which, before)
