"""The chain of audit entries: a list of texts, which only grows. What was forgotten is an empty text.

Whoever looks for some of them goes through the list from its end, piece by piece. Must never change an entry,
nor let one leave its place.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from grok2api.storage.auditing import AuditEntry, AuditFilter
from grok2api.storage.records import Conflict
from grok2api.storage.redis.codec import Codec
from grok2api.storage.redis.link import CHUNK

if TYPE_CHECKING:
    from grok2api.storage.redis.link import Link

_SCRIPT: Final = "audit"


class RedisAudit:
    """The chain of entries."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._key = link.key("audit")
        self._codec = Codec(AuditEntry)

    async def head(self) -> AuditEntry | None:
        """Return the last entry."""
        found = await self._link.get("LINDEX", self._key, -1)
        return None if found is None else self._codec.decode_whole(found)

    async def append(self, entry: AuditEntry, /) -> None:
        """Keep an entry; Conflict unless its sequence is the next one."""
        told = self._codec.encode_whole(entry)
        if not await self._link.write(_SCRIPT, "append", last=str(entry.sequence - 1), entry=told):
            raise Conflict("another entry is the next one")

    async def after(self, sequence: int, /, *, limit: int) -> tuple[AuditEntry, ...]:
        """Return at most `limit` entries behind a sequence, the oldest first."""
        forgotten = int(await self._link.ask(_SCRIPT, "forgotten"))
        start = max(sequence, forgotten)
        return await self._between(start, start + limit)

    async def page(
        self, wanted: AuditFilter, /, *, limit: int, before: int | None = None
    ) -> tuple[AuditEntry, ...]:
        """Return at most `limit` of the entries that are meant, newest first, those before a sequence."""
        end = int(await self._link.get("LLEN", self._key))
        end = end if before is None else min(end, before - 1)
        found: list[AuditEntry] = []
        while end > 0 and len(found) < limit:
            start = max(end - CHUNK, 0)
            held = await self._between(start, end)
            found.extend(each for each in reversed(held) if wanted.fits(each))
            end = start if len(held) == end - start else 0
            await asyncio.sleep(0)
        return tuple(found[:limit])

    async def forget(self, through: int, /, *, limit: int) -> int:
        """Forget at most `limit` of the oldest entries, up to a sequence, but never the last."""
        return int(await self._link.write(_SCRIPT, "forget", through=str(through), limit=str(limit)))

    async def _between(self, start: int, end: int) -> tuple[AuditEntry, ...]:
        """Return the entries of a stretch of the list that were not forgotten."""
        rows = await self._link.get("LRANGE", self._key, start, end - 1) if end > start else ()
        return tuple(self._codec.decode_whole(each) for each in rows if each)
