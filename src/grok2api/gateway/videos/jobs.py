"""Video jobs, for everybody who wants a video: ask for one, follow it, read, list and forget one's own.

Any worker tells of any job, because what is told is what is written down. Must never let one client key see
the jobs of another.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

from grok2api.errors import InvalidRequest, LimitExceeded, StorageError, UpstreamError
from grok2api.gateway.videos.ending import Ending
from grok2api.gateway.videos.journal import Journal
from grok2api.gateway.videos.keeper import VideoKeeper
from grok2api.gateway.videos.order import VideoOrder, VideoRules
from grok2api.gateway.videos.ordering import Ordering, no_video
from grok2api.kit.clock import Clock
from grok2api.observability.logging import get_logger
from grok2api.storage.records import Conflict
from grok2api.storage.videos import VideoCursor, VideoJob

IDEMPOTENT: Final = 86_400.0
"""Seconds for which an Idempotency-Key stands for the job that it was first sent with."""
_LOOK: Final = 0.2
_LOOKS: Final = 600
_FOLLOW: Final = 0.5
_AWAY: Final = 60.0
"""Seconds of a store that does not answer after which a follower is told."""
_AT_ONCE: Final = 500
_ROUNDS: Final = 100

_log = get_logger("grok2api.videos")


@dataclass(frozen=True, slots=True)
class Submitted:
    """A job that xAI has, and whether this request only repeated another one."""

    job: VideoJob
    repeated: bool = False


class VideoJobs:
    """The video jobs of all workers.

    Args:
        ordering: Makes orders out of wishes.
        keeper: Owns the work of this worker.
        journal: Where jobs are written.
        ending: Forgets results.
        clock: Where time comes from.
        rules: The settings now in force.
    """

    def __init__(
        self,
        *,
        ordering: Ordering,
        keeper: VideoKeeper,
        journal: Journal,
        ending: Ending,
        clock: Clock,
        rules: Callable[[], VideoRules],
    ) -> None:
        self.ordering = ordering
        self.keeper = keeper
        self.journal = journal
        self._store = journal.store
        self._ending = ending
        self._clock = clock
        self._rules = rules

    async def submit(self, order: VideoOrder) -> Submitted:
        """Send an order to xAI and return its job; or return the job of the request that this one repeats.

        From here on the request is settled by whoever works on its job, also if whoever waits here leaves.

        Raises:
            Grok2ApiError: xAI did not take it, or nobody knows; the request is settled.
        """
        job = self.journal.new(order)
        for _ in range(_LOOKS):
            earlier = await self._checked(order)
            if earlier is None:
                try:
                    return Submitted(await self.keeper.submit(order, job))
                except Conflict:
                    continue
            if earlier.state != "submitting":
                order.settlement.close(end="completed", status=200)
                return Submitted(earlier, repeated=True)
            await asyncio.sleep(_LOOK)
        error = UpstreamError(
            "The request with the same Idempotency-Key is still on its way to xAI. Ask again later.",
            status=504,
            code="upstream_timeout",
        )
        order.settlement.close(end="refused", status=error.status, error_code=error.code)
        raise error

    async def get(self, identifier: str, key_id: str) -> VideoJob | None:
        """Return a job of a client key.

        Raises:
            StorageError: the store did not answer.
        """
        job = await self._store.get(identifier)
        return None if job is None or job.key_id != key_id or job.forgotten else job

    async def list(
        self, key_id: str, limit: int, *, after: VideoCursor | None, ascending: bool
    ) -> tuple[VideoJob, ...]:
        """Return jobs of a client key, by their time. Raises StorageError."""
        return await self._store.list(key_id, limit, after=after, ascending=ascending)

    async def forget(self, identifier: str, key_id: str) -> bool:
        """Delete a job and its result for its owner; tell whether it was there.

        One that is open is not told of any more, and still worked on and settled: it costs all the same.

        Raises:
            StorageError: the store did not answer.
        """
        job = await self._store.forget(identifier, key_id=key_id)
        if job is not None and not job.open and job.asset_id:
            await self._ending.drop(job.asset_id)
        return job is not None

    async def follow(self, identifier: str) -> AsyncIterator[VideoJob]:
        """Yield a job as it stands, then whenever something of it has changed, until it is over.

        Raises:
            NotFound: there is no such job, or not any more.
            StorageError: the store did not answer for a minute.
        """
        told: tuple[object, ...] = ()
        away = 0.0
        while True:
            try:
                job = await self._store.get(identifier)
                away = 0.0
            except StorageError:
                away += _FOLLOW
                if away > _AWAY:
                    raise
            else:
                if job is None:
                    raise no_video(identifier)
                shown = (job.state, job.progress, job.error_code)
                if shown != told:
                    told = shown
                    yield job
                if not job.open:
                    return
            await asyncio.sleep(_FOLLOW)

    async def tidy(self) -> None:
        """Forget jobs that have been over for long. Raises StorageError."""
        before = self._clock.now() - self._rules().keep
        for _ in range(_ROUNDS):
            if not await self._store.delete_ended(before, limit=_AT_ONCE):
                return

    async def _checked(self, order: VideoOrder) -> VideoJob | None:
        """Return the job of the request that an order repeats; None for a new one, if there may be one more.

        Raises:
            InvalidRequest: the Idempotency-Key stands for another request.
            LimitExceeded: too many of the caller's jobs are open.
            StorageError: the store did not answer.
        """
        try:
            earlier = await self._earlier(order)
            if earlier is None:
                await self._admit(order)
        except (InvalidRequest, LimitExceeded, StorageError) as error:
            order.settlement.close(end="refused", status=error.status, error_code=error.code)
            raise
        except asyncio.CancelledError:
            order.settlement.close(end="client_gone", status=499)
            raise
        return earlier

    async def _earlier(self, order: VideoOrder) -> VideoJob | None:
        """Return the job that stands behind the request's Idempotency-Key, if it is not too old."""
        if order.idempotency is None:
            return None
        job = await self._store.with_idempotency(order.idempotency)
        if job is None:
            return None
        before = self._clock.now() - IDEMPOTENT
        if job.created_at < before:
            await self._store.release_idempotency(order.idempotency, before=before)
            return None
        if job.request_hash != order.request_hash:
            raise InvalidRequest(
                "This Idempotency-Key was sent with another request less than a day ago. Send the same "
                "request again, or another key.",
                code="idempotency_key_reused",
            )
        return job

    async def _admit(self, order: VideoOrder) -> None:
        """Refuse one job too many."""
        most = self._rules().open_jobs
        if most and await self._store.count_open(order.call.caller.key_id) >= most:
            raise LimitExceeded(
                f"{most} videos of this key are being made (setting video.open_jobs). Wait for one to end.",
                retry_after=10.0,
            )
