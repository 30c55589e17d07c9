"""The WebSocket protocol with what uvicorn's lacks: a drain, honest closings, and bounds on fragments.

uvicorn ends every socket at the first sign of a shutdown, in the middle of an answer; here the application
ends its own. A message that is over the limit is told as an event first, and the connection lingers for a
moment: closing on unread bytes resets it, and the client would never see why. A peer that is sending is
alive, whether or not its pong fits in between. Must never log what a frame holds, or a header.
Source: RFC 6455 §5.4, §7; uvicorn's `WebSocketsSansIOProtocol`.
"""

from __future__ import annotations

import logging
from typing import Any

from typing_extensions import override
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame, Opcode

from grok2api.dialects.responses.socket_frames import error_text
from grok2api.errors import Grok2ApiError, InvalidRequest, TooLarge

_MOST_FRAGMENTS = 65_536
_LINGER_SECONDS = 2.0
_QUIET = "grok2api.websocket"


class GuardedWebSocketProtocol(WebSocketsSansIOProtocol):
    """One connection after its upgrade."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.close_timeout = _LINGER_SECONDS
        self.logger = logging.getLogger(_QUIET)
        self.conn.logger, self.conn.debug = self.logger, False
        self._heard = 0.0

    @override
    def data_received(self, data: bytes) -> None:
        """Read bytes."""
        self._heard = self.loop.time()
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self.transport.close()

    @override
    def shutdown(self) -> None:
        """Leave an open socket to the application, which tells its client and closes it when it drains."""
        if not self.handshake_complete or self.close_sent:
            super().shutdown()

    @override
    async def send(self, message: ASGISendEvent) -> None:
        """Send; a socket that was closed meanwhile is a client that left."""
        try:
            await super().send(message)
        except RuntimeError:
            if not self.close_sent:
                raise
            raise ClientDisconnected from None
        if self.initial_response is not None and self.close_sent:
            self.handshake_complete = True  # answered with a refusal; uvicorn would log that it was not

    @override
    def handle_cont(self, event: Frame) -> None:
        """Take the next fragment of a message."""
        if len(self.frames) >= _MOST_FRAGMENTS:
            self._end_with(
                InvalidRequest("The message came in too many fragments."), CloseCode.POLICY_VIOLATION
            )
        else:
            super().handle_cont(event)

    @override
    def send_receive_event_to_app(self) -> None:
        """Hand a message on, unless it is text that is none."""
        if self.curr_msg_data_type != "text" or self.close_sent:
            super().send_receive_event_to_app()
            return
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        try:
            self.queue.put_nowait({"type": "websocket.receive", "text": str(data, "utf-8")})
        except UnicodeDecodeError:
            error = InvalidRequest("The frame is not valid UTF-8.", code="invalid_json")
            self._end_with(error, CloseCode.INVALID_DATA)
            return
        if not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    @override
    def handle_parser_exception(self) -> None:
        """End the socket after bytes that break the protocol or the limit of size."""
        close = self.conn.close_sent
        output = self.conn.data_to_send()
        told = b""
        if close is not None and close.code == CloseCode.MESSAGE_TOO_BIG:
            most = (self.config.ws_max_size or 0) // 1_048_576
            told = _framed(TooLarge(f"The frame is larger than {most} MiB (setting server.max_body_mb)."))
        self._depart(told + b"".join(output), close.code if close is not None else CloseCode.ABNORMAL_CLOSURE)

    @override
    def keepalive_timeout(self) -> None:
        """Give up a peer that answers no ping, unless it is busy sending."""
        if self._heard <= self.ping_sent_at:
            super().keepalive_timeout()
            return
        self.pong_timer = self.pending_ping_payload = None
        self.schedule_ping()

    def _end_with(self, error: Grok2ApiError, code: CloseCode) -> None:
        if self.close_sent:
            return
        told, self.frames = _framed(error), []
        self.conn.fail(code, error.public_message[:100])
        self._depart(told + b"".join(self.conn.data_to_send()), code)

    def _depart(self, last: bytes, code: int) -> None:
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": ""})
        self.stop_keepalive()
        self.close_sent = True
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.transport.write(last)
        if self.close_timer is None:
            self.close_timer = self.loop.call_later(self.close_timeout, self.transport.close)


def _framed(error: Grok2ApiError) -> bytes:
    return Frame(Opcode.TEXT, error_text(error, {})).serialize(mask=False)
