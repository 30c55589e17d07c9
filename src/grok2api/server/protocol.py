"""The HTTP protocol with the deadline that uvicorn lacks: a client must finish its headers in time.

Without it, a thousand sockets with half a header hold the server for ever. The body's deadline is kept where
the body is read. Must never touch a request that is complete.
"""

from __future__ import annotations

import asyncio
from typing import Any

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class GuardedHttpProtocol(HttpToolsProtocol):
    """Closes a connection that does not finish the headers of a request it began."""

    header_timeout: float = 10.0

    @classmethod
    def with_deadline(cls, seconds: float) -> type[GuardedHttpProtocol]:
        """Return the protocol with another deadline, in seconds."""
        return type("GuardedHttpProtocol", (cls,), {"header_timeout": seconds})

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._deadline: asyncio.TimerHandle | None = None

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
    def on_message_begin(self) -> None:
        """Start the clock with each further request of the connection."""
        super().on_message_begin()
        if self._deadline is None:
            self._start_clock()

    @override
    def on_headers_complete(self) -> None:
        """Stop the clock: the headers are there."""
        self._stop_clock()
        super().on_headers_complete()

    def _start_clock(self) -> None:
        self._deadline = self.loop.call_later(self.header_timeout, self._give_up)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.close()
