"""Large bodies on their way to upstream, over real sockets: refused early, sent again, given up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
from typing_extensions import override

from grok2api.canonical.dispatch import Dispatch, Lease
from grok2api.canonical.fault import FaultKind
from grok2api.kit.clock import SystemClock
from grok2api.kit.multipart import Field, File, MultipartBody
from grok2api.upstream.base import UpstreamFault
from grok2api.upstream.transport import Timeouts, Transport
from grok2api.upstream.xai.client import XaiClient

MEGABYTE = 1_048_576
KEPT = b'{"id":"file_1","object":"file"}'


def answer(status: str, body: bytes, *more: str) -> bytes:
    head = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *more]
    return "\r\n".join([*head, "", ""]).encode() + body


@dataclass(slots=True)
class Seen:
    """One connection, as the server sees it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    head: bytes = b""

    async def headers(self) -> dict[str, str]:
        """Read the head of the next request."""
        self.head = await self.reader.readuntil(b"\r\n\r\n")
        lines = self.head.decode().strip().split("\r\n")[1:]
        return {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}


@dataclass(slots=True)
class Server:
    """Serves each connection as its script says, one script after the other."""

    scripts: list[Callable[[Seen], Awaitable[None]]]
    url: str = ""
    connections: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    running: set[asyncio.Task[object]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.running.add(task)
        task.add_done_callback(self.running.discard)
        script = self.scripts[min(self.connections, len(self.scripts) - 1)]
        self.connections += 1
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await script(Seen(reader, writer))
        self.ended.set()
        writer.close()


@asynccontextmanager
async def serving(*scripts: Callable[[Seen], Awaitable[None]]) -> AsyncIterator[Server]:
    server = Server(list(scripts))
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listening.close()
        if server.running:
            await asyncio.wait(server.running, timeout=20)


@dataclass(slots=True)
class Zeros:
    """A source that counts how often it is read."""

    size: int
    begun: int = 0
    given: int = 0

    async def chunks(self) -> AsyncIterator[bytes]:
        self.begun += 1
        for _ in range(self.size // 65_536):
            self.given += 65_536
            yield bytes(65_536)


def upload(source: Zeros) -> Dispatch:
    body = MultipartBody([Field("purpose", "batch"), File("file", "zeros.bin", source)])
    return Dispatch(method="POST", path="/files", upload=body, repeatable=False)


def lease(server: Server) -> Lease:
    return Lease(credential_id="c", account_id="a", token="t", base_url=server.url)


@asynccontextmanager
async def client() -> AsyncIterator[XaiClient]:
    timeouts = Timeouts(connect=5, silence=30)
    async with Transport(user_agent="test", timeouts=lambda: timeouts) as transport:
        yield XaiClient(transport, SystemClock())


async def take_all(seen: Seen) -> None:
    """Keep every file that comes."""
    while True:
        await take_whole(seen)


async def take_whole(seen: Seen) -> None:
    """Read a whole request and keep the file; then hang up without a word."""
    headers = await seen.headers()
    assert "transfer-encoding" not in headers
    body = await seen.reader.readexactly(int(headers["content-length"]))
    boundary = headers["content-type"].partition("boundary=")[2].encode()
    assert body.startswith(b"--" + boundary + b"\r\n")
    assert body.endswith(b"--" + boundary + b"--\r\n")
    seen.writer.write(answer("200 OK", KEPT))
    await seen.writer.drain()


def refuse_early(status: str, body: bytes) -> Callable[[Seen], Awaitable[None]]:
    """Answer as soon as the head is there, and read the rest for nothing, as servers that are kind do."""

    async def script(seen: Seen) -> None:
        await seen.headers()
        seen.writer.write(answer(status, body, "Connection: close"))
        await seen.writer.drain()
        seen.writer.write_eof()
        while await seen.reader.read(65_536):
            pass

    return script


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        ("413 Payload Too Large", b'{"error":"too large"}', FaultKind.TOO_LARGE),
        (
            "401 Unauthorized",
            b'{"code":"unauthenticated:no-credentials","error":"x"}',
            FaultKind.NOT_AUTHENTICATED,
        ),
        ("429 Too Many Requests", b'{"code":"resource-exhausted","error":"x"}', FaultKind.RATE_LIMIT),
    ],
)
async def test_a_refusal_that_comes_before_the_body_was_read_is_understood(
    status: str, body: bytes, kind: FaultKind
) -> None:
    source = Zeros(64 * MEGABYTE)
    async with serving(refuse_early(status, body), take_all) as server, client() as xai:
        with pytest.raises(UpstreamFault) as caught:
            await xai.whole(upload(source), lease(server))
        assert (caught.value.fault.kind, caught.value.fault.accepted) == (kind, "no")
        small = Zeros(MEGABYTE)
        assert (await xai.whole(upload(small), lease(server))).content == KEPT
    assert server.connections == 2  # what was half sent is not gone on with


async def test_a_refusal_on_a_connection_that_stays_open_does_not_mix_two_requests() -> None:
    async def stay(seen: Seen) -> None:
        await seen.headers()
        seen.writer.write(answer("429 Too Many Requests", b"{}"))
        await seen.writer.drain()
        while await seen.reader.read(65_536):
            pass

    async with serving(stay, take_all) as server, client() as xai:
        with pytest.raises(UpstreamFault):
            await xai.whole(upload(Zeros(64 * MEGABYTE)), lease(server))
        assert (await xai.whole(upload(Zeros(MEGABYTE)), lease(server))).content == KEPT
    assert server.connections == 2


async def test_the_same_dispatch_is_sent_whole_each_time() -> None:
    source = Zeros(8 * MEGABYTE)
    dispatch = upload(source)
    async with serving(take_all) as server, client() as xai:
        for _ in range(3):
            assert (await xai.whole(dispatch, lease(server))).content == KEPT
    assert (source.begun, server.connections) == (3, 3), "what must not be sent twice has its own connection"


async def test_a_connection_that_ends_within_the_body_took_nothing() -> None:
    async def hang_up(seen: Seen) -> None:
        await seen.headers()
        await seen.reader.readexactly(MEGABYTE)
        seen.writer.transport.abort()

    async with serving(hang_up) as server, client() as xai:
        with pytest.raises(UpstreamFault) as caught:
            await xai.whole(upload(Zeros(64 * MEGABYTE)), lease(server))
    assert (caught.value.fault.kind, caught.value.fault.accepted) == (FaultKind.BROKEN_STREAM, "no")


async def test_a_connection_that_ends_after_the_body_may_have_taken_it() -> None:
    async def swallow(seen: Seen) -> None:
        headers = await seen.headers()
        await seen.reader.readexactly(int(headers["content-length"]))
        seen.writer.transport.abort()

    async with serving(swallow) as server, client() as xai:
        with pytest.raises(UpstreamFault) as caught:
            await xai.whole(upload(Zeros(64 * MEGABYTE)), lease(server))
    assert (caught.value.fault.kind, caught.value.fault.accepted) == (FaultKind.BROKEN_STREAM, "maybe")


async def test_a_call_that_is_given_up_reads_no_further_and_closes_its_connection() -> None:
    begun = asyncio.Event()

    async def stall(seen: Seen) -> None:
        await seen.headers()
        begun.set()
        await seen.reader.read(65_536)
        await asyncio.sleep(0.05)
        while await seen.reader.read(65_536):
            pass

    source = Zeros(512 * MEGABYTE)
    async with serving(stall) as server, client() as xai:
        call = asyncio.ensure_future(xai.whole(upload(source), lease(server)))
        await begun.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        given = source.given
        await asyncio.wait_for(server.ended.wait(), 20)
    assert source.given <= given + 65_536
    assert source.given < source.size


async def test_a_source_that_breaks_ends_the_call() -> None:
    class Broken(Zeros):
        @override
        async def chunks(self) -> AsyncIterator[bytes]:
            yield bytes(10)
            raise OSError("the disk is gone")

    async with serving(take_all) as server, client() as xai:
        with pytest.raises(UpstreamFault) as caught:
            await xai.whole(upload(Broken(MEGABYTE)), lease(server))
        assert caught.value.fault.accepted == "no"
        await asyncio.wait_for(server.ended.wait(), 20)
