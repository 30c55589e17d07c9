"""What a refresh is asked for and what it works with.

Must never hold a token.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from grok2api.canonical.tokens import TokenSet
from grok2api.kit.clock import Clock
from grok2api.kit.secretbox import SecretBox
from grok2api.pool.refresh.outcome import Outcome
from grok2api.pool.refresh.rules import RefreshRules
from grok2api.storage.records import Credential
from grok2api.storage.stores import ClaimStore, CredentialStore


class Issuer(Protocol):
    """The part of a sign-in service that a refresh needs."""

    async def refresh(
        self, refresh_token: str, *, client_id: str | None = None, proxy: str | None = None
    ) -> TokenSet:
        """Return new tokens for a refresh token; raise SignInRefused if there are none."""
        ...


class Stores(Protocol):
    """The part of the records that a refresh needs."""

    @property
    def credentials(self) -> CredentialStore:
        """The sign-ins."""
        ...

    @property
    def claims(self) -> ClaimStore:
        """Who refreshes which."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a refresh works with.

    Attributes:
        holder: This process, among all processes that share the store.
        pepper: Key of the fingerprints.
        proxy: The proxy of credentials that name none; None is none.
        taken: Hears of a record whose tokens are stored and may be used from now on.
        resting: Returns an outcome if a record is not to be tried again yet.
        pause: Waits for so many seconds, less if the process is about to end.
        closing: Tells whether the process is about to end.
    """

    stores: Stores
    issuer: Issuer
    box: SecretBox
    pepper: bytes = field(repr=False)
    clock: Clock
    holder: str
    rules: RefreshRules
    proxy: Callable[[], str | None]
    taken: Callable[[Credential], None]
    resting: Callable[[Credential], Outcome | None]
    pause: Callable[[float], Awaitable[None]]
    closing: Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for.

    Attributes:
        rejected: The generation whose access token upstream refused; None if none was.
        proxy: Through which proxy; None for the credential's own.
        force: Refresh even if the stored tokens are fresh, or a failure was a short while ago.
    """

    credential_id: str
    rejected: int | None = None
    proxy: str | None = field(default=None, repr=False)
    force: bool = False

    @property
    def claim_name(self) -> str:
        """Return what whoever carries this out must hold."""
        return f"refresh/{self.credential_id}"
