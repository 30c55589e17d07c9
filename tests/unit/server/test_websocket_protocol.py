"""What uvicorn's protocol does not do by itself, over real sockets: who is alive, and how a shutdown goes."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode

from grok2api.server.websocket_protocol import GuardedWebSocketProtocol

pytestmark = pytest.mark.anyio
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@dataclass
class Peer:
    """A client that follows the protocol only as far as a test wants it to."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, content: bytes) -> None:
        self.writer.write(content)

    def say(self, content: bytes, *, fin: bool = True) -> None:
        self.send(Frame(Opcode.TEXT, content, fin=fin).serialize(mask=True))

    async def frames(self) -> list[tuple[int, bytes]]:
        """Return what comes until the server closes."""
        return [frame async for frame in self._each()]

    async def _each(self) -> AsyncIterator[tuple[int, bytes]]:
        async with asyncio.timeout(20):
            while head := await self.reader.read(2):
                size = head[1]
                if size == 126:
                    (size,) = struct.unpack("!H", await self.reader.readexactly(2))
                elif size == 127:
                    (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
                yield head[0] & 15, await self.reader.readexactly(size)

    async def next(self, opcode: int) -> bytes:
        """Return the next frame of a kind."""
        async for found, content in self._each():
            if found == opcode:
                return content
        raise AssertionError("the server closed")


class Server:
    """The protocol on a port, with an application that repeats what it hears."""

    def __init__(self, **options: Any) -> None:
        self.state = ServerState()
        self.config = Config(self._echo, interface="asgi3", ws_per_message_deflate=False, **options)
        self.config.load()

    async def _echo(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})

    def made(self) -> GuardedWebSocketProtocol:
        return GuardedWebSocketProtocol(self.config, self.state, {})

    @asynccontextmanager
    async def peer(self) -> AsyncIterator[Peer]:
        listening = await asyncio.get_running_loop().create_server(self.made, "127.0.0.1", 0)
        async with listening:
            reader, writer = await asyncio.open_connection(*listening.sockets[0].getsockname())
            writer.write(HANDSHAKE)
            assert b"101" in await reader.readuntil(b"\r\n\r\n")
            try:
                yield Peer(reader, writer)
            finally:
                writer.close()
                await writer.wait_closed()
                if self.state.tasks:
                    await asyncio.wait(self.state.tasks)


async def test_a_peer_that_sends_is_alive_and_a_silent_one_is_not() -> None:
    """No pong fits into the middle of a frame, and a large one may take longer than a pong may."""
    server = Server(ws_ping_interval=0.2, ws_ping_timeout=0.5)
    async with server.peer() as silent, server.peer() as busy:
        whole = Frame(Opcode.TEXT, b"a" * 100_000).serialize(mask=True)
        sent = 0
        async with asyncio.TaskGroup() as group:
            gone = group.create_task(silent.frames())
            while not gone.done():
                busy.send(whole[sent : sent + 10])
                sent += 10
                await asyncio.wait({gone}, timeout=0.02)
        frames = gone.result()
        assert frames[0][0] == Opcode.PING
        assert struct.unpack("!H", frames[-1][1][:2]) == (1011,)
        busy.send(whole[sent:])
        assert await busy.next(Opcode.TEXT) == b"a" * 100_000


async def test_a_shutdown_leaves_an_open_socket_to_the_application() -> None:
    server = Server()
    async with server.peer() as peer:
        for connection in list(server.state.connections):
            connection.shutdown()
        peer.say(b"still here")
        assert await peer.next(Opcode.TEXT) == b"still here"


async def test_too_many_fragments_end_the_socket() -> None:
    async with Server().peer() as peer:
        peer.say(b"a", fin=False)
        piece = Frame(Opcode.CONT, b"", fin=False).serialize(mask=True)
        peer.send(piece * 70_000)
        frames = await peer.frames()
    assert b"too many fragments" in frames[0][1]
    assert [kind for kind, _ in frames] == [Opcode.TEXT, Opcode.CLOSE], "and it is told once"
    assert struct.unpack("!H", frames[-1][1][:2]) == (1008,)


async def test_a_handshake_that_cannot_be_read_is_not_waited_for() -> None:
    server = Server()
    listening = await asyncio.get_running_loop().create_server(server.made, "127.0.0.1", 0)
    async with listening, asyncio.timeout(20):
        reader, writer = await asyncio.open_connection(*listening.sockets[0].getsockname())
        writer.write(b"GET / HTTP/1.1\r\nx: " + b"a" * 9000 + b"\r\n\r\n")
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
