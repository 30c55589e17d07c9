"""POST /v1/chat/completions, /responses, /responses/compact and /messages: one turn, streamed or whole.

They differ in their dialect only. What carries a streamed turn is not known to it, so that a WebSocket
can (`api.v1.socket`). Every way out of here has settled the request: an answer, an
error, a client that left, a deadline, a shutdown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from functools import partial
from types import TracebackType

from starlette.types import Receive, Scope, Send

from grok2api.accounting.settlement import Settlement
from grok2api.api.admission import Admission
from grok2api.api.auth import caller_of, enter
from grok2api.api.body import ClientGone, check_json, read_body
from grok2api.api.context import RequestContext, context_of, send_json
from grok2api.api.inflight import Flight, InFlight
from grok2api.api.public_address import public_address
from grok2api.api.streaming import ClientWatch, EventStream, Headers, Outlet
from grok2api.canonical.call import Call, Caller
from grok2api.canonical.dispatch import Lease
from grok2api.canonical.limits import Estimate
from grok2api.canonical.plan import ModelKind, Target
from grok2api.config.live import Live
from grok2api.config.settings import Settings
from grok2api.dialects.base import Dialect, Envelope
from grok2api.dialects.dropped import told_shortly
from grok2api.errors import Grok2ApiError, ShuttingDown, UpstreamError, internal_error
from grok2api.gateway.conductor import Gateway
from grok2api.gateway.contents.keeping import Contents
from grok2api.gateway.exchange import OpenAnswer
from grok2api.gateway.limits.estimates import Estimator
from grok2api.gateway.limits.gate import KeyGate, Visit, nothing
from grok2api.gateway.orders import Errand, Order
from grok2api.gateway.settling import dropped, settled
from grok2api.storage.records import UsageRecord

_CONVERSATION_HEADERS = (
    *(b"x-grok-conv-id", b"session-id", b"session_id", b"conversation_id", b"thread-id"),
    *(b"x-claude-code-session-id", b"x-session-id", b"x-session-affinity"),
)
"""By what clients name a conversation: xAI's own, Codex, Claude Code, and others."""
_NAMING = frozenset(_CONVERSATION_HEADERS)

_LARGE = 131_072
"""Bytes of a body beyond which it is not measured between two events of other requests."""
_SETTLING = 120.0
"""Seconds after its deadline in which a request is settled, unless its worker has died."""

Place = AbstractAsyncContextManager[None]
"""A place among the requests that this worker serves at once; entering it may mean to wait."""


Detached = Callable[[Order, RequestContext, Place, Receive, Send], Awaitable[None]]
"""Answers a turn that goes on without its client, and settles it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnServices:
    """What the endpoint works with."""

    gateway: Gateway
    live: Live
    begin: Callable[..., Settlement]
    """Opens the account of a request."""
    in_flight: InFlight
    admission: Admission
    media_admission: Admission
    """The places for media of any kind."""
    detached: Detached
    gate: KeyGate
    """Holds limited keys to their limits."""
    estimator: Estimator
    """Tells what requests may use."""
    contents: Contents
    """Keeps the words of client keys for which an operator wants that."""


class TurnEndpoint:
    """Answers one kind of turn.

    Args:
        dialect: What the client speaks.
        services: What it is answered with.
        operation: The endpoint's name in the ledger; the dialect's if not given.
    """

    def __init__(self, dialect: Dialect, services: TurnServices, *, operation: str = "") -> None:
        self._dialect = dialect
        self._operation = operation or dialect.name
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        context = context_of(scope)
        settings = self._services.live.current
        caller = caller_of(scope)
        account = Account(self._services, self._operation, context, caller)
        with account as settlement:
            raw = await received(context, receive, settings)
            call = self._dialect.parse(raw, envelope_of(context, caller))
            order = placed(self._services, self._dialect, call, settlement, settings)
            order = addressed(order, partial(public_address, scope))
            await account.enter(lambda: self._services.estimator.turn(order), size=len(raw))
            context.mark("read")
            place = place_in(self._services, order)
            if call.background:
                account.hand_over()
                await self._services.detached(order, context, place, receive, send)
                return
            with self._services.in_flight.flight() as flight:
                if call.stream:
                    turn = StreamedTurn(self._services.gateway, order, context, flight, place)
                    await self._streamed(turn, receive, send)
                else:
                    await self._whole(order, context, flight, place, receive=receive, send=send)

    async def _streamed(self, turn: StreamedTurn, receive: Receive, send: Send) -> None:
        stream = EventStream(send, told(turn.order))
        settings = turn.order.settings
        watch = ClientWatch(
            receive,
            stream,
            deadline=settings.grok.deadline,
            open_after=settings.stream.open_after,
            keepalive=settings.stream.keepalive,
            beat=turn.order.dialect.keep_alive,
        )
        await turn.run(stream, watch)

    async def _whole(
        self,
        order: Order,
        context: RequestContext,
        flight: Flight,
        place: Place,
        *,
        receive: Receive,
        send: Send,
    ) -> None:
        async with ClientWatch(receive, deadline=order.settings.grok.deadline) as watch:
            try:
                async with place:
                    answer = await self._services.gateway.whole(order)
            except asyncio.CancelledError:
                reason = interruption(watch, flight, order.settings)
                if reason is not None:
                    raise settled(order, reason) from None
                order.settlement.close(end="client_gone", status=499)
                return
        context.mark("upstream")
        headers = told(order, answer.target, answer.lease, answer.dropped, rescued=answer.rescued)
        await send_json(send, 200, answer.body, headers)


class StreamedTurn:
    """One streamed turn, whatever carries its events."""

    def __init__(
        self, gateway: Gateway, order: Order, context: RequestContext, flight: Flight, place: Place
    ) -> None:
        self.order = order
        self.exchange: OpenAnswer | None = None
        """The answer, once there is one."""
        self._gateway = gateway
        self._context = context
        self._flight = flight
        self._place = place

    async def run(self, stream: Outlet, watch: ClientWatch) -> None:
        """Answer; `watch` was not entered yet.

        Raises:
            Grok2ApiError: there is no answer, and nothing was sent.
        """
        async with watch:
            try:
                async with self._place:
                    await self._answer(stream)
            except Grok2ApiError as error:
                await self._fail(stream, error)
            except asyncio.CancelledError:
                self._give_up_upstream(watch)
                reason = interruption(watch, self._flight, self.order.settings)
                if reason is not None:
                    await self._fail(stream, reason)

    async def _answer(self, stream: Outlet) -> None:
        self.order = await self._gateway.enclosed(self.order)
        exchange = self.exchange = await self._gateway.open(self.order)
        self._context.mark("upstream")
        if not stream.opened:
            stream.headers = told(
                self.order, exchange.target, exchange.lease, exchange.dropped, rescued=exchange.rescued
            )
        while (content := await exchange.next()) is not None:
            await stream.write(content)
        await stream.end()

    async def _fail(self, stream: Outlet, error: Grok2ApiError) -> None:
        """End the stream in the dialect's words, or, when nothing was sent yet, with a status."""
        if self.exchange is not None:
            await stream.write(self.exchange.fail(error))
            await stream.end()
            return
        error = settled(self.order, error)
        if not stream.opened:
            raise error
        order = self.order
        await stream.write(order.dialect.opened_failure(order.call, order.view, error))
        await stream.end()

    def _give_up_upstream(self, watch: ClientWatch) -> None:
        """Settle at once unless the client is still there to be told why its answer ends."""
        if watch.late or self._flight.stopping:
            return
        if self.exchange is not None:
            self.exchange.close("client_gone")
        self.order.settlement.close(end="client_gone", status=499)


class Account:
    """The account of a request, settled on every way out of the block.

    Args:
        services: Open the account.
        operation: The endpoint's name in the ledger.
        context: The request.
        caller: Who asks.
    """

    def __init__(
        self, services: TurnServices, operation: str, context: RequestContext, caller: Caller
    ) -> None:
        self._settlement = services.begin(
            request_id=context.ledger_id,
            key_id=caller.key_id,
            operation=operation,
            received_at=context.started,
        )
        self._owned = True
        self._services = services
        self._context = context
        self.caller = caller
        self._visit: Visit | None = None

    async def enter(
        self, estimate: Callable[[], Estimate] = nothing, *, size: int = 0, lasting: float | None = None
    ) -> None:
        """Let the request in, if its key has limits; what it takes of them is given back at its settlement.

        Args:
            estimate: Tells what it may use.
            size: Bytes that are looked at for that.
            lasting: Seconds after which nobody will settle it any more; a while after its deadline if not
                given.

        Raises:
            Grok2ApiError: it is not let in.
        """
        limits = self.caller.limits
        if limits is None:
            return
        if lasting is None:
            lasting = self._services.live.current.grok.deadline + _SETTLING
        self._visit = await enter(
            self._services.gate,
            self._context,
            self.caller,
            limits,
            estimate=estimate,
            large=size > _LARGE,
            lasting=lasting,
        )
        self._settlement.when_closed(self._left)

    def leave(self) -> None:
        """Give back what the request took of its key's limits, money apart; only the first time counts."""
        if self._visit is not None:
            self._visit.leave()

    def _left(self, row: UsageRecord) -> None:
        if self._visit is not None:
            self._visit.leave(row.input_tokens + row.output_tokens)

    def hand_over(self) -> None:
        """Leave the settling to somebody else from now on."""
        self._owned = False

    def __enter__(self) -> Settlement:
        return self._settlement

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._owned:
            return
        if isinstance(error, Grok2ApiError):
            self._settlement.close(end="refused", status=error.status, error_code=error.code)
        elif isinstance(error, Exception) and not isinstance(error, ClientGone):
            ours = internal_error()
            self._settlement.close(end="failed", status=ours.status, error_code=ours.code)
        self._settlement.close(end="client_gone", status=499)


async def received(context: RequestContext, receive: Receive, settings: Settings) -> bytes:
    """Return the body of a request, of which nothing is known yet but that it is said to be JSON.

    Raises:
        Grok2ApiError: it is of another kind, too large or too slow.
        ClientGone: the client left.
    """
    check_json(context)
    limit = settings.server.max_body_mb * 1_048_576
    return await read_body(context, receive, limit=limit, seconds=settings.server.body_timeout)


def envelope_of(context: RequestContext, caller: Caller) -> Envelope:
    """Return what is known of a request beside its body."""
    return Envelope(
        request_id=context.ledger_id,
        caller=caller,
        received_at=context.started,
        conversation=None if context.headers.keys().isdisjoint(_NAMING) else _named(context),
    )


def _named(context: RequestContext) -> str | None:
    conversation = next((text for name in _CONVERSATION_HEADERS if (text := context.header(name))), "")
    return conversation[:256] or None


def placed(
    services: TurnServices, dialect: Dialect, call: Call, settlement: Settlement, settings: Settings
) -> Order:
    """Return the order for a call.

    Raises:
        Grok2ApiError: it cannot be served.
    """
    settlement.asked(call.model, stream=call.stream)
    return services.gateway.order(call, dialect, settlement, settings)


def place_in(services: TurnServices, order: Order) -> Place:
    """Return a place among the requests of its kind that this worker serves at once."""
    rules, media = order.settings.performance, order.plan.kind is not ModelKind.TEXT
    admission = services.media_admission if media else services.admission
    limit = rules.media_max_concurrent if media else rules.max_concurrent
    return admission.place(limit=limit, length=rules.queue_length, wait=rules.queue_wait)


def addressed(order: Order, address: Callable[[Settings], str]) -> Order:
    """Return the order with the address for links, if its answer may hold some."""
    if order.plan.kind is ModelKind.TEXT:
        return order
    return replace(order, view=replace(order.view, address=address(order.settings)))


def told(
    order: Errand,
    target: Target | None = None,
    lease: Lease | None = None,
    left_out: tuple[str, ...] = (),
    *,
    rescued: bool = False,
) -> Headers:
    """Return the headers that tell the truth about an answer."""
    headers: Headers = []
    if names := told_shortly((*dropped(order.call, order.plan), *left_out)):
        headers.append((b"x-grok2api-dropped-params", ",".join(names).encode("ascii", "replace")))
    if target is not None:
        headers.append((b"x-grok2api-upstream-model", target.upstream_id.encode("latin-1", "replace")))
    if lease is not None and lease.sandbox:
        headers.append((b"x-grok2api-sandbox", b"1"))
    if rescued:
        headers.append((b"x-grok2api-rescued", b"true"))
    return headers


def deadline_error(settings: Settings) -> Grok2ApiError:
    """Return the error for a request that took longer than it may."""
    return UpstreamError(
        f"The request took longer than {settings.grok.deadline:g} seconds (setting grok.deadline).",
        status=504,
        code="upstream_timeout",
    )


def stopping_error() -> Grok2ApiError:
    """Return the error for a request that a shutdown ends."""
    return ShuttingDown("The server is shutting down. Send the request again.", retry_after=1)


def interruption(watch: ClientWatch, flight: Flight, settings: Settings) -> Grok2ApiError | None:
    """Return what a request that was interrupted on our own account tells its client; None if it left.

    Raises:
        CancelledError: it was interrupted by somebody else.
    """
    if not (watch.gone or watch.late or flight.stopping):
        raise asyncio.CancelledError
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()
    if watch.gone:
        return None
    if watch.late:
        return deadline_error(settings)
    return flight.reason or stopping_error()
