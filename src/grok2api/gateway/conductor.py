"""Gateway: the whole path of a request, in one readable place.

plan -> enclosures (pictures, documents, sounds) -> references (what the request only names) -> attempts
(lease, translate, send, first frame) -> exchange (stream, settle), or a chorus of them where a request wants
several answers. Must never hold anything of a request itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

import msgspec

from grok2api.accounting.settlement import Settlement
from grok2api.canonical.call import Call
from grok2api.canonical.dispatch import Lease
from grok2api.canonical.plan import ModelKind, Plan
from grok2api.config.settings import Settings
from grok2api.dialects.base import Answer, Dialect, View, draws, encloses
from grok2api.errors import (
    AllCoolingDown,
    Grok2ApiError,
    StorageError,
)
from grok2api.gateway import rescue
from grok2api.gateway.chorus import Chorus, whole_chorus
from grok2api.gateway.enclosures import Enclosures
from grok2api.gateway.exchange import Exchange, OpenAnswer
from grok2api.gateway.models import Models
from grok2api.gateway.orders import Order, Whole, demand_of
from grok2api.gateway.references import References
from grok2api.gateway.settling import settled
from grok2api.gateway.studio.studio import Studio
from grok2api.gateway.transcripts import ConversationLost, Transcripts
from grok2api.gateway.turn_calls import TurnCalls
from grok2api.kit.clock import Clock
from grok2api.observability.logging import get_logger
from grok2api.pool.pool import Pool
from grok2api.routing.drawing import idle_configs, plan_drawing
from grok2api.routing.router import plan

_log = get_logger("grok2api.gateway")

Result = TypeVar("Result")


class Gateway:
    """Answers calls."""

    def __init__(
        self,
        *,
        turns: TurnCalls,
        models: Models,
        pool: Pool,
        clock: Clock,
        references: References,
        enclosures: Enclosures,
        studio: Studio,
        transcripts: Transcripts,
    ) -> None:
        self._turns = turns
        self._enclosures = enclosures
        self._studio = studio
        self._references = references
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
        decided = self._plan(call, dialect, settings)
        settlement.demanded(demand_of(call, decided, decided.targets[0]))
        return Order(
            call=call,
            plan=decided,
            dialect=dialect,
            view=View(created=int(self._clock.now()), thinking=call.thinking or settings.grok.thinking),
            settlement=settlement,
            settings=settings,
        )

    def _plan(self, call: Call, dialect: Dialect, settings: Settings) -> Plan:
        catalogue = self._models.catalogue
        servable = self._models.servable_in(call.caller.scope)
        empty = self._pool.empty_for(call.caller.scope)
        if draws(dialect):
            drawing = plan_drawing(call, catalogue, servable=servable, pool_empty=empty)
            if drawing is not None:
                return drawing
        decided = plan(
            call,
            catalogue,
            chat_surface=settings.routing.chat_surface,
            servable=servable,
            pool_empty=empty,
            claude_aliases=settings.routing.claude_aliases,
        )
        idle = idle_configs(call)
        return replace(decided, dropped=(*decided.dropped, *idle)) if idle else decided

    async def open(self, order: Order) -> OpenAnswer:
        """Return an answer that has begun to stream.

        Raises:
            Grok2ApiError: there is none; the request is settled.
        """
        order = await self.enclosed(order)
        if order.plan.kind is not ModelKind.TEXT:
            return await self._drawn(order, self._studio.open)
        answer, served, rescued = await self._served(order, self._open)
        if isinstance(answer, Exchange):
            answer.rescued = rescued
            if served.call.caller.rescue or served.call.references:
                answer.keep = partial(self._keep, served.call, answer.lease)
        return answer

    async def whole(self, order: Order) -> Whole:
        """Return a complete answer.

        Raises:
            Grok2ApiError: there is none; the request is settled.
        """
        order = await self.enclosed(order)
        if order.plan.kind is not ModelKind.TEXT:
            return await self._drawn(order, self._studio.whole)
        whole, served, rescued = await self._served(order, self._whole)
        if whole.answer is not None:
            self._keep(served.call, whole.lease, whole.answer)
        return replace(whole, rescued=True) if rescued else whole

    async def enclosed(self, order: Order) -> Order:
        """Return the order with all that its request encloses made ready; saying it again changes nothing.

        Raises:
            Grok2ApiError: something of it cannot be taken; the request is settled.
        """
        dialect = order.dialect
        if not order.call.enclosures or not encloses(dialect):
            return order
        try:
            call = await self._enclosures.ready(order.call, dialect, order.settings)
        except Grok2ApiError as error:
            raise settled(order, error) from error
        return replace(order, call=call)

    async def _drawn(self, order: Order, draw: Callable[[Order], Awaitable[Result]]) -> Result:
        """Return an answer of a model that makes pictures or clips.

        Raises:
            Grok2ApiError: there is none; the request is settled.
        """
        try:
            return await draw(await self.complete(order))
        except Grok2ApiError as error:
            raise settled(order, error) from error

    def _keep(self, call: Call, lease: Lease, answer: Answer) -> None:
        """Let those have a finished answer whose work goes on from it."""
        self._references.remember(call, lease.account_id, answer)
        self._transcripts.keep(call, answer)

    async def _open(self, order: Order) -> OpenAnswer:
        if order.call.choices > 1:
            return await Chorus.open(self._turns, order)
        return await self._turns.open(order)

    async def _whole(self, order: Order) -> Whole:
        if order.call.choices > 1:
            return await whole_chorus(self._turns, order)
        return await self._turns.whole(order)

    async def _served(
        self, order: Order, serve: Callable[[Order], Awaitable[Result]]
    ) -> tuple[Result, Order, bool]:
        """Return an answer, the order with all that it refers to, and whether its conversation was rebuilt.

        Raises:
            Grok2ApiError: there is none; the request is settled.
        """
        rescuable = rescue.rescuable(order.call)
        try:
            order = await self.complete(order)
            return await serve(replace(order, patience=rescue.PATIENCE) if rescuable else order), order, False
        except Grok2ApiError as error:
            wanting = rescuable and rescue.for_want_of_its_account(error)
            items = await self._remembered(order.call) if wanting else None
            waits = wanting and not order.settlement.attempts and isinstance(error, AllCoolingDown)
            if items is None and not waits:
                raise settled(order, rescue.told(order.call, error)) from error
        last = order
        try:
            last = order = await self.complete(order)
            if items is not None:
                last = self._rebuilt(order, items)
            return await serve(last), order, items is not None
        except Grok2ApiError as error:
            raise settled(last, rescue.told(last.call, error)) from error

    async def _remembered(self, call: Call) -> Sequence[msgspec.Raw] | None:
        """Return the items of the conversation that a call goes on from; None if it is not known whole."""
        try:
            items = await self._transcripts.history(call.continues or "", call.caller)
        except (ConversationLost, StorageError) as error:
            _log.info("conversation not rescued", request_id=call.request_id, reason=str(error))
            return None
        _log.info("conversation rescued", request_id=call.request_id, items=len(items))
        return items

    @staticmethod
    def _rebuilt(order: Order, items: Sequence[msgspec.Raw]) -> Order:
        """Return the order as any account can serve it."""
        call = rescue.rebuilt(order.call, items)
        order.settlement.rescued(demand_of(call, order.plan, order.plan.targets[0]))
        return replace(order, call=call)

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
