"""Conversations of client keys that want them kept: sealed rows that are looked up by a hash.

Must never know what a row says, nor join two of them: which follows which is sealed as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grok2api.storage.records import Transcript
from grok2api.storage.redis.codec import Codec, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grok2api.storage.redis.link import Link

_SCRIPT: Final = "transcripts"


class RedisTranscripts:
    """Sealed conversations, one row for each response."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._codec = Codec(Transcript)

    async def put(self, rows: Sequence[Transcript], /) -> None:
        """Keep all rows or none; one whose id is there already stays as it is."""
        if rows:
            await self._link.write(_SCRIPT, "put", rows=[(row.id, self._codec.encode(row)) for row in rows])

    async def get(self, identifier: str, /) -> Transcript | None:
        """Return a row."""
        row = await self._link.get("HGETALL", self._link.key("transcript:") + identifier)
        return self._codec.decode(row) if row else None

    async def delete(self, identifier: str, /) -> bool:
        """Forget a row; tell whether it was there."""
        return bool(await self._link.write(_SCRIPT, "delete", id=identifier))

    async def owners(self) -> tuple[str, ...]:
        """Return the client keys that have rows, in the order of their ids."""
        owners = await self._link.get("ZRANGE", self._link.key("transcripts:owners"), 0, -1)
        return tuple(each.decode() for each in owners)

    async def delete_of(self, key_id: str, /) -> int:
        """Forget all rows of a client key; return how many."""
        return int(await self._link.write(_SCRIPT, "delete_of", key_id=key_id))

    async def delete_ended(self, now: float, /, *, limit: int) -> int:
        """Forget rows that have expired, the oldest first; return how many."""
        return int(await self._link.write(_SCRIPT, "delete_ended", now=text_of(now), limit=limit))
