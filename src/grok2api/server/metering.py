"""The metrics of a worker: what is counted as it happens, what is noted once a second, and the page of all.

Must never make a request wait, and never fail one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grok2api.accounting.ledger import Ledger
from grok2api.api.inflight import InFlight
from grok2api.canonical.trace import RequestTrace
from grok2api.canonical.usage import TICKS_PER_DOLLAR
from grok2api.gateway.contents.keeping import Contents
from grok2api.observability.logging import get_logger
from grok2api.observability.metrics import families
from grok2api.observability.metrics.board import Board
from grok2api.observability.metrics.page import page
from grok2api.pool.pool import Pool
from grok2api.server.sharing import Sharing
from grok2api.server.telemetry import Telemetry
from grok2api.storage.records import UsageRecord

_MILLISECONDS = 1000.0

_log = get_logger("grok2api.server")

_LAG_PERIOD = 0.1


@dataclass(frozen=True, slots=True)
class Metering:
    """This worker's board, and where those of the others are."""

    board: Board
    directory: Path | None = None
    """None where this is the only worker."""
    telemetry: Telemetry | None = None
    """Who is told of settled requests besides."""

    def request(self, status: int) -> None:
        """Count a request that was answered."""
        self.board.add(families.HTTP_REQUESTS, (("status", str(status or 499)),))

    def settled(self, row: UsageRecord, trace: RequestTrace | None) -> None:
        """Count a request that was settled."""
        if self.telemetry is not None:
            self.telemetry.settled(row, trace)
        board, model = self.board, ("model", row.upstream_model)
        operation = (("operation", row.operation),)
        board.add(families.REQUESTS, (*operation, model, ("end", row.end)))
        board.count(families.DURATION, row.total_ms / _MILLISECONDS, operation)
        if row.first_byte_ms is not None:
            board.count(families.FIRST_BYTE, row.first_byte_ms / _MILLISECONDS, operation)
        for kind, tokens in (
            ("input", row.input_tokens),
            ("cached", row.cached_tokens),
            ("output", row.output_tokens),
            ("reasoning", row.reasoning_tokens),
        ):
            if tokens:
                board.add(families.TOKENS, (model, ("kind", kind)), tokens)
        if row.cost_ticks:
            board.add(families.COST, (model,), row.cost_ticks / TICKS_PER_DOLLAR)
        if row.saved_ticks:
            board.add(families.SAVED, (model,), row.saved_ticks / TICKS_PER_DOLLAR)
        for attempt in trace.attempts if trace is not None else ():
            if attempt.fault:
                board.add(families.FAULTS, (("fault", attempt.fault), ("model", attempt.model)))

    def note_kept(self, ledger: Ledger, contents: Contents) -> None:
        """Note how the ledger and the contents of requests stand."""
        note = self.board.set
        note(families.LEDGER_WAITING, ledger.waiting)
        note(families.LEDGER_LAG, ledger.lag(time.time()))
        note(families.LEDGER_WRITTEN, ledger.written)
        note(families.LEDGER_DROPPED, ledger.dropped)
        note(families.CONTENTS_DROPPED, contents.dropped)

    async def note(self, pool: Pool, in_flight: InFlight, sharing: Sharing) -> None:
        """Note how things stand."""
        note = self.board.set
        for state, count in pool.states().items():
            note(families.POOL, count, (("state", state),))
        note(families.HTTP_RUNNING, len(in_flight))
        note(families.CALLS_RUNNING, pool.in_flight)
        note(families.WAITING, pool.waiting)
        note(families.USABLE, pool.usable())
        slots = sharing.slots
        if slots is not None:
            note(families.SHARED_UP, not sharing.degraded)
            note(families.FLEET, slots.workers)
            note(families.PLACES, slots.held)
            note(families.REFUSED, slots.refused)
            note(families.UNSHARED, slots.unshared)

    async def watch_the_loop(self) -> None:
        """Note how late the event loop is, until cancelled."""
        clock = asyncio.get_running_loop().time
        while True:
            due = clock() + _LAG_PERIOD
            await asyncio.sleep(_LAG_PERIOD)
            self.board.count(families.LOOP_LAG, max(0.0, clock() - due))

    async def page(self) -> str:
        """Return the page of all workers of this host."""
        if self.directory is None:
            return page([self.board.values()], {})
        from grok2api.observability.metrics.places import look  # noqa: PLC0415  no such locks on Windows

        seen = await asyncio.to_thread(look, self.directory)
        return page(seen.living, seen.ended)


@contextmanager
def open_metering(directory: Path | None, name: str) -> Iterator[Metering]:
    """Give this worker's metrics for as long as the block runs.

    Args:
        directory: Where the boards of all workers are; None if there is one worker only.
        name: This worker's.
    """
    if directory is None:
        board = Board()
    else:
        from grok2api.observability.metrics.places import open_board  # noqa: PLC0415  as above

        try:
            board = open_board(directory, name)
        except OSError as error:
            _log.warning("this worker's metrics are not shown by the others", reason=error.strerror)
            directory, board = None, Board()
    try:
        yield Metering(board, directory)
    finally:
        board.close()
