"""POST and GET /v1/files; GET and DELETE /v1/files/{id}; GET /v1/files/{id}/content.

An upload is spooled, not held; a download travels in step with its reader. Every way out has settled the
request. An id that is not ours, another key's, or of a file that is gone is the same 404.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs

from starlette.types import Receive, Scope, Send
from typing_extensions import override

from grok2api.api.admission import Admission
from grok2api.api.auth import caller_of
from grok2api.api.context import context_of, send_json
from grok2api.api.inflight import Flight
from grok2api.api.multipart import FormRules, form_rules, read_form
from grok2api.api.streaming import ClientWatch, Headers
from grok2api.api.v1.turns import Account, Place, TurnServices, interruption, stopping_error
from grok2api.canonical.body import Body
from grok2api.canonical.call import Call
from grok2api.config.settings import Settings
from grok2api.dialects.files.content import content_type, disposition
from grok2api.dialects.files.fields import MOST_MIB
from grok2api.dialects.files.listing import read_wanted
from grok2api.dialects.files.objects import deleted_body, file_body, list_body
from grok2api.dialects.files.request import read_upload
from grok2api.errors import ClientError, Grok2ApiError, TooLarge
from grok2api.gateway.failures import fault_error
from grok2api.gateway.files import Asking, Files
from grok2api.upstream.base import UpstreamFault

Result = TypeVar("Result")
_MOST_BYTES: Final = MOST_MIB * 1_048_576
_FIELD_BYTES: Final = 1_048_576
"""What a form may have beside its file."""
_HEAD_BYTES: Final = 512
_NOT_SHOWN: Final[Headers] = [
    (b"content-security-policy", b"default-src 'none'; sandbox"),
    (b"cache-control", b"private, no-store"),
]
"""A file is for its owner, and never a page of this server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileServices:
    """What the endpoints work with."""

    files: Files
    turns: TurnServices
    admission: Admission
    """The places for uploads and downloads."""

    def place(self, settings: Settings) -> Place:
        """Return a place among the uploads and downloads that this worker does at once."""
        rules = settings.performance
        return self.admission.place(
            limit=rules.assets_max_concurrent, length=rules.queue_length, wait=rules.queue_wait
        )


@dataclass(frozen=True, slots=True)
class _Request:
    """One request on its way."""

    scope: Scope
    receive: Receive
    send: Send
    asking: Asking
    flight: Flight

    @property
    def file_id(self) -> str:
        """Return the id in the path."""
        identifier: str = self.scope["path_params"]["file_id"]
        return identifier

    async def watched(self, work: Coroutine[Any, Any, Result]) -> Result | None:
        """Return what comes of the work; None if the client left, and the request is settled.

        Raises:
            Grok2ApiError: the work failed, took too long, or the server ends.
        """
        asking = self.asking
        async with ClientWatch(self.receive, deadline=asking.settings.grok.deadline) as watch:
            try:
                return await work
            except asyncio.CancelledError:
                reason = interruption(watch, self.flight, asking.settings)
                if reason is not None:
                    raise reason from None
                asking.settlement.close(end="client_gone", status=499)
        return None

    async def answer(self, body: bytes) -> None:
        """Settle the request, and send its answer."""
        self.asking.settlement.close(end="completed", status=200)
        await send_json(self.send, 200, body)


class _FileEndpoint:
    """Opens the account of a request, and settles it however it ends."""

    operation = ""

    def __init__(self, services: FileServices) -> None:
        self._services = services
        self._files = services.files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        turns, context, caller = self._services.turns, context_of(scope), caller_of(scope)
        with Account(turns, self.operation, context, caller) as settlement:
            call = Call(
                request_id=context.ledger_id,
                dialect="files",
                model="",
                stream=False,
                body=Body({}),
                caller=caller,
                received_at=context.started,
            )
            asking = Asking(call=call, settlement=settlement, settings=turns.live.current)
            with turns.in_flight.flight() as flight:
                try:
                    await self._answer(_Request(scope, receive, send, asking, flight))
                except Grok2ApiError as error:
                    refused = isinstance(error, ClientError) or error.status < 429
                    settlement.close(
                        end="refused" if refused else "failed", status=error.status, error_code=error.code
                    )
                    raise

    async def _answer(self, request: _Request) -> None:
        raise LookupError("an endpoint answers by itself")


class CreateFile(_FileEndpoint):
    """POST /v1/files."""

    operation = "files.create"

    @override
    async def _answer(self, request: _Request) -> None:
        try:
            async with self._services.place(request.asking.settings):
                body = await self._create(request)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not request.flight.stopping or task is None:
                raise
            task.uncancel()
            raise stopping_error() from None
        if body is not None:
            await request.answer(body)

    async def _create(self, request: _Request) -> bytes | None:
        asking, context = request.asking, context_of(request.scope)
        rules = _rules(asking.settings)
        async with read_form(context, request.receive, rules) as form:
            new = read_upload(form.fields, form.files, strict=asking.caller.strict)
            context.mark("read")
            kept = await request.watched(self._files.create(asking, new))
        context.mark("upstream")
        return None if kept is None else file_body(kept)


def _rules(settings: Settings) -> FormRules:
    """Return what is read of an upload: as much as Grok keeps, unless the server reads less."""
    rules, most = form_rules(settings, file=_MOST_BYTES), _MOST_BYTES + _FIELD_BYTES
    if rules.body <= most:
        return rules
    return replace(rules, body=most, text=_FIELD_BYTES // 2, refusal=_too_large)


def _too_large(_limit: int) -> TooLarge:
    return TooLarge(f"The file is larger than {MOST_MIB} MiB, the most that Grok keeps.", param="file")


class ListFiles(_FileEndpoint):
    """GET /v1/files: the caller's own."""

    operation = "files.list"

    @override
    async def _answer(self, request: _Request) -> None:
        parsed = parse_qs(request.scope["query_string"].decode("latin-1"))
        wanted = read_wanted({name: values[0] for name, values in parsed.items()})
        page = await request.watched(self._files.list(request.asking.caller, wanted))
        if page is not None:
            files, has_more = page
            await request.answer(list_body(files, has_more=has_more))


class RetrieveFile(_FileEndpoint):
    """GET /v1/files/{id}."""

    operation = "files.retrieve"

    @override
    async def _answer(self, request: _Request) -> None:
        file = await request.watched(self._files.retrieve(request.asking, request.file_id))
        if file is not None:
            await request.answer(file_body(file))


class DeleteFile(_FileEndpoint):
    """DELETE /v1/files/{id}."""

    operation = "files.delete"

    @override
    async def _answer(self, request: _Request) -> None:
        if await request.watched(self._delete(request)):
            await request.answer(deleted_body(request.file_id))

    async def _delete(self, request: _Request) -> bool:
        await self._files.delete(request.asking, request.file_id)
        return True


class FileContent(_FileEndpoint):
    """GET /v1/files/{id}/content."""

    operation = "files.content"

    @override
    async def _answer(self, request: _Request) -> None:
        async with self._services.place(request.asking.settings):
            download = _Download(self._files, request)
            try:
                await request.watched(download.run())
            except Grok2ApiError as error:
                if not download.begun:
                    raise
                # The connection ends without the rest, which is how a client sees that something is missing.
                request.asking.settlement.close(end="cut", status=200, error_code=error.code)


class _Download:
    """The content of a file on its way to the client."""

    def __init__(self, files: Files, request: _Request) -> None:
        self._files = files
        self._request = request
        self.begun = False
        """Whether the client has seen a status."""

    async def run(self) -> None:
        """Send it all, and settle the request.

        Raises:
            Grok2ApiError: there is none, or it broke off.
        """
        asking = self._request.asking
        answer, filename = await self._files.content(asking, self._request.file_id)
        whole = False
        try:
            head = b""
            while len(head) < _HEAD_BYTES and (chunk := await answer.chunk(asking.call.request_id)):
                head += chunk
            await self._begin(head, filename, answer.reply.length)
            if self._request.scope["method"] != "HEAD":
                await self._write(head)
                while chunk := await answer.chunk(asking.call.request_id):
                    await self._write(chunk)
            whole = True
        except UpstreamFault as error:
            raise fault_error(error.fault) from error
        finally:
            answer.close(ok=whole)
        asking.settlement.close(end="completed", status=200)
        await self._request.send({"type": "http.response.body", "body": b""})

    async def _begin(self, head: bytes, filename: str, length: int | None) -> None:
        headers: Headers = [
            (b"content-type", content_type(head, filename).encode()),
            (b"content-disposition", disposition(filename)),
            *_NOT_SHOWN,
        ]
        if length is not None:
            headers.append((b"content-length", b"%d" % length))
        self.begun = True
        self._request.asking.settlement.first_byte()
        await self._request.send({"type": "http.response.start", "status": 200, "headers": headers})

    async def _write(self, content: bytes) -> None:
        """Send some of it; the next is read when the client has taken this."""
        await self._request.send({"type": "http.response.body", "body": content, "more_body": True})
