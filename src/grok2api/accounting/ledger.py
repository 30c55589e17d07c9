"""Usage rows on their way to the store: taken at once, written in batches, kept while the store is away.

While it is away they go to disk (`accounting.spool`), and from there to the store when it is back; while it
only takes its time, copies lie there, so that a kill loses no more than an instant either way. The queue is
bounded; what does not fit is counted, never waited for. A batch leaves the queue only when the store or the
disk has it, and the store ignores a row it has already, so nothing is lost or counted twice.
Must never make a request wait.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from grok2api.accounting.budgets import RowSink
from grok2api.accounting.spool import Segment, Spool, SpooledRow
from grok2api.accounting.traces import written_trace
from grok2api.canonical.trace import RequestTrace
from grok2api.errors import StorageError
from grok2api.observability.logging import get_logger
from grok2api.storage.records import TraceRecord, UsageRecord

_log = get_logger("grok2api.ledger")

_BATCH: Final = 500
_FIRST_PAUSE: Final = 0.25
_LONGEST_PAUSE: Final = 30.0
_LAST_TRIES: Final = 4
_SPILL_SECONDS: Final = 0.5
"""Seconds between two spills: what a killed worker may lose while the store is away."""
_PATIENCE: Final = 0.2
"""Seconds that a write may take before what waits for it is copied to disk. Until then a row waits for the
others of its batch, for this, and for as long again until it is noticed: less than a second in all."""


class Ledger:
    """Collects usage rows.

    Args:
        store: Where rows go.
        flush_seconds: How long rows are collected before they are written.
        max_queue: Rows that may wait.
        first_pause: Seconds before the store is tried again after a failure; doubles every time.
        traces: Tells whether it is kept how each request came to its credential.
        spool: Where rows go while the store is away; None keeps them in memory.
        noted: Told each row as it comes; must not wait.
        never_logs: Tells whether nothing but its rows is kept of a client key.
    """

    def __init__(
        self,
        store: RowSink,
        *,
        flush_seconds: float,
        max_queue: int,
        first_pause: float = _FIRST_PAUSE,
        traces: Callable[[], bool] = lambda: True,
        spool: Spool | None = None,
        noted: Callable[[UsageRecord, RequestTrace | None], None] = lambda _row, _trace: None,
        never_logs: Callable[[str], bool] = lambda _key_id: False,
    ) -> None:
        self._noted = noted
        self._store = store
        self._flush_seconds = flush_seconds
        self._max_queue = max_queue
        self._first_pause = first_pause
        self._traces = traces
        self._rows: deque[tuple[UsageRecord, RequestTrace | None]] = deque()
        self._news = asyncio.Event()
        self._writing = asyncio.Lock()
        self._spool = spool
        self._never_logs = never_logs
        self._spooled = spool is not None
        """Whether there may be rows on disk; at the start those of a worker that was killed."""
        if self._spooled:
            self._news.set()
        self.away = False
        """Whether the store did not take the last batch."""
        self._homeless = False
        """Whether the disk did not take what the store did not."""
        self._since: float | None = None
        """When the write that is under way began, on the loop's clock."""
        self._gone = 0
        """How many rows have left the queue so far."""
        self._copied = 0
        """How many of all rows that ever came the store or the disk has."""
        self._copies: list[tuple[int, Path]] = []
        """Segments of rows that still wait, and how many rows must have left the queue to be rid of each."""
        self.dropped = 0
        """Rows that found the queue full and are lost."""
        self.written = 0
        """Rows that the store took."""

    @property
    def waiting(self) -> int:
        """How many rows wait in memory."""
        return len(self._rows)

    def lag(self, now: float) -> float:
        """Return the seconds for which the oldest row in memory has waited at a wall time."""
        if not self._rows:
            return 0.0
        oldest = self._rows[0][0]
        return max(0.0, now - oldest.started_at - oldest.total_ms / 1000)

    @property
    def keeps(self) -> bool:
        """Whether a row that comes now will be kept for certain: by the store, or by the disk meanwhile."""
        if len(self._rows) >= self._max_queue:
            return False
        return not self.away or (self._spool is not None and not self._homeless)

    def record(self, row: UsageRecord, trace: RequestTrace | None = None) -> None:
        """Take a row, and how its credential was chosen; it is dropped and counted if the queue is full."""
        self._noted(row, trace)
        if len(self._rows) >= self._max_queue:
            self.dropped += 1
            return
        self._rows.append((row, None if self._never_logs(row.key_id) else trace))
        self._news.set()

    async def run(self) -> None:
        """Write rows as they come, and look after those that have to wait, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._write())
            if self._spool is not None:
                tasks.create_task(self._guard(self._spool))

    async def _guard(self, spool: Spool) -> None:
        """Copy to disk what waits for a write that takes too long."""
        clock = asyncio.get_running_loop().time
        while True:
            await self._news.wait()
            await asyncio.sleep(_PATIENCE)
            if self._since is not None and clock() - self._since >= _PATIENCE:
                await self._copy(spool)

    async def _copy(self, spool: Spool) -> None:
        """Copy to disk what waits and has no copy there; a disk that takes none is told of by `spill`."""
        begin = max(self._gone, self._copied)
        batch = tuple(islice(self._rows, begin - self._gone, None))
        if not batch:
            return
        try:
            path = await asyncio.to_thread(spool.add, self._spooled_rows(batch), lasting=False)
        except OSError:
            return
        if path is not None:
            self._copied = begin + len(batch)
            self._copies.append((self._copied, path))
            await self._forget_copies()

    async def _write(self) -> None:
        """Write rows as they come."""
        pause = self._first_pause
        while True:
            await self._news.wait()
            await asyncio.sleep(self._flush_seconds)
            try:
                await self.flush()
                pause = self._first_pause
            except StorageError:
                await self._outlast(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def flush(self) -> None:
        """Write all rows that wait, those on disk too.

        Raises:
            StorageError: the store did not take them; they still wait.
        """
        async with self._writing:
            self._since = asyncio.get_running_loop().time()
            try:
                while self._rows:
                    batch = tuple(islice(self._rows, _BATCH))
                    await self._store.append([row for row, _ in batch], self._kept(batch))
                    self._take_out(len(batch))
                    self.written += len(batch)
                await self._forget_copies()
                while self._spool is not None and self._spooled:
                    await self._bring(self._spool)
            except StorageError:
                self._note_away()
                raise
            finally:
                self._since = None
            self.away = self._homeless = False
            if not self._rows:  # a row that came while the disk was looked at has told of itself already
                self._news.clear()

    async def hurry(self) -> bool:
        """Write the rows that wait in memory now; return whether the store took any."""
        if not self._rows:
            return False
        before = self.written
        with suppress(StorageError):  # whoever writes them as they come goes on trying
            await self.flush()
        return self.written > before

    async def _bring(self, spool: Spool) -> None:
        """Bring the oldest rows on disk to the store."""
        segment = await self._on_disk(spool.oldest)
        if segment is None:
            self._spooled = False
            return
        for start in range(0, len(segment.rows), _BATCH):
            rows = segment.rows[start : start + _BATCH]
            await self._store.append([row.usage for row in rows], [row.trace for row in rows if row.trace])
        self.written += len(segment.rows)
        await self._on_disk(partial(spool.forget, segment))

    async def _on_disk(self, work: Callable[[], Segment | None]) -> Segment | None:
        """Return what the disk gives; what it cannot give now is looked for at the next outage or start."""
        try:
            return await asyncio.to_thread(work)
        except OSError as error:
            self._spooled = False
            _log.error("usage rows on disk cannot be read", reason=error.strerror)
            return None

    async def _outlast(self, seconds: float) -> None:
        """Wait while the store is away, and put on disk what comes meanwhile."""
        clock = asyncio.get_running_loop().time
        end = clock() + seconds
        while True:
            await self.spill()
            left = end - clock()
            if left <= 0:
                break
            await asyncio.sleep(min(left, _SPILL_SECONDS))
        if self._spooled:
            self._news.set()

    async def spill(self) -> None:
        """Put the rows that wait on disk; what finds no room there goes on waiting."""
        if self._spool is None:
            return
        async with self._writing:
            batch = tuple(self._rows)
            if not batch:
                return
            try:
                kept = await asyncio.to_thread(self._spool.add, self._spooled_rows(batch)) is not None
            except OSError as error:
                _log.error("usage rows cannot be put on disk", rows=len(batch), reason=error.strerror)
                kept = False
            self._homeless = not kept
            if kept:
                self._take_out(len(batch))
                self._spooled = True
                await self._forget_copies()

    async def _forget_copies(self) -> None:
        """Forget the copies of rows that no longer wait."""
        over = [path for end, path in self._copies if end <= self._gone]
        self._copies = [(end, path) for end, path in self._copies if end > self._gone]
        for path in over:
            with suppress(OSError):  # what stays is brought to the store at the next start, which has it
                await asyncio.to_thread(path.unlink, missing_ok=True)

    def _spooled_rows(self, batch: Sequence[tuple[UsageRecord, RequestTrace | None]]) -> list[SpooledRow]:
        """Return a batch as it lies on disk."""
        traces = {trace.request_id: trace for trace in self._kept(batch)}
        return [SpooledRow(row, traces.get(row.request_id)) for row, _ in batch]

    def _take_out(self, count: int) -> None:
        for _ in range(count):
            self._rows.popleft()
        self._gone += count

    def _note_away(self) -> None:
        if not self.away:
            self.away = True
            _log.warning("the store takes no usage rows; they wait on this host", rows=len(self._rows))

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
        """Write what is left, trying a few times, then to disk; return how many rows are lost."""
        pause = self._first_pause
        for _ in range(_LAST_TRIES):
            try:
                await self.flush()
                return 0
            except StorageError:
                await asyncio.sleep(pause)
                pause *= 2
        await self.spill()
        return len(self._rows)
