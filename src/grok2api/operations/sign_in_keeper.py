"""Takes tokens that somebody brings (a sign-in, a file) into the pool, and takes each account in once.

Two records of one account would refresh against each other until xAI revokes both, so a sign-in of an
account that is there renews its record. A refresh token out of a file is spent only if it has to be, and
never twice: the second use of one is what xAI takes for theft. Must never drop tokens that were given: a
store that is away is tried for as long as it makes sense.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from grok2api.canonical.tokens import TokenSet
from grok2api.errors import InvalidRequest, StorageError
from grok2api.kit.clock import Clock
from grok2api.kit.secretbox import SecretBox
from grok2api.observability.logging import get_logger
from grok2api.pool.claims import claims_of
from grok2api.pool.importing import fingerprint
from grok2api.pool.tokens import cleared, new_sign_in, open_tokens, renewed, sign_in_fingerprint, told_by
from grok2api.storage.records import Conflict, Credential, Missing, Tier
from grok2api.storage.stores import CredentialStore, MetaStore

_log = get_logger("grok2api.sign_in")

_TRIES: Final = 5
_FIRST_PAUSE: Final = 0.25
_LONGEST_PAUSE: Final = 5.0
_STORE_PATIENCE: Final = 120.0
_LONG_ENOUGH: Final = 60.0
"""An access token out of a file that lives for less than this is not worth keeping unrefreshed."""


class Service(Protocol):
    """The part of a sign-in service that an import needs."""

    @property
    def issuer(self) -> str:
        """Address of the service."""
        ...

    @property
    def client_id(self) -> str:
        """Who this product is there."""
        ...

    async def refresh(
        self, refresh_token: str, *, client_id: str | None = None, proxy: str | None = None
    ) -> TokenSet:
        """Return new tokens for a refresh token; raise SignInRefused if there are none."""
        ...


class Stores(Protocol):
    """The part of the records that is needed."""

    @property
    def credentials(self) -> CredentialStore:
        """The pool."""
        ...

    @property
    def meta(self) -> MetaStore:
        """Which refresh tokens were taken in before."""
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
    """A sign-in in the pool, and how it came there.

    `present` means that it was there, in good order, and nothing was done.
    """

    credential: Credential
    how: Literal["added", "renewed", "present"]


class SignInKeeper:
    """Keeps sign-ins.

    Args:
        records: Where.
        service: The sign-in service that their tokens are from.
        box: Seals tokens.
        pepper: Key of the fingerprints.
        clock: Dates them.
        stored: Hears of every record that was added or renewed.
        proxy: The proxy of sign-ins that name none.
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
        proxy: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._records = records
        self._service = service
        self._box = box
        self._pepper = pepper
        self._clock = clock
        self._stored = stored
        self._proxy = proxy

    async def keep(self, tokens: TokenSet, wishes: Wishes, *, client_id: str = "") -> Kept:
        """Store the tokens of a new sign-in, over those of the same account if it is in the pool.

        Raises:
            StorageError: the store was away for too long; the tokens are lost, and the person must sign in
                again.
        """
        record = self._made(tokens, wishes, client_id)
        deadline, pause = self._clock.monotonic() + _STORE_PATIENCE, _FIRST_PAUSE
        while True:
            try:
                kept = await self._placed(record, tokens, wishes, client_id)
            except StorageError as error:
                if self._clock.monotonic() >= deadline:
                    _log.error("a sign-in could not be stored", reason=error.public_message)
                    raise
            else:
                self._stored(kept.credential)
                return kept
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def import_refresh_token(
        self, refresh_token: str, wishes: Wishes, *, access_token: str = "", client_id: str = ""
    ) -> Kept:
        """Take in a refresh token from elsewhere, and find out whose it is.

        It is exchanged once, and what comes is stored at once. It is left alone if the access token that
        came along still lives, if the same token was taken in before, or if the account is in the pool in
        good order.

        Args:
            refresh_token: The token.
            wishes: Name and use.
            access_token: The one that came along, if one did.
            client_id: Whom they were issued to, if not to this product.

        Raises:
            InvalidRequest: it cannot be a token.
            SignInRefused: the service gave nothing for it.
            StorageError: the store is away. Unless the token was exchanged already, it was not spent.
        """
        token = refresh_token.strip()
        if not token or not all("!" <= character <= "~" for character in token):
            raise InvalidRequest("The refresh token is empty or holds characters that no token has.")
        claims = claims_of(access_token)
        mark = f"imported/{fingerprint(f'refresh{chr(10)}{token}', self._pepper)}"
        if (present := await self._known(mark, claims.subject)) is not None:
            return Kept(present, "present")
        now = self._clock.now()
        if claims.expires_at is not None and claims.subject and claims.expires_at > now + _LONG_ENOUGH:
            left = claims.expires_at - now
            tokens = TokenSet(access_token=access_token, refresh_token=token, expires_in=left)
        else:
            proxy = wishes.proxy or self._proxy()
            tokens = await self._service.refresh(token, client_id=client_id or None, proxy=proxy)
            if not tokens.refresh_token:
                tokens = TokenSet(
                    access_token=tokens.access_token,
                    refresh_token=token,
                    id_token=tokens.id_token,
                    expires_in=tokens.expires_in,
                    scope=tokens.scope,
                )
        kept = await self.keep(tokens, wishes, client_id=client_id)
        try:
            await self._records.meta.put(mark, kept.credential.id)
        except StorageError as error:
            _log.warning(
                "an import was not noted", credential=kept.credential.id, reason=error.public_message
            )
        return kept

    async def _known(self, mark: str, subject: str) -> Credential | None:
        """Return the sign-in that this token belongs to, if it is in the pool and can go on by itself."""
        credentials = self._records.credentials
        identifier = await self._records.meta.get(mark)
        found = await credentials.get(identifier) if identifier else None
        if found is not None:
            return found
        if not subject:
            return None
        found = await credentials.with_fingerprint(
            sign_in_fingerprint(self._service.issuer, subject, "", self._pepper)
        )
        if found is None or found.refresh_dead or found.status == "expired":
            return None
        return found

    def _made(self, tokens: TokenSet, wishes: Wishes, client_id: str) -> Credential:
        return new_sign_in(
            tokens,
            issuer=self._service.issuer,
            client_id=client_id or self._service.client_id,
            box=self._box,
            pepper=self._pepper,
            now=self._clock.now(),
            name=wishes.name,
            tier=wishes.tier,
            tags=wishes.tags,
            proxy=wishes.proxy,
        )

    async def _placed(self, record: Credential, tokens: TokenSet, wishes: Wishes, client_id: str) -> Kept:
        """Add the record, or renew the one that is there; whoever was quicker is met again."""
        credentials = self._records.credentials
        for _ in range(_TRIES):
            present = await credentials.with_fingerprint(record.fingerprint)
            try:
                if present is None:
                    return Kept(await credentials.add(record), "added")
                changes = self._changes(present, tokens, wishes, client_id)
                kept = await credentials.change(present.id, changes, generation=present.generation)
                return Kept(kept, "renewed")
            except (Conflict, Missing):
                continue
        raise StorageError("The sign-in keeps being changed by others; it could not be stored.")

    def _changes(
        self, present: Credential, tokens: TokenSet, wishes: Wishes, client_id: str
    ) -> dict[str, object]:
        changes = renewed(
            present,
            tokens,
            former=open_tokens(present, self._box),
            box=self._box,
            now=self._clock.now(),
            issuer=self._service.issuer,
            client_id=client_id or self._service.client_id,
        )
        changes.update(cleared())
        wanted: dict[str, object] = {
            "name": wishes.name,
            "tier": wishes.tier or told_by(tokens).tier,
            "tags": wishes.tags,
            "proxy": wishes.proxy,
        }
        changes.update({name: value for name, value in wanted.items() if value})
        return changes
