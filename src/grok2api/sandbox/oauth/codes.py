"""Authorization codes with PKCE (RFC 7636, S256 only), good once and for ten minutes.

A redirect may only lead to this machine: whatever else is asked for is refused before anything is sent there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

from grok2api.kit.clock import Clock
from grok2api.sandbox.mint import Mint
from grok2api.sandbox.oauth import errors
from grok2api.sandbox.oauth.families import Holder
from grok2api.sandbox.oauth.jwt import challenge_of

LIFETIME = 600.0
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client asked a person to approve."""

    client_id: str
    redirect_uri: str
    challenge: str
    scope: str
    state: str | None = None
    nonce: str | None = None


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """An approved request; `expires` is in monotonic seconds."""

    asked: Asked
    holder: Holder
    expires: float


def read(parameters: Mapping[str, str], default_scope: str) -> Asked:
    """Return what an authorization request asks for. Raises: Refusal invalid_request."""
    if parameters.get("response_type") != "code":
        raise errors.refused("unsupported_response_type", "response_type must be code")
    redirect_uri = parameters.get("redirect_uri", "")
    if not _is_loopback(redirect_uri):
        raise errors.invalid_request("redirect_uri must be a http address of this machine")
    if parameters.get("code_challenge_method") != "S256" or not parameters.get("code_challenge"):
        raise errors.invalid_request("PKCE with code_challenge_method S256 is required")
    return Asked(
        parameters.get("client_id", ""),
        redirect_uri,
        parameters["code_challenge"],
        parameters.get("scope") or default_scope,
        parameters.get("state"),
        parameters.get("nonce"),
    )


def _is_loopback(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme == "http" and parts.hostname in LOOPBACK and address.isascii()
    except ValueError:
        return False


def location(asked: Asked, answer: Mapping[str, str]) -> str:
    """Return the redirect that carries an answer back to the client."""
    parts = urlsplit(asked.redirect_uri)
    told = dict(answer) if asked.state is None else {**answer, "state": asked.state}
    query = "&".join(part for part in (parts.query, urlencode(told)) if part)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


class AuthorizationCodes:
    """Every authorization code of one issuer."""

    def __init__(self, clock: Clock, mint: Mint) -> None:
        self._clock = clock
        self._mint = mint
        self._codes: dict[str, AuthorizationCode] = {}

    def start(self, asked: Asked, holder: Holder) -> str:
        """Return the code of a request that `holder` approved."""
        code = f"sandbox-code-{self._mint.new_uuid()}"
        self._codes[code] = AuthorizationCode(asked, holder, self._clock.monotonic() + LIFETIME)
        return code

    def find(self, code: str) -> AuthorizationCode | None:
        """Return what a code stands for, or None."""
        return self._codes.get(code)

    def redeem(self, form: Mapping[str, str], client_id: str) -> AuthorizationCode:
        """Return what a code stands for, and end the code. Raises: Refusal invalid_grant."""
        kept = self._codes.pop(form.get("code", ""), None)
        if kept is None or kept.asked.client_id != client_id or self._clock.monotonic() >= kept.expires:
            raise errors.invalid_grant("Invalid or unknown authorization code")
        if form.get("redirect_uri") != kept.asked.redirect_uri:
            raise errors.invalid_grant("redirect_uri does not match")
        if challenge_of(form.get("code_verifier", "")) != kept.asked.challenge:
            raise errors.invalid_grant("PKCE verification failed")
        return kept

    def clear(self) -> None:
        """Forget every code."""
        self._codes.clear()
