"""Pictures, clips and sounds: one row for each, found by owner, by age and by last use.

Must never know where bytes lie: `host` is a text that somebody else understands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grok2api.storage.records import Asset, Conflict
from grok2api.storage.redis.codec import Codec, text_of
from grok2api.storage.redis.places import BEYOND, FIRST, LAST, behind, up_to
from grok2api.storage.redis.revised import TAKEN

if TYPE_CHECKING:
    from grok2api.storage.records import AssetCursor
    from grok2api.storage.redis.link import Link

_SCRIPT: Final = "assets"
_ALL: Final = -1


class RedisAssets:
    """What is known of pictures, clips and sounds."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._codec = Codec(Asset)

    async def add(self, asset: Asset, /) -> None:
        """Keep a new one; Conflict if its id is there already."""
        if not await self._link.write(_SCRIPT, "add", id=asset.id, change=self._codec.encode(asset)):
            raise Conflict(TAKEN)

    async def get(self, identifier: str, /) -> Asset | None:
        """Return one."""
        row = await self._link.get("HGETALL", self._link.key("asset:") + identifier)
        return self._codec.decode(row) if row else None

    async def touch(self, identifier: str, /, *, now: float) -> bool:
        """Note that it is used now; tell whether it is there."""
        return bool(await self._link.write(_SCRIPT, "touch", id=identifier, now=text_of(now, "float")))

    async def delete(self, identifier: str, /, *, unused_since: float | None = None) -> bool:
        """Forget one, if given only where nobody has used it after that; tell whether it was forgotten."""
        given = {} if unused_since is None else {"unused_since": text_of(unused_since)}
        return bool(await self._link.write(_SCRIPT, "delete", id=identifier, **given))

    async def total_size(self, host: str, /) -> int:
        """Return the bytes that a host holds."""
        return int(await self._link.get("HGET", self._link.key("assets:sizes"), host) or 0)

    async def idle(
        self, host: str, /, *, unused_since: float, limit: int, after: AssetCursor | None = None
    ) -> tuple[Asset, ...]:
        """Return what nobody has used after a wall time, the longest unused first, from an `idleness` on."""
        low = FIRST if after is None else behind(*after)
        return await self._range(index=f"use:{host}", low=low, high=up_to(unused_since), limit=limit)

    async def recent(
        self,
        limit: int,
        /,
        *,
        owner: str | None = None,
        kind: str | None = None,
        before: AssetCursor | None = None,
    ) -> tuple[Asset, ...]:
        """Return the newest, of one owner or kind or of all, newest first, or the newest before a cursor."""
        return await self._range(
            index=_index(owner, kind),
            low=FIRST,
            high=LAST if before is None else behind(*before),
            limit=limit,
            descending=True,
        )

    async def beginning(self, host: str, prefix: str, /) -> tuple[Asset, ...]:
        """Return what a host holds whose id begins with these digits."""
        low, high = f"[{prefix}", f"({prefix}{BEYOND}"
        return await self._range(index=f"host:{host}", low=low, high=high, limit=_ALL, plain=True)

    async def _range(self, **given: object) -> tuple[Asset, ...]:
        rows = await self._link.ask(_SCRIPT, "range", **given)
        return tuple(self._codec.decode(row) for row in rows)


def _index(owner: str | None, kind: str | None) -> str:
    """Return the index in which those of an owner, of a kind, or of both stand by age."""
    if kind is not None:
        return f"kind:{kind}" if owner is None else f"kind:{kind}:{owner}"
    return "age" if owner is None else f"owner:{owner}"
