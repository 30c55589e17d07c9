"""A pool as an operator finds it: a real store, a clock that stands still, and makers of what lies in it."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from grok2api.canonical.tokens import TokenSet
from grok2api.config.sections.calling import Oauth
from grok2api.kit.clock import ManualClock
from grok2api.kit.secretbox import SecretBox
from grok2api.operations.importing import Target
from grok2api.operations.pooling import PoolOperations
from grok2api.pool.importing import new_credential
from grok2api.pool.tokens import new_sign_in
from grok2api.storage.records import Credential
from grok2api.storage.stores import Records

ISSUER = "https://auth.x.ai"
PEPPER = b"p" * 32
RECORD = Credential(
    id="cred_1",
    kind="oauth",
    name="Work of Ann",
    tier="super",
    tags=("eu", "night"),
    note="second shift",
    account_id="team_7",
    former_accounts=("acct_old",),
    team_id="7",
    user_id="u-1",
    login="ann@example.com",
    fingerprint="f",
    hint="…abcd",
    secret="s",
    created_at=0.0,
    updated_at=0.0,
)


def token(**claims: object) -> str:
    """Return a token that says this about itself; nobody here looks at its signature."""
    parts = (msgspec.json.encode(part) for part in ({"alg": "none"}, claims))
    return ".".join((*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), "signature"))


@dataclass(slots=True)
class Pool:
    """What an operator works on."""

    records: Records
    box: SecretBox
    clock: ManualClock

    @property
    def operations(self) -> PoolOperations:
        return PoolOperations(self.records, box=self.box, pepper=PEPPER, clock=self.clock)

    def target(self, *, oauth: bool = True) -> Target:
        settings = Oauth(enabled=oauth, issuer=ISSUER)
        return Target(
            store=self.records.credentials, box=self.box, pepper=PEPPER, oauth=settings, clock=self.clock
        )

    async def key(self, number: int = 1, **fields: Any) -> Credential:
        """Keep an API key."""
        made = new_credential(
            f"xai-canary-{number:08d}", box=self.box, pepper=PEPPER, now=self.clock.now() + number
        )
        return await self.records.credentials.add(replace(made, **fields))

    def tokens(self, subject: str = "user-1", *, lives: float = 3600.0, refresh: str = "") -> TokenSet:
        access = token(
            sub=subject,
            iss=ISSUER,
            email=f"{subject}@example.com",
            team_id=f"team-{subject}",
            exp=self.clock.now() + lives,
            tier=1,
        )
        refresh = refresh or f"refresh-token-canary-{subject}"
        return TokenSet(access_token=access, refresh_token=refresh, expires_in=lives)

    async def sign_in(self, subject: str = "user-1", *, lives: float = 3600.0, **fields: Any) -> Credential:
        """Keep a sign-in."""
        made = new_sign_in(
            self.tokens(subject, lives=lives),
            issuer=ISSUER,
            client_id="client-1",
            box=self.box,
            pepper=PEPPER,
            now=self.clock.now(),
        )
        return await self.records.credentials.add(replace(made, **fields))

    async def read(self, credential: Credential) -> Credential:
        """Return a credential as the store has it now."""
        found = await self.records.credentials.get(credential.id)
        assert found is not None
        return found
