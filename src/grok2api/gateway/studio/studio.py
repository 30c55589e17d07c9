"""The whole path of a conversation with a model that makes pictures or clips.

The conversation says what is meant, a maker makes it, and what comes of it is told as a turn would be, so
that every dialect, streamed or not, knows how to write it. Must never promise that an answer can be asked for
again: upstream never heard of the conversation.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from grok2api.canonical.plan import ModelKind
from grok2api.dialects.base import Presenter, draws
from grok2api.dialects.images.wish import GivenPicture
from grok2api.dialects.responses.request import unkept
from grok2api.errors import UpstreamError
from grok2api.gateway.orders import Order, Whole
from grok2api.gateway.own_media import OwnMedia
from grok2api.gateway.pipeline import Readers, compose
from grok2api.gateway.studio.script import Script
from grok2api.gateway.studio.showing import Showing
from grok2api.gateway.studio.sitting import Sitting, sitting_of
from grok2api.gateway.studio.takes import Result, Take
from grok2api.kit.clock import Clock
from grok2api.media.input_images import LONGEST

_STOPS = ("stop", "stop_sequences")


class Maker(Protocol):
    """Makes what a conversation asks for."""

    async def take(self, order: Order, sitting: Sitting, where: str) -> Take:
        """Return an answer that is made, or is being made.

        Raises:
            Grok2ApiError: there is none; the request is not settled yet.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StudioTools:
    """What the studio works with."""

    makers: Mapping[ModelKind, Maker]
    own: OwnMedia
    readers: Readers
    clock: Clock


class Studio:
    """Answers conversations with pictures and clips."""

    def __init__(self, tools: StudioTools) -> None:
        self._tools = tools

    async def open(self, order: Order) -> Showing:
        """Return an answer that streams.

        Raises:
            Grok2ApiError: there is none; the request is not settled yet.
        """
        order = _as_told(order)
        take = await self._take(order)
        return Showing(
            take,
            self._presenter(order, take),
            self._script(take),
            order.settlement,
            shows_progress=order.view.thinking != "off",
        )

    async def whole(self, order: Order) -> Whole:
        """Return a complete answer; the request is settled.

        Raises:
            Grok2ApiError: there is none; the request is not settled yet.
        """
        order = _as_told(order)
        take = await self._take(order)
        result = await _last(take)
        presenter = self._presenter(order, take)
        body = presenter.whole(self._script(take).whole(result.text, result.usage))
        order.settlement.close(end="completed", status=200)
        return Whole(body, take.target, take.lease, take.dropped, presenter.answer)

    async def _take(self, order: Order) -> Take:
        dialect = order.dialect
        items = dialect.conversation(order.call) if draws(dialect) else ()
        where = "input" if order.call.dialect == "responses" else "messages"
        sitting = await self._at_hand(sitting_of(items, where), where)
        return await self._tools.makers[order.plan.kind].take(order, sitting, where)

    async def _at_hand(self, sitting: Sitting, where: str) -> Sitting:
        """Return the sitting with a picture that was made before as xAI can have it, or without one.

        Raises:
            InvalidRequest: its link is ours and has ended.
        """
        if not sitting.made_before:
            return sitting
        (picture,) = sitting.pictures
        if picture.url.startswith("data:"):
            return sitting
        asset = await self._tools.own.asset(picture.url, where)
        if asset is None:
            https = picture.url.startswith("https://")
            return sitting if https else replace(sitting, pictures=(), made_before=False)
        if asset.kind != "image":
            return replace(sitting, pictures=(), made_before=False)
        content = await self._tools.own.content(asset, kind="image", limit=LONGEST, param=where)
        payload = await asyncio.to_thread(base64.b64encode, content)
        address = f"data:{asset.mime};base64,{payload.decode('ascii')}"
        return replace(sitting, pictures=(GivenPicture(path=where, url=address),))

    def _presenter(self, order: Order, take: Take) -> Presenter:
        return compose(
            order.call,
            order.plan,
            replace(take.target, surface="responses"),
            take.lease,
            dialect=order.dialect,
            readers=self._tools.readers,
            view=replace(order.view, account=take.lease.account_id),
        )

    def _script(self, take: Take) -> Script:
        return Script(take.target.upstream_id, self._tools.clock.now)


def _as_told(order: Order) -> Order:
    """Return the order as its answer shall be told: whole, whatever it holds, and by nobody kept."""
    call = order.call
    if any(name in call.body for name in _STOPS):
        call = replace(call, body=call.body.edited({}, without=_STOPS), prepared=None)
    if call.dialect == "responses" and not call.background:
        call = unkept(call)
    return replace(order, call=call)


async def _last(take: Take) -> Result:
    async for piece in take.pieces:
        if isinstance(piece, Result):
            return piece
    raise UpstreamError("Nothing was made.")
