"""The door of the admin API: nobody gets through but an operator who has signed in.

It stands before the framework, so that of a stranger's request not even the body is read, and a route cannot
be forgotten: all are closed but the sign-in itself. A cookie alone does not allow a change: the request has
to come from this server's own pages, or carry a header that no foreign page can set.
Must never tell a wrong token from an ended one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grok2api.accounting.client_keys import KeyDirectory
from grok2api.admin.sessions import Sessions
from grok2api.config.live import Live
from grok2api.errors import Forbidden, InvalidRequest, RequestTimeout, TooLarge, Unauthenticated
from grok2api.storage.records import AdminSession

PREFIX: Final = "/admin/api"
"""Where the admin API is mounted."""
COOKIE: Final = "grok2api_session"
SIGN_IN: Final = ("POST", "/session")
_KEY: Final = "grok2api.admin"
_HARMLESS: Final = frozenset({"GET", "HEAD"})
_LARGEST_SIGN_IN: Final = 16 * 1024
_MEBIBYTE: Final = 1_048_576

_MISSING: Final = "Sign in first: POST /admin/api/session with the console's password."
_ENDED: Final = "The session is not valid, or has ended. Sign in again: POST /admin/api/session."
_CLIENT_KEY: Final = "A client key opens /v1 only. Sign in with the console's password."
_FOREIGN: Final = (
    "A change asked for with the session's cookie has to come from the server's own pages. Programs send the "
    "token as 'Authorization: Bearer TOKEN', or add the header 'X-Requested-With'."
)


@dataclass(frozen=True, slots=True)
class Admitted:
    """An operator's request."""

    session: AdminSession = field(repr=False)
    by_cookie: bool


def admitted(scope: Mapping[str, object]) -> Admitted:
    """Return who was let through."""
    found = scope[_KEY]
    if not isinstance(found, Admitted):
        raise Unauthenticated(_MISSING)
    return found


class Gate:
    """Wraps the admin API."""

    def __init__(self, app: ASGIApp, *, sessions: Sessions, keys: KeyDirectory, live: Live) -> None:
        self._app = app
        self._sessions = sessions
        self._keys = keys
        self._live = live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or raise why not."""
        if scope["type"] != "http":
            raise Forbidden("Only HTTP is served here.")
        server = self._live.current.server
        limit = server.max_body_mb * _MEBIBYTE
        connection = HTTPConnection(scope)
        self._refuse_client_keys(connection)
        if (scope["method"], _path(scope)) == SIGN_IN:
            limit = _LARGEST_SIGN_IN
        else:
            scope[_KEY] = await self._admit(connection, scope["method"])
        body = _Body(receive, limit, server.body_timeout)
        body.check_announced(connection.headers.get("content-length", ""))
        await self._app(scope, body, _unstored(send))

    def _refuse_client_keys(self, connection: HTTPConnection) -> None:
        """Tell who shows a client's key that it opens nothing here, whatever else is shown."""
        shown = (_bearer(connection), connection.headers.get("x-api-key", ""))
        if any(each and self._keys.authenticate(each) is not None for each in shown):
            raise Forbidden(_CLIENT_KEY)

    async def _admit(self, connection: HTTPConnection, method: str) -> Admitted:
        offered, key = _bearer(connection), connection.headers.get("x-api-key", "")
        by_cookie = not offered
        token = connection.cookies.get(COOKIE, "") if by_cookie else offered
        session = await self._sessions.find(token) if token else None
        if session is None:
            raise Unauthenticated(_ENDED if token or key else _MISSING)
        if by_cookie and method not in _HARMLESS and not self._is_ours(connection):
            raise Forbidden(_FOREIGN)
        return Admitted(session, by_cookie)

    def _is_ours(self, connection: HTTPConnection) -> bool:
        """Tell whether a browser says that its own page asks; source: OWASP's sheet on CSRF."""
        headers = connection.headers
        if (site := headers.get("sec-fetch-site")) is not None:
            return site == "same-origin"
        if "x-requested-with" in headers:
            return True
        origin = headers.get("origin", "")
        own = {headers.get("host", ""), urlsplit(self._live.current.app.app_url).netloc} - {""}
        return urlsplit(origin).netloc in own


class _Body:
    """What a client sends, bounded in size and time until it is whole; then only its leaving is awaited."""

    def __init__(self, receive: Receive, limit: int, seconds: float) -> None:
        self._receive = receive
        self._limit = limit
        self._seconds = seconds
        self._size = 0
        self._whole = False

    def check_announced(self, length: str) -> None:
        """Refuse a body unread that announces too much."""
        if length and not (length.isascii() and length.isdigit()):
            raise InvalidRequest("The content-length header is not a number.")
        if length and int(length) > self._limit:
            raise self._too_large()

    async def __call__(self) -> Message:
        """Return the next message."""
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout(self._seconds):
                message = await self._receive()
        except TimeoutError:
            raise RequestTimeout(
                f"The request body stopped for more than {self._seconds:g} seconds."
            ) from None
        self._size += len(message.get("body", b""))
        if self._size > self._limit:
            raise self._too_large()
        self._whole = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    def _too_large(self) -> TooLarge:
        shown = f"{self._limit // _MEBIBYTE} MiB" if self._limit >= _MEBIBYTE else f"{self._limit} bytes"
        return TooLarge(f"The request body is larger than {shown}.")


def _path(scope: Scope) -> str:
    """Return the path below the place where this is mounted."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def _bearer(connection: HTTPConnection) -> str:
    scheme, _, value = connection.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def _unstored(send: Send) -> Send:
    """Return a `send` whose answers no cache keeps."""

    async def send_unstored(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", ())]
            if all(name != b"cache-control" for name, _ in headers):
                headers.append((b"cache-control", b"no-store"))
            message = {**message, "headers": headers}
        await send(message)

    return send_unstored
