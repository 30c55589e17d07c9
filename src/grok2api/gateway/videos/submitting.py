"""Sends a video job to xAI: written down first, sent once, and its id written down before it is told.

What was refused outright may go to another credential, and the journal names whose turn it is before each
attempt. Whenever xAI may have taken the job without our knowing its id, it counts as taken and is never sent
again. Must never be cut short by the client: from the first byte on, the job is somebody's money.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from grok2api.canonical.amendments import Amendments
from grok2api.canonical.dispatch import Lease
from grok2api.canonical.plan import Target
from grok2api.canonical.usage import End
from grok2api.dialects.videos.wish import dispatch
from grok2api.errors import ClientError, Grok2ApiError, Overloaded, StorageError, UpstreamError
from grok2api.gateway.attempts import Attempts
from grok2api.gateway.settling import in_terms_of
from grok2api.gateway.upstreams import Upstream
from grok2api.gateway.videos.books import Books
from grok2api.gateway.videos.clips import Clips
from grok2api.gateway.videos.ending import SUBMISSION_UNKNOWN, UNKNOWN_TEXT, Ending, Failure
from grok2api.gateway.videos.journal import Journal
from grok2api.gateway.videos.order import VideoOrder
from grok2api.observability.logging import get_logger
from grok2api.pool.pool import Pool
from grok2api.storage.records import ClaimLost
from grok2api.storage.videos import VideoJob
from grok2api.upstream.base import UpstreamFault
from grok2api.upstream.xai.video_jobs import taken_id

_log = get_logger("grok2api.videos")

_PAUSES: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Between the tries to write down that a job was taken."""


def submission_unknown() -> UpstreamError:
    """Return the error for a job that xAI may have taken or not."""
    return UpstreamError(UNKNOWN_TEXT, status=502, code="submission_unknown", final=True)


@dataclass(slots=True)
class _Way:
    """Where a job stands on its way."""

    job: VideoJob
    doubtful: bool = False
    """Whether xAI may have it: it was sent, and not refused outright."""


class Submitter:
    """Sends jobs."""

    def __init__(
        self,
        *,
        attempts: Attempts,
        upstream: Upstream,
        pool: Pool,
        journal: Journal,
        books: Books,
        ending: Ending,
    ) -> None:
        self._attempts = attempts
        self._upstream = upstream
        self._pool = pool
        self._journal = journal
        self._books = books
        self._ending = ending
        self._clips = Clips(upstream)

    async def submit(self, order: VideoOrder, job: VideoJob) -> VideoJob:
        """Write a job down, send it, and return it once its id at xAI is written down too.

        Raises:
            Conflict: its Idempotency-Key is in use; nothing has happened.
            Grok2ApiError: it was not taken, or nobody knows; the request is settled, and nothing is left of
                the job unless it may have been taken.
        """
        try:
            await self._journal.store.begin(job)
        except StorageError as error:
            order.settlement.close(end="failed", status=error.status, error_code=error.code)
            raise
        way = _Way(job)

        async def try_once(target: Target, lease: Lease, _amendments: Amendments) -> str:
            return await self._try(order, way, target, lease)

        try:
            upstream_id = await self._attempts.serve(order, try_once)
        except ClaimLost:
            way.doubtful = False
            raise await self._refused(order, way, StorageError("The store did not answer in time.")) from None
        except Grok2ApiError as error:
            raise await self._refused(order, way, error) from error
        except asyncio.CancelledError:
            if not way.doubtful:
                order.settlement.close(end="cut", status=503)
                await self._discard(way)
            raise
        finally:
            order.settlement.hand_over()
        return await self._taken(order, way, upstream_id)

    async def _try(self, order: VideoOrder, way: _Way, target: Target, lease: Lease) -> str:
        """Make one attempt, and return upstream's id of the job."""
        way.doubtful = False
        whose = {
            "credential_id": lease.credential_id,
            "account_id": lease.account_id,
            "upstream_model": target.upstream_id,
            "attempts": order.settlement.attempts,
        }
        way.job = await self._journal.change(way.job, whose)
        clip = None if order.clip is None else await self._clips.bring(order.clip, lease)
        request = dispatch(order.wish, target.upstream_id, clip)
        way.doubtful = True
        try:
            reply = await self._upstream.whole(request, lease)
            upstream_id = taken_id(reply.content)
        except UpstreamFault as error:
            way.doubtful = error.fault.accepted != "no"
            raise
        except ValueError as error:
            raise UpstreamFault(self._upstream.unreadable_stream(str(error))) from error
        self._pool.answered(lease, reply.allowance)
        self._pool.release(lease, ok=True)
        return upstream_id

    async def _taken(self, order: VideoOrder, way: _Way, upstream_id: str) -> VideoJob:
        """Write down that xAI took a job; nobody hears of it before."""
        changes: dict[str, Any] = {"state": "running", "upstream_id": upstream_id}
        for pause in (*_PAUSES, None):
            try:
                job = await self._journal.change(way.job, changes)
            except (StorageError, ClaimLost) as error:
                if pause is None or isinstance(error, ClaimLost):
                    _log.error("a video job of xAI's is not known here", upstream_id=upstream_id)
                    raise submission_unknown() from error
                await asyncio.sleep(pause)
            else:
                break
        await self._books.trace(job, order.settlement.trace)
        return job

    async def _refused(self, order: VideoOrder, way: _Way, error: Grok2ApiError) -> Grok2ApiError:
        """Settle a job that was not taken, and return what the client is told."""
        if way.doubtful:
            with suppress(StorageError, ClaimLost):
                await self._books.trace(way.job, order.settlement.trace)
                await self._ending.fail(way.job, Failure(SUBMISSION_UNKNOWN, UNKNOWN_TEXT))
            return submission_unknown()
        error = in_terms_of(order.call, error)
        order.settlement.close(end=_end(error), status=error.status, error_code=error.code)
        await self._discard(way)
        return error

    async def _discard(self, way: _Way) -> None:
        with suppress(StorageError):
            await self._journal.store.discard(way.job)


def _end(error: Grok2ApiError) -> End:
    refused = isinstance(error, ClientError | Overloaded) or error.status < 429
    return "refused" if refused else "failed"
