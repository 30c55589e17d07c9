"""Stands before the sandbox and counts the calls that are under way at the same time, by credential.

It may hold them back, so that a test decides when they end. Only calls that serve clients are counted.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aiohttp import ClientSession, TCPConnector, web
from anyio.from_thread import BlockingPortal, start_blocking_portal

_COUNTED = "/responses"
_NOT_PASSED_ON = {"content-length", "transfer-encoding", "connection", "content-encoding", "host"}
_LARGEST = 64 * 1024 * 1024


@dataclass(slots=True)
class Turnstile:
    """The counts. All of them are read from another thread, as whole numbers."""

    target: str
    pause: float = 0.0
    """Seconds for which every call is held back."""
    url: str = ""
    running: Counter[str] = field(default_factory=Counter)
    peak: Counter[str] = field(default_factory=Counter)
    passed: int = 0
    _portal: BlockingPortal | None = None
    _open: asyncio.Event = field(default_factory=asyncio.Event)
    _enough: int | None = None
    """Calls of one credential that have to be here before all may pass; None while they are held."""

    def hold(self) -> None:
        """Hold all calls back from now on."""
        assert self._portal is not None
        self._portal.call(self._wait_for, None)

    def let_go(self, *, once: int = 0) -> None:
        """Let all calls pass, as soon as so many of one credential are here."""
        assert self._portal is not None
        self._portal.call(self._wait_for, once)

    def _wait_for(self, enough: int | None) -> None:
        self._enough = enough
        if enough is None:
            self._open.clear()
        self._look()

    def _look(self) -> None:
        if self._enough is not None and max(self.running.values(), default=0) >= self._enough:
            self._open.set()

    def forget(self) -> None:
        """Count anew; what runs is still known."""
        self.peak = Counter(self.running)
        self.passed = 0

    @contextmanager
    def _counted(self, who: str) -> Iterator[None]:
        self.running[who] += 1
        self.peak[who] = max(self.peak[who], self.running[who])
        self.passed += 1
        self._look()
        try:
            yield
        finally:
            self.running[who] -= 1

    async def pass_on(self, request: web.Request, session: ClientSession) -> web.StreamResponse:
        """Carry one call."""
        body = await request.read()
        if not request.path.endswith(_COUNTED):
            return await self._carry(request, session, body)
        with self._counted(request.headers.get("authorization", "").rpartition("-")[2]):
            await asyncio.sleep(self.pause)
            await self._open.wait()
            return await self._carry(request, session, body)

    async def _carry(self, request: web.Request, session: ClientSession, body: bytes) -> web.StreamResponse:
        headers = {
            name: value for name, value in request.headers.items() if name.lower() not in _NOT_PASSED_ON
        }
        async with session.request(
            request.method, self.target + request.path_qs, data=body, headers=headers
        ) as answer:
            told = web.StreamResponse(status=answer.status, headers=_passed_on(answer.headers.items()))
            await told.prepare(request)
            async for piece in answer.content.iter_any():
                await told.write(piece)
            await told.write_eof()
            return told


def _passed_on(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name: value for name, value in headers if name.lower() not in _NOT_PASSED_ON}


@contextmanager
def turnstile(upstream: str, *, pause: float = 0.0) -> Iterator[Turnstile]:
    """Stand before `upstream`, a base URL, in a thread of its own for as long as the block runs."""
    address = urlsplit(upstream)
    stile = Turnstile(f"{address.scheme}://{address.netloc}", pause)
    with start_blocking_portal("asyncio") as portal:
        stile._portal = portal
        stile.let_go()
        stop = portal.call(asyncio.Event)
        ready = threading.Event()

        async def serve() -> None:
            async with ClientSession(connector=TCPConnector(limit=0), auto_decompress=False) as session:

                async def answer(request: web.Request) -> web.StreamResponse:
                    return await stile.pass_on(request, session)

                app = web.Application(client_max_size=_LARGEST)
                app.router.add_route("*", "/{path:.*}", answer)
                runner = web.AppRunner(app, access_log=None, shutdown_timeout=0, handler_cancellation=True)
                await runner.setup()
                site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
                await site.start()
                host, port = runner.addresses[0][:2]
                stile.url = f"http://{host}:{port}{address.path}"
                ready.set()
                await stop.wait()
                await runner.cleanup()

        served = portal.start_task_soon(serve)
        assert ready.wait(10)
        try:
            yield stile
        finally:
            stile.let_go()
            portal.call(stop.set)
            served.result(10)
