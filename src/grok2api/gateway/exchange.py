"""One live answer: upstream's stream, the lease it runs on, and what the client reads of it.

From the first byte of the answer on there is no other credential to turn to. Whatever happens then is
told in the stream's own words, and the request is settled once, on every way out. Closing is
synchronous and awaits nothing, so it is safe while the request is being cancelled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from grok2api.accounting.settlement import Settlement
from grok2api.canonical.dispatch import Lease
from grok2api.canonical.fault import Fault
from grok2api.canonical.plan import Target
from grok2api.canonical.usage import End
from grok2api.dialects.base import Answer, Ending, Presenter
from grok2api.errors import Grok2ApiError
from grok2api.gateway.failures import fault_error
from grok2api.gateway.upstreams import Upstream
from grok2api.kit.sse import Frame
from grok2api.pool.pool import Pool
from grok2api.upstream.base import StreamReply, UpstreamFault


class OpenAnswer(Protocol):
    """What the edge streams from: one exchange, or several side by side."""

    @property
    def ended(self) -> End | None:
        """How the answer ended; None while it has not."""
        ...

    @property
    def error(self) -> Grok2ApiError | None:
        """Why it was cut, if it was."""
        ...

    @property
    def lease(self) -> Lease:
        """Return on which credential it runs."""
        ...

    @property
    def target(self) -> Target:
        """Return which upstream model answers."""
        ...

    @property
    def dropped(self) -> tuple[str, ...]:
        """Return what had to be left out, beside what the call did."""
        ...

    @property
    def rescued(self) -> bool:
        """Whether the conversation was rebuilt on another account for this answer."""
        ...

    @property
    def answer(self) -> Answer | None:
        """Return the finished response, where the dialect keeps one."""
        ...

    async def next(self) -> bytes | None:
        """Return the client's next bytes, never empty; None when the answer is over and settled."""
        ...

    def fail(self, error: Grok2ApiError, end: End = "cut") -> bytes:
        """End the answer for a reason of our own; return the bytes that say so (empty once it is over)."""
        ...

    def close(self, end: End, error: Grok2ApiError | None = None) -> None:
        """Settle the request and free what it holds. Later calls change nothing."""
        ...


class Exchange:
    """An open stream of an answer."""

    def __init__(
        self,
        *,
        reply: StreamReply,
        lease: Lease,
        target: Target,
        presenter: Presenter,
        settlement: Settlement,
        pool: Pool,
        upstream: Upstream,
        held: bytes,
        dropped: tuple[str, ...] = (),
    ) -> None:
        self.lease = lease
        self.target = target
        self.dropped = dropped
        """What this attempt had to leave out, beside what the call did."""
        self.rescued = False
        """Whether the conversation was rebuilt, because its own account could not go on."""
        self.keep: Callable[[Answer], None] | None = None
        """Takes the finished answer; must not wait."""
        self._reply = reply
        self._presenter = presenter
        self._settlement = settlement
        self._pool = pool
        self._upstream = upstream
        self._held = held
        self.ended: End | None = None
        """How the answer ended; None while it has not."""
        self.error: Grok2ApiError | None = None
        """Why it was cut, if it was."""
        settlement.answered(reply.request_id)

    @property
    def answer(self) -> Answer | None:
        """Return the finished response, where the dialect keeps one."""
        return self._presenter.answer

    async def next(self) -> bytes | None:
        """Return the client's next bytes, never empty; None when the answer is over and settled."""
        while True:
            if self._held:
                written, self._held = self._held, b""
            elif self.ended is not None:
                return None
            else:
                written = await self._advance()
            if written:
                self._settlement.first_byte()
            ending = self._presenter.ending
            if ending is not None and self.ended is None:
                written += self._end(ending)
            if written:
                return written

    async def _advance(self) -> bytes:
        try:
            frames = await self._reply.read()
            return self._present(frames)
        except UpstreamFault as error:
            return self._fail(error.fault)
        except ValueError as error:
            return self._fail(self._upstream.unreadable_stream(f"an event cannot be read: {error}"))

    def _present(self, frames: list[Frame] | None) -> bytes:
        if frames is not None:
            return self._presenter.feed(frames)
        written = self._presenter.finish()
        if self._presenter.ending is None:
            written += self._fail(self._upstream.unreadable_stream("the stream ended without its end"))
        return written

    def _end(self, ending: Ending) -> bytes:
        if ending.failure is not None:
            self._settlement.used(ending.usage)
            return self._fail(self._upstream.classify_event(ending.failure))
        self._settlement.used(ending.usage)
        self.close(ending.end)
        if self.keep is not None and self.answer is not None:
            self.keep(self.answer)
        return b""

    def _fail(self, fault: Fault) -> bytes:
        self._pool.report(self.lease, fault, request_id=self._settlement.request_id)
        error = fault_error(fault)
        written = self._presenter.fail(error)
        self.close("cut", error)
        return written

    def fail(self, error: Grok2ApiError, end: End = "cut") -> bytes:
        """End the answer for a reason of our own; return the bytes that say so (empty once it is over)."""
        if self.ended is not None:
            return b""
        written = self._presenter.fail(error)
        self.close(end, error)
        return written

    def close(self, end: End, error: Grok2ApiError | None = None) -> None:
        """Settle the request and free what it holds. Later calls change nothing."""
        if self.ended is not None:
            return
        self.ended, self.error = end, error
        self._reply.close()
        self._pool.release(self.lease, ok=end in {"completed", "incomplete"})
        self._settlement.close(end=end, status=200, error_code=error.code if error else "")
