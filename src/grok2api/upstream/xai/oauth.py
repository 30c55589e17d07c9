"""xAI's sign-in service: device codes, redirects and refreshes; tokens come out, or one refusal.

Every call goes out once. Whether it may be sent again is for whoever knows what it costs, because a
refresh uses its token up. Must never show a token, and must never send one to an address that the issuer
has no right to name.
Source: RFC 6749, RFC 7636, RFC 8628; xai-api.md §6.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

import msgspec

from grok2api.canonical.tokens import AuthorizationRequest, DeviceGrant, Refusal, SignInRefused, TokenSet
from grok2api.kit import base64url
from grok2api.kit.clock import Clock
from grok2api.upstream.transport import MAX_ERROR_BYTES, Transport, TransportError
from grok2api.upstream.xai.oauth_answer import Reply, read_device_grant, read_tokens
from grok2api.upstream.xai.oauth_discovery import (
    DISCOVERY_PATH,
    EndpointRefused,
    Endpoints,
    documented,
    read_discovery,
)
from grok2api.upstream.xai.retry_after import retry_after_seconds

CALL_SECONDS: Final = 20.0
"""Longest call to the service, from the connection to the end of the answer."""
_DISCOVERY_LIFE: Final = 3600.0
_DEVICE_GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"


class XaiIssuer:
    """One sign-in service and what this product calls itself there.

    Args:
        transport: Carries the calls.
        issuer: Address of the service, without a path of its own.
        client_id: Who asks.
        scopes: Rights that a new sign-in asks for.
        clock: Ages the discovery document.
        seconds: Longest call.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        issuer: str,
        client_id: str,
        scopes: Sequence[str],
        clock: Clock,
        seconds: float = CALL_SECONDS,
    ) -> None:
        self.issuer = issuer.rstrip("/")
        self.client_id = client_id
        self._transport = transport
        self._scope = " ".join(scopes)
        self._clock = clock
        self._seconds = seconds
        self._looking = asyncio.Lock()
        self._looks = 0
        self._found: tuple[float, Endpoints] | None = None
        self._failure: SignInRefused | None = None

    async def begin_device(self, *, proxy: str | None = None) -> DeviceGrant:
        """Ask for a device code.

        Raises:
            SignInRefused: there is none; UNSUPPORTED if the service does not know device codes.
        """
        endpoints = await self._endpoints(proxy)
        form = {"client_id": self.client_id, "scope": self._scope}
        return read_device_grant(await self._post(endpoints.device, form, proxy), ())

    async def poll_device(self, device_code: str, *, proxy: str | None = None) -> TokenSet:
        """Ask whether a device code was confirmed.

        Raises:
            SignInRefused: not yet (PENDING, SLOW_DOWN), or never.
        """
        form = {"grant_type": _DEVICE_GRANT, "device_code": device_code, "client_id": self.client_id}
        return await self._tokens(form, (device_code,), proxy)

    async def authorization(self, redirect_uri: str, *, proxy: str | None = None) -> AuthorizationRequest:
        """Return where a person signs in with a browser, and what must be kept until it comes back.

        Raises:
            SignInRefused: the service's addresses could not be had.
        """
        endpoints = await self._endpoints(proxy)
        verifier, state, nonce = (secrets.token_urlsafe(size) for size in (48, 24, 24))
        challenge = base64url.encode(hashlib.sha256(verifier.encode()).digest())
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "scope": self._scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in endpoints.authorization else "?"
        return AuthorizationRequest(
            url=f"{endpoints.authorization}{joint}{urlencode(query)}",
            redirect_uri=redirect_uri,
            state=state,
            nonce=nonce,
            verifier=verifier,
        )

    async def exchange(
        self, code: str, request: AuthorizationRequest, *, proxy: str | None = None
    ) -> TokenSet:
        """Return the tokens for the code that a redirect brought.

        Raises:
            SignInRefused: there are none, or they answer another request than this one.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": request.redirect_uri,
            "client_id": self.client_id,
            "code_verifier": request.verifier,
        }
        tokens = await self._tokens(form, (code, request.verifier), proxy)
        if tokens.id_token and _nonce(tokens.id_token) not in {None, request.nonce}:
            raise SignInRefused(Refusal.DEAD, "the answer belongs to another sign-in", sent=False)
        return tokens

    async def refresh(
        self, refresh_token: str, *, client_id: str | None = None, proxy: str | None = None
    ) -> TokenSet:
        """Return new tokens for a refresh token, which is used up by this.

        Args:
            refresh_token: The token.
            client_id: Whom it was issued to, if not to this product.
            proxy: URL of the proxy to go through.

        Raises:
            SignInRefused: there are none; only DEAD says that there will never be any.
        """
        form = {
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            "client_id": client_id or self.client_id,
        }
        return await self._tokens(form, (refresh_token,), proxy)

    async def _tokens(self, form: Mapping[str, str], sent: tuple[str, ...], proxy: str | None) -> TokenSet:
        endpoints = await self._endpoints(proxy)
        return read_tokens(await self._post(endpoints.token, form, proxy), sent)

    async def _endpoints(self, proxy: str | None) -> Endpoints:
        """Return the service's addresses; callers that come together look once, and fail together."""
        before = self._looks
        async with self._looking:
            if self._found is not None and self._clock.monotonic() < self._found[0] + _DISCOVERY_LIFE:
                return self._found[1]
            if self._looks != before and self._failure is not None:
                raise _again(self._failure)
            try:
                endpoints, lasting = await self._look(proxy)
            except SignInRefused as refused:
                self._failure = refused
                raise
            finally:
                self._looks += 1
            self._failure = None
            self._found = (self._clock.monotonic(), endpoints) if lasting else None
            return endpoints

    async def _look(self, proxy: str | None) -> tuple[Endpoints, bool]:
        """Return the addresses, and whether they may be kept: not while the service cannot name them."""
        try:
            reply = await self._ask("GET", self.issuer + DISCOVERY_PATH, None, proxy)
        except SignInRefused as refused:
            raise SignInRefused(refused.refusal, refused.detail, sent=False) from refused
        if reply.status == 200:
            try:
                found = read_discovery(reply.content, self.issuer)
            except EndpointRefused as error:
                raise SignInRefused(
                    Refusal.CLIENT, f"the service's discovery document is refused: {error}", sent=False
                ) from error
            if found is not None:
                return found, True
        return documented(self.issuer), reply.status in {404, 410}

    async def _post(self, url: str, form: Mapping[str, str], proxy: str | None) -> Reply:
        return await self._ask("POST", url, urlencode(form).encode(), proxy)

    async def _ask(self, method: str, url: str, content: bytes | None, proxy: str | None) -> Reply:
        """Send a question and read the answer within its time."""
        headers = {"Accept": "application/json"}
        if content is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            async with asyncio.timeout(self._seconds):
                reply = await self._transport.open(method, url, headers=headers, content=content, proxy=proxy)
                try:
                    body = await reply.body(MAX_ERROR_BYTES)
                finally:
                    reply.close()
        except TransportError as error:
            said = f"the sign-in service cannot be reached: {error}"
            raise SignInRefused(Refusal.TRANSIENT, said[:300], sent=error.sent) from error
        except TimeoutError as error:
            said = f"the sign-in service did not answer within {self._seconds:g} s"
            raise SignInRefused(Refusal.TRANSIENT, said) from error
        return Reply(reply.status, body, retry_after_seconds(reply.headers, self._clock.now()))


def _again(refused: SignInRefused) -> SignInRefused:
    return SignInRefused(refused.refusal, refused.detail, retry_after=refused.retry_after, sent=refused.sent)


def _nonce(id_token: str) -> str | None:
    """Return the nonce of an id token; it came over TLS from the service itself, so nothing is verified."""
    parts = id_token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = msgspec.json.decode(base64url.decode(parts[1]))
    except (ValueError, RecursionError):
        return None
    nonce = claims.get("nonce") if isinstance(claims, Mapping) else None
    return nonce if isinstance(nonce, str) else None
