"""The audit, page by page, and whether it is whole. Nothing here can change it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from grok2api.admin.desk_shapes import AuditPage, AuditQuery, ChainView, audit_view
from grok2api.operations.auditing import AuditTrail
from grok2api.storage.auditing import AuditStore


class AuditRoutes:
    """Who did what."""

    def __init__(self, store: AuditStore, trail: AuditTrail) -> None:
        self._store = store
        self._trail = trail

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(tags=["audit"])
        router.add_api_route("/audit", self.page, methods=["GET"], summary="List what was done")
        router.add_api_route("/audit/verify", self.verify, methods=["GET"], summary="Verify the audit")
        return router

    async def page(self, query: Annotated[AuditQuery, Query()]) -> AuditPage:
        """List entries, newest first. `cursor` is the last page's `next_cursor`.

        `action` is an action, such as `credentials.edit`, or its first word for all of them; `actor` is a
        name or an id.
        """
        found = await self._store.page(query.filter(), limit=query.limit + 1, before=query.cursor)
        shown = found[: query.limit]
        more = shown[-1].sequence if len(found) > len(shown) else None
        return AuditPage(data=[audit_view(each) for each in shown], next_cursor=more)

    async def verify(self) -> ChainView:
        """Go through the whole chain; `broken_at` is the first entry that does not fit."""
        verdict = await self._trail.verify()
        return ChainView(
            ok=verdict.broken_at is None,
            entries=verdict.entries,
            broken_at=verdict.broken_at,
            reason=verdict.reason,
        )
