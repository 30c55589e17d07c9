"""Serving the sandbox on a real socket: as a blocking program, or inside a running event loop.

The socket is bound here, so that port 0 works and the address is known before anyone connects. Stopping is
quick: open streams are dropped, nobody is waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Callable, Generator
from types import TracebackType
from typing import Any, Self

from starlette.types import ASGIApp
from typing_extensions import override
from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from grok2api.kit.clock import Clock
from grok2api.sandbox.app import create_app
from grok2api.sandbox.delivery import TRANSPORT


class TransportProtocol(HttpToolsProtocol):
    """HTTP over httptools that lets the application reach the transport, to cut and reset connections."""

    @override
    def on_headers_complete(self) -> None:
        """Put the transport into the scope, then go on as usual."""
        extensions: dict[str, Any] = {TRANSPORT: self.transport}
        self.scope["extensions"] = extensions
        super().on_headers_complete()


class _QuickServer(Server):
    """A uvicorn server that leaves signals alone and ends when told, without waiting."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.ending = asyncio.Event()

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets=sockets)
        finally:
            self.ready.set()

    @override
    async def main_loop(self) -> None:
        await self.ending.wait()

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        tasks = list(self.server_state.tasks)
        if tasks:
            _, stuck = await asyncio.wait(tasks, timeout=1.0)
            for task in stuck:
                task.cancel()
        for held in sockets or []:
            held.close()


class SandboxServer:
    """A sandbox on a port of its own, run by the event loop that starts it.

    `base_url` is its address once it listens.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        seed: int = 0,
        clock: Clock | None = None,
        pace: float = 0.0,
    ) -> None:
        self._address = (host, port)
        self._app: ASGIApp = create_app(seed, clock, pace=pace)
        self.base_url = ""
        self._server: _QuickServer | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> str:
        """Listen, and return the base URL, which ends in /v1. Raises: OSError when the port is taken."""
        bound = _bind(*self._address)
        self._server = _QuickServer(_config(self._app))
        self._task = asyncio.get_running_loop().create_task(self._server.serve(sockets=[bound]))
        await self._server.ready.wait()
        if self._task.done():
            await self._task
        host, port = bound.getsockname()[:2]
        self.base_url = f"http://[{host}]:{port}/v1" if ":" in host else f"http://{host}:{port}/v1"
        return self.base_url

    async def stop(self) -> None:
        """Stop listening and drop every open connection."""
        if self._server is None or self._task is None:
            return
        self._server.ending.set()
        await self._task
        self._server = self._task = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


def serve(host: str, port: int, *, seed: int = 0, announce: Callable[[str], None], pace: float = 0.0) -> None:
    """Serve until SIGTERM or SIGINT; `announce` is called with the base URL once the sandbox listens."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve_until_signal(SandboxServer(host, port, seed=seed, pace=pace), announce))


async def _serve_until_signal(server: SandboxServer, announce: Callable[[str], None]) -> None:
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    if sys.platform != "win32":
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ending.set)
    announce(await server.start())
    try:
        await ending.wait()
    finally:
        await server.stop()


def _config(app: ASGIApp) -> Config:
    return Config(
        app,
        http=TransportProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=75,
    )


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(2048)
        bound.setblocking(False)
    except OSError:
        bound.close()
        raise
    return bound


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415 - does not exist on Windows

    return uvloop.new_event_loop
