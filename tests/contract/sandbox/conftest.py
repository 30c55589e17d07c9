"""A sandbox on a real port, and a small client that speaks to it the way a stranger would."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec
import pytest

from grok2api.kit.clock import ManualClock
from grok2api.sandbox.serve import SandboxServer

Json = dict[str, Any]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass(frozen=True)
class Got:
    """An answer: status, headers, raw bytes, and the bytes as JSON when they are."""

    status: int
    headers: Any
    raw: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.raw)

    @property
    def frames(self) -> list[str]:
        text = self.raw.decode().replace("\r\n", "\n")
        return [frame for frame in text.split("\n\n") if frame]

    @property
    def events(self) -> list[Any]:
        data = [frame.split("data: ", 1)[1] for frame in self.frames]
        return [msgspec.json.decode(each) for each in data if each != "[DONE]"]

    @property
    def done(self) -> bool:
        return self.frames[-1] == "data: [DONE]"


@dataclass(frozen=True)
class Client:
    """Requests to one sandbox, as account `alice` unless told otherwise."""

    base: str
    session: aiohttp.ClientSession

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = "alice",
        headers: Json | None = None,
    ) -> Got:
        sent = {"authorization": f"Bearer xai-sandbox-{key}"} if key else {}
        if body is not None:
            sent["content-type"] = "application/json"
        data = (
            body
            if isinstance(body, bytes | io.BytesIO)
            else msgspec.json.encode(body)
            if body is not None
            else None
        )
        url = self.base.removesuffix("/v1") + path
        async with self.session.request(method, url, data=data, headers=sent | (headers or {})) as answer:
            return Got(answer.status, answer.headers, await answer.read())

    async def chat(
        self, prompt: Any = "hello", *, key: str = "alice", headers: Json | None = None, **more: Any
    ) -> Got:
        messages = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
        body = {"model": "grok-4.3", "messages": messages} | more
        return await self.send("POST", "/v1/chat/completions", body, key=key, headers=headers)

    async def respond(
        self, prompt: Any = "hello", *, key: str = "alice", headers: Json | None = None, **more: Any
    ) -> Got:
        body = {"model": "grok-4.3", "input": prompt} | more
        return await self.send("POST", "/v1/responses", body, key=key, headers=headers)

    async def upload(
        self, path: str, *parts: tuple[str, Any] | tuple[str, Any, str, str], key: str = "alice"
    ) -> Got:
        """Post a multipart form; a part is a name and a value, or also a file name and a type."""
        data = aiohttp.FormData(default_to_multipart=True)
        for name, value, *named in parts:
            if named:
                data.add_field(name, value, filename=named[0], content_type=named[1])
            else:
                data.add_field(name, value)
        url = self.base.removesuffix("/v1") + path
        headers = {"authorization": f"Bearer xai-sandbox-{key}"}
        async with self.session.post(url, data=data, headers=headers) as answer:
            return Got(answer.status, answer.headers, await answer.read())

    async def picture(self, prompt: str = "a red fox", *, key: str = "alice", **more: Any) -> Got:
        body = {"model": "grok-imagine-image", "prompt": prompt} | more
        return await self.send("POST", "/v1/images/generations", body, key=key)

    async def film(self, prompt: str = "a red fox", *, key: str = "alice", **more: Any) -> Got:
        body = {"model": "grok-imagine-video", "prompt": prompt} | more
        return await self.send("POST", "/v1/videos/generations", body, key=key)

    async def poll(self, identifier: str, *, key: str = "alice", kind: str = "videos") -> Got:
        return await self.send("GET", f"/v1/{kind}/{identifier}", key=key)

    async def download(self, url: str, method: str = "GET", **headers: str) -> Got:
        """Fetch an address of a result, without a key."""
        async with self.session.request(method, url, headers=headers) as answer:
            return Got(answer.status, answer.headers, await answer.read())

    async def pass_time(self, seconds: float) -> None:
        await self.control("clock", {"advance": seconds})

    async def form(self, path: str, fields: Json) -> Got:
        """Post a form to the issuer; a redirect is returned, not followed."""
        url = self.base.removesuffix("/v1") + path
        async with self.session.post(url, data=fields, allow_redirects=False) as answer:
            return Got(answer.status, answer.headers, await answer.read())

    async def control(self, path: str, body: Any = None, method: str = "POST") -> Any:
        """Call a control route that must succeed, and return its JSON."""
        got = await self.send(method, f"/sandbox/{path}", body, key=None)
        assert got.status == 200, got.raw
        return got.json

    async def bearing(self, token: str, method: str, path: str, body: Any = None) -> Got:
        """Send a request with an access token."""
        return await self.send(method, path, body, key=None, headers={"authorization": f"Bearer {token}"})

    async def order(self, fault: str, **more: Any) -> Got:
        return await self.send("POST", "/sandbox/scenario", {"fault": fault} | more)

    async def last_ended(self) -> Json:
        """Return the last request of the journal once its answer has ended."""
        while (row := (await self.journal())[-1])["ended"] is None:
            pass
        return row

    async def journal(self) -> list[Json]:
        rows: list[Json] = (await self.send("GET", "/sandbox/journal")).json["requests"]
        return rows


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    server = SandboxServer(clock=ManualClock())
    base = await server.start()
    try:
        async with aiohttp.ClientSession() as session:
            yield Client(base, session)
    finally:
        await server.stop()
