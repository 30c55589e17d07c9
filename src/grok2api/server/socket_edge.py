"""The outermost layer of every WebSocket: who may open one, what its handshake is answered, one log line.

A refusal is an HTTP answer like any other, sent before the upgrade. Must never answer with a subprotocol that
carries a key: only the one name that is spoken here goes back.
Source: RFC 6455 §4.2.2; ASGI's `websocket.http.response`.
"""

from __future__ import annotations

from functools import partial

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grok2api.api.auth import Authenticator
from grok2api.api.context import RequestContext, check_headers, make_context
from grok2api.api.errors import error_response
from grok2api.api.inflight import InFlight
from grok2api.api.public_address import public_address
from grok2api.api.v1.socket import FAMILY, PATH, Asked, ResponsesSpeaker, SpeakerFactory
from grok2api.api.websocket import Limits, Session, WebSocket
from grok2api.config.live import Live
from grok2api.errors import (
    Forbidden,
    Grok2ApiError,
    Overloaded,
    ShuttingDown,
    UpgradeRefused,
)
from grok2api.observability.logging import get_logger
from grok2api.server.cors import CorsPolicy

_log = get_logger("grok2api.access")
_SWITCHED = 101
_INTERNAL_ERROR = 1011
_SPOKEN = "responses"
"""The subprotocol of Responses: a browser that offers any gives up unless one of them is taken."""


class BySocket:
    """Sends WebSockets one way and HTTP requests the other.

    Args:
        http: Serves requests.
        sockets: Serves WebSockets.
    """

    def __init__(self, http: ASGIApp, sockets: ASGIApp) -> None:
        self._http = http
        self._sockets = sockets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one socket."""
        serve = self._sockets if scope["type"] == "websocket" else self._http
        await serve(scope, receive, send)


class SocketEdge:
    """Opens sockets, and counts them.

    Args:
        speaker: Makes what speaks on one.
        live: The settings.
        authenticator: Knows whose key it is.
        in_flight: Ends them with the server.
        cors: Decides which pages may open one.
    """

    def __init__(
        self,
        speaker: SpeakerFactory,
        *,
        live: Live,
        authenticator: Authenticator,
        in_flight: InFlight,
        cors: CorsPolicy,
    ) -> None:
        self._speaker = speaker
        self._live = live
        self._authenticator = authenticator
        self._in_flight = in_flight
        self._cors = cors
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket."""
        context = make_context(scope)
        speaker: ResponsesSpeaker | None = None
        try:
            await receive()
            self._admit(scope["path"], context)
            socket = WebSocket(receive, send)
            speaker = self._speaker(socket, context, partial(public_address, scope))
            session = Session(socket, speaker, self._limits(), self._in_flight)
            await self._converse(session, context, send)
        except Grok2ApiError as error:
            context.status = error.status
            await self._refuse(context, send, error)
        except OSError:  # the client left in the middle of its handshake
            context.status = 499
        except Exception:  # noqa: BLE001  the ASGI edge: the server would only close the connection
            _log.exception("socket failed", request_id=context.request_id)
            await self._fail(context, send, Grok2ApiError("The gateway failed to handle the connection."))
        finally:
            if speaker is not None:
                speaker.close()
            self._access(scope["path"], context, speaker.turns if speaker is not None else 0)

    def _admit(self, path: str, context: RequestContext) -> None:
        """Refuse a socket that may not be opened.

        Raises:
            Grok2ApiError: it says why.
        """
        rules = self._live.current.websocket
        if path != PATH:
            raise UpgradeRefused("WebSocket is not served here. Send the request over HTTP.")
        if not rules.enabled:
            raise UpgradeRefused(
                "WebSocket is switched off (setting websocket.enabled). Send POST /v1/responses."
            )
        check_headers(context)
        if not self._cors.admits_socket(context):
            raise Forbidden(
                "Pages of this origin may not open a WebSocket here (setting cors.allow_origins).",
                code="origin_not_allowed",
            )
        self._authenticator.admit(context, FAMILY)
        if self._in_flight.draining:
            raise ShuttingDown("The server is shutting down. Connect again.", retry_after=1)
        if self._open >= rules.max_connections:
            raise Overloaded(
                "The server holds as many connections as it may (setting websocket.max_connections).",
                retry_after=5,
            )

    async def _converse(self, session: Session[Asked], context: RequestContext, send: Send) -> None:
        """Open a socket that was admitted; it counts from now on, not only once its client has heard so."""
        self._open += 1
        try:
            context.status = _SWITCHED
            taken = _SPOKEN if _SPOKEN in context.subprotocols else None
            await send({"type": "websocket.accept", "subprotocol": taken, "headers": self._headers(context)})
            await session.run()
        finally:
            self._open -= 1

    def _limits(self) -> Limits:
        settings = self._live.current
        rules = settings.websocket
        return Limits(
            waiting=rules.queue_length,
            held=settings.server.max_body_mb * 1_048_576,
            seconds=rules.max_seconds,
            idle_seconds=rules.idle_seconds,
        )

    def _headers(self, context: RequestContext) -> list[tuple[bytes, bytes]]:
        milliseconds, phases = context.timing()
        return [
            (b"x-request-id", context.request_id.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"openai-processing-ms", milliseconds),
            (b"server-timing", phases),
            *self._cors(context),
        ]

    async def _fail(self, context: RequestContext, send: Send, error: Grok2ApiError) -> None:
        if context.status == _SWITCHED:
            await send({"type": "websocket.close", "code": _INTERNAL_ERROR, "reason": error.public_message})
        else:
            context.status = error.status
            await self._refuse(context, send, error)

    async def _refuse(self, context: RequestContext, send: Send, error: Grok2ApiError) -> None:
        status, body, headers = error_response(error)
        start: Message = {
            "type": "websocket.http.response.start",
            "status": status,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", b"%d" % len(body)),
                *headers,
                *self._headers(context),
            ],
        }
        await send(start)
        await send({"type": "websocket.http.response.body", "body": body})

    def _access(self, path: str, context: RequestContext, turns: int) -> None:
        milliseconds, _ = context.timing()
        _log.info(
            "socket",
            request_id=context.request_id,
            path=path,
            status=context.status,
            ms=int(milliseconds),
            turns=turns,
            caller=context.key_id or None,
        )
