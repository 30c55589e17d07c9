"""Small HTTP and SOCKS5 proxies that tests can make ill.

They carry to wherever they are asked for, except that `names` are theirs alone: a test that reaches a
target by such a name has shown that the proxy looked it up.
"""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64decode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address

_SECONDS = 10.0


@dataclass(slots=True, eq=False)
class Proxy:
    """A running proxy, and what it was asked for."""

    scheme: str
    login: tuple[str, str] | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    refusal: int = 0
    """A status for CONNECT, or a SOCKS reply, instead of a tunnel."""
    mute: bool = False
    """Accept connections and say nothing."""
    says: bytes = b""
    """Said instead of any answer; then it hangs up."""
    port: int = 0
    asked: list[tuple[str, int]] = field(default_factory=list)
    _running: set[asyncio.Task[object]] = field(default_factory=set)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    def url(self, login: str = "") -> str:
        """Return its URL, signed in as `user:password` if that is given."""
        return f"{self.scheme}://{login}{'@' if login else ''}127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        self._writers.add(writer)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._serve(reader, writer)
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mute:
            await reader.read()
        elif self.says:
            await reader.read(1)
            writer.write(self.says)
            await writer.drain()
        elif self.scheme.startswith("socks5"):
            await self._socks(reader, writer)
        else:
            await self._http(reader, writer)

    async def _http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        request, *lines = head.strip().split("\r\n")
        method, authority, _ = request.split()
        assert method == "CONNECT", request
        headers = dict(line.split(": ", 1) for line in lines)
        host, _, port = authority.rpartition(":")
        self.asked.append((host.strip("[]"), int(port)))
        if self.login is not None and self.login != _basic(headers.get("Proxy-Authorization", "")):
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n")
        elif self.refusal:
            writer.write(f"HTTP/1.1 {self.refusal} No\r\nContent-Length: 0\r\n\r\n".encode())
        else:
            target = await self._reach(*self.asked[-1])
            for half in (b"HTTP/1.1 200 Connection esta", b"blished\r\nVia: test\r\n\r", b"\n"):
                writer.write(half)
                await asyncio.sleep(0)
            await _carry((reader, writer), target)

    async def _socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, count = await reader.readexactly(2)
        ways = await reader.readexactly(count)
        way = 2 if self.login is not None else 0
        if way not in ways:
            writer.write(b"\x05\xff")
            return
        writer.write(bytes((5, way)))
        if way == 2:
            _, length = await reader.readexactly(2)
            user = (await reader.readexactly(length)).decode()
            password = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
            writer.write(bytes((1, (user, password) != self.login)))
            if (user, password) != self.login:
                return
        _, command, _, kind = await reader.readexactly(4)
        assert command == 1
        length = {1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0]
        raw = await reader.readexactly(length)
        host = raw.decode() if kind == 3 else str(ip_address(raw))
        self.asked.append((host, int.from_bytes(await reader.readexactly(2), "big")))
        if self.refusal:
            writer.write(bytes((5, self.refusal, 0, 1)) + bytes(6))
            return
        target = await self._reach(*self.asked[-1])
        writer.write(b"\x05\x00\x00\x03\x04testxx")
        await _carry((reader, writer), target)

    async def _reach(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self.names.get(host, host), port)

    async def stop(self) -> None:
        """Hang up everywhere."""
        for writer in self._writers:
            writer.transport.abort()
        if self._running:
            await asyncio.wait(self._running, timeout=_SECONDS)


@asynccontextmanager
async def running(proxy: Proxy, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Proxy]:
    """Run a proxy for as long as the block runs; it listens with TLS if `tls` is given."""
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, ssl=tls)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await proxy.stop()


def _basic(header: str) -> tuple[str, str] | None:
    way, _, login = header.partition(" ")
    user, _, password = b64decode(login).decode().partition(":")
    return (user, password) if way == "Basic" else None


async def _carry(
    client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    target: tuple[asyncio.StreamReader, asyncio.StreamWriter],
) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(_pump(client[0], target[1]))
        group.create_task(_pump(target[0], client[1]))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while (piece := await reader.read(65_536)) and not writer.is_closing():
            writer.write(piece)
    writer.close()
