"""Server-sent events going out: opened in time, kept alive, and dropped with the client.

The request runs in the server's own task. Beside it one watcher waits for the client to leave, and
cancels the request when it does: without that, the server swallows what is sent after a hang-up and the
upstream turn is paid to its end. The same watcher opens a stream whose answer is late, so that proxies in
between do not give up, and sends a sign of life when nothing was sent for a while.
Must never queue: the next read from upstream happens after the client took the last write.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Protocol, Self

from starlette.types import Receive, Send

from grok2api.kit.sse import KEEP_ALIVE

Headers = list[tuple[bytes, bytes]]

STREAM_HEADERS: Headers = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
]


class Outlet(Protocol):
    """Where the events of a turn go. `headers` may still grow until it opens."""

    headers: Headers

    @property
    def opened(self) -> bool:
        """Whether something was sent, so that an error has to be an event."""
        ...

    async def write(self, content: bytes) -> None:
        """Send whole events."""
        ...

    async def end(self) -> None:
        """End the answer."""
        ...


class EventStream:
    """The client's side of a stream. `headers` may still grow until it opens."""

    def __init__(self, send: Send, headers: Headers) -> None:
        self._send = send
        self.headers = headers
        self.opened = False
        self.last_write = asyncio.get_running_loop().time()

    async def open(self) -> None:
        """Send the status and the headers; from here on an error is an event."""
        if not self.opened:
            self.opened = True
            await self._send(
                {"type": "http.response.start", "status": 200, "headers": STREAM_HEADERS + self.headers}
            )

    async def write(self, content: bytes) -> None:
        """Send whole events."""
        if not self.opened:
            await self.open()
        await self._send({"type": "http.response.body", "body": content, "more_body": True})
        self.last_write = asyncio.get_running_loop().time()

    async def end(self) -> None:
        """End the answer."""
        await self.open()
        await self._send({"type": "http.response.body", "body": b""})


class ClientWatch:
    """Watches the client for as long as the block runs.

    Entering it makes the current task cancellable by the client's leaving and by the request's deadline;
    `gone` and `late` tell afterwards that one of these, and not a shutdown, was the reason.
    """

    def __init__(
        self,
        receive: Receive,
        stream: EventStream | None = None,
        *,
        deadline: float,
        open_after: float = 8.0,
        keepalive: float = 15.0,
        beat: bytes = KEEP_ALIVE,
    ) -> None:
        self._receive = receive
        self._stream = stream
        self._deadline = deadline
        self._open_after = open_after
        self._keepalive = keepalive
        self._sign_of_life = beat
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._request: asyncio.Task[object] | None = None
        self.gone = False
        self.late = False

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._request = asyncio.current_task()
        self._timer = loop.call_later(self._deadline, self._expire)
        self._task = loop.create_task(self._watch_whole() if self._stream is None else self._watch())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if kind is None and (self.gone or self.late):
            await _let_pass()

    def _expire(self) -> None:
        self.late = True
        self._interrupt()

    def _interrupt(self) -> None:
        if self._request is not None:
            self._request.cancel()

    async def _watch_whole(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        self._interrupt()

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        while True:
            try:
                async with asyncio.timeout_at(self._next_beat(started)):
                    message = await self._receive()
            except TimeoutError:
                await self._beat(loop.time())
                continue
            if message["type"] == "http.disconnect":
                self.gone = True
                self._interrupt()
                return

    def _next_beat(self, started: float) -> float | None:
        if self._stream is None:
            return None
        if not self._stream.opened:
            return started + self._open_after
        return self._stream.last_write + self._keepalive

    async def _beat(self, now: float) -> None:
        stream = self._stream
        if stream is None:
            return
        if not stream.opened or now - stream.last_write >= self._keepalive:
            await stream.write(self._sign_of_life)


async def _let_pass() -> None:
    """Take an interruption that came when the request was done already, so that nothing else has to."""
    try:
        await asyncio.sleep(0)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None:
            task.uncancel()
