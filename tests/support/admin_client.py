"""Somebody who talks to the admin API: a program or a browser."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec

from support.admin_server import PASSWORD


@dataclass(frozen=True)
class Got:
    """An answer."""

    status: int
    headers: Any
    raw: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.raw)

    @property
    def error(self) -> Any:
        return self.json["error"]


@dataclass
class Browser:
    """A client of the admin API. It sends the token that it was given, and nothing by itself."""

    base: str
    http: aiohttp.ClientSession
    headers: dict[str, str] = field(default_factory=dict)

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> Got:
        sent = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if body is None or isinstance(body, bytes) else msgspec.json.encode(body)
        if data is not None:
            sent.setdefault("content-type", "application/json")
        async with self.http.request(method, self.base + path, data=data, headers=sent) as answer:
            return Got(answer.status, answer.headers, await answer.read())

    async def get(self, path: str, **headers: str) -> Got:
        return await self.send("GET", path, **headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> Got:
        return await self.send("POST", path, body, **headers)

    async def sign_in(self) -> str:
        """Sign in with the password and send the token from now on; return it."""
        token: str = (await self.post("/session", {"password": PASSWORD})).json["token"]
        self.headers["authorization"] = f"Bearer {token}"
        return token

    async def ended_job(self, identifier: str) -> Any:
        """Follow a job to its end and return it."""
        url = f"{self.base}/jobs/{identifier}/events"
        async with self.http.get(url, headers=self.headers) as answer:
            await answer.read()
        return (await self.get(f"/jobs/{identifier}")).json

    async def named(self, name: str, role: str) -> Browser:
        """Make an account, sign in to it, and return who that is."""
        password = "a password of twelve"
        made = await self.post("/operators", {"name": name, "role": role, "password": password})
        assert made.status == 201, made.raw
        other = Browser(self.base, self.http)
        got = await other.post("/session", {"name": name, "password": password})
        assert got.status == 200, got.raw
        other.headers["authorization"] = f"Bearer {got.json['token']}"
        return other

    async def program(self, role: str, **more: str) -> Browser:
        """Make an API token, and return the program that shows it."""
        made = await self.post("/tokens", {"name": "nightly", "role": role, **more})
        assert made.status == 201, made.raw
        return Browser(self.base, self.http, {"authorization": f"Bearer {made.json['token']}"})
