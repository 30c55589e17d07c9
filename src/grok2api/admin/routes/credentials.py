"""Credentials one at a time, and the list of them.

Must never change more than was said, and must never read the whole pool to show a page.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Body, Query, Response

from grok2api.admin.audited import Note, Noting
from grok2api.admin.credential_shapes import (
    CredentialPage,
    CredentialView,
    EditBody,
    ListQuery,
    NewKey,
)
from grok2api.admin.cursors import cursor_of, place_of
from grok2api.admin.snapshot import PoolSnapshot, standing
from grok2api.admin.subjects import subject
from grok2api.admin.views import CredentialViews
from grok2api.kit.clock import Clock
from grok2api.operations.filters import Filter, matching
from grok2api.operations.pooling import Outcome, PoolOperations
from grok2api.storage.records import Credential

_BREATH: Final = 250
"""Credentials that are looked at before others get their turn in the event loop."""
_EVERYBODY: Final = Filter(everything=True)


class CredentialRoutes:
    """The pool's credentials.

    Args:
        operations: Change them.
        snapshot: All of them, for lists.
        views: Shows them.
        clock: Tells which rests are over.
    """

    def __init__(
        self, operations: PoolOperations, snapshot: PoolSnapshot, views: CredentialViews, clock: Clock
    ) -> None:
        self._operations = operations
        self._snapshot = snapshot
        self._views = views
        self._clock = clock

    def router(self) -> APIRouter:
        """Return the routes."""
        router = subject("credentials")
        one = "/credentials/{credential_id}"
        router.add_api_route("/credentials", self.page, methods=["GET"], summary="List credentials")
        router.add_api_route(
            "/credentials", self.add, methods=["POST"], status_code=201, summary="Add an API key"
        )
        router.add_api_route(one, self.show, methods=["GET"], summary="Show a credential")
        router.add_api_route(one, self.edit, methods=["PATCH"], summary="Change a credential")
        router.add_api_route(
            one, self.delete, methods=["DELETE"], status_code=204, summary="Delete a credential"
        )
        for path, endpoint, summary in (
            ("/enable", self.enable, "Put a credential back into service"),
            ("/disable", self.disable, "Take a credential out of service"),
            ("/clear-cooldown", self.clear, "End a credential's rest, block or exhaustion"),
        ):
            router.add_api_route(one + path, endpoint, methods=["POST"], summary=summary)
        return router

    async def page(self, query: Annotated[ListQuery, Query()]) -> CredentialPage:
        """List credentials, the oldest first. `cursor` is the last page's `next_cursor`."""
        after = place_of(query.cursor)
        fitting = await self._fitting(query.filter())
        begin = 0 if after is None else bisect_right(fitting, after, key=standing)
        shown = fitting[begin : begin + query.limit]
        more = standing(shown[-1]) if len(fitting) > begin + len(shown) else None
        data = await self._views.many(shown)
        return CredentialPage(data=data, total=len(fitting), next_cursor=cursor_of(more))

    async def add(self, sent: Annotated[NewKey, Body()], note: Noting) -> CredentialView:
        """Add an API key; one that is in the pool already is 409."""
        made = await self._views.one(await self._operations.add_key(sent.key, sent.edit()))
        note.made(made.id, settled(made))
        return made

    async def show(self, credential_id: str) -> CredentialView:
        """Show all that is known of a credential, its secret apart."""
        return await self._views.one(await self._operations.one(credential_id))

    async def edit(
        self, credential_id: str, sent: Annotated[EditBody, Body()], note: Noting
    ) -> CredentialView:
        """Change what was sent, and nothing else."""
        edit = sent.edit()
        return await self._changed(credential_id, lambda chosen: self._operations.edit(chosen, edit), note)

    async def enable(self, credential_id: str, note: Noting) -> CredentialView:
        """Put it back into service, also if it is blocked or expired; a rest goes on."""
        return await self._changed(credential_id, self._operations.enable, note)

    async def disable(self, credential_id: str, note: Noting) -> CredentialView:
        """Take it out of service; calls that are under way end undisturbed."""
        return await self._changed(credential_id, self._operations.disable, note)

    async def clear(self, credential_id: str, note: Noting) -> CredentialView:
        """Make it active at once, whether it is cooling, exhausted, blocked or expired."""
        cleared = await self._changed(credential_id, self._operations.clear, note)
        note.after = {"status": cleared.status, **(note.after or {})}  # a short rest is not in the store
        return cleared

    async def delete(self, credential_id: str, note: Noting) -> Response:
        """Delete it for good."""
        chosen = await self._operations.one(credential_id)
        gone = settled(await self._views.one(chosen))
        await self._operations.delete([chosen])
        note.before = gone
        return Response(status_code=204)

    async def _changed(
        self, identifier: str, change: Callable[[Sequence[Credential]], Awaitable[Outcome]], note: Note
    ) -> CredentialView:
        chosen = await self._operations.one(identifier)
        before = await self._views.one(chosen)
        await change([chosen])
        after = await self._views.one(await self._operations.one(identifier))
        note.changed(settled(before), settled(after))
        return after

    async def _fitting(self, wanted: Filter) -> list[Credential]:
        now, fitting = self._clock.now(), list[Credential]()
        everybody = await self._snapshot.credentials()

        def status(credential: Credential) -> str:
            return self._snapshot.status(credential, now)

        if wanted == _EVERYBODY:
            return list(everybody)
        meant = matching(wanted, status, self._snapshot.told)
        for start in range(0, len(everybody), _BREATH):
            fitting.extend(filter(meant, everybody[start : start + _BREATH]))
            await asyncio.sleep(0)
        return fitting


def settled(view: CredentialView) -> dict[str, object]:
    """Return what an operator decides about a credential or sees change, without what moves by itself."""
    return view.model_dump(exclude={"usage", "quota", "live", "created_at", "updated_at", "probed_at"})
