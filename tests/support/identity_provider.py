"""An OpenID Connect provider in a few lines, on a real socket, with keys of its own and a page for people.

It does what a good one does; each of its `twists` makes it do one thing that a bad one does, or somebody
between.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import threading
import time
import warnings
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

from cryptography.hazmat.primitives import serialization
from joserfc import jwk, jws

CLIENT = "console"
CLIENT_SECRET = "secret of the console: 灵"
Json = dict[str, Any]


def encoded(value: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@cache
def key_named(name: str, kind: str = "EC") -> Any:
    """Return a private key; making one of RSA takes a while, so each is made once."""
    made: dict[str, Callable[[], Any]] = {
        "EC": lambda: jwk.ECKey.generate_key("P-256", {"kid": name, "use": "sig"}),
        "RSA": lambda: jwk.RSAKey.generate_key(2048, {"kid": name, "use": "sig"}),
        "OKP": lambda: jwk.OKPKey.generate_key("Ed25519", {"kid": name, "use": "sig"}),
    }
    return made[kind]()


@dataclass
class Grant:
    """What a code stands for."""

    nonce: str
    challenge: str
    redirect_uri: str


@dataclass
class IdentityProvider:
    """The provider. `claims` is what it says of whoever signs in; `asked` the paths that were asked for."""

    url: str = ""
    now: Callable[[], float] = time.time
    claims: Json = field(default_factory=lambda: {"sub": "42", "name": "Zoë", "groups": ["grok-admins"]})
    user_info: Json = field(default_factory=dict)
    algorithm: str = "ES256"
    key: Any = field(default_factory=lambda: key_named("first"))
    published: list[Any] = field(default_factory=lambda: [key_named("first")])
    twists: Json = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    grants: dict[str, Grant] = field(default_factory=dict)
    number: int = 0

    def approve(self, url: str) -> dict[str, str]:
        """Do what the page does when somebody agrees: return with what his browser is sent back."""
        asked = dict(parse_qsl(urlsplit(url).query))
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        self.number += 1
        code = f"code-{self.number}"
        self.grants[code] = Grant(asked["nonce"], asked["code_challenge"], asked["redirect_uri"])
        answer = {"code": code, "state": asked["state"], "iss": self.url, **self.twists.get("answer", {})}
        return {name: value for name, value in answer.items() if value is not None}

    def answer(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, Json, bytes]:
        """Return status, headers and body."""
        path = urlsplit(target).path
        self.asked.append(path)
        if path in self.twists.get("elsewhere", {}):
            return 302, {"Location": self.twists["elsewhere"][path]}, b""
        if path in self.twists.get("huge", ()):
            return 200, {}, b'{"x":"' + b"x" * 2_000_000 + b'"}'
        if path == "/favicon.ico":
            return 204, {}, b""
        if path == "/authorize":
            return 200, {"Content-Type": "text/html"}, self._page(target)
        known: dict[str, Callable[[], tuple[int, Json]]] = {
            "/.well-known/openid-configuration": lambda: (200, self._description()),
            "/jwks": lambda: (200, {"keys": [each.as_dict(private=False) for each in self.published]}),
            "/token": lambda: self._token(headers, dict(parse_qsl(body.decode()))),
            "/userinfo": lambda: self._user_info(headers),
        }
        found = known.get(path)
        status, told = found() if found is not None else (404, {})
        return status, {"Content-Type": "application/json"}, json.dumps(told).encode()

    def _description(self) -> Json:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "authorization_response_iss_parameter_supported": True,
            **self.twists.get("description", {}),
        }

    def _page(self, target: str) -> bytes:
        answer = self.approve(target)
        back = f"{self.grants[answer['code']].redirect_uri}?{urlencode(answer)}"
        return (
            "<!doctype html><html lang=en><meta charset=utf-8><title>Provider</title>"
            f'<main><h1>Provider</h1><a href="{back.replace("&", "&amp;")}">Go on as Zoë</a></main></html>'
        ).encode()

    def _token(self, headers: dict[str, str], form: dict[str, str]) -> tuple[int, Json]:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        pair = base64.b64decode(given).decode() if scheme == "Basic" else ""
        if pair.split(":") != [quote_plus(CLIENT), quote_plus(CLIENT_SECRET)]:
            return 401, {"error": "invalid_client"}
        grant = self.grants.pop(form.get("code", ""), None)
        challenge = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if (
            grant is None
            or form.get("redirect_uri") != grant.redirect_uri
            or base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() != grant.challenge
        ):
            return 400, {"error": "invalid_grant", "error_description": "a secret might stand here"}
        return 200, {
            "access_token": "access",
            "token_type": "Bearer",
            "id_token": self.signed(self._said(grant)),
            **self.twists.get("token", {}),
        }

    def _said(self, grant: Grant) -> Json:
        now = int(self.now())
        half = hashlib.sha256(b"access").digest()[:16]
        said = {
            "iss": self.url,
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": grant.nonce,
            **(
                {}
                if self.algorithm == "EdDSA"
                else {"at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode()}
            ),
            **self.claims,
            **self.twists.get("claims", {}),
        }
        return {name: value for name, value in said.items() if value is not None}

    def signed(self, said: Json) -> str:
        """Return a token that says so, signed as the twists want it."""
        way = self.twists.get("signed", "")
        header = {"alg": self.algorithm, "kid": self.key.kid, **self.twists.get("header", {})}
        if way == "none":
            return f"{encoded({'alg': 'none'})}.{encoded(said)}."
        if way == "with the public key":
            public = self.published[0].raw_value.public_key()
            pem = public.public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            first = f"{encoded({'alg': 'HS256', 'kid': self.published[0].kid})}.{encoded(said)}"
            digest = hmac.digest(pem, first.encode(), "sha256")
            return f"{first}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            token = jws.serialize_compact(header, json.dumps(said), self.key, algorithms=[header["alg"]])
        head, content, signature = token.split(".")
        if way == "changed":
            content = encoded({**said, "groups": ["grok-admins"], "sub": "1"})
        return f"{head}.{content}.{signature}"

    def _user_info(self, headers: dict[str, str]) -> tuple[int, Json]:
        if headers.get("authorization") != "Bearer access":
            return 401, {}
        return 200, {"sub": self.claims["sub"], **self.user_info}


@asynccontextmanager
async def identity_provider(now: Callable[[], float] = time.time) -> AsyncIterator[IdentityProvider]:
    """Serve for the length of the block."""
    provider = IdentityProvider(now=now)
    handlers: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (task := asyncio.current_task()) is not None:
            handlers.add(task)
            task.add_done_callback(handlers.discard)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await _converse(provider, reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        provider.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield provider
        finally:
            for handler in tuple(handlers):
                handler.cancel()
            await asyncio.gather(*handlers, return_exceptions=True)


async def _converse(
    provider: IdentityProvider, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    line, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
    headers = {name.lower(): value for name, value in (each.split(": ", 1) for each in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    method, target, _ = line.split(" ")
    status, fields, content = provider.answer(method, target, headers, body)
    fields = {**fields, "Content-Length": str(len(content)), "Connection": "close"}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    writer.write(f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode() + content)
    await writer.drain()


@contextmanager
def serving_in_a_thread() -> Iterator[IdentityProvider]:
    """Serve beside a test that does not await."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def done(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(30)

    serving = identity_provider()
    try:
        yield done(serving.__aenter__())
    finally:
        done(serving.__aexit__(None, None, None))
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()
