"""The requests that run now, so that a shutdown can end each of them in its own words.

Per process and never stored: it describes this worker's sockets, nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from grok2api.errors import Grok2ApiError


class Flight:
    """One running request."""

    __slots__ = ("_task", "reason", "stopping")

    def __init__(self, task: asyncio.Task[object] | None) -> None:
        self._task = task
        self.stopping = False
        self.reason: Grok2ApiError | None = None
        """What its client is told; None is that the server ends."""

    def runs_in(self, task: asyncio.Task[object] | None) -> bool:
        """Tell whether it is what a task does."""
        return task is not None and self._task is task

    def stop(self, reason: Grok2ApiError | None = None) -> None:
        """Interrupt the request; it tells its client why."""
        if not self.stopping and self._task is not None:
            self.stopping, self.reason = True, reason
            self._task.cancel()


class InFlight:
    """All running requests of this process."""

    def __init__(self) -> None:
        self._flights: set[Flight] = set()
        self._drain = asyncio.Event()

    @property
    def draining(self) -> bool:
        """Whether the server ends: nothing new is begun."""
        return self._drain.is_set()

    def drain(self) -> None:
        """Begin nothing new from now on."""
        self._drain.set()

    async def drained(self) -> None:
        """Return once draining has begun."""
        await self._drain.wait()

    def __len__(self) -> int:
        return len(self._flights)

    @contextmanager
    def flight(self) -> Iterator[Flight]:
        """Register the current task for as long as the block runs."""
        flight = Flight(asyncio.current_task())
        self._flights.add(flight)
        try:
            yield flight
        finally:
            self._flights.discard(flight)

    def stop_task(self, task: asyncio.Task[object] | None, reason: Grok2ApiError) -> bool:
        """Interrupt what a task does; tell whether it is a running request."""
        found = [flight for flight in self._flights if flight.runs_in(task)]
        for flight in found:
            flight.stop(reason)
        return bool(found)

    def stop_all(self) -> int:
        """Interrupt what still runs; return how many."""
        flights = list(self._flights)
        for flight in flights:
            flight.stop()
        return len(flights)
