"""The fault proxy does what its verbs say; tests of the gateway lean on that."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

from support.fault_proxy import (
    FaultProxy,
    Verb,
    bandwidth,
    blackhole,
    close_idle,
    close_on_reuse,
    fault_proxy,
    half_open,
    latency,
    limit_data,
    passing,
    refuse,
    reset_peer,
    slicer,
    slow_close,
    threaded_fault_proxy,
)

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def echo() -> AsyncIterator[FaultProxy]:
    """A proxy before a server that answers with what it is sent."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65_536):
            writer.write(piece)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        async with fault_proxy(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1") as proxy:
            yield proxy
    finally:
        server.close()


@asynccontextmanager
async def connected(proxy: FaultProxy) -> AsyncIterator[Ends]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        yield reader, writer
    finally:
        writer.close()


@pytest.mark.parametrize("verb", [passing(), latency(1), bandwidth(1000), slicer(1), slow_close(0.01)])
async def test_gentle_verbs_lose_nothing(verb: Verb) -> None:
    async with echo() as proxy:
        await proxy.set(verb)
        async with connected(proxy) as (reader, writer):
            writer.write(b"0123456789")
            assert await reader.readexactly(10) == b"0123456789"
            assert (proxy.sent, proxy.answered, proxy.connections, proxy.open_now) == (10, 10, 1, 1)
        await proxy.until(lambda now: now.open_now == 0)
    assert urlsplit(proxy.url).path == "/v1"


async def test_an_answer_ends_in_good_order_or_by_a_reset_after_so_many_bytes() -> None:
    async with echo() as proxy:
        await proxy.set(limit_data(4))
        async with connected(proxy) as (reader, writer):
            writer.write(b"0123456789")
            assert await reader.read() == b"0123"
        await proxy.set(reset_peer(after=4))
        async with connected(proxy) as (reader, writer):
            writer.write(b"0123456789")
            with pytest.raises(ConnectionResetError):
                await reader.read()


async def test_refusing_keeps_the_port_and_ends_what_is_open_if_asked() -> None:
    async with echo() as proxy, connected(proxy) as (reader, writer):
        writer.write(b"a")
        await reader.readexactly(1)
        await proxy.set(refuse())
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"b")
        assert await reader.readexactly(1) == b"b"
        await proxy.set(refuse(), now=True)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        await proxy.set(passing())
        async with connected(proxy) as (again, sender):
            sender.write(b"c")
            assert await again.readexactly(1) == b"c"


async def test_silence_is_not_an_end() -> None:
    async with echo() as proxy:
        async with connected(proxy) as (reader, writer):
            writer.write(b"a")
            assert await reader.readexactly(1) == b"a"
            await proxy.set(half_open(), now=True)
            writer.write(b"lost")
            await proxy.set(blackhole())
            async with connected(proxy) as (_, unheard):
                unheard.write(b"lost too")
                await proxy.until(lambda now: now.open_now == 2)
            await proxy.until(lambda now: now.open_now == 1)
            assert not reader.at_eof()
        await proxy.until(lambda now: now.open_now == 0)
        assert (proxy.sent, proxy.answered) == (1, 1)


async def test_idle_connections_are_closed() -> None:
    async with echo() as proxy, connected(proxy) as (reader, writer):
        writer.write(b"a")
        await reader.readexactly(1)
        await proxy.set(close_idle(0.01), now=True)
        assert await reader.read() == b""


async def test_a_second_request_finds_the_connection_closed() -> None:
    async with echo() as proxy:
        await proxy.set(close_on_reuse())
        async with connected(proxy) as (reader, writer):
            writer.write(b"a")
            assert await reader.readexactly(1) == b"a"
            writer.write(b"b")
            assert await reader.read() == b""
        assert proxy.sent == 1


def test_it_runs_beside_a_test_without_a_loop() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        upstream = f"http://127.0.0.1:{server.getsockname()[1]}"
        with threaded_fault_proxy(upstream) as proxy:
            address = ("127.0.0.1", proxy.proxy.port)
            with socket.create_connection(address, timeout=10) as client:
                accepted, _ = server.accept()
                with accepted:
                    client.sendall(b"a")
                    assert accepted.recv(1) == b"a"
                    proxy.set(reset_peer(), now=True)
                    with pytest.raises(ConnectionResetError):
                        client.recv(1)
            proxy.until(lambda now: now.open_now == 0)
            proxy.set(refuse())
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(address, timeout=10)
