"""Writes that may be sent twice: one marked with `Idempotency-Key` is done once, and answered twice.

The mark belongs to who sent it. The answer is kept for a day, sealed, since it may hold a secret that is
shown once. Only what was done is kept: a refused write changes nothing and may be sent again.
Must never answer another request than the one that was done.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import replace
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grok2api.admin.admitted import admitted
from grok2api.admin.roles import Rule
from grok2api.errors import ClientError, InvalidRequest, StorageError
from grok2api.kit.clock import Clock
from grok2api.kit.secretbox import SealBroken, SecretBox
from grok2api.observability.logging import get_logger
from grok2api.storage.access import AdminAnswer, AnswerStore

KEPT: Final = 86_400.0
"""Seconds for which an answer is kept."""
HEADER: Final = "idempotency-key"
_SANE: Final = re.compile(r"[\x21-\x7e]{1,255}\Z")
_LARGEST: Final = 4 * 1_048_576
"""Bytes of the largest answer that is kept."""

_log = get_logger("grok2api.admin")


class IdempotencyConflict(ClientError):
    """The mark was used for another write, or its write is under way, or nobody knows what came of it."""

    status = 409
    default_code = "idempotency_conflict"


class Repeats:
    """Wraps what changes things.

    Args:
        app: Does the writes.
        store: Where answers are kept.
        box: Seals them.
        clock: Where time comes from.
    """

    def __init__(self, app: ASGIApp, store: AnswerStore, box: SecretBox, clock: Clock) -> None:
        self._app = app
        self._store = store
        self._box = box
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        let_in, mark = admitted(scope), Headers(scope=scope).get(HEADER)
        if mark is None or not _changes(let_in.rule) or let_in.actor is None:
            await self._app(scope, receive, send)
            return
        if not _SANE.match(mark):
            raise InvalidRequest("Idempotency-Key is 1 to 255 visible ASCII characters.", param=HEADER)
        body = await _whole(receive)
        now = self._clock.now()
        begun = AdminAnswer(
            id=_digest(let_in.key.encode(), mark.encode()),
            digest=_digest(scope["method"].encode(), scope["path"].encode(), scope["query_string"], body),
            created_at=now,
            expires_at=now + KEPT,
        )
        with suppress(StorageError):
            await self._store.delete_ended(now)
        kept = await self._store.begin(begun, now=now)
        if kept is not None:
            await self._replay(kept, begun, send)
            return
        await self._do(begun, scope, _Given(body, receive), send)

    async def _replay(self, kept: AdminAnswer, asked: AdminAnswer, send: Send) -> None:
        if kept.digest != asked.digest:
            raise IdempotencyConflict(
                "This Idempotency-Key was used for another request. Use a new one for each.", param=HEADER
            )
        if not kept.status:
            raise IdempotencyConflict(
                "The request with this Idempotency-Key is under way, or ended before its answer was kept. "
                "Look at what is there before you send it with a new key.",
                param=HEADER,
            )
        try:
            content = self._box.open_bytes(kept.content, _context(kept.id))
        except SealBroken:
            raise IdempotencyConflict(
                "The answer was sealed with a secret key that is not at hand.", param=HEADER
            ) from None
        headers = [(b"idempotency-replayed", b"true"), (b"content-length", str(len(content)).encode())]
        if kept.media_type:
            headers.append((b"content-type", kept.media_type.encode("latin-1")))
        await send({"type": "http.response.start", "status": kept.status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _do(self, begun: AdminAnswer, scope: Scope, receive: Receive, send: Send) -> None:
        heard = _Heard(send)
        try:
            await self._app(scope, receive, heard)
        except BaseException:
            await self._forget(begun)
            raise
        if not heard.worth_keeping:
            await self._forget(begun)
            return
        content = self._box.seal_bytes(bytes(heard.body), _context(begun.id))
        answer = replace(begun, status=heard.status, media_type=heard.media_type, content=content)
        try:
            await self._store.finish(answer)
        except StorageError as error:
            _log.warning("answer not kept", reason=error.public_message)

    async def _forget(self, begun: AdminAnswer) -> None:
        with suppress(StorageError):
            await self._store.delete(begun.id)


class _Heard:
    """A `send` that listens."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        self.media_type = ""
        self.body = bytearray()

    @property
    def worth_keeping(self) -> bool:
        """Whether something was done, and its answer is not too large."""
        return 200 <= self.status < 300 and len(self.body) <= _LARGEST

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.media_type = Headers(raw=message.get("headers", [])).get("content-type", "")
        elif len(self.body) <= _LARGEST:
            self.body += message.get("body", b"")
        await self._send(message)


class _Given:
    """A `receive` that gives a body which was read already."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


async def _whole(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(b"%d:" % len(part) + part)
    return digest.hexdigest()


def _context(identifier: str) -> str:
    return f"answers/{identifier}"


def _changes(rule: Rule) -> bool:
    """Tell whether a route changes something; one that is only told to the audit is done anew each time."""
    return bool(rule.action) and rule.method != "GET"
