"""Several answers to one request, side by side: what `n` asks for.

xAI gives one answer per call on its Responses surface, so each choice is a call of its own, with attempts
and a credential of its own. To the edge they look like one exchange: what any of them says goes out as it
comes, the end is written once when all have ended, and the request is settled once with the sum. Nothing is
queued: a voice is read again only when the client took what it said before.

While nothing has been sent, the first failure is the failure of all; afterwards it ends the stream for all.
Must never let a voice go on whose answer nobody will get.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

from grok2api.canonical.dispatch import Lease
from grok2api.canonical.plan import Target
from grok2api.canonical.usage import End
from grok2api.dialects.base import Choral
from grok2api.errors import Grok2ApiError
from grok2api.gateway.exchange import OpenAnswer
from grok2api.gateway.orders import Order, Whole

_AT_ONCE: Final = 4
"""Answers of one request that are under way at a time; the others wait for one of these to end."""
_WELL: Final = frozenset({"completed", "incomplete"})


class Answering(Protocol):
    """What begins one answer, or gives it whole; as `gateway.turn_calls.TurnCalls`."""

    async def open(self, order: Order) -> OpenAnswer:
        """Return an answer that has begun to stream."""
        ...

    async def whole(self, order: Order) -> Whole:
        """Return a complete answer."""
        ...


class _Voice:
    """One of the answers. It begins with its first read, when there is room for it."""

    __slots__ = ("_room", "_turns", "exchange", "order")

    def __init__(self, turns: Answering, order: Order, room: asyncio.Semaphore) -> None:
        self._turns = turns
        self._room = room
        self.order = order
        self.exchange: OpenAnswer | None = None

    async def next(self) -> bytes | None:
        """Return what it says next; None when it has nothing more to say.

        Raises:
            Grok2ApiError: it could not begin.
        """
        if self.exchange is None:
            await self._room.acquire()
            self.exchange = await self._turns.open(self.order)
        written = await self.exchange.next()
        if self.exchange.ended is not None:
            self._room.release()
        return written

    def close(self, end: End, error: Grok2ApiError | None = None) -> None:
        """End it; what it used so far is added to the request's account."""
        if self.exchange is not None:
            self.exchange.close(end, error)
        self.order.settlement.close(end=end, status=error.status if error else 200)


class Chorus:
    """The open streams of all answers to one request."""

    def __init__(self, turns: Answering, order: Order) -> None:
        room = asyncio.Semaphore(_AT_ONCE)
        self._order = order
        self._dialect = _choral(order)
        self._voices = [_Voice(turns, each, room) for each in _orders(order)]
        self._singing = list(self._voices)
        self._reads: dict[_Voice, asyncio.Task[bytes | None]] = {}
        self._held = b""
        self.ended: End | None = None
        """How the answers ended together; None while they have not."""
        self.error: Grok2ApiError | None = None
        """Why they were cut, if they were."""

    @classmethod
    async def open(cls, turns: Answering, order: Order) -> Chorus:
        """Return the answers once the first of them has begun.

        Raises:
            Grok2ApiError: one failed before that; none goes on.
        """
        chorus = cls(turns, order)
        try:
            while not chorus._held and chorus.ended is None:
                chorus._held = await chorus._advance()
        except BaseException as error:
            chorus._silence("failed", error if isinstance(error, Grok2ApiError) else None)
            raise
        return chorus

    @property
    def answer(self) -> None:
        """Return nothing: several answers are kept by nobody."""
        return None

    @property
    def lease(self) -> Lease:
        """Return the credential of the answer that began first."""
        return self._first.lease

    @property
    def target(self) -> Target:
        """Return the upstream model of the answer that began first."""
        return self._first.target

    @property
    def rescued(self) -> bool:
        """Return False: what a chorus answers goes on from nothing that upstream stores."""
        return False

    @property
    def dropped(self) -> tuple[str, ...]:
        """Return what any answer that has begun had to leave out."""
        begun = [voice.exchange for voice in self._voices if voice.exchange is not None]
        return tuple(sorted({path for exchange in begun for path in exchange.dropped}))

    @property
    def _first(self) -> OpenAnswer:
        return next(voice.exchange for voice in self._voices if voice.exchange is not None)

    async def next(self) -> bytes | None:
        """Return the client's next bytes, never empty; None when all answers are over and settled."""
        written, self._held = self._held, b""
        while not written and self.ended is None:
            try:
                written = await self._advance()
            except Grok2ApiError as error:
                return self.fail(error)
        return written or None

    async def _advance(self) -> bytes:
        """Return what the next voices to be heard say, and the end of the whole if it has come.

        Raises:
            Grok2ApiError: a voice could not begin.
        """
        loop = asyncio.get_running_loop()
        for voice in self._singing:
            if voice not in self._reads:
                self._reads[voice] = loop.create_task(voice.next())
        await asyncio.wait(self._reads.values(), return_when=asyncio.FIRST_COMPLETED)
        written = b""
        for voice in [voice for voice, read in self._reads.items() if read.done()]:
            written += self._heard(voice)
            exchange = voice.exchange
            if exchange is None or exchange.ended is None:
                continue
            if exchange.ended not in _WELL:
                self.close("cut", exchange.error)
                return written
            self._singing.remove(voice)
        return written if self._singing else written + self._finish()

    def _heard(self, voice: _Voice) -> bytes:
        """Return what a voice has said; whatever goes wrong here, no other is left alone with its call."""
        try:
            return self._reads.pop(voice).result() or b""
        except Grok2ApiError:
            raise
        except BaseException:
            self._silence("failed", None)
            raise

    def _finish(self) -> bytes:
        settlement = self._order.settlement
        written = self._dialect.coda(self._order.call, self._order.view, settlement.usage)
        self.close(_joint([voice.order for voice in self._voices]))
        return written

    def fail(self, error: Grok2ApiError, end: End = "cut") -> bytes:
        """End all answers for a reason of our own; return the bytes that say so (empty once over)."""
        if self.ended is not None:
            return b""
        order = self._order
        self.close(end, error)
        return order.dialect.opened_failure(order.call, order.view, error)

    def close(self, end: End, error: Grok2ApiError | None = None) -> None:
        """Settle the request and free what its answers hold. Later calls change nothing."""
        if self.ended is not None:
            return
        self._silence(end, error)
        self._order.settlement.close(end=end, status=200, error_code=error.code if error else "")

    def _silence(self, end: End, error: Grok2ApiError | None) -> None:
        """End every voice; synchronous, so it is safe while the request is being cancelled."""
        self.ended, self.error = end, error
        for read in self._reads.values():
            read.cancel()
            read.add_done_callback(_forget)
        self._reads.clear()
        for voice in self._voices:
            voice.close(end, error)


async def whole_chorus(turns: Answering, order: Order) -> Whole:
    """Return all answers as one body.

    Raises:
        Grok2ApiError: one failed; the others were ended.
    """
    dialect, orders, room = _choral(order), _orders(order), asyncio.Semaphore(_AT_ONCE)

    async def sing(own: Order) -> Whole:
        async with room:
            return await turns.whole(own)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(sing(own)) for own in orders]
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    finally:
        for own in orders:
            own.settlement.close(end="failed", status=200)
    answers = [task.result() for task in tasks]
    usage = order.settlement.usage
    body = dialect.gathered(order.call, order.view, [answer.body for answer in answers], usage)
    order.settlement.close(end=_joint(orders), status=200)
    dropped = tuple(sorted({path for answer in answers for path in answer.dropped}))
    return Whole(body, answers[0].target, answers[0].lease, dropped)


def _orders(order: Order) -> list[Order]:
    """Return one order for each answer."""
    return [
        replace(order, view=replace(order.view, choice=choice), settlement=order.settlement.part())
        for choice in range(order.call.choices)
    ]


def _choral(order: Order) -> Choral:
    if not isinstance(order.dialect, Choral):
        raise LookupError(f"dialect {order.dialect.name} has no words for several answers")
    return order.dialect


def _joint(orders: Sequence[Order]) -> End:
    """Return how answers that all ended well ended together."""
    return "incomplete" if any(own.settlement.end == "incomplete" for own in orders) else "completed"


def _forget(read: asyncio.Task[bytes | None]) -> None:
    """Take notice of how a read ended that nobody waits for any more."""
    if not read.cancelled():
        read.exception()
