"""The end of a worker, from the first signal on: it drains, then what is left is ended.

Must never end a stream that may still run, and must never outlive the process that started it.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from grok2api.api.v1.turns import stopping_error
from grok2api.observability.logging import get_logger
from grok2api.server.services import Services
from grok2api.server.signals import heard
from grok2api.server.worker_process import watch_of_parent

_log = get_logger("grok2api.server")


@contextmanager
def draining_on_signal(services: Services) -> Iterator[None]:
    """Begin to drain at the signal that ends the server, before the server acts on it."""
    leaving = _Leaving(services)
    with heard(leaving.told):
        try:
            yield
        finally:
            leaving.close()


@contextmanager
def ending_with_the_supervisor() -> Iterator[None]:
    """Stop this worker when the process that started it is gone: nobody could stop or replace it any more."""
    supervisor = multiprocessing.parent_process()
    if supervisor is None:
        yield
        return
    loop = asyncio.get_running_loop()

    def stop() -> None:
        loop.remove_reader(gone)
        _log.error("the supervisor is gone, so this worker stops")
        os.kill(os.getpid(), signal.SIGTERM)

    with watch_of_parent(supervisor) as gone:
        loop.add_reader(gone, stop)
        try:
            yield
        finally:
            loop.remove_reader(gone)


class _Leaving:
    """From the first signal to the end of what runs."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._loop = asyncio.get_running_loop()
        self._timers: list[asyncio.TimerHandle] = []

    def told(self, number: int, end: Callable[[], None]) -> None:
        """Begin to drain; the server hears of a first SIGTERM when `server.stop_delay` is over."""
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
        running = len(services.in_flight) + len(services.background.runs)
        _log.info("draining", running=running, seconds=seconds, delay=delay)
        self._timers.append(self._loop.call_later(delay + seconds, self._stop))
        if delay:
            self._timers.append(self._loop.call_later(delay, end))

    def _stop(self) -> None:
        self._services.background.runs.stop_all(stopping_error())
        self._services.in_flight.stop_all()
