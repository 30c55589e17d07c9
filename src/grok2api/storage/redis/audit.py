"""The chain of audit entries: a list of texts, which only grows.

Whoever looks for some of them goes through the list from its end, piece by piece. Must never change an entry
or drop one.
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
        return await self._between(sequence, sequence + limit)

    async def page(
        self, wanted: AuditFilter, /, *, limit: int, before: int | None = None
    ) -> tuple[AuditEntry, ...]:
        """Return at most `limit` of the entries that are meant, newest first, those before a sequence."""
        end = int(await self._link.get("LLEN", self._key))
        end = end if before is None else min(end, before - 1)
        found: list[AuditEntry] = []
        while end > 0 and len(found) < limit:
            start = max(end - CHUNK, 0)
            found.extend(each for each in reversed(await self._between(start, end)) if wanted.fits(each))
            end = start
            await asyncio.sleep(0)
        return tuple(found[:limit])

    async def _between(self, start: int, end: int) -> tuple[AuditEntry, ...]:
        rows = await self._link.get("LRANGE", self._key, start, end - 1) if end > start else ()
        return tuple(self._codec.decode_whole(each) for each in rows)
