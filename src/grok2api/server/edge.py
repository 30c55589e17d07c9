"""The outermost layer of every HTTP request: context, headers, errors, access log.

Plain ASGI, because a framework's middleware around a stream buffers it or hides that the client left.
Whatever is raised below becomes one JSON answer here, if the answer has not begun; after that an error is
an event of the stream, and was written by whoever owns the stream.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grok2api.api.body import ClientGone
from grok2api.api.context import RequestContext, check_headers, make_context, send_json
from grok2api.api.errors import error_response, speaks_anthropic
from grok2api.errors import (
    Grok2ApiError,
    MethodNotAllowed,
    NotFound,
    TooLarge,
    UpgradeRefused,
    internal_error,
)
from grok2api.observability.logging import get_logger

_plain_log = logging.getLogger("grok2api.access")
_UNLOGGED = frozenset({"/health", "/ready", "/metrics"})
_log = get_logger("grok2api.access")

Cors = Callable[[RequestContext], list[tuple[bytes, bytes]]]


class Edge:
    """Wraps the router.

    Args:
        app: What answers.
        cors: Gives the headers for pages of other origins.
        count: Told the status of every answer; 0 if there was none.
        ending: Tells whether the server ends; clients are then told to use their connections no more, so that
            none sends its next request on one that closes just then.
        began: Told each request as it comes; must not wait.
        over_https: Headers for clients that came over https.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        cors: Cors,
        count: Callable[[int], None],
        ending: Callable[[], bool] = lambda: False,
        began: Callable[[RequestContext], None] | None = None,
        over_https: Sequence[tuple[bytes, bytes]] = (),
    ) -> None:
        self._app = app
        self._over_https = over_https
        self._began = began
        self._ending = ending
        self._cors = cors
        self._count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        context = make_context(scope)
        if self._began is not None:
            self._began(context)
        scope["app"] = self  # where it is, the framework raises its 405 instead of writing it as plain text
        path = scope["path"]
        added = [] if path.startswith("/admin") else self._cors(context)
        if self._over_https and scope.get("scheme") == "https":
            added = [*added, *self._over_https]
        anthropic = speaks_anthropic(path, context)
        outgoing = _Outgoing(
            send, context, added, api=path.startswith("/v1"), anthropic=anthropic, ending=self._ending
        )
        try:
            check_headers(context)
            if context.header(b"upgrade").lower() == "websocket":
                raise UpgradeRefused("WebSocket is not served here. Send the request over HTTP.")
            if scope["method"] == "OPTIONS":
                await outgoing({"type": "http.response.start", "status": 204, "headers": []})
                await outgoing({"type": "http.response.body", "body": b""})
            else:
                await self._app(scope, receive, outgoing)
        except Grok2ApiError as error:
            await self._tell(scope, receive, outgoing, error)
        except HTTPException as error:
            await self._tell(scope, receive, outgoing, _from_framework(scope, error))
        except ClientGone:
            context.status = 499
        except Exception:  # noqa: BLE001  the ASGI edge: nothing may escape as a bare 500 of the server
            _log.exception("request failed", request_id=context.request_id, path=path)
            await self._tell(scope, receive, outgoing, internal_error())
        finally:
            self._access(scope, context)

    async def _tell(self, scope: Scope, receive: Receive, outgoing: _Outgoing, error: Grok2ApiError) -> None:
        if outgoing.started:
            return
        anthropic_id = outgoing.request_id if outgoing.anthropic else ""
        status, body, headers = error_response(error, anthropic_id=anthropic_id)
        shown = b"" if scope["method"] == "HEAD" else body
        unread = receive if isinstance(error, TooLarge) else None
        await send_json(outgoing, status, shown, headers, unread=unread)

    def _access(self, scope: Scope, context: RequestContext) -> None:
        if scope["path"] in _UNLOGGED:
            return
        self._count(context.status)
        if not _plain_log.isEnabledFor(logging.INFO):
            return
        milliseconds, _ = context.timing()
        _log.info(
            "request",
            request_id=context.request_id,
            method=scope["method"],
            path=scope["path"],
            status=context.status,
            ms=int(milliseconds),
            caller=context.key_id or None,
        )


class _Outgoing:
    """Adds the headers that every answer carries."""

    __slots__ = ("_added", "_api", "_context", "_ending", "_send", "anthropic", "started")

    def __init__(
        self,
        send: Send,
        context: RequestContext,
        added: list[tuple[bytes, bytes]],
        *,
        api: bool,
        anthropic: bool,
        ending: Callable[[], bool],
    ) -> None:
        self._send = send
        self._ending = ending
        self._context = context
        self._added = added
        self._api = api
        self.anthropic = anthropic
        self.started = False

    @property
    def request_id(self) -> str:
        return self._context.request_id

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self._context.status = message["status"]
            headers = list(message.get("headers", ()))
            headers.append((b"x-request-id", self.request_id.encode()))
            if self.anthropic:
                headers.append((b"request-id", self.request_id.encode()))
            headers.append((b"x-content-type-options", b"nosniff"))
            if self._api:
                milliseconds, phases = self._context.timing()
                headers.append((b"openai-processing-ms", milliseconds))
                headers.append((b"server-timing", phases))
            headers.extend(self._context.limits_told or ())
            if self._ending():
                headers.append((b"connection", b"close"))
            headers.extend(self._added)
            message = {**message, "headers": headers}
        await self._send(message)


def _from_framework(scope: Scope, error: HTTPException) -> Grok2ApiError:
    path, method = scope["path"][:200], scope["method"]
    if error.status_code == 405:
        allowed = ", ".join(sorted((error.headers or {}).get("Allow", "").split(", ")))
        return MethodNotAllowed(f"{method} is not allowed on {path}. Allowed: {allowed}.", allowed=allowed)
    return NotFound(f"There is no route {method} {path}.", code="not_found")
