"""Calls that make or move media: the attempts of a turn, without its presenting.

Whoever calls here settles the request; a lease is always given back here. Must never send a create twice
that upstream may have begun: plans of media are not repeatable unless their surface says so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from grok2api.accounting.settlement import Settlement
from grok2api.canonical.amendments import UNAMENDED, Amendments
from grok2api.canonical.call import Call
from grok2api.canonical.dispatch import Dispatch, Lease
from grok2api.canonical.plan import Plan, Target
from grok2api.config.settings import Settings
from grok2api.gateway.attempts import Attempts
from grok2api.gateway.upstreams import Upstream
from grok2api.pool.pool import Pool
from grok2api.upstream.base import ByteReply, UpstreamFault, WholeReply

Write = Callable[[Target, Lease, Amendments], Dispatch]
"""Writes the request for one attempt."""
Begin = Callable[[ByteReply], Awaitable[bytes]]
"""Returns the first bytes of an answer; raises UpstreamFault for one that is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaErrand:
    """One request for media."""

    call: Call
    plan: Plan
    settlement: Settlement
    settings: Settings
    write: Write
    patience: float | None = None

    def translate(self, target: Target, lease: Lease, amendments: Amendments = UNAMENDED) -> Dispatch:
        """Write the request for one attempt."""
        return self.write(target, lease, amendments)


@dataclass(frozen=True, slots=True)
class Made:
    """A complete answer, and who gave it."""

    reply: WholeReply
    target: Target
    lease: Lease
    dispatch: Dispatch


class OpenBytes:
    """Bytes on their way, and the lease that they hold until `close`."""

    __slots__ = ("_closed", "_held", "_pool", "dispatch", "lease", "reply", "target")

    def __init__(
        self,
        reply: ByteReply,
        target: Target,
        lease: Lease,
        dispatch: Dispatch,
        pool: Pool,
        *,
        held: bytes = b"",
    ) -> None:
        self.reply = reply
        self.target = target
        self.lease = lease
        self.dispatch = dispatch
        self._pool = pool
        self._held = held
        self._closed = False

    async def chunk(self, request_id: str) -> bytes:
        """Return the next bytes; empty at the end. Raises: UpstreamFault, which the pool knows by then."""
        if self._held:
            held, self._held = self._held, b""
            return held
        try:
            return await self.reply.chunk()
        except UpstreamFault as error:
            self._pool.report(self.lease, error.fault, request_id=request_id)
            raise

    def close(self, *, ok: bool) -> None:
        """Give everything back, once; never waits, never raises."""
        if not self._closed:
            self._closed = True
            self.reply.close()
            self._pool.release(self.lease, ok=ok)


class MediaCalls:
    """Sends such calls to whoever can serve them."""

    def __init__(self, *, attempts: Attempts, upstream: Upstream, pool: Pool) -> None:
        self._attempts = attempts
        self._upstream = upstream
        self._pool = pool

    async def whole(self, errand: MediaErrand, *, check: Callable[[WholeReply], None] | None = None) -> Made:
        """Return a complete answer.

        Args:
            errand: What is asked for.
            check: Raises UpstreamFault for an answer that is none, so that another credential may try.

        Raises:
            Grok2ApiError: there is none; the request is not settled yet.
        """

        async def try_once(target: Target, lease: Lease, amendments: Amendments) -> Made:
            dispatch = errand.translate(target, lease, amendments)
            reply = await self._upstream.whole(dispatch, lease)
            if check is not None:
                check(reply)
            self._pool.answered(lease, reply.allowance)
            self._pool.release(lease, ok=True)
            errand.settlement.answered(reply.request_id)
            return Made(reply, target, lease, dispatch)

        return await self._attempts.serve(errand, try_once)

    async def download(self, errand: MediaErrand, *, begin: Begin | None = None) -> OpenBytes:
        """Return an answer whose bytes are still to come; it holds its lease until it is closed.

        Args:
            errand: What is asked for.
            begin: Reads how the answer begins, as long as another credential may still try.

        Raises:
            Grok2ApiError: there is none; the request is not settled yet.
        """

        async def try_once(target: Target, lease: Lease, amendments: Amendments) -> OpenBytes:
            dispatch = errand.translate(target, lease, amendments)
            reply = await self._upstream.download(dispatch, lease)
            try:
                held = b"" if begin is None else await begin(reply)
            except BaseException:
                reply.close()
                raise
            self._pool.answered(lease, None)
            errand.settlement.answered(reply.request_id)
            return OpenBytes(reply, target, lease, dispatch, self._pool, held=held)

        return await self._attempts.serve(errand, try_once)
