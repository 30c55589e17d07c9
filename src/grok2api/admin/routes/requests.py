"""Requests that were served or refused: lists, files, the course of one, and why it was answered as it was.

Must never show a prompt or an answer: `admin.routes.contents` does where these are kept, and the audit tells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import StreamingResponse

from grok2api.admin.cursors import cursor_of, place_of
from grok2api.admin.exports import EXPORTS, Pages, exported
from grok2api.admin.ledger_shapes import ExportQuery, RequestCourse, RequestPage, RequestQuery, RequestRow
from grok2api.admin.names import Names
from grok2api.admin.services import LedgerServices
from grok2api.admin.shapes import Told
from grok2api.admin.subjects import subject
from grok2api.errors import NotFound
from grok2api.operations.notation import moment
from grok2api.operations.requests import EXPORTED, course_of, every_row, page_of, request_view
from grok2api.storage.stores import Records
from grok2api.storage.usage import UsageFilter

_UNKNOWN = "There is no such request, or its trace is not kept any more."
_GONE = "There is no such request, or its record is not kept any more."


class Explanation(Told):
    """How a request came to its credential."""

    request_id: str
    """The id that was asked for."""
    request: dict[str, Any] | None
    """What it came to, by the ledger."""
    demand: dict[str, Any] | None
    """What a credential had to fulfil."""
    decisions: list[dict[str, Any]]
    """Each choice and what came of it; empty once the trace is forgotten."""
    rescued_after: int | None
    """How many of them came before its conversation was rebuilt elsewhere; null if it was not."""
    now: dict[str, Any] | None
    """Every credential, judged for the same demand as of now."""


class RequestRoutes:
    """Requests that were served or refused.

    Args:
        records: Where they are kept.
        ledger: Has the newest ones written, explains them, and knows of which prompts and answers are kept.
        names: Tells what keys and credentials are called.
    """

    def __init__(self, records: Records, ledger: LedgerServices, names: Names) -> None:
        self._records = records
        self._ledger = ledger
        self._names = names

    def router(self) -> APIRouter:
        """Return the routes."""
        router = subject("requests")
        router.add_api_route("/requests", self.page, methods=["GET"], summary="List requests")
        router.add_api_route(
            "/requests/export",
            self.export,
            methods=["GET"],
            summary="Export requests",
            response_class=StreamingResponse,
            responses=EXPORTS,
        )
        router.add_api_route("/requests/{request_id}", self.show, methods=["GET"], summary="Show a request")
        router.add_api_route(
            "/requests/{request_id}/explain",
            self.explain,
            methods=["GET"],
            summary="Explain which credential served a request",
        )
        return router

    async def page(self, query: Annotated[RequestQuery, Query()]) -> RequestPage:
        """List requests, newest first. `cursor` is the last page's `next_cursor`.

        A search looks at a bounded number of requests; where it found few, go on with `next_cursor`.
        """
        await self._ledger.written()
        before = place_of(query.cursor)
        rows, more = await page_of(self._records.usage, query.filter(), limit=query.limit, before=before)
        named = await self._named()
        return RequestPage(
            data=[RequestRow.model_validate(named(request_view(row))) for row in rows],
            next_cursor=cursor_of(more),
        )

    async def export(self, query: Annotated[ExportQuery, Query()]) -> StreamingResponse:
        """Give out all requests that are meant, newest first, as CSV or as lines of JSON.

        In CSV a text that a spreadsheet would take for a formula has an apostrophe before it.
        """
        await self._ledger.written()
        wanted = query.filter()
        return exported("requests", query.format, EXPORTED, lambda: self._rows(wanted))

    async def show(self, request_id: str) -> RequestCourse:
        """Show a request, and what happened to it in order; of several with this id the newest."""
        await self._ledger.written()
        course = await course_of(self._records, request_id)
        if course is None:
            raise NotFound(_GONE)
        named, names = await self._named(), await self._names.of_credentials()
        told: Any = course["timeline"]
        events = [
            {**each, "credential_name": names.get(each["credential_id"])} if "credential_id" in each else each
            for each in told
        ]
        kept = await self._ledger.contents.find(request_id)
        until = None if kept is None else moment(kept.expires_at)
        return RequestCourse.model_validate(
            {**named({**course, "timeline": events}), "content_expires_at": until}
        )

    async def explain(self, request_id: str) -> Explanation:
        """Tell how a request came to its credential, with every credential judged anew as of now."""
        told = await self._ledger.explain(request_id)
        if told is None:
            raise NotFound(_UNKNOWN)
        return Explanation.model_validate(told)

    async def _named(self) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        keys, credentials = await self._names.of_keys(), await self._names.of_credentials()

        def named(row: Mapping[str, Any]) -> dict[str, Any]:
            return {
                **row,
                "key_name": keys.get(row["key_id"]),
                "credential_name": credentials.get(row["credential_id"]),
            }

        return named

    async def _rows(self, wanted: UsageFilter) -> Pages:
        async for rows in every_row(self._records.usage, wanted):
            yield [request_view(row) for row in rows]
