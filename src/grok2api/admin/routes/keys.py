"""Client keys: made, looked at, changed, renewed and deleted.

A key itself is in the answers of `create` and `rotate` alone. Must never show a hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from fastapi import APIRouter, Body, Query, Response

from grok2api.accounting.budgets import Spending
from grok2api.accounting.client_keys import limits_of
from grok2api.admin.key_shapes import (
    KeyBody,
    KeyMade,
    KeyPage,
    KeyQuery,
    KeyView,
    NewKeyBody,
    RotateBody,
    key_shape,
    state_of,
)
from grok2api.admin.services import AdminServices
from grok2api.errors import InvalidRequest
from grok2api.kit import base64url
from grok2api.operations.client_keys import NewKey, mentions
from grok2api.operations.key_editing import KeyEdit
from grok2api.storage.records import ClientKey

_Place = tuple[float, str]


class KeyRoutes:
    """The clients' keys."""

    def __init__(self, services: AdminServices) -> None:
        self._operations = services.client_keys
        self._gate = services.gate
        self._clock = services.clock
        self._live = services.live

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(tags=["keys"])
        one = "/keys/{key_id}"
        router.add_api_route("/keys", self.page, methods=["GET"], summary="List client keys")
        router.add_api_route(
            "/keys", self.create, methods=["POST"], status_code=201, summary="Make a client key"
        )
        router.add_api_route(one, self.show, methods=["GET"], summary="Show a client key")
        router.add_api_route(one, self.edit, methods=["PATCH"], summary="Change a client key")
        router.add_api_route(
            one, self.delete, methods=["DELETE"], status_code=204, summary="Delete a client key"
        )
        for path, endpoint, summary in (
            ("/rotate", self.rotate, "Renew a client key"),
            ("/enable", self.enable, "Let a client key be used again"),
            ("/disable", self.disable, "Refuse a client key until it is enabled again"),
        ):
            router.add_api_route(one + path, endpoint, methods=["POST"], summary=summary)
        return router

    async def page(self, query: Annotated[KeyQuery, Query()]) -> KeyPage:
        """List client keys, the oldest first. `cursor` is the last page's `next_cursor`."""
        after, now = _place(query.cursor) if query.cursor else None, self._clock.now()
        fitting = [
            each
            for each in await self._operations.list()
            if mentions(each, query.text) and (not query.state or state_of(each, now) in query.state)
        ]
        rest = [each for each in fitting if after is None or _place_of(each) > after]
        shown = rest[: query.limit]
        more = _cursor(shown[-1]) if len(rest) > len(shown) else None
        return KeyPage(data=await self._shapes(shown), total=len(fitting), next_cursor=more)

    async def create(self, sent: Annotated[NewKeyBody, Body()]) -> KeyMade:
        """Make a client key. The key is told this once."""
        return await self._made(await self._operations.create(sent.edit(), now=self._clock.now()))

    async def show(self, key_id: str) -> KeyView:
        """Show a client key, what it has spent, and how its limits stand now."""
        key = await self._operations.one(key_id)
        limits = limits_of(key)
        standing = None if limits is None else await self._gate.standing(key.id, limits)
        (spent,) = await self._spending([key])
        return key_shape(key, self._clock.now(), spent, self._live.current.ledger, standing)

    async def edit(self, key_id: str, sent: Annotated[KeyBody, Body()]) -> KeyView:
        """Change what was sent, and nothing else."""
        return await self._changed(key_id, sent.edit())

    async def enable(self, key_id: str) -> KeyView:
        """Let the key be used again."""
        return await self._changed(key_id, KeyEdit(enabled=True))

    async def disable(self, key_id: str) -> KeyView:
        """Refuse the key until it is enabled again; requests that run end undisturbed."""
        return await self._changed(key_id, KeyEdit(enabled=False))

    async def rotate(self, key_id: str, sent: Annotated[RotateBody | None, Body()] = None) -> KeyMade:
        """Give the key a new secret, told this once; the present one stays valid for a while."""
        key, body = await self._operations.one(key_id), sent or RotateBody()
        now = self._clock.now()
        return await self._made(await self._operations.rotate(key, overlap=body.overlap_seconds, now=now))

    async def delete(self, key_id: str) -> Response:
        """Delete it for good, and what is kept for it."""
        await self._operations.delete(await self._operations.one(key_id))
        return Response(status_code=204)

    async def _changed(self, key_id: str, edit: KeyEdit) -> KeyView:
        key = await self._operations.one(key_id)
        kept = await self._operations.edit(key, edit, now=self._clock.now())
        return (await self._shapes([kept]))[0]

    async def _made(self, new: NewKey) -> KeyMade:
        (shape,) = await self._shapes([new.record])
        return KeyMade(**shape.model_dump(), key=new.plain)

    async def _shapes(self, keys: Sequence[ClientKey]) -> list[KeyView]:
        now, spendings = self._clock.now(), await self._spending(keys)
        ledger = self._live.current.ledger
        return [key_shape(key, now, spent, ledger) for key, spent in zip(keys, spendings, strict=True)]

    async def _spending(self, keys: Sequence[ClientKey]) -> list[Spending | None]:
        paying = [each.id for each in keys if each.budget_day_ticks or each.budget_month_ticks]
        found = await self._gate.budgets.spending(paying) if paying else {}
        return [found.get(each.id) for each in keys]


def _place_of(key: ClientKey) -> _Place:
    return (key.created_at, key.id)


def _cursor(last: ClientKey) -> str:
    return base64url.encode(msgspec.json.encode(_place_of(last)))


def _place(cursor: str) -> _Place:
    try:
        place: _Place = msgspec.json.decode(base64url.decode(cursor), type=_Place)
    except ValueError:
        raise InvalidRequest("The cursor is not one of a page of this list.", param="cursor") from None
    return place
