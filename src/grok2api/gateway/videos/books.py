"""The account of a video job: one row in the ledger, written when the job is over.

The row is keyed by the request that asked for the job, and the first row of a request stands: a worker that
dies between the row and the job's end leaves it to the next one to write the same row again. Must never write
a row for a job that may still cost something, but for one whose end nobody can hear any more.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from grok2api.accounting.budgets import RowSink
from grok2api.accounting.pricing import Prices
from grok2api.accounting.traces import written_trace
from grok2api.canonical.trace import RequestTrace
from grok2api.canonical.usage import End, UsageSource
from grok2api.errors import StorageError
from grok2api.kit.clock import Clock
from grok2api.storage.records import TraceRecord, UsageRecord
from grok2api.storage.videos import VideoJob

OPERATION: Final = "videos"
_MILLISECONDS: Final = 1000.0
_OK: Final = 200


class Books:
    """Settles video jobs.

    Args:
        usage: The ledger.
        prices: Tells the cost where upstream does not.
        clock: Where time comes from.
        traces: Tells whether it is kept how requests of a client key came to their credentials.
        noted: Told each row once it is kept, as the ledger does; must not wait.
    """

    def __init__(
        self,
        usage: RowSink,
        prices: Prices,
        clock: Clock,
        *,
        traces: Callable[[str], bool],
        noted: Callable[[UsageRecord, None], None] = lambda _row, _trace: None,
    ) -> None:
        self._usage = usage
        self._prices = prices
        self._clock = clock
        self._traces = traces
        self._noted = noted

    async def settle(self, job: VideoJob, *, end: End, error_code: str = "") -> None:
        """Write the row of a job that is over; writing it again changes nothing.

        Raises:
            StorageError: the store did not answer.
        """
        cost, source = self._cost(job, end)
        row = UsageRecord(
            request_id=job.request_id,
            started_at=job.started_at,
            key_id=job.key_id,
            operation=OPERATION,
            model=job.model,
            upstream_model=job.upstream_model,
            credential_id=job.credential_id,
            account_id=job.account_id,
            status=_OK,
            end=end,
            error_code=error_code,
            attempts=job.attempts,
            usage_source=source,
            cost_ticks=cost,
            cost_source="list" if source == "estimated" else source,
            total_ms=max(0.0, self._clock.now() - job.started_at) * _MILLISECONDS,
            upstream_request_id=job.upstream_id,
        )
        await self._usage.append([row])
        self._noted(row, None)

    async def trace(self, job: VideoJob, trace: RequestTrace) -> None:
        """Keep how a job came to its credential; a store that is away costs no more than that."""
        if self._traces(job.key_id) and trace.attempts:
            with suppress(StorageError):
                kept = TraceRecord(
                    request_id=job.request_id, started_at=job.started_at, content=written_trace(trace)
                )
                await self._usage.append([], [kept])

    def _cost(self, job: VideoJob, end: End) -> tuple[int, UsageSource]:
        """Return ticks, and who says so: upstream, or our own price list for a video that was made."""
        if job.cost_ticks is not None:
            return job.cost_ticks, "upstream"
        if end != "completed":
            return 0, "none"
        seconds = job.seconds if job.duration is None else job.duration
        ticks = self._prices.video(job.upstream_model, job.resolution, seconds)
        return (0, "none") if ticks is None else (ticks, "estimated")
