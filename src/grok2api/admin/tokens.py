"""Tokens of programs: random, shown once, kept as a keyed hash, with a role and perhaps an end.

Their prefix tells them from client keys and from sessions. Must never put a token anywhere but into the
answer to whoever made it.
"""

from __future__ import annotations

import hashlib
import hmac
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from grok2api.errors import NotFound, StorageError
from grok2api.kit.ids import new_id, new_secret
from grok2api.storage.access import ApiToken, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grok2api.kit.clock import Clock
    from grok2api.storage.access import TokenStore

PREFIX: Final = "gat"
_NOTED: Final = 3600.0
"""Seconds after which another use is noted."""
_LONGEST: Final = 128


class Tokens:
    """The tokens there are.

    Args:
        store: Where they are kept.
        pepper: Key of the hashes; the same for the whole fleet.
        clock: Where time comes from.
    """

    def __init__(self, store: TokenStore, *, pepper: bytes, clock: Clock) -> None:
        self._store = store
        self._pepper = pepper
        self._clock = clock

    async def make(
        self, name: str, role: Role, *, created_by: str, expires_at: float | None = None
    ) -> tuple[str, ApiToken]:
        """Make a token; return it in the clear, this once, and what is kept of it."""
        plain = new_secret(PREFIX)
        token = ApiToken(
            id=new_id("tok"),
            name=name,
            role=role,
            hash=self._hash(plain),
            hint=f"{PREFIX}-…{plain[-4:]}",
            created_by=created_by,
            created_at=self._clock.now(),
            expires_at=expires_at,
        )
        await self._store.add(token)
        return plain, token

    async def find(self, plain: str) -> ApiToken | None:
        """Return a token that is valid now, and note that it is used."""
        if not is_token(plain):
            return None
        token, now = await self._store.hashed(self._hash(plain)), self._clock.now()
        if token is None or (token.expires_at is not None and token.expires_at <= now):
            return None
        if token.last_used_at is None or now - token.last_used_at >= _NOTED:
            with suppress(StorageError):
                await self._store.touch(token.id, now=now)
        return token

    async def all(self) -> Sequence[ApiToken]:
        """Return every token, the oldest first."""
        return sorted(await self._store.list(), key=lambda each: (each.created_at, each.id))

    async def valid(self, identifier: str) -> ApiToken | None:
        """Return a token that may still be used; that alone is no use of it."""
        token = await self._store.get(identifier)
        if token is None or (token.expires_at is not None and token.expires_at <= self._clock.now()):
            return None
        return token

    async def revoke(self, identifier: str) -> ApiToken:
        """Forget a token, so that it opens nothing any more; return what it was.

        Raises:
            NotFound: there is none.
        """
        token = await self._store.get(identifier)
        if token is None or not await self._store.delete(identifier):
            raise NotFound("There is no such token.")
        return token

    def _hash(self, plain: str) -> str:
        return hmac.digest(self._pepper, plain.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()


def is_token(offered: str) -> bool:
    """Tell whether this looks like a token of a program."""
    return offered.startswith(PREFIX + "-") and len(offered) <= _LONGEST
