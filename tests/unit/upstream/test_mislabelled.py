"""Answers that are not what was asked for, or not what they are called, over real sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from grok2api.canonical.dispatch import Dispatch, Lease
from grok2api.canonical.fault import FaultKind
from grok2api.kit.clock import SystemClock
from grok2api.upstream.base import UpstreamFault
from grok2api.upstream.transport import Timeouts, Transport
from grok2api.upstream.xai.client import XaiClient

REFUSED = {"code": "permission-denied", "error": "Content violates usage guidelines"}
FLAT = json.dumps(REFUSED)
NESTED = json.dumps({"error": {"code": "permission-denied", "message": "Content violates usage guidelines"}})
TYPED = json.dumps({"type": "error", "code": REFUSED["code"], "message": REFUSED["error"]})
DELTA = json.dumps({"type": "response.output_text.delta", "delta": "hi"})
RESPONSE = {"object": "response", "status": "completed", "output": []}
COMPLETED = json.dumps({"type": "response.completed", "response": RESPONSE})
KINDS = ["text/event-stream", "application/json", "text/plain", "application/octet-stream"]
any_kind = pytest.mark.parametrize("kind", KINDS)


@asynccontextmanager
async def answering(kind: str, *pieces: str) -> AsyncIterator[tuple[XaiClient, Lease]]:
    """Serve one body, piece by piece, to every request."""

    served: set[asyncio.Task[object]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        served.add(task)
        with suppress(ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n"
            writer.write(head.encode())
            for piece in filter(None, pieces):
                content = piece.encode()
                writer.write(b"%x\r\n%b\r\n" % (len(content), content))
                await writer.drain()
                await asyncio.sleep(0.01)
            writer.write(b"0\r\n\r\n")
            await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    lease = Lease(credential_id="c", account_id="a", token="t", base_url=f"http://127.0.0.1:{port}/v1")
    timeouts = Timeouts(connect=5, silence=5)
    async with server, Transport(user_agent="test", timeouts=lambda: timeouts) as transport:
        yield XaiClient(transport, SystemClock()), lease
    await asyncio.wait(served, timeout=20)


ASKED = Dispatch(method="POST", path="/responses", content=b"{}", stream=True)
WHOLE = Dispatch(method="POST", path="/responses", content=b"{}")


async def streamed(kind: str, *pieces: str) -> list[str]:
    """Return the data of all events."""
    told: list[str] = []
    async with answering(kind, *pieces) as (client, lease):
        reply = await client.stream(ASKED, lease)
        while (frames := await reply.read()) is not None:
            told += [frame.data.decode() for frame in frames]
    return told


async def whole(kind: str, *pieces: str) -> object:
    async with answering(kind, *pieces) as (client, lease):
        reply = await client.whole(WHOLE, lease)
    return json.loads(reply.content)


@any_kind
async def test_events_are_read_whatever_they_are_called(kind: str) -> None:
    assert await streamed(kind, f"data: {DELTA}\n\nda", f"ta: {COMPLETED}\n\n") == [DELTA, COMPLETED]
    assert await streamed(kind, "d", "at", f"a: {DELTA}\n\n") == [DELTA]
    assert await streamed(kind, f": hello\r\n\r\nevent: x\r\ndata: {DELTA}\r\n\r\n") == [DELTA]


@any_kind
@pytest.mark.parametrize("body", [FLAT, f"\n {NESTED}\n", TYPED])
async def test_an_error_in_place_of_a_stream_is_the_error_it_is(kind: str, body: str) -> None:
    with pytest.raises(UpstreamFault) as caught:
        await streamed(kind, body[:7], body[7:])
    assert caught.value.fault.kind is FaultKind.SAFETY


@any_kind
async def test_an_error_behind_events_is_the_error_it_is(kind: str) -> None:
    with pytest.raises(UpstreamFault) as caught:
        await streamed(kind, f"data: {DELTA}\n\n", FLAT)
    assert caught.value.fault.kind is FaultKind.SAFETY


async def test_a_last_event_needs_no_blank_line() -> None:
    kind = KINDS[0]
    assert await streamed(kind, f"data: {DELTA}\n\n", f"data: {COMPLETED}") == [DELTA, COMPLETED]
    assert await streamed(kind, f"data: {DELTA}\n\n", "event: x\ndata: [DONE]\n") == [DELTA, "[DONE]"]


async def test_half_an_event_is_none() -> None:
    assert await streamed(KINDS[0], f"data: {DELTA}\n\n", f"data: {COMPLETED[:-3]}") == [DELTA]
    assert await streamed(KINDS[0], f"data: {DELTA}\n\n", "dat") == [DELTA]


@any_kind
async def test_a_stream_in_place_of_an_answer_holds_it(kind: str) -> None:
    assert await whole(kind, f"data: {DELTA}\n\ndata: {COMPLETED}\n\ndata: [DONE]\n\n") == RESPONSE
    assert await whole(kind, f"event: response.completed\ndata: {COMPLETED}") == RESPONSE


@any_kind
@pytest.mark.parametrize("data", [FLAT, NESTED, TYPED])
async def test_a_stream_in_place_of_an_answer_may_hold_an_error(kind: str, data: str) -> None:
    with pytest.raises(UpstreamFault) as caught:
        await whole(kind, f"event: error\ndata: {data}\n\n")
    assert caught.value.fault.kind is FaultKind.SAFETY


@any_kind
@pytest.mark.parametrize("body", [f"data: {DELTA}\n\n", f"data: {COMPLETED[:-3]}\n\n", "", "data: 1\n\n"])
async def test_a_stream_without_its_end_is_no_answer(kind: str, body: str) -> None:
    with pytest.raises(UpstreamFault) as caught:
        await whole(kind, body)
    assert caught.value.fault.kind is not FaultKind.SAFETY
