"""A sign-in service in a few lines, on a real socket, that rotates refresh tokens and tells their reuse.

It stands in where a test must hold an answer back, break it, or say what no real service says.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from grok2api.canonical.tokens import TokenSet
from grok2api.kit import base64url

DISCOVERY = "/.well-known/openid-configuration"
TOKEN = "/oauth2/token"
DEVICE = "/oauth2/device/code"
Hook = Callable[[], Awaitable[None]]


def jwt(**claims: object) -> str:
    """Return a token that says these claims, with a signature that is none."""
    head, body = (base64url.encode(json.dumps(part).encode()) for part in ({"alg": "none"}, claims))
    return f"{head}.{body}.c2lnbmF0dXJl"


@dataclass(frozen=True, slots=True)
class Scripted:
    """One answer out of turn. Status 0 closes the connection without a word."""

    status: int
    body: object = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Family:
    """The tokens of one sign-in: only the newest refresh token is good."""

    subject: str
    newest: str
    number: int = 1
    revoked: bool = False


@dataclass(slots=True)
class TinyIssuer:
    """The service. `calls` is what came in; `scripts` is answered first."""

    url: str = ""
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    scripts: dict[str, deque[Scripted]] = field(default_factory=dict)
    families: dict[str, Family] = field(default_factory=dict)
    confirmed: str = ""
    """Subject of whoever confirms the device code; empty while nobody did."""
    before_answer: Hook | None = None
    """Runs after a rotation and before its answer."""
    expires_in: float | None = 3600.0
    claims: dict[str, object] = field(default_factory=dict)

    def script(self, path: str, *answers: Scripted) -> None:
        self.scripts.setdefault(path, deque()).extend(answers)

    def sign_in(self, subject: str) -> TokenSet:
        """Return the first tokens of a new sign-in."""
        return self._issued(Family(subject, ""))

    def refreshes(self) -> int:
        return sum(form.get("grant_type") == "refresh_token" for _, form in self.calls)

    @property
    def revoked(self) -> int:
        return len({id(family) for family in self.families.values() if family.revoked})

    def _issued(self, family: Family) -> TokenSet:
        family.newest = f"refresh-{family.subject}-{family.number}"
        self.families[family.newest] = family
        claims = {"sub": family.subject, "n": family.number, **self.claims}
        family.number += 1
        return TokenSet(
            access_token=jwt(**claims),
            refresh_token=family.newest,
            expires_in=self.expires_in,
            scope="openid",
        )

    async def answer(self, path: str, form: dict[str, str]) -> Scripted:
        self.calls.append((path, form))
        if waiting := self.scripts.get(path):
            return waiting.popleft()
        if path == DEVICE:
            return Scripted(200, self._device())
        if path == TOKEN:
            scripted = self._token(form)
            if scripted.status == 200 and self.before_answer is not None:
                await self.before_answer()
            return scripted
        return Scripted(404, {"error": "not found"})

    def _device(self) -> dict[str, object]:
        return {
            "device_code": "device-code-1",
            "user_code": "ABCD-EFGH",
            "verification_uri": f"{self.url}/device",
            "verification_uri_complete": f"{self.url}/device?user_code=ABCD-EFGH",
            "expires_in": 1800,
            "interval": 5,
        }

    def _token(self, form: dict[str, str]) -> Scripted:
        if form["grant_type"] == "refresh_token":
            family = self.families.get(form["refresh_token"])
            if family is None or family.revoked or family.newest != form["refresh_token"]:
                if family is not None:
                    family.revoked = True
                return Scripted(
                    400, {"error": "invalid_grant", "error_description": "Refresh token has been revoked"}
                )
            return _as_answer(self._issued(family))
        if form["grant_type"].endswith("device_code"):
            if not self.confirmed:
                return Scripted(400, {"error": "authorization_pending"})
            return _as_answer(self.sign_in(self.confirmed))
        return _as_answer(self.sign_in("somebody"))


def _as_answer(tokens: TokenSet) -> Scripted:
    body: dict[str, object] = {
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
        "token_type": "Bearer",
        "scope": tokens.scope,
    }
    if tokens.expires_in is not None:
        body["expires_in"] = tokens.expires_in
    return Scripted(200, body)


@asynccontextmanager
async def tiny_issuer() -> AsyncIterator[TinyIssuer]:
    """Serve for the length of the block."""
    issuer = TinyIssuer()

    handlers: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (task := asyncio.current_task()) is not None:
            handlers.add(task)
            task.add_done_callback(handlers.discard)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await _converse(issuer, reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        issuer.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield issuer
        finally:
            for handler in tuple(handlers):
                handler.cancel()
            await asyncio.gather(*handlers, return_exceptions=True)


async def _converse(issuer: TinyIssuer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    line, *headers = head.split("\r\n")
    lengths = [each.split(":")[1] for each in headers if each.lower().startswith("content-length")]
    body = await reader.readexactly(int(lengths[0])) if lengths else b""
    answer = await issuer.answer(line.split(" ")[1], dict(parse_qsl(body.decode())))
    if answer.status:
        writer.write(_written(answer))
        await writer.drain()


def _written(answer: Scripted) -> bytes:
    body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
    kind = "text/html" if isinstance(answer.body, bytes) else "application/json"
    fields = [
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
        *answer.headers,
    ]
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"HTTP/1.1 {answer.status} Said\r\n{head}\r\n".encode() + body
