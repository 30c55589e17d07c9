"""Objects that upstream keeps for a client: read, listed and deleted on the account that holds them.

There is no table of who owns what: the sealed id names the account, so every worker and host finds it.
Must never try an account other than the owner's: nobody else has the object.
"""

from __future__ import annotations

from grok2api.canonical.dispatch import Dispatch
from grok2api.canonical.fault import FaultKind
from grok2api.canonical.plan import Demand
from grok2api.errors import NoCredential, NotFound
from grok2api.gateway.failures import blames_the_pool, fault_error
from grok2api.gateway.rescue import is_gone
from grok2api.gateway.upstreams import Upstream
from grok2api.pool.pool import Pool
from grok2api.upstream.base import UpstreamFault


class StoredObjects:
    """Calls to the account behind an id."""

    def __init__(self, *, pool: Pool, upstream: Upstream) -> None:
        self._pool = pool
        self._upstream = upstream

    async def send(
        self, dispatch: Dispatch, *, account_pin: bytes, missing: str, request_id: str
    ) -> tuple[bytes, str]:
        """Return the answer's body and the id of the account that gave it.

        Args:
            missing: What the client reads when the object is gone, or its account is.

        Raises:
            NotFound: the object is gone, or its account is.
            Grok2ApiError: no credential of the account could answer now.
        """
        tried: set[str] = set()
        demand = Demand(upstream_id="", account_pin=account_pin)
        while True:
            try:
                lease = await self._pool.lease(demand, exclude=tried)
            except (NotFound, NoCredential) as error:
                raise NotFound(missing) if is_gone(error) else error from None
            answered = False
            try:
                reply = await self._upstream.whole(dispatch, lease)
            except UpstreamFault as error:
                fault = error.fault
                self._pool.report(lease, fault, request_id=request_id)
                if fault.kind is FaultKind.OBJECT_MISSING or fault.upstream_status == 404:
                    answered = True
                    raise NotFound(missing) from error
                tried.add(lease.credential_id)
                again = blames_the_pool(fault) and self._pool.has_other(demand, exclude=tried)
                if not again:
                    verdict = self._pool.verdict(demand) if blames_the_pool(fault) else None
                    gone = verdict is not None and is_gone(verdict)
                    raise (NotFound(missing) if gone else fault_error(fault)) from error
            else:
                answered = True
                return reply.content, lease.account_id
            finally:
                self._pool.release(lease, ok=answered)
