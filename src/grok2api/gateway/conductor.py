"""Gateway: the whole path of a request, in one readable place.

plan -> attempts (lease, translate, send, first frame) -> exchange (stream, settle). Must never hold
anything of a request itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from grok2api.accounting.settlement import Settlement
from grok2api.canonical.call import Call
from grok2api.canonical.plan import Plan
from grok2api.config.settings import Settings
from grok2api.dialects.base import Dialect, View
from grok2api.errors import AllCoolingDown, ClientError, Grok2ApiError, NotFound, StorageError, UpstreamError
from grok2api.gateway import rescue
from grok2api.gateway.attempts import Attempts, Order, Whole, demand_of
from grok2api.gateway.exchange import Exchange
from grok2api.gateway.models import Models
from grok2api.gateway.transcripts import ConversationLost, Transcripts
from grok2api.kit.clock import Clock
from grok2api.observability.logging import get_logger
from grok2api.pool.pool import Pool
from grok2api.routing.router import plan

_log = get_logger("grok2api.gateway")

Result = TypeVar("Result")


class Gateway:
    """Answers calls."""

    def __init__(
        self, *, attempts: Attempts, models: Models, pool: Pool, clock: Clock, transcripts: Transcripts
    ) -> None:
        self._attempts = attempts
        self._transcripts = transcripts
        self._models = models
        self._pool = pool
        self._clock = clock

    def order(self, call: Call, dialect: Dialect, settlement: Settlement, settings: Settings) -> Order:
        """Decide how a call is served.

        Raises:
            ModelNotFound: there is no such model for this key and this pool.
            Unsupported: the model cannot do what is asked.
        """
        decided = plan(
            call,
            self._models.catalogue,
            chat_surface=settings.routing.chat_surface,
            servable=self._models.servable_in(call.caller.scope),
            pool_empty=self._pool.empty_for(call.caller.scope),
        )
        settlement.demanded(demand_of(call, decided, decided.targets[0]))
        return Order(
            call=call,
            plan=decided,
            dialect=dialect,
            view=View(created=int(self._clock.now()), thinking=call.thinking or settings.grok.thinking),
            settlement=settlement,
            settings=settings,
        )

    async def open(self, order: Order) -> Exchange:
        """Return an answer that has begun to stream.

        Raises:
            Grok2ApiError: there is none; the request is settled.
        """
        exchange, rescued = await self._served(order, self._attempts.open)
        exchange.rescued = rescued
        if order.call.caller.rescue:
            exchange.keep = partial(self._transcripts.keep, order.call)
        return exchange

    async def whole(self, order: Order) -> Whole:
        """Return a complete answer.

        Raises:
            Grok2ApiError: there is none; the request is settled.
        """
        whole, rescued = await self._served(order, self._attempts.whole)
        if whole.answer is not None:
            self._transcripts.keep(order.call, whole.answer)
        return replace(whole, rescued=True) if rescued else whole

    async def _served(self, order: Order, serve: Callable[[Order], Awaitable[Result]]) -> tuple[Result, bool]:
        """Return an answer, and whether the conversation had to be rebuilt for it.

        Raises:
            Grok2ApiError: there is none; the request is settled.
        """
        rescuable = rescue.rescuable(order.call)
        try:
            return await serve(replace(order, patience=rescue.PATIENCE) if rescuable else order), False
        except Grok2ApiError as error:
            wanting = rescuable and rescue.for_want_of_its_account(error)
            other = await self._rebuilt(order) if wanting else None
            waits = wanting and not order.settlement.attempts and isinstance(error, AllCoolingDown)
            if other is None and not waits:
                raise settled(order, rescue.told(order.call, error)) from error
        last = other or order
        try:
            return await serve(last), other is not None
        except Grok2ApiError as error:
            raise settled(last, rescue.told(last.call, error)) from error

    async def _rebuilt(self, order: Order) -> Order | None:
        """Return the order as any account can serve it; None if the conversation is not known whole."""
        call = order.call
        try:
            items = await self._transcripts.history(call.continues or "", call.caller)
        except (ConversationLost, StorageError) as error:
            _log.info("conversation not rescued", request_id=call.request_id, reason=str(error))
            return None
        _log.info("conversation rescued", request_id=call.request_id, items=len(items))
        call = rescue.rebuilt(call, items)
        order.settlement.rescued(demand_of(call, order.plan, order.plan.targets[0]))
        return replace(order, call=call)


def settled(order: Order, error: Grok2ApiError) -> Grok2ApiError:
    """Settle a request that failed before its answer; return the error in the call's own terms."""
    error = in_terms_of(order.call, error)
    refused = isinstance(error, ClientError) or error.status < 429
    order.settlement.close(end="refused" if refused else "failed", status=error.status, error_code=error.code)
    return error


def in_terms_of(call: Call, error: Grok2ApiError) -> Grok2ApiError:
    """Say a missing stored object in the words of the field that named it."""
    missing = isinstance(error, NotFound) or (isinstance(error, UpstreamError) and error.code == "not_found")
    if missing and error.code == "not_found" and call.account_pin is not None:
        return rescue.previous_response_gone()
    return error


def dropped(call: Call, decided: Plan) -> tuple[str, ...]:
    """Return the names of everything that was asked for and could not be honoured."""
    return tuple(sorted({*call.dropped, *decided.dropped}))
