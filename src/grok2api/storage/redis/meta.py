"""Facts about the store itself.

Must never replace a fact unless it was asked to: of two processes that write a first one at once, both are
told what stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grok2api.storage.redis.link import Link


class RedisMeta:
    """Facts about the store itself."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._key = link.key("meta")

    async def get(self, name: str, /) -> str | None:
        """Return a fact."""
        value = await self._link.get("HGET", self._key, name)
        return None if value is None else value.decode()

    async def put_if_absent(self, name: str, value: str) -> str:
        """Keep a fact unless there is one of this name; return the one that stands now."""
        _, stands = await self._link.change(("HSETNX", self._key, name, value), ("HGET", self._key, name))
        return str(stands.decode())

    async def put(self, name: str, value: str) -> None:
        """Keep a fact in place of the one of this name."""
        await self._link.change(("HSET", self._key, name, value))
