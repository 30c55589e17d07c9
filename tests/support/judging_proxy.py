"""A wire in front of a gateway whose answers are judged, for clients that bring their own sockets.

It carries bytes as they come and reads a copy of them once a connection has ended, so that it changes
neither the order nor the timing of anything. Must never let an answer pass unread in silence: what it
cannot follow is a finding, too.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import h11

from support.sockets import judge_frames
from support.witness import judge

_PIECE = 65536
_SECONDS = 10


@dataclass
class JudgingProxy:
    """The wire; `findings` is what the judge had to say, `judged` counts the answers that were read."""

    target: str
    port: int = 0
    judged: int = 0
    findings: list[str] = field(default_factory=list)
    _open: set[asyncio.Task[object]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def running(self) -> Iterator[JudgingProxy]:
        """Carry connections from a thread of its own for as long as the block runs."""
        loop = asyncio.new_event_loop()
        server = loop.run_until_complete(asyncio.start_server(self._carry, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(self._stop(server), loop).result(2 * _SECONDS)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(_SECONDS)
            loop.close()

    async def _stop(self, server: asyncio.Server) -> None:
        server.close()
        for task in tuple(self._open):
            task.cancel()
        if self._open:
            await asyncio.wait(self._open, timeout=_SECONDS)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        address = urlsplit(self.target)
        answers, calls = await asyncio.open_connection(address.hostname, address.port)
        asked, answered = bytearray(), bytearray()
        try:
            # asyncio logs a connection's handler that ends cancelled; here that is how a run is over
            with suppress(asyncio.CancelledError):
                async with asyncio.TaskGroup() as group:
                    group.create_task(_pump(reader, calls, asked))
                    group.create_task(_pump(answers, writer, answered))
        finally:
            calls.close()
            writer.close()
            self._read(bytes(asked), bytes(answered))

    def _read(self, asked: bytes, answered: bytes) -> None:
        try:
            for exchange in exchanges(asked, answered):
                exchange.judge()
                self.judged += 1
        except (AssertionError, h11.ProtocolError, ValueError, KeyError, TypeError) as error:
            asked_for = asked.partition(b"\r\n")[0].decode("latin-1")
            self.findings.append(f"{asked_for}: {error!r}"[:2000])


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came back, as far as it came; `frames` follow a switch to WebSocket."""

    method: str
    path: str
    status: int
    headers: dict[str, str]
    body: bytes
    frames: bytes = b""
    whole: bool = True

    def judge(self) -> None:
        """Check the answer against the Open Responses document. Raises: AssertionError."""
        if self.status == 101:
            judge_frames(self.frames, self.headers.get("sec-websocket-extensions", ""))
        elif self.whole or "event-stream" in self.headers.get("content-type", ""):
            judge(self.path, self.method, self.status, self.headers, self.body)


def exchanges(asked: bytes, answered: bytes) -> Iterator[Exchange]:
    """Yield what one connection carried. Raises: h11.ProtocolError."""
    ours, theirs = h11.Connection(h11.SERVER), h11.Connection(h11.CLIENT)
    ours.receive_data(asked)
    theirs.receive_data(answered)
    while isinstance(request := ours.next_event(), h11.Request):
        theirs.send(request)
        while isinstance(event := ours.next_event(), h11.Data):
            theirs.send(event)
        if isinstance(event, h11.EndOfMessage):
            theirs.send(event)
        response, body, ended = _answer(theirs)
        if response is None:
            return
        frames = theirs.trailing_data[0] if response.status_code == 101 else b""
        headers = {name.decode(): value.decode("latin-1") for name, value in response.headers}
        method, path = request.method.decode(), request.target.decode("latin-1")
        yield Exchange(method, path, response.status_code, headers, body, frames, ended)
        if not ended or not _next_cycle(ours, theirs, response):
            return


def _answer(theirs: h11.Connection) -> tuple[h11.Response | h11.InformationalResponse | None, bytes, bool]:
    """Return the head and the body of an answer, and whether it came to its end."""
    head = theirs.next_event()
    while isinstance(head, h11.InformationalResponse) and head.status_code != 101:
        head = theirs.next_event()
    if isinstance(head, h11.InformationalResponse):
        return head, b"", True
    if not isinstance(head, h11.Response):
        return None, b"", False
    body = bytearray()
    while isinstance(event := theirs.next_event(), h11.Data):
        body += event.data
    return head, bytes(body), isinstance(event, h11.EndOfMessage)


def _next_cycle(
    ours: h11.Connection, theirs: h11.Connection, response: h11.Response | h11.InformationalResponse
) -> bool:
    if not isinstance(response, h11.Response) or ours.our_state is not h11.SEND_RESPONSE:
        return False
    ours.send(h11.Response(status_code=response.status_code, headers=[("content-length", "0")]))
    ours.send(h11.EndOfMessage())
    if theirs.our_state is not h11.DONE or theirs.their_state is not h11.DONE:
        return False
    ours.start_next_cycle()
    theirs.start_next_cycle()
    return True


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kept: bytearray) -> None:
    with suppress(OSError):
        while piece := await reader.read(_PIECE):
            kept += piece
            writer.write(piece)
            await writer.drain()
    with suppress(OSError):
        if writer.can_write_eof():
            writer.write_eof()
