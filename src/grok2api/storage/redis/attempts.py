"""Attempts to sign in: one hash for each account and network, which Redis drops by itself.

Must never know an account or an address, only a keyed hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grok2api.storage.access import SignInAttempts
from grok2api.storage.redis.codec import Codec, text_of
from grok2api.storage.redis.holdings import scanned

if TYPE_CHECKING:
    from grok2api.storage.redis.link import Link

_MILLISECONDS: Final = 1000
_AT_A_TIME: Final = 500


class RedisAttempts:
    """Attempts to sign in that have not succeeded."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._codec = Codec(SignInAttempts)

    async def get(self, identifier: str, /, *, now: float) -> SignInAttempts | None:
        """Return what is kept of somebody."""
        row = await self._link.get("HGETALL", self._link.key("attempts:") + identifier)
        kept = self._codec.decode(row) if row else None
        return kept if kept is not None and kept.expires_at > now else None

    async def swap(self, attempts: SignInAttempts, /, *, now: float) -> bool:
        """Keep it in place of the version before it; tell whether it was."""
        lasting = max(1, round((attempts.expires_at - now) * _MILLISECONDS))
        return bool(
            await self._link.write(
                "attempts",
                "swap",
                id=attempts.id,
                before=attempts.version - 1,
                change=self._codec.encode(attempts),
                now=text_of(now),
                lasting=lasting,
            )
        )

    async def forget_all(self) -> None:
        """Forget every attempt of everybody."""
        one = "attempts:"
        async for identifiers in scanned(self._link, one, _AT_A_TIME):
            await self._link.change(("DEL", *(self._link.key(one) + each for each in identifiers)))
