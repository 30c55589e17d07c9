"""Asks the identity provider: what it is like, which keys it signs with, and for the token of a sign-in.

What it is like and its keys are kept for an hour, and of many who want them at once one asks. A key that
nobody knows is looked for at most once a minute, whoever shows tokens that name it. Every answer is bounded
in size and time; endpoints on another origin than the provider's own must lie on public addresses.
Must never follow a redirect, and must never put a code, a token or a secret into a message.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Protocol, TypeVar
from urllib.parse import quote_plus, urlencode, urlsplit

import msgspec

from grok2api.admin.oidc.refusal import SignOnRefused
from grok2api.config.checks import is_loopback
from grok2api.kit.clock import Clock
from grok2api.kit.netguard import UnfitUrl, origin_of, read_url
from grok2api.upstream.transport import FetchFailed

KEPT: Final = 3600.0
"""Seconds for which a description and keys are believed."""
KEYS_APART: Final = 60.0
"""Seconds between two looks for a key that nobody knows."""
PATIENCE: Final = 5.0
"""Seconds for which a provider that did not answer is not asked again."""
_LARGEST: Final = 512 * 1024
_SECONDS: Final = 10.0
_MOST_KEYS: Final = 100
_WELL_KNOWN: Final = "/.well-known/openid-configuration"
_FORM: Final = "application/x-www-form-urlencoded"

Document = Mapping[str, Any]
Value = TypeVar("Value")


class Asking(Protocol):
    """How the provider is reached; `upstream.transport.Fetcher` does it."""

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes | None = None,
        limit: int,
        seconds: float,
        trusted_origins: Sequence[str] = (),
    ) -> tuple[int, bytes]:
        """Return status and body; FetchFailed if there was no answer."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What this console is at the provider."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a code was exchanged for."""

    id_token: str = field(repr=False)
    access_token: str = field(repr=False)


class Provider:
    """One identity provider, as a worker knows it.

    Args:
        client: Who asks.
        asking: How it is reached.
        clock: Where time comes from.
    """

    def __init__(self, client: Client, asking: Asking, clock: Clock) -> None:
        self.client = client
        self._asking = asking
        self._clock = clock
        self._origin = _origin(client.issuer)
        self._description = _Kept(clock, self._describe)
        self._keys = _Kept(clock, self._fetch_keys)

    async def description(self) -> Document:
        """Return what the provider says of itself; SignOnRefused if it cannot be had or does not fit."""
        return await self._description.get()

    async def keys(self, *, anew: bool = False) -> Sequence[Document]:
        """Return its keys, fetched anew if that is wanted and was not done just now.

        Raises:
            SignOnRefused: they cannot be had.
        """
        return await self._keys.get(younger_than=KEYS_APART if anew else KEPT)

    async def exchange(self, code: str, *, verifier: str, redirect_uri: str) -> Tokens:
        """Return what a code stands for.

        Raises:
            SignOnRefused: the provider does not take it, or cannot be reached.
        """
        described = await self.description()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        headers = {"Content-Type": _FORM, **self._identify(described, form)}
        status, body = await self._ask("POST", described["token_endpoint"], headers, urlencode(form).encode())
        answer = _read(body)
        if status != 200:
            raise SignOnRefused(
                "provider_error", f"the code was not taken: {status} {_error_of(answer)}".strip()
            )
        id_token, access_token = answer.get("id_token"), answer.get("access_token", "")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise SignOnRefused("provider_error", "the answer holds no ID token")
        return Tokens(id_token=id_token, access_token=access_token)

    async def user_info(self, access_token: str, subject: str) -> Document:
        """Return what the provider says of a person besides the token; nothing if it says nothing.

        Raises:
            SignOnRefused: it speaks of somebody else, or cannot be reached.
        """
        endpoint = (await self.description()).get("userinfo_endpoint")
        if not endpoint or not access_token or not access_token.isascii() or not access_token.isprintable():
            return {}
        status, body = await self._ask("GET", endpoint, {"Authorization": f"Bearer {access_token}"})
        told = _read(body) if status == 200 else {}
        if told and told.get("sub") != subject:
            raise SignOnRefused("not_trusted", "the user info is about somebody else")
        return told

    def _identify(self, described: Document, form: dict[str, str]) -> Mapping[str, str]:
        """Say who asks, in the way that the provider takes; RFC 6749, 2.3.1."""
        client = self.client
        ways = described.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if client.client_secret and "client_secret_basic" in ways:
            pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
            return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        form["client_id"] = client.client_id
        if client.client_secret:
            form["client_secret"] = client.client_secret
        return {}

    async def _describe(self) -> Document:
        issuer = self.client.issuer
        status, body = await self._ask("GET", issuer.rstrip("/") + _WELL_KNOWN, {})
        described = _read(body)
        if status != 200 or described.get("issuer") != issuer:
            told = (
                f"calls itself {str(described.get('issuer'))[:200]!r}" if status == 200 else f"says {status}"
            )
            raise SignOnRefused("unavailable", f"what oidc.issuer describes does not fit: it {told}")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            self._check_endpoint(name, described.get(name))
        for name in ("userinfo_endpoint", "end_session_endpoint"):
            if described.get(name) is not None:
                self._check_endpoint(name, described[name])
        return described

    async def _fetch_keys(self) -> Sequence[Document]:
        status, body = await self._ask("GET", (await self.description())["jwks_uri"], {})
        keys = _read(body).get("keys")
        if status != 200 or not isinstance(keys, list):
            raise SignOnRefused("unavailable", f"the keys cannot be had: {status}")
        return tuple(each for each in keys[:_MOST_KEYS] if isinstance(each, dict))

    def _check_endpoint(self, name: str, url: object) -> None:
        try:
            target = read_url(url if isinstance(url, str) else "")
        except UnfitUrl as error:
            raise SignOnRefused("unavailable", f"{name} {error}") from None
        local = is_loopback(target.host) and urlsplit(self.client.issuer).scheme == "http"
        if not target.secure and not local:
            raise SignOnRefused("unavailable", f"{name} must begin with https://")

    async def _ask(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None = None
    ) -> tuple[int, bytes]:
        try:
            return await self._asking.ask(
                method,
                url,
                headers=headers,
                content=content,
                limit=_LARGEST,
                seconds=_SECONDS,
                trusted_origins=(self._origin,),
            )
        except FetchFailed as error:
            raise SignOnRefused("unavailable", f"no answer: {error.reason[:200]}") from None


class _Kept(Generic[Value]):
    """Something of the provider's that is fetched by one for all, and kept."""

    def __init__(self, clock: Clock, fetch: Callable[[], Awaitable[Value]]) -> None:
        self._clock = clock
        self._fetch = fetch
        self._turn = asyncio.Lock()
        self._value: Value | None = None
        self._fetched_at = 0.0
        self._failure: SignOnRefused | None = None
        self._failed_at = 0.0

    async def get(self, *, younger_than: float = KEPT) -> Value:
        async with self._turn:
            now = self._clock.monotonic()
            if self._value is not None and now - self._fetched_at < younger_than:
                return self._value
            if self._failure is not None and now - self._failed_at < PATIENCE:
                raise SignOnRefused(self._failure.code, self._failure.reason)
            try:
                self._value = await self._fetch()
            except SignOnRefused as error:
                self._failure, self._failed_at = error, self._clock.monotonic()
                raise
            self._failure, self._fetched_at = None, self._clock.monotonic()
            return self._value


def _origin(issuer: str) -> str:
    try:
        return origin_of(issuer)
    except UnfitUrl:
        return ""


def _read(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError:
        return {}


def _error_of(answer: Document) -> str:
    """Return the code of an OAuth error; its description may hold anything, and is left out."""
    error = answer.get("error")
    return error[:60] if isinstance(error, str) and error.isascii() and error.isprintable() else ""
