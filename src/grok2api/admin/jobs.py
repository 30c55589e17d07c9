"""Long work: carried out in tasks of the runner's own, told of in the store, so that any worker can show it.

The runner looks at the store at most twice a second for each job: to report what has changed, and to hear
whether somebody asked for the end. A job whose holder has given no sign of life for half a minute counts as
failed; nothing is written for it, so that a holder that was only slow is believed again.
Must never let the store's absence end a job, and must never outlive `close`.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from grok2api.errors import Grok2ApiError, LimitExceeded, NotFound, StorageError
from grok2api.kit.clock import Clock
from grok2api.kit.ids import new_id
from grok2api.observability.logging import get_logger
from grok2api.storage.records import JobRecord, JobState
from grok2api.storage.stores import JobStore

SILENT_SECONDS: Final = 30.0
"""How long a holder may give no sign of life before its job counts as failed."""
BEAT_SECONDS: Final = 0.5
_SIGN_OF_LIFE: Final = 5.0
_KEPT_SECONDS: Final = 7 * 86_400.0
_CLOSING_SECONDS: Final = 10.0
_GRACE_SECONDS: Final = 5.0
_AT_A_TIME: Final = 4
_MOST_WAITING: Final = 64
_WAITING: Final = "waiting for its turn"

_log = get_logger("grok2api.admin.jobs")


@dataclass(slots=True)
class JobProgress:
    """How far a job is, as its work tells while it runs."""

    total: int = 0
    done: int = 0
    failed: int = 0
    message: str = ""
    result: str = ""
    """What came of it so far, as JSON text; never a secret."""
    cancelled: bool = False
    """Whether somebody wants the end. Work that looks here ends in its own time, and keeps what it did."""

    def step(self, *, ok: bool = True) -> None:
        """Count one more that is done, well or not."""
        self.done += 1
        self.failed += not ok

    def tell(self, result: object) -> None:
        """Show what came of it so far."""
        self.result = msgspec.json.encode(result).decode()


Work = Callable[[JobProgress], Awaitable[object]]
"""Does the work and returns what came of it, as JSON can say it; never a secret. Work that does not end by
itself within seconds of being asked to is cancelled."""


class _Running:
    """A job that this process carries out."""

    __slots__ = ("_killer", "progress", "record", "told_at", "worker")

    def __init__(self, record: JobRecord, progress: JobProgress, worker: asyncio.Task[object]) -> None:
        self.record = record
        self.progress = progress
        self.worker = worker
        self.told_at = record.updated_at
        self._killer: asyncio.TimerHandle | None = None

    def cancel(self, grace: float) -> None:
        """Ask the work to end, and cancel it after `grace` seconds."""
        self.progress.cancelled = True
        if self._killer is None:
            self._killer = asyncio.get_running_loop().call_later(grace, self.worker.cancel)

    def ended(self) -> None:
        """Let go of the timer."""
        if self._killer is not None:
            self._killer.cancel()


class JobRunner:
    """The jobs of this process, and the sight of everybody's.

    Args:
        store: Where jobs are told of.
        clock: Where time comes from.
        holder: Who this process is.
        beat: Seconds between two looks at a job that runs.
        grace: Seconds that work gets to end by itself.
    """

    def __init__(
        self,
        store: JobStore,
        clock: Clock,
        *,
        holder: str = "",
        beat: float = BEAT_SECONDS,
        grace: float = _GRACE_SECONDS,
    ) -> None:
        self._store = store
        self._clock = clock
        self._holder = holder or f"{socket.gethostname()}/{os.getpid()}"
        self._beat = beat
        self._grace = grace
        self._places = asyncio.Semaphore(_AT_A_TIME)
        self._running: dict[str, _Running] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    async def start(
        self, kind: str, work: Work, *, total: int = 0, result: object = None, aside: bool = False
    ) -> JobRecord:
        """Begin a job and return it as it stands.

        Args:
            kind: What is done, such as `import`.
            work: Does it; it is cancelled when the job is.
            total: How many steps there will be; 0 while that is unknown.
            result: What can be shown of it from the start.
            aside: Whether it hardly does anything but wait, and so needs no turn.

        Raises:
            LimitExceeded: too many wait already.
            StorageError: the store did not answer.
        """
        if self._closed or len(self._tasks) >= _AT_A_TIME + _MOST_WAITING:
            raise LimitExceeded("Too many jobs wait already; try again when some have ended.", retry_after=5)
        progress = JobProgress(total=total, message="" if aside else _WAITING)
        if result is not None:
            progress.tell(result)
        record = self._opened(kind, progress)
        await self._store.forget(record.created_at - _KEPT_SECONDS)
        await self._store.put(record)
        loop = asyncio.get_running_loop()
        begun = self._at_once(work, progress) if aside else self._in_turn(work, progress)
        running = _Running(record, progress, loop.create_task(begun))
        self._running[record.id] = running
        task = loop.create_task(self._attend(running))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return record

    async def get(self, identifier: str) -> JobRecord:
        """Return a job as it stands, anybody's.

        Raises:
            NotFound: there is none.
        """
        record = await self._store.get(identifier)
        if record is None:
            raise NotFound("There is no such job.")
        return self._judged(record)

    async def recent(self, limit: int) -> list[JobRecord]:
        """Return the newest jobs, newest first."""
        return [self._judged(record) for record in await self._store.recent(limit)]

    async def cancel(self, identifier: str) -> JobRecord:
        """Ask for a job's end, whoever carries it out; one that has ended stays as it is.

        Raises:
            NotFound: there is none.
        """
        await self._store.request_cancel(identifier)
        if identifier in self._running:
            self._running[identifier].cancel(self._grace)
        return await self.get(identifier)

    async def close(self) -> None:
        """Cancel every job of this process, and report that."""
        self._closed = True
        for running in self._running.values():
            running.worker.cancel()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_CLOSING_SECONDS)
            for task in late:
                task.cancel()

    def _opened(self, kind: str, progress: JobProgress) -> JobRecord:
        now = self._clock.now()
        return JobRecord(
            id=new_id("job"),
            kind=kind,
            state="running",
            holder=self._holder,
            total=progress.total,
            message=progress.message,
            result=progress.result,
            created_at=now,
            updated_at=now,
        )

    async def _in_turn(self, work: Work, progress: JobProgress) -> object:
        async with self._places:
            progress.message = ""
            return await self._at_once(work, progress)

    async def _at_once(self, work: Work, progress: JobProgress) -> object:
        return None if progress.cancelled else await work(progress)

    async def _attend(self, running: _Running) -> None:
        """Report until the work has ended, however it does."""
        try:
            while not running.worker.done():
                await asyncio.wait({running.worker}, timeout=self._beat)
                if not running.worker.done() and await self._asked_to_stop(running):
                    running.cancel(self._grace)
            await self._report_end(running)
        finally:
            running.ended()
            del self._running[running.record.id]

    async def _asked_to_stop(self, running: _Running) -> bool:
        """Report what has changed, or else just look; tell whether the end was asked for."""
        present = self._present(running)
        due = present.updated_at - running.told_at >= _SIGN_OF_LIFE
        if due or replace(present, updated_at=running.record.updated_at) != running.record:
            return await self._report(running, present)
        try:
            kept = await self._store.get(present.id)
        except StorageError:
            return False
        return kept is not None and kept.cancel_requested

    async def _report_end(self, running: _Running) -> None:
        """Report how a job has ended, as often as it takes: else it would count as failed."""
        ended = self._ended(running)
        while True:
            await self._report(running, ended)
            if running.record is ended or self._closed:
                return
            await asyncio.sleep(self._beat)

    async def _report(self, running: _Running, record: JobRecord) -> bool:
        try:
            asked = await self._store.put(record)
        except StorageError as error:
            _log.warning("job not reported", job=record.id, reason=error.public_message)
            return False
        running.record, running.told_at = record, record.updated_at
        return asked

    def _present(self, running: _Running) -> JobRecord:
        progress = running.progress
        return replace(
            running.record,
            total=progress.total,
            done=progress.done,
            failed=progress.failed,
            message=progress.message,
            result=progress.result,
            updated_at=self._clock.now(),
        )

    def _ended(self, running: _Running) -> JobRecord:
        """Return how a job stands whose work has ended."""
        present = self._present(running)
        if running.worker.cancelled():
            why = "the server stopped" if self._closed else "cancelled"
            return replace(present, state="cancelled", message=why)
        error = running.worker.exception()
        if error is None:
            return _finished(present, running.worker.result(), stopped=running.progress.cancelled)
        if isinstance(error, Grok2ApiError):
            return replace(present, state="failed", message=error.public_message)
        _log.error("job failed", job=present.id, kind=present.kind, exc_info=error)
        return replace(present, state="failed", message="it failed by a fault of the gateway; see the log")

    def _judged(self, record: JobRecord) -> JobRecord:
        silent = self._clock.now() - record.updated_at > SILENT_SECONDS
        if record.state == "running" and silent and record.id not in self._running:
            return replace(record, state="failed", message="the process that did it has gone silent")
        return record


def _finished(present: JobRecord, result: object, *, stopped: bool) -> JobRecord:
    """Return how a job stands whose work came to its end, or to an end of its own when it was stopped."""
    if result is not None:
        present = replace(present, result=msgspec.json.encode(result).decode())
    return replace(present, state="cancelled" if stopped else "done")


def has_ended(state: JobState) -> bool:
    """Tell whether a job in this state has ended."""
    return state != "running"
