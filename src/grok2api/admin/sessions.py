"""Sessions of operators: random tokens, of which the store keeps only a keyed hash.

They live in the store, so that an end means the end on every worker. A session ends twelve hours after its
sign-in, used or not: it is never prolonged, so that reading one never writes. The hash is mixed with the
password of the settings, so that another `app.app_key` ends what was begun under the last one.
Must never put a token anywhere but into the answer to the sign-in.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from grok2api.kit.ids import new_secret
from grok2api.storage.records import AdminSession

if TYPE_CHECKING:
    from grok2api.kit.clock import Clock
    from grok2api.storage.stores import SessionStore

LIFETIME: Final = 12 * 3600.0
"""Seconds from the sign-in to the end."""
_PREFIX: Final = "adm"
_LONGEST: Final = 128


class Sessions:
    """The sessions there are.

    Args:
        store: Where they are kept.
        pepper: Key of the hashes; the same for the whole fleet.
        clock: Where time comes from.
        configured: The password of the settings; empty if there is none.
    """

    def __init__(self, store: SessionStore, *, pepper: bytes, clock: Clock, configured: str = "") -> None:
        self._store = store
        self._key = hmac.digest(pepper, configured.encode(), hashlib.sha256)
        self._clock = clock

    async def begin(self) -> tuple[str, AdminSession]:
        """Begin a session, and forget those that have ended; return its token and what is kept of it."""
        now = self._clock.now()
        await self._store.delete_ended(now)
        token = new_secret(_PREFIX)
        session = AdminSession(hash=self._hash(token), created_at=now, expires_at=now + LIFETIME)
        await self._store.put(session)
        return token, session

    async def find(self, token: str) -> AdminSession | None:
        """Return the session of a token, unless there is none or it has ended."""
        if not token.startswith(_PREFIX + "-") or len(token) > _LONGEST:
            return None
        session = await self._store.get(self._hash(token))
        return session if session is not None and self._clock.now() < session.expires_at else None

    async def end(self, session: AdminSession) -> None:
        """End a session, everywhere."""
        await self._store.delete(session.hash)

    def _hash(self, token: str) -> str:
        return hmac.digest(self._key, token.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()
