"""Gateway: the whole path of a request, in one readable place.

plan -> references (what the request only names) -> attempts (lease, translate, send, first frame) -> exchange
(stream, settle), or a chorus of them where a request wants several answers. Must never hold anything of a
request itself.
"""

from __future__ import annotations

from dataclasses import replace

from grok2api.accounting.settlement import Settlement
from grok2api.canonical.call import Call
from grok2api.canonical.plan import Plan
from grok2api.config.settings import Settings
from grok2api.dialects.base import Dialect, View
from grok2api.errors import ClientError, Grok2ApiError, InvalidRequest, NotFound, UpstreamError
from grok2api.gateway.attempts import Attempts, Order, Whole, demand_of
from grok2api.gateway.chorus import Chorus, whole_chorus
from grok2api.gateway.exchange import OpenAnswer
from grok2api.gateway.models import Models
from grok2api.gateway.references import References
from grok2api.kit.clock import Clock
from grok2api.pool.pool import Pool
from grok2api.routing.router import plan


class Gateway:
    """Answers calls."""

    def __init__(
        self, *, attempts: Attempts, models: Models, pool: Pool, clock: Clock, references: References
    ) -> None:
        self._attempts = attempts
        self._references = references
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
            claude_aliases=settings.routing.claude_aliases,
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

    async def open(self, order: Order) -> OpenAnswer:
        """Return an answer that has begun to stream.

        Raises:
            Grok2ApiError: there is none; the request is settled.
        """
        try:
            complete = await self.complete(order)
            if order.call.choices > 1:
                return await Chorus.open(self._attempts, complete)
            return await self._attempts.open(complete)
        except Grok2ApiError as error:
            raise settled(order, error) from error

    async def whole(self, order: Order) -> Whole:
        """Return a complete answer.

        Raises:
            Grok2ApiError: there is none; the request is settled.
        """
        try:
            complete = await self.complete(order)
            if order.call.choices > 1:
                return await whole_chorus(self._attempts, complete)
            return await self._attempts.whole(complete)
        except Grok2ApiError as error:
            raise settled(order, error) from error

    async def complete(self, order: Order) -> Order:
        """Return the order with everything that its call refers to.

        Raises:
            Grok2ApiError: something of it is gone, or cannot be had now.
        """
        call = await self._references.resolve(order.call)
        if call is order.call:
            return order
        order.settlement.demanded(demand_of(call, order.plan, order.plan.targets[0]))
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
    if not missing or error.code != "not_found" or call.account_pin is None:
        return error
    if call.pinned_by is None or call.pinned_by == "previous_response_id":
        return InvalidRequest(
            "The previous response does not exist, or can no longer be continued.",
            param="previous_response_id",
            code="previous_response_not_found",
        )
    return InvalidRequest(
        f"'{call.pinned_by}' can no longer be read: the account that it needs is not there any more.",
        param=call.pinned_by,
    )


def dropped(call: Call, decided: Plan) -> tuple[str, ...]:
    """Return the names of everything that was asked for and could not be honoured."""
    return tuple(sorted({*call.dropped, *decided.dropped}))
