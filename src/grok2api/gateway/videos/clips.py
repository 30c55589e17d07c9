"""Brings a clip to where xAI finds it: into the files of the account that is about to edit it.

Clips of ours may outlive xAI's own link to them, and one that a client sends has none at all. A file that was
brought lies there for an hour. Must never hold a clip in memory.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from grok2api.canonical.dispatch import Dispatch, Lease
from grok2api.dialects.videos.wish import Source as NamedSource
from grok2api.gateway.upstreams import Upstream
from grok2api.kit.multipart import Field, File, MultipartBody, Source
from grok2api.media.library import MediaLibrary
from grok2api.storage.records import Asset
from grok2api.upstream.base import UpstreamFault

_HOUR: Final = 3600
_NAME: Final = "clip.mp4"
_TYPE: Final = "video/mp4"


@dataclass(frozen=True, slots=True)
class KeptClip:
    """A result of ours, read from where it is kept."""

    library: MediaLibrary
    asset: Asset

    @property
    def size(self) -> int:
        """Return its length in bytes."""
        return self.asset.size

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield it from its beginning, as often as it is asked for."""
        return self.library.read(self.asset)


class Clips:
    """Uploads clips.

    Args:
        upstream: Takes them.
    """

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def bring(self, clip: Source, lease: Lease) -> NamedSource:
        """Upload a clip on a credential, and return how xAI calls it there.

        Raises:
            UpstreamFault: it was not taken; doing it again does no harm.
        """
        body = MultipartBody(
            [
                Field("expires_after", str(_HOUR)),
                Field("purpose", "user_data"),
                File("file", _NAME, clip, _TYPE),
            ]
        )
        dispatch = Dispatch(method="POST", path="/files", upload=body)
        try:
            reply = await self._upstream.whole(dispatch, lease)
        except UpstreamFault as error:
            raise UpstreamFault(replace(error.fault, accepted="no")) from error
        told: dict[str, Any] = msgspec.json.decode(reply.content, type=dict[str, Any])
        identifier = told.get("id")
        if not isinstance(identifier, str) or not identifier:
            raise UpstreamFault(self._upstream.unreadable_stream("the answer names no file"))
        return {"file_id": identifier}
