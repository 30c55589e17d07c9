"""Links of ours in a request for a video, turned into what they lead to.

Whoever makes a clip here, and then has it extended, sends the link that the first answer gave; xAI could not
fetch it from a host that only our clients reach. Must never let an address through that xAI would not fetch.
"""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace
from typing import Final

from grok2api.dialects.videos.sources import no_clip, no_picture
from grok2api.dialects.videos.wish import Source, VideoWish
from grok2api.gateway.own_media import OwnMedia
from grok2api.storage.records import Asset

_MOST_BYTES: Final = 20 * 1_048_576
"""Of one picture."""
_PLAIN: Final = "http://"


class OwnLinks:
    """Opens the links of ours in wishes.

    Args:
        own: Reads what they lead to.
    """

    def __init__(self, own: OwnMedia) -> None:
        self._own = own

    async def clip(self, wish: VideoWish) -> Asset | None:
        """Return the clip of ours that a wish names by its link; None if it names none.

        Raises:
            InvalidRequest: the link has ended or leads to something else, or xAI could not fetch the address.
        """
        url = _address(wish.clip)
        asset = await self._own.asset(url, "video") if url else None
        if asset is None:
            if url.startswith(_PLAIN):
                raise no_clip("video")
            return None
        self._own.check(asset, kind="video", limit=asset.size, param="video")
        return asset

    async def pictures(self, wish: VideoWish) -> VideoWish:
        """Return the wish with what the links of ours among its pictures lead to.

        Raises:
            InvalidRequest: as `clip`.
        """
        references = [
            await self._picture(each, f"reference_images[{at}]") for at, each in enumerate(wish.references)
        ]
        keyframes = [
            replace(each, image=await self._picture(each.image, f"keyframes[{at}].image"))
            for at, each in enumerate(wish.keyframes)
        ]
        return replace(
            wish,
            image=wish.image and await self._picture(wish.image, "image"),
            last_frame=wish.last_frame and await self._picture(wish.last_frame, "last_frame"),
            references=tuple(references),
            keyframes=tuple(keyframes),
        )

    async def _picture(self, source: Source, path: str) -> Source:
        url = _address(source)
        asset = await self._own.asset(url, path) if url else None
        if asset is None:
            if url.startswith(_PLAIN):
                raise no_picture(path)
            return source
        content = await self._own.content(asset, kind="image", limit=_MOST_BYTES, param=path)
        text = await asyncio.to_thread(base64.b64encode, content)
        return {"url": f"data:{asset.mime};base64,{text.decode('ascii')}"}


def _address(source: Source | None) -> str:
    """Return the address that a source names; empty if it names none."""
    url = "" if source is None else source.get("url", "")
    return "" if url.startswith("data:") else url
