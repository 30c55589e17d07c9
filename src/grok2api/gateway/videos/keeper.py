"""Owns the work on video jobs in this worker: those that it sent, and those that nobody holds any more.

It says again and again what it holds, hears what it has lost, and takes over what others left behind. Must
never work on a job that it does not hold, and never outlive `close`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from grok2api.errors import ShuttingDown
from grok2api.gateway.videos.journal import Journal
from grok2api.gateway.videos.order import LIFETIME, VideoOrder
from grok2api.gateway.videos.submitting import Submitter
from grok2api.gateway.videos.work import VideoWork
from grok2api.kit.clock import Clock
from grok2api.observability.logging import get_logger
from grok2api.storage.records import ClaimLost
from grok2api.storage.videos import VideoJob

PERIOD: Final = 1.0
_AT_ONCE: Final = 64
"""Jobs that are taken over in one go."""
_MOST: Final = 1000
"""Jobs that one worker works on; more wait for another one."""
_REST: Final = 30.0
"""Seconds for which a job is left alone after a fault of ours."""

_log = get_logger("grok2api.videos")


class VideoKeeper:
    """The video jobs of this worker.

    Args:
        submitter: Sends them.
        work: Works on them.
        journal: Where they are written, and under whose name.
        clock: Where time comes from.
    """

    def __init__(self, *, submitter: Submitter, work: VideoWork, journal: Journal, clock: Clock) -> None:
        self._submitter = submitter
        self._work = work
        self._journal = journal
        self._clock = clock
        self._works: dict[str, tuple[int, asyncio.Task[None]]] = {}
        self._submissions: dict[str, asyncio.Task[VideoJob]] = {}
        self._resting: dict[str, float] = {}
        self._closing = False

    def __len__(self) -> int:
        return len(self._works) + len(self._submissions)

    @property
    def submitting(self) -> int:
        """How many jobs are on their way to xAI."""
        return len(self._submissions)

    async def submit(self, order: VideoOrder, job: VideoJob) -> VideoJob:
        """Write a job down and send it; whoever waits for that may leave.

        Raises:
            Conflict: its Idempotency-Key is in use; the request is not settled.
            Grok2ApiError: it was not taken, or nobody knows; the request is settled.
        """
        if self._closing:
            error = ShuttingDown("The server is shutting down. Send the request again.", retry_after=1)
            order.settlement.close(end="refused", status=error.status, error_code=error.code)
            raise error
        task = _owned(self._submitter.submit(order, job))
        self._submissions[job.id] = task
        task.add_done_callback(lambda done: self._submitted(job.id, done))
        return await asyncio.shield(task)

    async def run(self) -> None:
        """Renew what is held, let go of what is lost, take over what nobody holds.

        Raises:
            StorageError: the store did not answer; what is held goes on meanwhile.
        """
        if self._closing:
            return
        store, now = self._journal.store, self._clock.now()
        if self._works or self._submissions:
            before = dict(self._works)
            held = await store.renew(self._journal.holder, seconds=LIFETIME, now=now)
            for identifier, (fence, task) in before.items():
                if held.get(identifier) != fence:
                    task.cancel()
            await self._take_up(set(held))
        room = min(_AT_ONCE, _MOST - len(self._works))
        if room > 0:
            for job in await store.claim(self._journal.holder, seconds=LIFETIME, now=now, limit=room):
                self._start(job)

    async def close(self, *, seconds: float) -> None:
        """Let submissions finish for a while, stop all work, and let others go on with it.

        Raises:
            StorageError: the store did not answer; others go on when the holding has run out.
        """
        self._closing = True
        if self._submissions:
            await asyncio.wait(list(self._submissions.values()), timeout=seconds)
        tasks = [*self._submissions.values(), *(task for _, task in self._works.values())]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self._journal.store.release(self._journal.holder)

    def _submitted(self, identifier: str, task: asyncio.Task[VideoJob]) -> None:
        """Go on with a job that xAI took."""
        self._submissions.pop(identifier, None)
        if not task.cancelled() and task.exception() is None and not self._closing:
            self._start(task.result())

    def _start(self, job: VideoJob) -> None:
        """Begin the work on a job."""
        before = self._works.pop(job.id, None)
        if before is not None:
            before[1].cancel()
        if job.open and self._resting.get(job.id, 0.0) <= self._clock.monotonic():
            self._resting.pop(job.id, None)
            task = _owned(self._carried(job))
            self._works[job.id] = (job.fence, task)
            task.add_done_callback(lambda done: self._ended(job, done))

    async def _carried(self, job: VideoJob) -> None:
        try:
            await self._work.carry(job)
        except ClaimLost:
            _log.info("a video went to another worker", job=job.id)

    def _ended(self, job: VideoJob, task: asyncio.Task[None]) -> None:
        """Forget a piece of work; one that a fault of ours ended is taken up again after a rest."""
        if self._works.get(job.id, (0, None))[1] is task:
            del self._works[job.id]
        broken = None if task.cancelled() else task.exception()
        if broken is not None:
            self._resting[job.id] = self._clock.monotonic() + _REST
            _log.error("the work on a video failed", job=job.id, exc_info=broken)

    async def _take_up(self, held: set[str]) -> None:
        """Begin again what is held and nobody works on."""
        for identifier in held - self._works.keys() - self._submissions.keys():
            job = await self._journal.store.get(identifier)
            if job is not None and job.holder == self._journal.holder and identifier not in self._submissions:
                self._start(job)


def _owned(work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """Return a task that its maker keeps and ends."""
    return asyncio.get_running_loop().create_task(work)
