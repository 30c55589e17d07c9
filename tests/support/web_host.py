"""A web server of strangers: it says byte for byte what a test wrote down, and counts who came."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address

from grok2api.kit.addresses import Address


def answer(body: bytes = b"", status: int = 200, **headers: str) -> bytes:
    """Return an answer with a length; `content_type=...` becomes a header."""
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def redirect(to: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Said\r\nContent-Length: 0\r\nLocation: {to}\r\n\r\n".encode()


def zipped(body: bytes) -> bytes:
    return answer(gzip.compress(body), content_encoding="gzip")


@dataclass(slots=True, eq=False)
class WebHost:
    """A running server; what it is not told to say is a 404."""

    says: dict[str, bytes] = field(default_factory=dict)
    port: int = 0
    connections: int = 0
    heads: list[str] = field(default_factory=list)
    endless: bytes = b""
    """Said again and again under /endless, after its head."""
    endless_head: bytes = b"HTTP/1.1 200 Said\r\n\r\n"
    told: int = 0
    """Bytes of /endless that were handed to the network."""
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a connection has ended."""
    _running: set[asyncio.Task[object]] = field(default_factory=set)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        self._writers.add(writer)
        with suppress(asyncio.IncompleteReadError, OSError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.heads.append(head)
                await self._answer(head.split()[1], reader, writer)
        self.gone.set()
        self._writers.discard(writer)
        writer.close()

    async def _answer(self, path: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if path == "/mute":
            await reader.read()
        elif path == "/hang-up":
            writer.close()
        elif path == "/endless":
            writer.write(self.endless_head)
            while not writer.is_closing():
                writer.write(self.endless)
                await writer.drain()
                await asyncio.sleep(0)
                self.told += len(self.endless)
        else:
            writer.write(self.says.get(path, answer(status=404)))
            await writer.drain()

    async def stop(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        if self._running:
            await asyncio.wait(self._running, timeout=10)


@asynccontextmanager
async def web_host(
    says: Mapping[str, bytes] | None = None, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[WebHost]:
    web = WebHost(dict(says or {}))
    server = await asyncio.start_server(web.serve, host, 0, ssl=tls)
    web.port = server.sockets[0].getsockname()[1]
    try:
        yield web
    finally:
        server.close()
        await web.stop()


class Names:
    """A resolver whose answers are written down; each look-up takes the next of a name's answers."""

    def __init__(self, **names: Sequence[Sequence[str]]) -> None:
        self._answers = {name.replace("_", "."): list(answers) for name, answers in names.items()}
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append(host)
        answers = self._answers.get(host)
        if not answers:
            raise OSError("no such name")
        found = answers[0] if len(answers) == 1 else answers.pop(0)
        return [ip_address(address) for address in found]

    def close(self) -> None:
        pass


class Silent:
    """A resolver that never answers."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        self.asked.set()
        await asyncio.Event().wait()
        return []

    def close(self) -> None:
        pass
