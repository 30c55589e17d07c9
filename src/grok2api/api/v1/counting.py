"""POST /v1/responses/input_tokens, and whatever else asks how many tokens a request has.

The request is read, checked, planned and written as a turn of its dialect would be, and then measured. The
ledger has a row for it, without tokens and without cost. Must never call a model.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from starlette.types import Receive, Scope, Send

from grok2api.api.auth import caller_of
from grok2api.api.context import context_of, send_json
from grok2api.api.inflight import Flight
from grok2api.api.streaming import ClientWatch
from grok2api.api.v1.turns import (
    Account,
    TurnServices,
    envelope_of,
    interruption,
    place_in,
    placed,
    received,
    told,
)
from grok2api.dialects.base import Dialect
from grok2api.errors import Grok2ApiError
from grok2api.gateway.counting import Count, Counter
from grok2api.gateway.orders import Order
from grok2api.gateway.settling import settled

COUNTED_BY = b"x-grok2api-token-count"


@dataclass(frozen=True, slots=True, kw_only=True)
class CountServices:
    """What the endpoint works with."""

    turns: TurnServices
    counter: Counter


class CountEndpoint:
    """Answers how large a request of one dialect is.

    Args:
        dialect: What the client speaks; only `parse` and `translate` are used.
        services: What it is answered with.
        render: Writes the answer's body for a number of tokens.
        operation: The endpoint's name in the ledger.
    """

    def __init__(
        self, dialect: Dialect, services: CountServices, *, render: Callable[[int], bytes], operation: str
    ) -> None:
        self._dialect = dialect
        self._services = services
        self._render = render
        self._operation = operation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        turns, context, caller = self._services.turns, context_of(scope), caller_of(scope)
        settings = turns.live.current
        account = Account(turns, self._operation, context, caller)
        with account as settlement:
            raw = await received(context, receive, settings)
            call = replace(self._dialect.parse(raw, envelope_of(context, caller)), stream=False)
            order = placed(turns, self._dialect, call, settlement, settings)
            await account.enter()
            with turns.in_flight.flight() as flight:
                count = await self._count(order, flight, receive)
            if count is None:
                return
            settlement.close(end="completed", status=200)
            source = b"upstream" if count.by_upstream else b"estimated"
            await send_json(send, 200, self._render(count.tokens), [*told(order), (COUNTED_BY, source)])

    async def _count(self, order: Order, flight: Flight, receive: Receive) -> Count | None:
        """Return the count; None if the client left."""
        async with ClientWatch(receive, deadline=order.settings.grok.deadline) as watch:
            try:
                async with place_in(self._services.turns, order):
                    complete = await self._services.turns.gateway.complete(order)
                    return await self._services.counter.count(complete)
            except Grok2ApiError as error:
                raise settled(order, error) from error
            except asyncio.CancelledError:
                reason = interruption(watch, flight, order.settings)
                if reason is not None:
                    raise settled(order, reason) from None
        return None
