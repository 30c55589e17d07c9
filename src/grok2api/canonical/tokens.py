"""What a sign-in service gives and refuses, in nobody's wire format.

Must never show a token in its printed form.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSet:
    """Tokens that a sign-in service has just issued."""

    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    """Empty when none came: the one that was sent stays valid."""
    id_token: str = field(default="", repr=False)
    expires_in: float | None = None
    """Seconds the access token lives from now; None when the service does not say."""
    scope: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceGrant:
    """A sign-in that a person confirms on another device."""

    device_code: str = field(repr=False)
    """What the service is asked with; whoever holds it gets the tokens."""
    user_code: str
    verification_uri: str
    verification_uri_complete: str = ""
    """The same address with the code in it; empty when the service gives none."""
    expires_in: float
    """Seconds the code lives from now."""
    interval: float
    """Seconds between two questions whether it was confirmed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """A sign-in in a browser that comes back to a redirect address."""

    url: str = field(repr=False)
    """Where the person goes; carries the state."""
    redirect_uri: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


class Refusal(StrEnum):
    """Why a sign-in service gave no tokens."""

    DEAD = "dead"
    """The grant is revoked, used up or unknown: only a new sign-in helps."""
    CLIENT = "client"
    """The client id is not accepted: a setting is wrong."""
    TIER = "tier"
    """The account's subscription does not allow the API: signing in again does not help."""
    BLOCKED = "blocked"
    """The account is blocked: nothing done here helps."""
    PENDING = "pending"
    """Nobody has answered the device code yet."""
    SLOW_DOWN = "slow_down"
    """As PENDING, and the service wants to be asked less often."""
    DENIED = "denied"
    """The person said no."""
    EXPIRED = "expired"
    """The device code is too old."""
    UNSUPPORTED = "unsupported"
    """The service has no such way to sign in."""
    TRANSIENT = "transient"
    """Trouble of the network or the service: another try may succeed."""


class SignInRefused(Exception):
    """A sign-in service gave no tokens; `detail` is for operators and holds no token."""

    def __init__(
        self, refusal: Refusal, detail: str, *, retry_after: float | None = None, sent: bool = True
    ) -> None:
        super().__init__(f"{refusal.value}: {detail}")
        self.refusal = refusal
        self.detail = detail
        self.retry_after = retry_after
        self.sent = sent
        """Whether the service may have acted on the request although no usable answer came."""
