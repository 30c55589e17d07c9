"""Gateway: the whole path of a request, in one readable place.

plan -> attempts (lease, translate, send, first frame) -> exchange (stream, settle), or a chorus of them where
a request wants several answers. Must never hold anything of a request itself.
"""

from __future__ import annotations

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
from grok2api.kit.clock import Clock
from grok2api.pool.pool import Pool
from grok2api.routing.router import plan


class Gateway:
    """Answers calls."""

    def __init__(self, *, attempts: Attempts, models: Models, pool: Pool, clock: Clock) -> None:
        self._attempts = attempts
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

    async def open(self, order: Order) -> OpenAnswer:
        """Return an answer that has begun to stream.

        Raises:
            Grok2ApiError: there is none; the request is settled.
        """
        try:
            if order.call.choices > 1:
                return await Chorus.open(self._attempts, order)
            return await self._attempts.open(order)
        except Grok2ApiError as error:
            raise settled(order, error) from error

    async def whole(self, order: Order) -> Whole:
        """Return a complete answer.

        Raises:
            Grok2ApiError: there is none; the request is settled.
        """
        try:
            if order.call.choices > 1:
                return await whole_chorus(self._attempts, order)
            return await self._attempts.whole(order)
        except Grok2ApiError as error:
            raise settled(order, error) from error


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
        return InvalidRequest(
            "The previous response does not exist, or can no longer be continued.",
            param="previous_response_id",
            code="previous_response_not_found",
        )
    return error


def dropped(call: Call, decided: Plan) -> tuple[str, ...]:
    """Return the names of everything that was asked for and could not be honoured."""
    return tuple(sorted({*call.dropped, *decided.dropped}))
