"""Who may do what alone, among all processes that share the store.

A claim that has run out is still its holder's until somebody else takes it. Must never be told by its end
alone that a write is allowed: clocks differ, fences do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grok2api.storage.records import Claim
from grok2api.storage.redis.codec import text_of

if TYPE_CHECKING:
    from grok2api.storage.redis.link import Link

CLOCK_SLACK: Final = 60.0
"""Seconds by which an end may lie too far ahead and still be believed: callers read the clock before they
wait for the store, and the clocks of two hosts are never quite equal."""

_SCRIPT: Final = "claims"


class RedisClaims:
    """Who may do what alone."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def acquire(self, name: str, /, *, holder: str, seconds: float, now: float) -> Claim | None:
        """Return the claim with the next fence; None while somebody else holds it."""
        fence = await self._link.write(
            _SCRIPT,
            "acquire",
            name=name,
            holder=holder,
            now=text_of(now),
            ends=text_of(now + seconds),
            lifetime=text_of(seconds),
            slack=text_of(CLOCK_SLACK),
        )
        return None if fence is None else Claim(name=name, holder=holder, fence=fence, until=now + seconds)

    async def renew(self, claim: Claim, /, *, seconds: float, now: float) -> Claim | None:
        """Return the claim with a later end and the same fence; None if it is lost."""
        until = now + seconds
        held = await self._link.write(
            _SCRIPT,
            "renew",
            name=claim.name,
            holder=claim.holder,
            fence=str(claim.fence),
            ends=text_of(until),
            lifetime=text_of(seconds),
        )
        return Claim(name=claim.name, holder=claim.holder, fence=claim.fence, until=until) if held else None

    async def release(self, claim: Claim, /) -> None:
        """Let go of a claim, if it is still held; its fence is kept."""
        await self._link.write(
            _SCRIPT, "release", name=claim.name, holder=claim.holder, fence=str(claim.fence)
        )

    async def holder(self, name: str, /, *, now: float) -> str | None:
        """Return who holds a claim now."""
        holder = await self._link.ask(
            _SCRIPT, "holder", name=name, now=text_of(now), slack=text_of(CLOCK_SLACK)
        )
        return None if holder is None else holder.decode()
