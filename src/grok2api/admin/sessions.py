"""Sessions: random tokens, of which the store keeps only a keyed hash.

They live in the store, so that an end means the end on every worker. A session ends twelve hours after its
last use, and seven days after its sign-in at the latest; one of single sign-on earlier, as the settings say
now, because only a sign-in asks the provider again. It carries the stamp of the password that it was
begun under, so that another password ends it, wherever that was set.
Must never put a token anywhere but into the answer to the sign-in.
"""

from __future__ import annotations

import hashlib
import hmac
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from grok2api.errors import StorageError
from grok2api.kit.ids import new_secret
from grok2api.storage.records import AdminSession

if TYPE_CHECKING:
    from grok2api.admin.accounts import Account, Accounts
    from grok2api.kit.clock import Clock
    from grok2api.storage.access import SessionStore

IDLE: Final = 12 * 3600.0
"""Seconds from the last use to the end."""
PREFIX: Final = "adm"
_NOTED: Final = 60.0
"""Seconds after which another use is noted."""
_LONGEST: Final = 128
_LONGEST_AGENT: Final = 200
_ID: Final = 24
"""Characters of the hash by which a session is called; they open nothing."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that goes on, and whose it is."""

    session: AdminSession = field(repr=False)
    account: Account

    @property
    def id(self) -> str:
        """What the session is called."""
        return id_of(self.session)

    @property
    def ends_at(self) -> float:
        """Wall time at which it ends unless it is used again."""
        return end_of(self.session)


class Sessions:
    """The sessions there are.

    Args:
        store: Where they are kept.
        accounts: Whose they are.
        pepper: Key of the hashes; the same for the whole fleet.
        clock: Where time comes from.
    """

    def __init__(self, store: SessionStore, accounts: Accounts, *, pepper: bytes, clock: Clock) -> None:
        self._store = store
        self._accounts = accounts
        self._key = pepper
        self._clock = clock

    async def begin(self, account: Account, *, address: str = "", agent: str = "") -> tuple[str, SignedIn]:
        """Begin a session, and forget those that have ended; return its token and what is kept of it."""
        now = self._clock.now()
        await self._store.delete_ended(now)
        for each in await self._store.list():
            if end_of(each) <= now:
                await self._store.delete(each.hash)
        token = new_secret(PREFIX)
        session = AdminSession(
            hash=self._hash(token),
            operator_id=account.id,
            stamp=account.stamp,
            created_at=now,
            last_used_at=now,
            expires_at=now + account.lasts,
            address=address,
            agent=agent[:_LONGEST_AGENT],
        )
        await self._store.put(session)
        return token, SignedIn(session, account)

    async def find(self, token: str) -> SignedIn | None:
        """Return the session of a token, unless there is none or it has ended; note that it is used."""
        if not token.startswith(PREFIX + "-") or len(token) > _LONGEST:
            return None
        session = await self._store.get(self._hash(token))
        found = None if session is None else await self._living(session)
        now = self._clock.now()
        if found is None or now - found.session.last_used_at < _NOTED:
            return found
        with suppress(StorageError):
            await self._store.touch(found.session.hash, now=now)
        return replace(found, session=replace(found.session, last_used_at=now))

    async def again(self, signed_in: SignedIn) -> SignedIn | None:
        """Return a session as it is now, unless it has ended; that alone is no use of it."""
        session = await self._store.get(signed_in.session.hash)
        return None if session is None else await self._living(session)

    async def all(self) -> list[SignedIn]:
        """Return the sessions that go on, the last used first."""
        found = [await self._living(each) for each in await self._store.list()]
        living = [each for each in found if each is not None]
        return sorted(living, key=lambda each: (-each.session.last_used_at, each.id))

    async def end(self, session: AdminSession) -> None:
        """End a session, everywhere."""
        await self._store.delete(session.hash)

    async def end_of(self, operator_id: str, *, but: str = "") -> int:
        """End all sessions of an account, but the one with this hash; return how many."""
        count = 0
        for each in await self._store.list():
            if each.operator_id == operator_id and each.hash != but:
                count += await self._store.delete(each.hash)
        return count

    async def _living(self, session: AdminSession) -> SignedIn | None:
        now = self._clock.now()
        if now >= end_of(session):
            return None
        account = await self._accounts.get(session.operator_id)
        if account is None or not hmac.compare_digest(account.stamp, session.stamp):
            return None
        latest = min(session.expires_at, session.created_at + account.lasts)
        return SignedIn(replace(session, expires_at=latest), account) if now < latest else None

    def _hash(self, token: str) -> str:
        return hmac.digest(self._key, token.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()


def id_of(session: AdminSession) -> str:
    """Return what a session is called."""
    return f"ses_{session.hash[:_ID]}"


def end_of(session: AdminSession) -> float:
    """Return the wall time at which a session ends unless it is used again."""
    return min(session.expires_at, session.last_used_at + IDLE)
