"""Takes the tokens of a sign-in into the pool, and takes each account in once.

Two records of one account would refresh against each other until xAI revokes both, so a sign-in of an
account that is there renews its record. Must never drop tokens that were given: a store that is away is
tried for as long as it makes sense.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Literal, Protocol

from grok2api.canonical.tokens import TokenSet
from grok2api.errors import StorageError
from grok2api.kit.clock import Clock
from grok2api.kit.secretbox import SecretBox
from grok2api.observability.logging import get_logger
from grok2api.pool.proxy_seal import seal_proxy
from grok2api.pool.tokens import cleared, new_sign_in, open_tokens, renewed, told_by
from grok2api.storage.records import Conflict, Credential, Missing, Tier
from grok2api.storage.stores import CredentialStore

_log = get_logger("grok2api.sign_in")

_TRIES: Final = 5
_FIRST_PAUSE: Final = 0.25
_LONGEST_PAUSE: Final = 5.0
_STORE_PATIENCE: Final = 120.0


class Service(Protocol):
    """What is asked of a sign-in service here: who it is."""

    @property
    def issuer(self) -> str:
        """Address of the service."""
        ...

    @property
    def client_id(self) -> str:
        """Who this product is there."""
        ...


class Stores(Protocol):
    """The part of the records that is needed."""

    @property
    def credentials(self) -> CredentialStore:
        """The pool."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the operator wants a sign-in to be called and used for; what is empty stays as it is."""

    name: str = ""
    tier: Tier | None = None
    tags: tuple[str, ...] = ()
    proxy: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """A sign-in in the pool, and how it came there."""

    credential: Credential
    how: Literal["added", "renewed"]


class SignInKeeper:
    """Keeps sign-ins.

    Args:
        records: Where.
        service: The sign-in service that their tokens are from.
        box: Seals tokens.
        pepper: Key of the fingerprints.
        clock: Dates them.
        stored: Hears of every record that was added or renewed.
    """

    def __init__(
        self,
        records: Stores,
        service: Service,
        box: SecretBox,
        pepper: bytes,
        clock: Clock,
        *,
        stored: Callable[[Credential], None] = lambda _: None,
    ) -> None:
        self._records = records
        self._service = service
        self._box = box
        self._pepper = pepper
        self._clock = clock
        self._stored = stored

    async def keep(self, tokens: TokenSet, wishes: Wishes) -> Kept:
        """Store the tokens of a new sign-in, over those of the same account if it is in the pool.

        Raises:
            StorageError: the store was away for too long; the tokens are lost, and the person must sign in
                again.
        """
        record = self._made(tokens, wishes)
        deadline, pause = self._clock.monotonic() + _STORE_PATIENCE, _FIRST_PAUSE
        while True:
            try:
                kept = await self._placed(record, tokens, wishes)
            except StorageError as error:
                if self._clock.monotonic() >= deadline:
                    _log.error("a sign-in could not be stored", reason=error.public_message)
                    raise
            else:
                self._stored(kept.credential)
                return kept
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _made(self, tokens: TokenSet, wishes: Wishes) -> Credential:
        made = new_sign_in(
            tokens,
            issuer=self._service.issuer,
            client_id=self._service.client_id,
            box=self._box,
            pepper=self._pepper,
            now=self._clock.now(),
            name=wishes.name,
            tier=wishes.tier,
            tags=wishes.tags,
        )
        return replace(made, proxy=seal_proxy(wishes.proxy, made.id, self._box))

    async def _placed(self, record: Credential, tokens: TokenSet, wishes: Wishes) -> Kept:
        """Add the record, or renew the one that is there; whoever was quicker is met again."""
        credentials = self._records.credentials
        for _ in range(_TRIES):
            present = await credentials.with_fingerprint(record.fingerprint)
            try:
                if present is None:
                    return Kept(await credentials.add(record), "added")
                changes = self._changes(present, tokens, wishes)
                kept = await credentials.change(present.id, changes, generation=present.generation)
                return Kept(kept, "renewed")
            except (Conflict, Missing):
                continue
        raise StorageError("The sign-in keeps being changed by others; it could not be stored.")

    def _changes(self, present: Credential, tokens: TokenSet, wishes: Wishes) -> dict[str, object]:
        changes = renewed(
            present,
            tokens,
            former=open_tokens(present, self._box),
            box=self._box,
            now=self._clock.now(),
            issuer=self._service.issuer,
            client_id=self._service.client_id,
        )
        changes.update(cleared())
        wanted: dict[str, object] = {
            "name": wishes.name,
            "tier": wishes.tier or told_by(tokens).tier,
            "tags": wishes.tags,
            "proxy": seal_proxy(wishes.proxy, present.id, self._box),
        }
        changes.update({name: value for name, value in wanted.items() if value})
        return changes
