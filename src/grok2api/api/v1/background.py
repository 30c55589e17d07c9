"""Responses in the background: asked for, read again from any event on, cancelled.

Whoever reads is never what a response depends on: a client that leaves a stream has left, and nothing else.
Must never end a stream that it cannot tell further as if the response had ended.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import nullcontext

from starlette.types import Receive, Send

from grok2api.api.context import RequestContext, send_json
from grok2api.api.inflight import Flight, InFlight
from grok2api.api.streaming import ClientWatch, EventStream
from grok2api.api.v1.turns import Place, deadline_error, interruption, told
from grok2api.config.live import Live
from grok2api.config.settings import Settings
from grok2api.dialects.responses.stored import StoredRef
from grok2api.errors import Grok2ApiError, InvalidRequest, StorageError
from grok2api.gateway.orders import Order
from grok2api.gateway.runs.archive import run_id
from grok2api.gateway.runs.background import BackgroundRuns, Begun
from grok2api.gateway.runs.live import Overrun
from grok2api.gateway.settling import settled
from grok2api.observability.logging import get_logger

_GRACE = 30.0
"""Seconds after a response's own deadline until its readers are sent away: its end tells them more."""
_WHOLE = re.compile(r"\d{1,9}\Z", re.ASCII)
_log = get_logger("grok2api.runs")


class BackgroundTurn:
    """Begins a response in the background, and answers with its object or with its stream.

    Args:
        runs: Carries it out.
        in_flight: Ends the wait for its beginning at a shutdown; from then on `runs` ends it.
    """

    def __init__(self, runs: BackgroundRuns, in_flight: InFlight) -> None:
        self._runs = runs
        self._in_flight = in_flight

    async def __call__(
        self, order: Order, context: RequestContext, place: Place, receive: Receive, send: Send
    ) -> None:
        """Answer one request; the request is settled where it runs.

        Raises:
            Grok2ApiError: it did not begin.
        """
        stream = EventStream(send, told(order)) if order.call.stream else None
        async with _watch(receive, stream, order.settings) as watch:
            try:
                begun = await self._begin(order, place, watch)
            except Grok2ApiError as error:
                if stream is None or not stream.opened:
                    raise
                await stream.write(order.dialect.opened_failure(order.call, order.view, error))
                await stream.end()
                return
            if begun is None:
                return
            context.mark("upstream")
            exchange = begun.exchange
            headers = told(order, exchange.target, exchange.lease, exchange.dropped, rescued=exchange.rescued)
            if stream is not None:
                if not stream.opened:
                    stream.headers = headers
                # No flight of its own: the response itself is ended at a shutdown, and that ends the stream.
                pieces = self._runs.follower.live(begun.run, 0)
                await _relay(stream, pieces, watch, Flight(None), order.settings)
        if stream is None:
            await send_json(send, 200, begun.run.recording.opened(), headers)

    async def _begin(self, order: Order, place: Place, watch: ClientWatch) -> Begun | None:
        """Return the response once it has its id; None if the client did not wait for it."""
        with self._in_flight.flight() as flight:
            try:
                return await self._runs.start(order, place, deadline_error(order.settings))
            except asyncio.CancelledError:
                reason = interruption(watch, flight, order.settings)
                if reason is not None:
                    raise settled(order, reason) from None
                order.settlement.close(end="client_gone", status=499)
                return None


class BackgroundResponses:
    """What is kept of responses that were asked for in the background.

    Args:
        runs: Carries them out, and knows those of all workers.
        live: The settings now in force.
        in_flight: Ends streams of other workers' responses at a shutdown.
    """

    def __init__(self, runs: BackgroundRuns, live: Live, in_flight: InFlight) -> None:
        self._runs = runs
        self._live = live
        self._in_flight = in_flight

    async def tell(
        self, reference: StoredRef, query: Mapping[str, str], receive: Receive, send: Send
    ) -> bool:
        """Answer with the response's object or its stream; tell whether that was done: it may not be kept.

        Raises:
            InvalidRequest: there is no such place in the stream.
            StorageError: the store did not answer.
        """
        if query.get("stream", "").lower() != "true":
            body = await self.body(reference)
            if body is not None:
                await send_json(send, 200, body)
            return body is not None
        tail = await self._runs.follower.follow(run_id(reference.public_id), _cursor(query))
        if tail is None:
            return False
        # What this worker carries out is ended with its stream; the streams of others would not end here.
        flying = nullcontext(Flight(None)) if tail.here else self._in_flight.flight()
        stream, settings = EventStream(send, []), self._live.current
        with flying as flight:
            async with _watch(receive, stream, settings) as watch:
                await _relay(stream, tail.pieces, watch, flight, settings)
        return True

    async def body(self, reference: StoredRef) -> bytes | None:
        """Return the response's object as it stands; None if it is not kept here.

        Raises:
            StorageError: the store did not answer.
        """
        return await self._runs.body(run_id(reference.public_id))

    async def cancel(self, reference: StoredRef) -> bool:
        """End a response that runs; tell whether it is kept.

        Raises:
            StorageError: the store did not answer.
        """
        return await self._runs.cancel(run_id(reference.public_id))

    async def forget(self, reference: StoredRef) -> None:
        """Delete what is kept of a response.

        Raises:
            StorageError: the store did not answer.
        """
        await self._runs.forget(run_id(reference.public_id))


async def _relay(
    stream: EventStream, pieces: AsyncIterator[bytes], watch: ClientWatch, flight: Flight, settings: Settings
) -> None:
    """Send a stream to its end, or as far as it can be told: then it stops, and can be asked for again."""
    try:
        async for piece in pieces:
            await stream.write(piece)
    except (Overrun, StorageError) as error:
        _log.warning("a stream cannot be told further", reason=str(error) or "it grew too large")
    except asyncio.CancelledError:
        interruption(watch, flight, settings)
    if not watch.gone:
        await stream.end()


def _watch(receive: Receive, stream: EventStream | None, settings: Settings) -> ClientWatch:
    return ClientWatch(
        receive,
        stream,
        deadline=settings.grok.deadline + _GRACE,
        open_after=settings.stream.open_after,
        keepalive=settings.stream.keepalive,
    )


def _cursor(query: Mapping[str, str]) -> int:
    """Return the number after which the stream goes on; -1 for all of it."""
    given = query.get("starting_after")
    if given is None:
        return -1
    if _WHOLE.match(given) is None:
        raise InvalidRequest(
            "'starting_after' must be the sequence number of an event.", param="starting_after"
        )
    return int(given)
