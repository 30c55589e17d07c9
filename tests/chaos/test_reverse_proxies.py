"""nginx, Caddy and HAProxy from the shipped files, in front of a real gateway."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from websockets.sync.client import connect

from support.load import CHAT, counting
from support.measured import measured
from support.observing import eventually, ledger
from support.processes import Gateway, Sandbox
from support.reverse_proxies import ReverseProxy, client_of, find, trusting_everyone
from support.soak import HEALTHY, keys
from support.sockets import ENDINGS, asking

PAUSE, LAST = 0.1, 20
MEBIBYTE = 1_048_576
pytestmark = [pytest.mark.chaos, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def gateway(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    environment = {"GROK2API_SERVER__TRUSTED_PROXIES": "127.0.0.1", "GROK2API_LEDGER__FLUSH_MS": "10"}
    directory = tmp_path_factory.mktemp("behind")
    started = Gateway.start(
        directory, upstream=shared_sandbox.base_url, keys=keys(HEALTHY[:2]), environment=environment
    )
    yield started
    started.stop()


@pytest.fixture(scope="module", params=["nginx", "caddy", "haproxy"])
def proxy(
    request: pytest.FixtureRequest, gateway: Gateway, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ReverseProxy]:
    name = str(request.param)
    if find(name) is None:
        pytest.skip(f"NOT RUN: {name} is not installed here")
    started = ReverseProxy.start(name, tmp_path_factory.mktemp(name) / "here", gateway.url)
    yield started
    started.stop()


async def test_events_arrive_as_they_come(gateway: Gateway, proxy: ReverseProxy) -> None:
    ask = counting("proxied-00001", CHAT, LAST, PAUSE)
    seen: list[float] = []
    body = b""
    async with client_of(gateway) as client:
        headers = {"Content-Type": "application/json"}
        async with client.post(f"{proxy.url}/v1{CHAT}", data=ask.content, headers=headers) as answer:
            assert answer.status == 200
            async for piece in answer.content.iter_any():
                seen.append(time.monotonic())
                body += piece
    assert body.rstrip().endswith(b"data: [DONE]")
    measured("proxied stream", pieces=len(seen), seconds=seen[-1] - seen[0])
    assert len(seen) >= LAST
    assert seen[-1] - seen[0] >= LAST * PAUSE / 2


async def test_a_client_that_hangs_up_is_gone_behind_the_proxy_too(
    gateway: Gateway, proxy: ReverseProxy
) -> None:
    before = len([row for row in ledger(gateway.directory) if row["end"] == "client_gone"])
    ask = counting("proxied-00002", CHAT, 1000, PAUSE)
    async with client_of(gateway) as client:
        headers = {"Content-Type": "application/json"}
        async with client.post(f"{proxy.url}/v1{CHAT}", data=ask.content, headers=headers) as answer:
            await answer.content.readany()
            answer.close()

    def gone() -> bool:
        return len([row for row in ledger(gateway.directory) if row["end"] == "client_gone"]) > before

    await asyncio.to_thread(eventually, gone, "the hang-up")


def test_a_socket_is_upgraded(gateway: Gateway, proxy: ReverseProxy) -> None:
    url = proxy.url.replace("http", "ws", 1) + "/v1/responses"
    secure = trusting_everyone() if url.startswith("wss") else None
    with connect(url, ssl=secure, additional_headers=gateway.headers, max_size=None) as socket:
        for turn in range(2):
            socket.send(asking(f"say exactly: turn {turn}"))
            events = [json.loads(socket.recv(timeout=20))]
            while events[-1]["type"] not in ENDINGS:
                events.append(json.loads(socket.recv(timeout=20)))
            assert events[-1]["type"] == "response.completed"
            assert len(events) > 3


@pytest.mark.parametrize(("mebibytes", "status"), [(20, 200), (51, 413)])
async def test_uploads_go_through_up_to_the_gateways_own_limit(
    gateway: Gateway, proxy: ReverseProxy, tmp_path: Path, mebibytes: int, status: int
) -> None:
    file = tmp_path / "upload.bin"
    file.write_bytes(os.urandom(MEBIBYTE) * mebibytes)
    form = aiohttp.FormData({"purpose": "assistants"})
    with file.open("rb") as opened:
        form.add_field("file", opened, filename="upload.bin")
        async with client_of(gateway) as client, client.post(f"{proxy.url}/v1/files", data=form) as answer:
            told = await answer.json()
            assert answer.status == status, told
            assert answer.headers["x-request-id"]
            if status != 200:
                assert told["error"]["code"] == "request_too_large"
                return
        url = f"{proxy.url}/v1/files/{told['id']}/content"
        async with client_of(gateway) as client, client.get(url) as answer:
            assert await answer.read() == file.read_bytes()


async def test_links_lead_to_the_proxy(gateway: Gateway, proxy: ReverseProxy) -> None:
    body = {"model": "grok-imagine-1.0", "prompt": "a lighthouse"}
    async with client_of(gateway) as client:
        async with client.post(f"{proxy.url}/v1/images/generations", json=body) as answer:
            (picture,) = (await answer.json())["data"]
        assert picture["url"].startswith(f"{proxy.url}/v1/media/")
        async with client.get(picture["url"], headers={"Range": "bytes=0-9"}) as answer:
            assert answer.status == 206
            assert len(await answer.read()) == 10
