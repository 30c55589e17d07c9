"""What runs now, as workers tell each other: two hashes, of views by worker and of wishes by name.

Must never be relied upon after its moment: nothing here is repaired or kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grok2api.storage.live import LiveView, LiveWish
from grok2api.storage.redis.codec import Codec, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grok2api.storage.redis.link import Link

_VIEWS: Final = "live:views"
_WISHES: Final = "live:wishes"


class RedisLive:
    """What runs now."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._views = Codec(LiveView)

    async def show(self, view: LiveView, /) -> None:
        """Keep what a worker sees, in place of what it saw before."""
        await self._link.change(("HSET", self._link.key(_VIEWS), view.holder, self._views.encode_whole(view)))

    async def views(self, since: float, /) -> tuple[LiveView, ...]:
        """Return what workers saw at a wall time or later, in the order of their names."""
        views = await self._all_views()
        return tuple(sorted((each for each in views if each.at >= since), key=lambda each: each.holder))

    async def wish(self, wishes: Sequence[LiveWish], /) -> None:
        """Keep wishes, in place of those with the same names."""
        key = self._link.key(_WISHES)
        if wishes:
            await self._link.change(*(("HSET", key, each.name, text_of(each.until)) for each in wishes))

    async def wishes(self, now: float, /) -> tuple[LiveWish, ...]:
        """Return the wishes that are not over, in the order of their names."""
        wishes = await self._all_wishes()
        return tuple(sorted((each for each in wishes if each.until > now), key=lambda each: each.name))

    async def forget(self, before: float, /) -> None:
        """Forget views from before a wall time, and wishes that were over by then."""
        old = [each.holder for each in await self._all_views() if each.at < before]
        over = [each.name for each in await self._all_wishes() if each.until < before]
        commands = [("HDEL", self._link.key(_VIEWS), each) for each in old]
        commands += [("HDEL", self._link.key(_WISHES), each) for each in over]
        if commands:
            await self._link.change(*commands)

    async def _all_views(self) -> list[LiveView]:
        texts = await self._link.get("HVALS", self._link.key(_VIEWS))
        return [self._views.decode_whole(each) for each in texts]

    async def _all_wishes(self) -> list[LiveWish]:
        flat = await self._link.get("HGETALL", self._link.key(_WISHES))
        return [
            LiveWish(name=name.decode(), until=float(until))
            for name, until in zip(flat[::2], flat[1::2], strict=True)
        ]
