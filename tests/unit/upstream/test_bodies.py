"""Bodies that are not JSON, over real sockets: uploads of known length, answers handed on as they come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from grok2api.canonical.dispatch import Dispatch, Lease
from grok2api.kit.clock import SystemClock
from grok2api.upstream.base import UpstreamFault
from grok2api.upstream.transport import Transport
from grok2api.upstream.xai.client import XaiClient
from support.scripted_server import scripted


@dataclass(frozen=True, slots=True)
class Pieces:
    """An upload in pieces of a kilobyte."""

    content: bytes
    content_type: str = "multipart/form-data; boundary=b"

    @property
    def length(self) -> int:
        return len(self.content)

    async def chunks(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self.content), 1024):
            yield self.content[start : start + 1024]


def lease(url: str) -> Lease:
    return Lease(credential_id="c", account_id="a", token="t", base_url=url)


def answer(status: str, body: bytes, kind: str = "application/json") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def client(transport: Transport) -> XaiClient:
    return XaiClient(transport, SystemClock())


async def test_an_upload_goes_out_with_its_length_as_often_as_it_is_sent() -> None:
    upload = Pieces(bytes(range(256)) * 40)
    dispatch = Dispatch(method="POST", path="/files", upload=upload)
    async with (
        scripted([answer("200 OK", b'{"id":"file_1","object":"file"}')] * 2) as server,
        Transport(user_agent="test") as transport,
    ):
        for _ in range(2):
            assert (await client(transport).whole(dispatch, lease(server.url))).status == 200
    assert [request.body for request in server.requests] == [upload.content] * 2
    for request in server.requests:
        assert request.headers["content-type"] == upload.content_type
        assert request.headers["content-length"] == str(upload.length)
        assert "transfer-encoding" not in request.headers


async def test_bytes_are_handed_on_as_they_come() -> None:
    body = bytes(range(256)) * 1000
    async with (
        scripted([answer("200 OK", body, "audio/mpeg")]) as server,
        Transport(user_agent="test") as transport,
    ):
        reply = await client(transport).download(Dispatch(method="GET", path="/x"), lease(server.url))
        assert (reply.content_type, reply.length) == ("audio/mpeg", len(body))
        got = b""
        while piece := await reply.chunk():
            got += piece
        reply.close()
    assert got == body


async def test_a_refused_download_is_a_fault() -> None:
    refusal = answer("404 Not Found", b'{"code":"not-found","error":"gone"}')
    async with (
        scripted([refusal]) as server,
        Transport(user_agent="test") as transport,
    ):
        with pytest.raises(UpstreamFault) as caught:
            await client(transport).download(Dispatch(method="GET", path="/x"), lease(server.url))
    assert caught.value.fault.upstream_status == 404


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (answer("202 Accepted", b""), 202),
        (answer("202 Accepted", b'{"status":"pending","progress":3}'), 202),
        (answer("200 OK", b'{"status":"failed","error":{"code":"internal_error","message":"no"}}'), 200),
        (answer("200 OK", b'{"request_id":"8f0c"}'), 200),
        (answer("200 OK", b'{"data":[],"usage":{}}'), 200),
    ],
)
async def test_the_states_of_a_job_are_answers(reply: bytes, status: int) -> None:
    async with (
        scripted([reply]) as server,
        Transport(user_agent="test") as transport,
    ):
        got = await client(transport).whole(Dispatch(method="GET", path="/x"), lease(server.url))
    assert got.status == status


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"error":"The service is currently unavailable","code":"x"}']
)
async def test_an_error_in_disguise_is_a_fault(body: bytes) -> None:
    async with (
        scripted([answer("200 OK", body)]) as server,
        Transport(user_agent="test") as transport,
    ):
        with pytest.raises(UpstreamFault):
            await client(transport).whole(Dispatch(method="GET", path="/x"), lease(server.url))
