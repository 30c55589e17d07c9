"""The HTTP protocol with what uvicorn lacks: a deadline for a request's headers, and upgrades declined whole.

Without it, a thousand sockets with half a header hold the server for ever. The body's deadline is kept where
the body is read. What is no HTTP at all never becomes a request, so it is told off here, in the envelope of
every other error.

An `Upgrade` that is not served has to be ignored (RFC 9110 §7.8), body and all. The parser takes every such
request as its last in HTTP and calls it complete before its body: Java's client, which offers `h2c` with each
request, would be read without a body, and the body then as a request of its own. So such a request is read
once more without that header. Must never touch a request that is complete.
"""

from __future__ import annotations

import asyncio
import re
from functools import partial
from typing import Any, cast

import httptools
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from grok2api.dialects.openai_errors import error_body
from grok2api.errors import InvalidRequest
from grok2api.kit.ids import new_id

_KEY = re.compile(rb"[A-Za-z0-9+/]{21}[AQgw]==\Z")
"""Sixteen bytes in base64."""
_MOST_HEADERS = 120
_LAST_CALL = 0.5
"""Seconds for which an idle connection outlives the end of the server."""
_LONGEST_LINE = 8000
"""What the WebSocket library reads of a handshake, less a little."""


class GuardedHttpProtocol(HttpToolsProtocol):
    """Closes a connection that does not finish the headers of a request it began."""

    @classmethod
    def with_deadline(cls, seconds: float) -> type[asyncio.Protocol]:
        """Return what makes connections with this deadline; it can be pickled, since workers are sent it."""
        return cast(type[asyncio.Protocol], partial(cls, header_timeout=seconds))

    def __init__(self, *args: Any, header_timeout: float = 10.0, **options: Any) -> None:
        super().__init__(*args, **options)
        self._header_timeout = header_timeout
        self._deadline: asyncio.TimerHandle | None = None
        self._declined = b""
        """The head of a request that has to be read again without its `Upgrade`."""

    @override
    def data_received(self, data: bytes) -> None:
        """Read bytes; a request whose upgrade is declined is read again as plain HTTP."""
        self._unset_keepalive_if_required()
        while True:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                if not self._declined:
                    if self._should_upgrade():
                        self.handle_websocket_upgrade()
                    return
                data = self._declined + data[upgrade.args[0] :]
                self._declined = b""
                self.parser = httptools.HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as the first one is set
            except httptools.HttpParserError:
                self.send_400_response("The connection did not carry a valid HTTP request.")
                return
            else:
                return

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock with the connection."""
        super().connection_made(transport)
        self._start_clock()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_clock()
        super().connection_lost(exc)

    @override
    def shutdown(self) -> None:
        """End the connection with the server.

        One over which nothing runs stays open for a moment: a request may be on its way already, over one
        that was accepted just now as over one that was kept. It is answered, and told to be the last.
        """
        cycle = cast(RequestResponseCycle | None, self.cycle)
        if cycle is None or cycle.response_complete:
            self.loop.call_later(_LAST_CALL, super().shutdown)
        else:
            super().shutdown()

    @override
    def on_message_begin(self) -> None:
        """Start the clock with each further request of the connection."""
        super().on_message_begin()
        if self._deadline is None:
            self._start_clock()

    @override
    def on_headers_complete(self) -> None:
        """Stop the clock: the headers are there."""
        self._stop_clock()
        if self.parser.should_upgrade() and not self._stays_upgrade():
            self._declined = self._head_without_upgrade()
        else:
            super().on_headers_complete()

    @override
    def on_message_complete(self) -> None:
        """End the request, unless it is about to be read again."""
        if not self._declined:
            super().on_message_complete()

    def _stays_upgrade(self) -> bool:
        """CONNECT has no body, nor has a WebSocket handshake; both are taken for what they are."""
        if self.parser.get_method() == b"CONNECT":
            return True
        names = {name for name, _ in self.headers}
        return self._get_upgrade() == b"websocket" and not names & {b"content-length", b"transfer-encoding"}

    @override
    def _should_upgrade(self) -> bool:
        """Whether this is a WebSocket handshake that can be answered; any other is an ordinary request."""
        return super()._should_upgrade() and self._is_handshake()

    def _is_handshake(self) -> bool:
        sizes = [len(name) + len(value) for name, value in self.headers]
        if len(sizes) > _MOST_HEADERS or max(len(self.url), *sizes) > _LONGEST_LINE:
            return False
        versions = [value for name, value in self.headers if name == b"sec-websocket-version"]
        keys = [value for name, value in self.headers if name == b"sec-websocket-key"]
        plain = self.parser.get_method() == b"GET" and self.parser.get_http_version() == "1.1"
        return plain and versions == [b"13"] and len(keys) == 1 and _KEY.match(keys[0]) is not None

    def _head_without_upgrade(self) -> bytes:
        version = self.parser.get_http_version().encode()
        lines = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, version)]
        lines += [b"%s: %s" % header for header in self.headers if header[0] != b"upgrade"]
        return b"\r\n".join(lines) + b"\r\n\r\n"

    @override
    def send_400_response(self, msg: str) -> None:
        """Answer bytes that are no HTTP request."""
        body = error_body(InvalidRequest(msg, code="invalid_http"))
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nx-request-id: {new_id('req')}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

    def _start_clock(self) -> None:
        self._deadline = self.loop.call_later(self._header_timeout, self._give_up)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.close()
