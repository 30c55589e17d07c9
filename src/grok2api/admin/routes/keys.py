"""Client keys: made, looked at, changed, renewed and deleted.

A key itself is in the answers of `create` and `rotate` alone. Must never show a hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Body, Query, Response

from grok2api.accounting.budgets import Spending
from grok2api.accounting.client_keys import limits_of
from grok2api.admin.audited import Note, Noting
from grok2api.admin.cursors import Place, cursor_of, place_of
from grok2api.admin.key_shapes import (
    KeyBody,
    KeyMade,
    KeyPage,
    KeyQuery,
    KeyView,
    NewKeyBody,
    RotateBody,
    key_shape,
)
from grok2api.admin.services import KeyServices
from grok2api.admin.subjects import subject
from grok2api.config.live import Live
from grok2api.kit.clock import Clock
from grok2api.operations.auditing import Fields
from grok2api.operations.client_keys import NewKey, key_state, key_view, mentions
from grok2api.operations.key_editing import KeyEdit
from grok2api.storage.records import ClientKey


class KeyRoutes:
    """The clients' keys.

    Args:
        keys: Changes them, and knows how they stand with their limits.
        clock: Tells which have ended.
        live: The settings.
    """

    def __init__(self, keys: KeyServices, clock: Clock, live: Live) -> None:
        self._operations = keys.operations
        self._gate = keys.gate
        self._clock = clock
        self._live = live

    def router(self) -> APIRouter:
        """Return the routes."""
        router = subject("keys")
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
        after, now = place_of(query.cursor), self._clock.now()
        fitting = [
            each
            for each in await self._operations.list()
            if mentions(each, query.text) and (not query.state or key_state(each, now) in query.state)
        ]
        rest = [each for each in fitting if after is None or _standing(each) > after]
        shown = rest[: query.limit]
        more = _standing(shown[-1]) if len(rest) > len(shown) else None
        data = await self._shapes(shown)
        return KeyPage(data=data, total=len(fitting), next_cursor=cursor_of(more))

    async def create(self, sent: Annotated[NewKeyBody, Body()], note: Noting) -> KeyMade:
        """Make a client key. The key is told this once."""
        new = await self._operations.create(sent.edit(), now=self._clock.now())
        note.made(new.record.id, self._told(new.record))
        return await self._made(new)

    async def show(self, key_id: str) -> KeyView:
        """Show a client key, what it has spent, and how its limits stand now."""
        key = await self._operations.one(key_id)
        limits = limits_of(key)
        standing = None if limits is None else await self._gate.standing(key.id, limits)
        (spent,) = await self._spending([key])
        now, ledger = self._clock.now(), self._live.current.ledger
        return key_shape(key, now, spending=spent, ledger=ledger, standing=standing)

    async def edit(self, key_id: str, sent: Annotated[KeyBody, Body()], note: Noting) -> KeyView:
        """Change what was sent, and nothing else."""
        return await self._changed(key_id, sent.edit(), note)

    async def enable(self, key_id: str, note: Noting) -> KeyView:
        """Let the key be used again."""
        return await self._changed(key_id, KeyEdit(enabled=True), note)

    async def disable(self, key_id: str, note: Noting) -> KeyView:
        """Refuse the key until it is enabled again; requests that run end undisturbed."""
        return await self._changed(key_id, KeyEdit(enabled=False), note)

    async def rotate(
        self, key_id: str, note: Noting, sent: Annotated[RotateBody | None, Body()] = None
    ) -> KeyMade:
        """Give the key a new secret, told this once; the present one stays valid for a while."""
        key, body = await self._operations.one(key_id), sent or RotateBody()
        new = await self._operations.rotate(key, overlap=body.overlap_seconds, now=self._clock.now())
        note.changed(self._told(key), self._told(new.record))
        return await self._made(new)

    async def delete(self, key_id: str, note: Noting) -> Response:
        """Delete it for good, and what is kept for it."""
        key = await self._operations.one(key_id)
        await self._operations.delete(key)
        note.before = self._told(key)
        return Response(status_code=204)

    async def _changed(self, key_id: str, edit: KeyEdit, note: Note) -> KeyView:
        key = await self._operations.one(key_id)
        kept = await self._operations.edit(key, edit, now=self._clock.now())
        note.changed(self._told(key), self._told(kept))
        return (await self._shapes([kept]))[0]

    def _told(self, key: ClientKey) -> Fields:
        """Return what the audit is told of a key, as by the command line."""
        told = key_view(key, self._clock.now())
        return {name: value for name, value in told.items() if name != "limits"}

    async def _made(self, new: NewKey) -> KeyMade:
        (shape,) = await self._shapes([new.record])
        return KeyMade(**shape.model_dump(), key=new.plain)

    async def _shapes(self, keys: Sequence[ClientKey]) -> list[KeyView]:
        now, spendings = self._clock.now(), await self._spending(keys)
        ledger = self._live.current.ledger
        return [
            key_shape(key, now, spending=spent, ledger=ledger)
            for key, spent in zip(keys, spendings, strict=True)
        ]

    async def _spending(self, keys: Sequence[ClientKey]) -> list[Spending | None]:
        paying = [each.id for each in keys if each.budget_day_ticks or each.budget_month_ticks]
        found = await self._gate.budgets.spending(paying) if paying else {}
        return [found.get(each.id) for each in keys]


def _standing(key: ClientKey) -> Place:
    """Return where a key stands in a list."""
    return (key.created_at, key.id)
