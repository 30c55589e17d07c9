"""Operators who have signed in to the admin API.

Must never know a session's token, only its keyed hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grok2api.storage.records import AdminSession
from grok2api.storage.redis.codec import Codec, text_of

if TYPE_CHECKING:
    from grok2api.storage.redis.link import Link

_SCRIPT: Final = "sessions"
_TIME: Final = 16
"""Characters of a time in an index, before the id."""


class RedisSessions:
    """Operators who have signed in."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._codec = Codec(AdminSession)

    async def put(self, session: AdminSession, /) -> None:
        """Keep a session, in place of the one with this hash."""
        await self._link.write(_SCRIPT, "put", id=session.hash, change=self._codec.encode(session))

    async def get(self, hashed: str, /) -> AdminSession | None:
        """Return a session."""
        row = await self._link.get("HGETALL", self._link.key("session:") + hashed)
        return self._codec.decode(row) if row else None

    async def list(self) -> tuple[AdminSession, ...]:
        """Return all sessions in the order of their hashes."""
        found = await self._link.get("ZRANGE", self._link.key("sessions:ends"), 0, -1)
        keys = [self._link.key("session:") + each[_TIME:].decode() for each in found]
        sessions = await self._link.hashes(keys, self._codec.decode)
        return tuple(sorted(sessions, key=lambda each: each.hash))

    async def touch(self, hashed: str, /, *, now: float) -> bool:
        """Note that a session is used now; tell whether it is there."""
        change = self._codec.change({"last_used_at": now})
        return bool(await self._link.write(_SCRIPT, "touch", id=hashed, change=change))

    async def delete(self, hashed: str, /) -> bool:
        """End a session; tell whether it was there."""
        return bool(await self._link.write(_SCRIPT, "delete", id=hashed))

    async def delete_all(self) -> int:
        """End every session; return how many there were."""
        return int(await self._link.write(_SCRIPT, "delete_ended"))

    async def delete_ended(self, now: float, /) -> int:
        """Forget the sessions that have ended by `now`; return how many."""
        return int(await self._link.write(_SCRIPT, "delete_ended", now=text_of(now)))
