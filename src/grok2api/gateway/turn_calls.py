"""Turns: an answer that has begun to stream, or a whole one, from the first credential that gives it.

A stream counts as begun with the first event of the answer itself: an error that comes right after
`response.created` is still invisible to the client. But what was received is not held for ever: after
`stream.open_after` seconds it goes out, and with it the chance.
Must never translate anything itself, and never touch a request that has begun.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

from grok2api.accounting.pricing import Prices
from grok2api.canonical.amendments import Amendments
from grok2api.canonical.dispatch import Lease
from grok2api.canonical.plan import Target
from grok2api.canonical.usage import Usage
from grok2api.dialects.base import Heard, Presenter
from grok2api.gateway.attempts import Attempts
from grok2api.gateway.exchange import Exchange
from grok2api.gateway.orders import Errand, Order, Whole
from grok2api.gateway.pipeline import Readers, compose
from grok2api.gateway.tally import guessed
from grok2api.gateway.upstreams import Upstream
from grok2api.pool.pool import Pool
from grok2api.upstream.base import StreamReply, UpstreamFault

_BACKGROUND_HOLD: Final = 1.0
"""Seconds that an answer in the background gets to begin: whoever asked for it waits for its id only."""


class TurnCalls:
    """Asks upstream for turns.

    Args:
        attempts: Finds a credential that serves.
        pool: Gets the credentials back.
        upstream: Who is asked.
        readers: Read its surfaces.
        prices: What a turn costs where upstream does not say.
    """

    def __init__(
        self, *, attempts: Attempts, pool: Pool, upstream: Upstream, readers: Readers, prices: Prices
    ) -> None:
        self._attempts = attempts
        self._pool = pool
        self._upstream = upstream
        self._readers = readers
        self._prices = prices

    async def open(self, order: Order) -> Exchange:
        """Return an answer that has begun to stream.

        Raises:
            Grok2ApiError: no attempt held.
        """

        async def try_once(target: Target, lease: Lease, amendments: Amendments) -> Exchange:
            dispatch = order.translate(target, lease, amendments)
            presenter = self._presenter(order, target, lease, amendments)
            reply = await self._upstream.stream(dispatch, lease)
            try:
                held = await self._begin(reply, presenter, _patience(order))
            except BaseException:
                reply.close()
                raise
            self._pool.answered(lease, reply.allowance)
            return Exchange(
                reply=reply,
                lease=lease,
                target=target,
                presenter=presenter,
                settlement=order.settlement,
                pool=self._pool,
                upstream=self._upstream,
                held=held,
                dropped=dispatch.dropped,
            )

        return await self._attempts.serve(order, try_once)

    async def whole(self, order: Order) -> Whole:
        """Return a complete answer.

        Raises:
            Grok2ApiError: no attempt held.
        """

        async def try_once(target: Target, lease: Lease, amendments: Amendments) -> Whole:
            dispatch = order.translate(target, lease, amendments)
            presenter = self._presenter(order, target, lease, amendments)
            reply = await self._upstream.whole(dispatch, lease)
            try:
                body = presenter.whole(reply.content)
            except ValueError as error:
                reason = f"an answer cannot be read: {error}"
                raise UpstreamFault(self._upstream.unreadable_stream(reason)) from error
            ending = presenter.ending
            if ending is not None and ending.failure is not None:
                raise UpstreamFault(self._upstream.classify_event(ending.failure))
            self._pool.answered(lease, reply.allowance)
            self._pool.release(lease, ok=True)
            order.settlement.answered(reply.request_id)
            order.settlement.used(ending.usage if ending else None)
            order.settlement.close(end=ending.end if ending else "completed", status=200)
            return Whole(body, target, lease, dispatch.dropped, presenter.answer)

        return await self._attempts.serve(order, try_once)

    def _presenter(self, order: Order, target: Target, lease: Lease, amendments: Amendments) -> Presenter:
        """Return the presenter of an attempt; until upstream says more, its account knows it by a guess."""

        def guess(heard: Heard) -> Usage:
            sent = order.translate(target, lease, amendments).content or b"{}"
            return guessed(sent, target.surface, heard, order.call.conversation)

        presenter = compose(
            order.call,
            order.plan,
            target,
            lease,
            dialect=order.dialect,
            readers=self._readers,
            view=replace(order.view, account=lease.account_id, price=self._prices.of(target.upstream_id)),
            guess=guess,
        )
        order.settlement.guess = lambda: guess(presenter.heard)
        return presenter

    async def _begin(self, reply: StreamReply, presenter: Presenter, patience: float) -> bytes:
        """Read until the answer begins; return what is there to be sent.

        Once something could be sent, `patience` seconds are left for the answer to begin.
        """
        held = b""
        try:
            async with asyncio.timeout(None) as hold:
                while not presenter.answering and presenter.ending is None:
                    frames = await reply.read()
                    if frames is None:
                        held += self._finished(presenter)
                        break
                    held += presenter.feed(frames)
                    if held and hold.when() is None:
                        hold.reschedule(asyncio.get_running_loop().time() + patience)
        except TimeoutError:
            return held
        except ValueError as error:
            reason = f"an event cannot be read: {error}"
            raise UpstreamFault(self._upstream.unreadable_stream(reason)) from error
        ending = presenter.ending
        if ending is not None and ending.failure is not None and not presenter.answering:
            raise UpstreamFault(self._upstream.classify_event(ending.failure))
        return held

    def _finished(self, presenter: Presenter) -> bytes:
        written = presenter.finish()
        if presenter.ending is None:
            raise UpstreamFault(self._upstream.unreadable_stream("the stream ended before an answer"))
        return written


def _patience(order: Errand) -> float:
    patience = order.settings.stream.open_after
    return min(patience, _BACKGROUND_HOLD) if order.call.background else patience
