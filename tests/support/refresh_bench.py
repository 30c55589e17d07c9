"""A refresher with everything it stands on: a real store, a real socket, a service that rotates."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from grok2api.canonical.tokens import TokenSet
from grok2api.errors import StorageError
from grok2api.kit.clock import Clock, ManualClock
from grok2api.kit.secretbox import KeyRing, SecretBox
from grok2api.pool.refresh.refresher import Refresher
from grok2api.pool.refresh.rules import RefreshRules
from grok2api.pool.refresh.tools import Issuer, Stores
from grok2api.pool.tokens import new_sign_in, open_tokens
from grok2api.storage.records import Claim, Credential
from grok2api.storage.stores import ClaimStore, CredentialStore
from grok2api.upstream.transport import Transport
from grok2api.upstream.xai.oauth import XaiIssuer
from support.memory_records import MemoryRecords
from support.tiny_issuer import TinyIssuer, tiny_issuer

PEPPER = b"pepper"
QUICK = RefreshRules(first_pause=0.001, longest_pause=0.002, poll=0.01, heir_pause=0.05)


@dataclass
class RefreshBench:
    """What a test of a refresh needs."""

    service: TinyIssuer
    issuer: XaiIssuer
    records: MemoryRecords
    box: SecretBox
    clock: ManualClock
    taken: list[Credential] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def refresher(
        self,
        holder: str = "worker-1",
        *,
        records: Stores | None = None,
        clock: Clock | None = None,
        rules: RefreshRules = QUICK,
        issuer: Issuer | None = None,
        proxy: str | None = None,
    ) -> Refresher:
        return Refresher(
            records or self.records,
            issuer or self.issuer,
            self.box,
            clock or self.clock,
            pepper=b"pepper",
            holder=holder,
            taken=self.take,
            rules=rules,
            proxy=lambda: proxy,
        )

    def take(self, record: Credential) -> None:
        self.taken.append(record)
        self.news.set()

    async def until_taken(self, count: int) -> None:
        while len(self.taken) < count:
            self.news.clear()
            await self.news.wait()

    def sign_in(self, subject: str = "ada", *, proxy: str = "", now: float | None = None) -> Credential:
        """Return the record of a new sign-in, not kept yet."""
        return self.made(self.service.sign_in(subject), proxy=proxy, now=now)

    def made(
        self, tokens: TokenSet, *, client_id: str = "client-1", proxy: str = "", now: float | None = None
    ) -> Credential:
        """Return the record of a sign-in with these tokens, not kept yet."""
        return new_sign_in(
            tokens,
            issuer=self.service.url,
            client_id=client_id,
            box=self.box,
            pepper=PEPPER,
            now=self.clock.now() if now is None else now,
            proxy=proxy,
        )

    async def added(self, subject: str = "ada") -> Credential:
        return await self.records.credentials.add(self.sign_in(subject))

    async def stored(self, identifier: str) -> Credential:
        record = await self.records.credentials.get(identifier)
        assert record is not None
        return record

    def refresh_token(self, record: Credential) -> str:
        tokens = open_tokens(record, self.box)
        assert tokens is not None
        return tokens.refresh_token


@asynccontextmanager
async def refresh_bench() -> AsyncIterator[RefreshBench]:
    """Build it for the length of the block."""
    clock = ManualClock()
    transport = Transport(user_agent="grok2api/test")
    async with tiny_issuer() as service, transport:
        issuer = XaiIssuer(
            transport, issuer=service.url, client_id="client-1", scopes=("openid",), clock=clock, seconds=5.0
        )
        box = SecretBox(KeyRing("a secret key of more than thirty-two characters"))
        yield RefreshBench(service, issuer, MemoryRecords(), box, clock)


class FailingCredentials:
    """Credentials of a store that goes away as soon as new tokens are to be written, if it is told to."""

    def __init__(self, inner: CredentialStore) -> None:
        self._inner = inner
        self.away = False
        self.refused = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    async def change(
        self,
        identifier: str,
        changes: Mapping[str, object],
        *,
        claim: Claim | None = None,
        generation: int | None = None,
        uncleared_since: float | None = None,
    ) -> Credential:
        if self.away and "secret" in changes:
            self.refused += 1
            raise StorageError("The disk is full.")
        return await self._inner.change(
            identifier, changes, claim=claim, generation=generation, uncleared_since=uncleared_since
        )


class FailingStores:
    """A store whose writing of tokens can be made to fail."""

    def __init__(self, inner: Stores) -> None:
        self.failing = FailingCredentials(inner.credentials)
        self._claims = inner.claims

    @property
    def credentials(self) -> CredentialStore:
        return self.failing  # type: ignore[return-value]  # the other verbs are passed on as they are

    @property
    def claims(self) -> ClaimStore:
        return self._claims
