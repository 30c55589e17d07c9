"""Asks xAI how a job stands, on any credential of the account that holds it.

Must never ask another account: nobody else has the job.
"""

from __future__ import annotations

from urllib.parse import quote

from grok2api.canonical.dispatch import Dispatch
from grok2api.canonical.fault import FaultKind
from grok2api.canonical.plan import Demand
from grok2api.errors import NotFound, PoolError
from grok2api.gateway.failures import blames_the_pool
from grok2api.gateway.upstreams import Upstream
from grok2api.kit.sealedid import SealedIds
from grok2api.pool.pool import Pool
from grok2api.storage.videos import VideoJob
from grok2api.upstream.base import UpstreamFault
from grok2api.upstream.xai.video_jobs import VideoStatus, read_status


class NotNow(Exception):
    """It could not be learnt now how a job stands; later it may."""


class AccountGone(Exception):
    """The account that holds a job is not in the pool any more."""


class JobGone(Exception):
    """xAI does not know a job, or not any more."""


class Asker:
    """Asks about jobs."""

    def __init__(self, *, pool: Pool, upstream: Upstream) -> None:
        self._pool = pool
        self._upstream = upstream

    async def ask(self, job: VideoJob) -> VideoStatus:
        """Return how a job stands.

        Raises:
            NotNow: nobody can ask now, or xAI did not answer.
            AccountGone: nobody ever can, unless the account comes back.
            JobGone: xAI does not know it.
        """
        demand = Demand(upstream_id="", account_pin=SealedIds.account_hash(job.account_id), surface="videos")
        request = Dispatch(method="GET", path=f"/videos/{quote(job.upstream_id, safe='')}")
        tried: set[str] = set()
        while True:
            try:
                lease = await self._pool.lease(demand, exclude=tried, patience=0.0)
            except NotFound as error:
                raise AccountGone from error
            except PoolError as error:
                raise NotNow(error.public_message) from error
            answered = False
            try:
                reply = await self._upstream.whole(request, lease)
                status = read_status(reply.status, reply.content)
                answered = True
            except UpstreamFault as error:
                fault = error.fault
                self._pool.report(lease, fault, request_id=job.request_id)
                if fault.kind is FaultKind.OBJECT_MISSING:
                    answered = True
                    raise JobGone from error
                tried.add(lease.credential_id)
                if not (blames_the_pool(fault) and self._pool.has_other(demand, exclude=tried)):
                    raise NotNow(str(error)) from error
            except ValueError as error:
                raise NotNow(f"the answer cannot be read: {error}") from error
            else:
                return status
            finally:
                self._pool.release(lease, ok=answered)
