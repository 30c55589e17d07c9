"""The requests that run now, so that a shutdown can end each of them in its own words.

Per process and never stored: it describes this worker's sockets, nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Flight:
    """One running request."""

    __slots__ = ("_task", "stopping")

    def __init__(self, task: asyncio.Task[object] | None) -> None:
        self._task = task
        self.stopping = False

    def stop(self) -> None:
        """Interrupt the request; it tells its client why."""
        if not self.stopping and self._task is not None:
            self.stopping = True
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

    def stop_all(self) -> int:
        """Interrupt what still runs; return how many."""
        flights = list(self._flights)
        for flight in flights:
            flight.stop()
        return len(flights)
