"""Usage rows on their way to the store: taken at once, written in batches, kept while the store is away.

The queue is bounded; what does not fit is counted, never waited for. A batch leaves the queue only when
the store has it, and the store ignores a row it has already, so nothing is lost or counted twice.
Must never make a request wait.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final

from grok2api.accounting.traces import written_trace
from grok2api.canonical.trace import RequestTrace
from grok2api.errors import StorageError
from grok2api.storage.records import TraceRecord, UsageRecord
from grok2api.storage.stores import UsageStore

_BATCH: Final = 500
_FIRST_PAUSE: Final = 0.25
_LONGEST_PAUSE: Final = 30.0
_LAST_TRIES: Final = 4


class Ledger:
    """Collects usage rows.

    Args:
        store: Where rows go.
        flush_seconds: How long rows are collected before they are written.
        max_queue: Rows that may wait.
        first_pause: Seconds before the store is tried again after a failure; doubles every time.
        traces: Tells whether it is kept how each request came to its credential.
    """

    def __init__(
        self,
        store: UsageStore,
        *,
        flush_seconds: float,
        max_queue: int,
        first_pause: float = _FIRST_PAUSE,
        traces: Callable[[], bool] = lambda: True,
    ) -> None:
        self._store = store
        self._flush_seconds = flush_seconds
        self._max_queue = max_queue
        self._first_pause = first_pause
        self._traces = traces
        self._rows: deque[tuple[UsageRecord, RequestTrace | None]] = deque()
        self._news = asyncio.Event()
        self._writing = asyncio.Lock()
        self.dropped = 0
        """Rows that found the queue full and are lost."""
        self.written = 0
        """Rows that the store took."""

    @property
    def waiting(self) -> int:
        """How many rows the store lacks."""
        return len(self._rows)

    def record(self, row: UsageRecord, trace: RequestTrace | None = None) -> None:
        """Take a row, and how its credential was chosen; it is dropped and counted if the queue is full."""
        if len(self._rows) >= self._max_queue:
            self.dropped += 1
            return
        self._rows.append((row, trace))
        self._news.set()

    async def run(self) -> None:
        """Write rows as they come, until cancelled."""
        pause = self._first_pause
        while True:
            await self._news.wait()
            await asyncio.sleep(self._flush_seconds)
            try:
                await self.flush()
                pause = self._first_pause
            except StorageError:
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def flush(self) -> None:
        """Write all rows that wait.

        Raises:
            StorageError: the store did not take them; they still wait.
        """
        async with self._writing:
            while self._rows:
                batch = tuple(islice(self._rows, _BATCH))
                await self._store.append([row for row, _ in batch], self._kept(batch))
                for _ in batch:
                    self._rows.popleft()
                self.written += len(batch)
            self._news.clear()

    def _kept(self, batch: Iterable[tuple[UsageRecord, RequestTrace | None]]) -> list[TraceRecord]:
        """Return the traces of a batch as the store keeps them."""
        if not self._traces():
            return []
        return [
            TraceRecord(request_id=row.request_id, started_at=row.started_at, content=written_trace(trace))
            for row, trace in batch
            if trace is not None and trace.attempts
        ]

    async def close(self) -> int:
        """Write what is left, trying a few times; return how many rows could not be written."""
        pause = self._first_pause
        for _ in range(_LAST_TRIES):
            try:
                await self.flush()
                return 0
            except StorageError:
                await asyncio.sleep(pause)
                pause *= 2
        return len(self._rows)
