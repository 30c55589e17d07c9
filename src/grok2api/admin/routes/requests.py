"""Requests that were served or refused: lists, files, the course of one, and why it was answered as it was.

Must never show a prompt or an answer: `admin.routes.contents` does where these are kept, and the audit tells.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import StreamingResponse

from grok2api.admin.ledger_shapes import ExportQuery, RequestCourse, RequestPage, RequestQuery, RequestRow
from grok2api.admin.names import Names
from grok2api.admin.services import Explain, LedgerServices
from grok2api.admin.shapes import Told
from grok2api.errors import InvalidRequest, NotFound
from grok2api.kit import base64url
from grok2api.kit.cells import shielded
from grok2api.operations.contents import ContentOperations
from grok2api.operations.ledger import EXPORTED, course_of, every_row, page_of, request_view
from grok2api.operations.notation import moment
from grok2api.storage.stores import Records
from grok2api.storage.usage import UsageFilter

_UNKNOWN = "There is no such request, or its trace is not kept any more."
_GONE = "There is no such request, or its record is not kept any more."
_MEDIA: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
_TEXT: Final = {"schema": {"type": "string"}}
_Place = tuple[float, str]


class Explanation(Told):
    """How a request came to its credential."""

    request_id: str
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
        ledger: Has the newest ones written.
        explain: Gives the decision trace.
        names: Tells what keys and credentials are called.
        contents: Knows of which prompts and answers are kept.
    """

    def __init__(
        self,
        records: Records,
        ledger: LedgerServices,
        explain: Explain,
        names: Names,
        contents: ContentOperations,
    ) -> None:
        self._records = records
        self._ledger = ledger
        self._explain = explain
        self._names = names
        self._contents = contents

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(tags=["requests"])
        router.add_api_route("/requests", self.page, methods=["GET"], summary="List requests")
        router.add_api_route(
            "/requests/export",
            self.export,
            methods=["GET"],
            summary="Export requests",
            response_class=StreamingResponse,
            responses={200: {"content": {"text/csv": _TEXT, "application/x-ndjson": _TEXT}}},
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
        before = _place(query.cursor) if query.cursor else None
        rows, more = await page_of(self._records.usage, query.filter(), limit=query.limit, before=before)
        named = await self._named()
        return RequestPage(
            data=[RequestRow.model_validate(named(request_view(row))) for row in rows],
            next_cursor=None if more is None else base64url.encode(msgspec.json.encode(more)),
        )

    async def export(self, query: Annotated[ExportQuery, Query()]) -> StreamingResponse:
        """Give out all requests that are meant, newest first, as CSV or as lines of JSON.

        In CSV a text that a spreadsheet would take for a formula has an apostrophe before it.
        """
        await self._ledger.written()
        wanted = query.filter()
        lines = self._table(wanted) if query.format == "csv" else self._lines(wanted)
        name = f'attachment; filename="grok2api-requests.{query.format}"'
        headers = {"content-disposition": name, "cache-control": "no-store"}
        return StreamingResponse(lines, media_type=_MEDIA[query.format], headers=headers)

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
        kept = await self._contents.find(request_id)
        until = None if kept is None else moment(kept.expires_at)
        return RequestCourse.model_validate(
            {**named({**course, "timeline": events}), "content_expires_at": until}
        )

    async def explain(self, request_id: str) -> Explanation:
        """Tell how a request came to its credential, with every credential judged anew as of now."""
        told = await self._explain(request_id)
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

    async def _lines(self, wanted: UsageFilter) -> AsyncIterator[bytes]:
        async for rows in every_row(self._records.usage, wanted):
            yield b"".join(msgspec.json.encode(request_view(row)) + b"\n" for row in rows)

    async def _table(self, wanted: UsageFilter) -> AsyncIterator[bytes]:
        yield _csv([EXPORTED])
        async for rows in every_row(self._records.usage, wanted):
            views = [request_view(row) for row in rows]
            yield _csv([[shielded(view[name]) for name in EXPORTED] for view in views])


def _csv(rows: list[Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _place(cursor: str) -> _Place:
    try:
        place: _Place = msgspec.json.decode(base64url.decode(cursor), type=_Place)
    except ValueError:
        raise InvalidRequest("The cursor is not one of a page of this list.", param="cursor") from None
    return place
