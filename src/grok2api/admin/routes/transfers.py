"""Credentials from a file into the pool, and out of it into a sealed file.

A file is the body itself, or a text inside JSON; a passphrase only ever comes inside JSON, for addresses and
headers are logged by others. Must never give out an unsealed secret.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Final

import pydantic
from fastapi import APIRouter, Body, Query, Request, Response
from fastapi.exceptions import RequestValidationError

from grok2api.admin.access import Access
from grok2api.admin.admitted import address_of, admitted
from grok2api.admin.audited import Noting
from grok2api.admin.jobs import JobProgress, JobRunner
from grok2api.admin.shapes import Started, job_view
from grok2api.admin.subjects import subject
from grok2api.admin.transfer_shapes import (
    ExportBody,
    ImportBody,
    ImportQuery,
    ImportResult,
)
from grok2api.errors import InvalidRequest, UnsupportedMediaType
from grok2api.kit.clock import Clock
from grok2api.kit.pace import Pace
from grok2api.kit.secretbox import SecretBox
from grok2api.operations.exporting import export
from grok2api.operations.importing import ImportReport, Row, Target, import_entries, read_file
from grok2api.operations.pooling import PoolOperations
from grok2api.pool.transfer.entry import Parsed

DIRECT: Final = 500
"""Up to so many entries are taken in before the answer; more become a job."""
MOST_ROWS: Final = 10_000
_ONCE_MORE: Final = (
    "'password' is missing: an export holds every secret, so send your own password once more. Programs use "
    "an API token."
)
_RAW: Final = frozenset(
    {
        "application/octet-stream",
        "application/x-ndjson",
        "application/jsonl",
        "text/plain",
        "text/csv",
        "",
    }
)
_FILE: Final = {"schema": {"type": "string", "format": "binary"}}
_DESCRIBED: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": ImportBody.model_json_schema()},
            "application/octet-stream": _FILE,
            "text/plain": _FILE,
            "text/csv": _FILE,
        },
    }
}


class TransferRoutes:
    """Import and export.

    Args:
        operations: Choose what is given out.
        target: Gives where an import goes, by the settings of the moment.
        jobs: Carries out what lasts.
        access: Asks for a password again.
        box: Opens what is given out.
        clock: Tells the day of an export.
    """

    def __init__(
        self,
        operations: PoolOperations,
        target: Callable[[], Target],
        jobs: JobRunner,
        access: Access,
        *,
        box: SecretBox,
        clock: Clock,
    ) -> None:
        self._operations = operations
        self._target = target
        self._jobs = jobs
        self._access = access
        self._box = box
        self._clock = clock

    def router(self) -> APIRouter:
        """Return the routes."""
        router = subject("credentials")
        router.add_api_route(
            "/credentials/import",
            self.take_in,
            methods=["POST"],
            summary="Import credentials",
            openapi_extra=_DESCRIBED,
            responses={202: {"model": Started, "description": "It has begun as a job"}},
        )
        router.add_api_route(
            "/credentials/export",
            self.give_out,
            methods=["POST"],
            summary="Export credentials, sealed",
            response_class=Response,
            responses={200: {"content": {"application/octet-stream": _FILE}}},
        )
        return router

    async def take_in(
        self, request: Request, query: Annotated[ImportQuery, Query()], response: Response, note: Noting
    ) -> ImportResult | Started:
        """Import API keys and sign-ins: TXT, JSON, JSONL, CSV, and the files of other tools.

        `application/json` carries the file as `content`, with a passphrase if it is a sealed export; any
        other type is the file itself. A dry run tells what would happen. Over 500 entries become a job.
        """
        content, asked = await _file(request, query)
        parsed = await read_file(
            content, file_name=asked.file_name, format=asked.format, passphrase=asked.passphrase
        )
        work = partial(self._import, parsed, asked.dry_run)
        note.after = {"entries": len(parsed.entries), "dry_run": asked.dry_run}
        if len(parsed.entries) <= DIRECT:
            done = ImportResult.model_validate(await work(JobProgress()))
            note.after = {**note.after, "counts": done.counts}
            return done
        name = "import-dry-run" if asked.dry_run else "import"
        job = await self._jobs.start(name, work, total=len(parsed.entries))
        response.status_code = 202
        note.after = {**note.after, "job": job.id}
        return Started(job=job_view(job))

    async def give_out(self, sent: Annotated[ExportBody, Body()], request: Request, note: Noting) -> Response:
        """Give out credentials as a file that only its passphrase opens; import takes it back.

        Whoever signed in with a password sends it again as `password`. A sign-in may be used in one place
        only: use the file to move it, not to double it. The headers `x-grok2api-exported` and
        `x-grok2api-left-out` count what is in the file and what could not be.
        """
        wanted = sent.wanted()
        await self._check_password(sent.password, request)
        chosen = await self._operations.choose(wanted)
        made = await export(chosen, sent.passphrase, self._box)
        note.after = {"exported": made.count}
        day = datetime.fromtimestamp(self._clock.now(), UTC).strftime("%Y%m%d")
        return Response(
            made.content,
            media_type="application/octet-stream",
            headers={
                "content-disposition": f'attachment; filename="grok2api-credentials-{day}.json"',
                "x-grok2api-exported": str(made.count),
                "x-grok2api-left-out": str(len(made.left_out)),
            },
        )

    async def _check_password(self, password: str, request: Request) -> None:
        """Ask for the password again, of whoever has one and is no program."""
        signed_in = admitted(request.scope).signed_in
        if signed_in is None or signed_in.account.vouched:
            return
        if not password:
            raise InvalidRequest(_ONCE_MORE, param="password", code="missing_required_parameter")
        await self._access.check_password(signed_in.account, password, address_of(request), param="password")

    async def _import(self, parsed: Parsed, dry_run: bool, progress: JobProgress) -> dict[str, object]:
        def told(done: int, total: int) -> None:
            progress.done, progress.total = done, total

        report = await import_entries(
            parsed, self._target(), dry_run=dry_run, progress=told, cancelled=lambda: progress.cancelled
        )
        progress.failed = report.counts.get("rejected", 0)
        return await _result(report, dry_run=dry_run)


async def _file(request: Request, query: ImportQuery) -> tuple[bytes, ImportBody]:
    """Return the file of a request, and what is asked about it."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return _inside_json(await request.body(), query)
    if kind not in _RAW:
        raise UnsupportedMediaType(
            "Send the file as the body ('application/octet-stream'), or as 'content' in JSON."
        )
    asked = ImportBody(content="", file_name=query.file_name, format=query.format, dry_run=query.dry_run)
    return await request.body(), asked


def _inside_json(body: bytes, query: ImportQuery) -> tuple[bytes, ImportBody]:
    try:
        asked = ImportBody.model_validate_json(body or b"null")
    except pydantic.ValidationError as error:
        raise RequestValidationError(
            [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_input=False)]
        ) from None
    either = asked.dry_run or query.dry_run
    return asked.content.encode("utf-8", "surrogatepass"), asked.model_copy(update={"dry_run": either})


async def _result(report: ImportReport, *, dry_run: bool) -> dict[str, object]:
    """Return what `ImportResult` says; built plainly, for there may be ten thousand rows."""
    shown, rows, pace = _most_telling(report.rows), list[dict[str, str]](), Pace()
    for each in shown:
        told = {"place": each.place, "outcome": each.outcome, "id": each.id}
        rows.append({**told, "name": each.name, "reason": each.reason})
        if pace.due:
            await pace.rest()
    return {
        "format": report.format,
        "dry_run": dry_run,
        "total": report.total,
        "cancelled": report.cancelled,
        "counts": report.counts,
        "rows": rows,
        "rows_left_out": len(report.rows) - len(shown),
    }


def _most_telling(rows: tuple[Row, ...]) -> list[Row]:
    """Return the rows that are told, in the order of the file; the refused ones first if not all fit."""
    if len(rows) <= MOST_ROWS:
        return list(rows)
    ranked = sorted(range(len(rows)), key=lambda place: rows[place].outcome != "rejected")
    return [rows[place] for place in sorted(ranked[:MOST_ROWS])]
