"""The audit, page by page or as a file, and whether it is whole. Nothing here can change it."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.responses import StreamingResponse

from grok2api.admin.audit_shapes import (
    AUDITED,
    AuditExportQuery,
    AuditPage,
    AuditQuery,
    ChainView,
    audit_view,
)
from grok2api.admin.exports import EXPORTS, Pages, exported
from grok2api.admin.names import Names
from grok2api.admin.subjects import subject
from grok2api.operations.auditing import AuditTrail
from grok2api.storage.auditing import AuditFilter, AuditStore

_PAGE: Final = 500


class AuditRoutes:
    """Who did what.

    Args:
        store: Where the entries are.
        trail: Tells whether they are whole.
        names: Tells what was changed is called.
    """

    def __init__(self, store: AuditStore, trail: AuditTrail, names: Names) -> None:
        self._store = store
        self._trail = trail
        self._names = names

    def router(self) -> APIRouter:
        """Return the routes."""
        router = subject("audit")
        router.add_api_route("/audit", self.page, methods=["GET"], summary="List what was done")
        router.add_api_route(
            "/audit/export",
            self.export,
            methods=["GET"],
            summary="Export the audit",
            response_class=StreamingResponse,
            responses=EXPORTS,
        )
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
        names = await self._names.of_all()
        return AuditPage(data=[audit_view(each, names) for each in shown], next_cursor=more)

    async def export(self, query: Annotated[AuditExportQuery, Query()]) -> StreamingResponse:
        """Give out all entries that are meant, newest first, as CSV or as lines of JSON.

        In CSV a text that a spreadsheet would take for a formula has an apostrophe before it.
        """
        wanted = query.filter()
        return exported("audit", query.format, AUDITED, lambda: self._entries(wanted))

    async def _entries(self, wanted: AuditFilter) -> Pages:
        names, before = await self._names.of_all(), None
        while found := await self._store.page(wanted, limit=_PAGE, before=before):
            yield [audit_view(each, names).model_dump() for each in found]
            before = found[-1].sequence

    async def verify(self) -> ChainView:
        """Go through the whole chain; `broken_at` is the first entry that does not fit."""
        verdict = await self._trail.verify()
        return ChainView(
            ok=verdict.broken_at is None,
            entries=verdict.entries,
            broken_at=verdict.broken_at,
            reason=verdict.reason,
        )
