"""Tells the audit of every change that is asked for here, before it is made and when it has ended.

It stands around all routes, so that none can be forgotten: what the table of roles calls a change is told.
A route only adds what was before and what is after. Must never let a change happen that could not be told.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grok2api.admin.admitted import admitted
from grok2api.admin.services import RequestIds
from grok2api.errors import Grok2ApiError, StorageError
from grok2api.observability.logging import get_logger
from grok2api.operations.auditing import AuditTrail, Deed, Fields, difference
from grok2api.storage.auditing import AuditEntry, AuditOutcome

_NOTE: Final = "grok2api.admin.note"

_log = get_logger("grok2api.admin.audit")


@dataclass(slots=True)
class Note:
    """What a route tells of its change; secrets are masked when it is written."""

    target: str = ""
    before: Fields | None = None
    after: Fields | None = None

    def changed(self, before: Fields, after: Fields) -> None:
        """Tell what was before and what is after; only what differs is kept."""
        self.before, self.after = difference(before, after)

    def made(self, target: str, after: Fields) -> None:
        """Tell what is there now that was not."""
        self.target, self.after = target, after


def note_of(request: Request) -> Note:
    """Return where a route tells of its change."""
    return note_in(request.scope)


def note_in(scope: Mapping[str, object]) -> Note:
    """Return where a route with this scope tells of its change."""
    found = scope.get(_NOTE)
    return found if isinstance(found, Note) else Note()


Noting = Annotated[Note, Depends(note_of)]


class Audited:
    """Wraps what changes things.

    Args:
        app: Makes the changes.
        trail: Where they are told.
        request_id: Tells what a request is called.
    """

    def __init__(self, app: ASGIApp, trail: AuditTrail, request_id: RequestIds) -> None:
        self._app = app
        self._trail = trail
        self._request_id = request_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        let_in = admitted(scope)
        if not let_in.rule.action or let_in.actor is None:
            await self._app(scope, receive, send)
            return
        deed = Deed(
            actor=let_in.actor,
            action=let_in.rule.action,
            target=let_in.target,
            request_id=self._request_id(scope),
        )
        note = scope[_NOTE] = Note()
        telling = _Telling(self._end, await self._trail.begin(deed), note, send)
        status = 500
        try:
            await self._app(scope, receive, telling)
        except Grok2ApiError as error:
            status = error.status
            raise
        except HTTPException as error:
            status = error.status_code
            raise
        finally:
            await telling.end(status)

    async def _end(self, begun: AuditEntry, note: Note, status: int) -> None:
        """Tell what came of it. If that cannot be written the beginning is left, and says as much."""
        outcome: AuditOutcome = "done" if status < 400 else "failed"
        try:
            await self._trail.end(
                begun,
                outcome=outcome,
                status=status,
                target=note.target,
                before=note.before,
                after=note.after,
            )
        except StorageError as error:
            _log.error(
                "end of a change not told",
                action=begun.action,
                sequence=begun.sequence,
                status=status,
                reason=error.public_message,
            )


class _Telling:
    """A `send` that tells the end before the answer leaves, once."""

    def __init__(
        self,
        tell: Callable[[AuditEntry, Note, int], Awaitable[None]],
        begun: AuditEntry,
        note: Note,
        send: Send,
    ) -> None:
        self._tell = tell
        self._begun = begun
        self._note = note
        self._send = send
        self._told = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self.end(message["status"])
        await self._send(message)

    async def end(self, status: int) -> None:
        """Tell the end, unless it was told."""
        if not self._told:
            self._told = True
            await self._tell(self._begun, self._note, status)
