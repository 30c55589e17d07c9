"""Files that clients uploaded: one row each, listed by owner and time.

Must never show a row that was deleted or has expired as if it were there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grok2api.storage.files import FileRecord
from grok2api.storage.redis.codec import Codec, text_of
from grok2api.storage.redis.places import FIRST, LAST, behind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grok2api.storage.files import FileCursor
    from grok2api.storage.redis.link import Link

_SCRIPT: Final = "files"
_STEP: Final = 256
"""Rows that are looked at in one go: expired ones among them are passed over."""


class RedisFiles:
    """Who made which file."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._codec = Codec(FileRecord)

    async def put(self, record: FileRecord, /) -> None:
        """Keep a file; one whose id is there already stays as it is."""
        await self._link.write(_SCRIPT, "put", id=record.id, change=self._codec.encode(record))

    async def get(self, identifier: str, /) -> FileRecord | None:
        """Return a file."""
        row = await self._link.get("HGETALL", self._link.key("file:") + identifier)
        return self._codec.decode(row) if row else None

    async def page(
        self,
        key_id: str,
        /,
        *,
        now: float,
        limit: int,
        after: FileCursor | None = None,
        newest_first: bool = True,
        purpose: str = "",
    ) -> tuple[FileRecord, ...]:
        """Return some of a key's files in the order of their times; ids decide between equal ones."""
        index = f"purpose:{key_id}/{purpose}" if purpose else f"owner:{key_id}"
        bound = None if after is None else behind(*after)
        found: list[FileRecord] = []
        while True:
            rows, last = await self._step(index, bound, now, limit - len(found), newest_first=newest_first)
            found.extend(self._codec.decode(row) for row in rows)
            if last is None or len(found) >= limit:
                return tuple(found)
            bound = "(" + last.decode()

    async def delete(self, identifier: str, /, *, now: float) -> bool:
        """Note that a file was deleted."""
        return bool(await self._link.write(_SCRIPT, "delete", id=identifier, now=text_of(now, "float")))

    async def forget(self, before: float, /, *, limit: int) -> int:
        """Forget what was deleted or had expired; return how many."""
        return int(await self._link.write(_SCRIPT, "forget", before=text_of(before), limit=limit))

    async def _step(
        self, index: str, bound: str | None, now: float, limit: int, *, newest_first: bool
    ) -> tuple[Sequence[Sequence[bytes]], bytes | None]:
        """Return some rows, and the last place that was looked at if there may be more behind it."""
        low = FIRST if newest_first or bound is None else bound
        high = bound if newest_first and bound is not None else LAST
        rows, last = await self._link.ask(
            _SCRIPT,
            "page",
            index=index,
            low=low,
            high=high,
            now=text_of(now),
            limit=limit,
            step=_STEP,
            descending=newest_first,
        )
        return rows, last
