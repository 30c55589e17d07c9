"""What answers on the server's socket while the server waits for its store: probes, and nothing else.

Must never serve a request, nor close the socket: it is the server's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from socket import socket
from typing import Final

import msgspec
import uvicorn
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from grok2api.api.context import send_json
from grok2api.api.health import Health
from grok2api.errors import StorageError
from grok2api.server.edge import Edge

_RETRY_AFTER: Final = 5


class WaitingServer:
    """What answers on the server's socket while nothing can be served.

    Args:
        listener: A bound socket; connections that come in between are kept by the system for the server.
    """

    def __init__(self, listener: socket) -> None:
        self._listener = listener
        self._server: _Quiet | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to answer, if it has not begun."""
        if self._server is not None:
            return
        app = Edge(_turned_away, cors=lambda _: [], count=lambda _: None)
        config = uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
        self._server = _Quiet(config)
        shared = self._listener.dup()
        self._task = asyncio.get_running_loop().create_task(self._server.serve(sockets=[shared]))

    async def close(self) -> None:
        """End it; the socket goes on to listen."""
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await self._task


class _Quiet(uvicorn.Server):
    """A server that leaves signals to whoever runs it."""

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def _turned_away(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer that the process lives, that it is not ready, and 503 to everything else."""
    if scope["path"] == "/health":
        await Health()(scope, receive, send)
    elif scope["path"] == "/ready":
        body = msgspec.json.encode({"status": "unavailable", "failed": ["store"]})
        await send_json(send, 503, body, [(b"retry-after", b"%d" % _RETRY_AFTER)])
    else:
        raise StorageError("The server has just started and waits for its store.", retry_after=_RETRY_AFTER)
