"""An upstream for files that says each byte itself: content that breaks off, has no length, or never ends.

It is a second opinion beside the sandbox: free of its server and of its parser.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PIECE = bytes(range(256)) * 256
_JSON = "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"


@dataclass(slots=True)
class FilesUpstream:
    """What it was asked, and how it gives content.

    Attributes:
        size: Bytes that content is said to have; None says nothing, and sends it in chunks.
        given: Bytes after which the connection ends; None gives all.
        sent: Bytes of content that were handed to the network so far.
        left: Set when a reader of content left before its end.
    """

    url: str = ""
    size: int | None = len(PIECE)
    given: int | None = None
    sent: int = 0
    left: threading.Event = field(default_factory=threading.Event)
    uploads: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    running: set[asyncio.Task[object]] = field(default_factory=set)
    loop: asyncio.AbstractEventLoop = field(init=False)
    stopped: asyncio.Event = field(init=False)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        task = asyncio.current_task()
        assert task is not None
        self.running.add(task)
        task.add_done_callback(self.running.discard)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while not writer.is_closing():
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                line, *lines = head.strip().split("\r\n")
                headers = {name.lower(): value for name, value in (each.split(": ", 1) for each in lines)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                method, path, _ = line.split()
                await self._answer(method, path, headers, body, writer)
                await writer.drain()
        writer.close()

    async def _answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes, writer: asyncio.StreamWriter
    ) -> None:
        if path.endswith("/content"):
            try:
                await self._content(writer)
            except ConnectionError:
                self.left.set()
                raise
        elif path.startswith("/v1/files"):
            if method == "POST":
                self.uploads.append((headers, body))
            said = (
                b'{"id":"file_1","object":"file","bytes":5,"created_at":1,"filename":"a.bin","deleted":true}'
            )
            writer.write(_JSON.format(status="200 OK", length=len(said)).encode() + said)
        else:
            writer.write(_JSON.format(status="404 Not Found", length=2).encode() + b"{}")

    async def _content(self, writer: asyncio.StreamWriter) -> None:
        self.sent = 0
        length = "Transfer-Encoding: chunked" if self.size is None else f"Content-Length: {self.size}"
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{length}\r\n\r\n".encode())
        whole = len(PIECE) if self.size is None else self.size
        most = whole if self.given is None else self.given
        while self.sent < most:
            piece = PIECE[: most - self.sent]
            writer.write(piece if self.size is not None else b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
            self.sent += len(piece)
        if self.given is not None:
            writer.close()
        elif self.size is None:
            writer.write(b"0\r\n\r\n")

    async def _run(self, begun: threading.Event) -> None:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        self.stopped = asyncio.Event()
        self.loop = asyncio.get_running_loop()
        begun.set()
        await self.stopped.wait()
        server.close()
        for task in list(self.running):
            task.cancel()
        if self.running:
            await asyncio.wait(self.running, timeout=10)


@contextmanager
def files_upstream() -> Iterator[FilesUpstream]:
    """Serve from a thread for as long as the block runs; the gateway must have ended by then."""
    upstream, begun = FilesUpstream(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(upstream._run(begun)))
    thread.start()
    try:
        assert begun.wait(10)
        yield upstream
    finally:
        upstream.loop.call_soon_threadsafe(upstream.stopped.set)
        thread.join(20)
