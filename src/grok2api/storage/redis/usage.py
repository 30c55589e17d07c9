"""The ledger of requests, written in batches and often more than once, and the traces kept beside it.

Must never count a request twice: the request id is the key, and the first row stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grok2api.canonical.request_ids import chosen_ids
from grok2api.storage.records import TraceRecord, UsageCursor, UsageRecord, UsageTotals
from grok2api.storage.redis.codec import Codec, text_of
from grok2api.storage.redis.link import CHUNK
from grok2api.storage.redis.places import LAST, behind, place
from grok2api.storage.redis.usage_sums import reaches_before, read_sums, sums_of
from grok2api.storage.usage import (
    RANKED,
    SCANNED,
    UsageFilter,
    UsagePage,
    UsageSum,
    first_cursor,
    fits,
    leading_of,
)
from grok2api.storage.usage_spans import kept_from, merged

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from grok2api.storage.redis.link import Link
    from grok2api.storage.usage import Axis

_SCRIPT: Final = "usage"
_SCANNED: Final = SCANNED // 2


class RedisUsage:
    """The ledger of requests."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._codec = Codec(UsageRecord)
        self._traces = Codec(TraceRecord)
        self._totals = Codec(UsageTotals)

    async def append(self, rows: Sequence[UsageRecord], traces: Sequence[TraceRecord] = ()) -> None:
        """Keep all rows or none; a request id that is there already keeps its first row."""
        if not rows and not traces:
            return
        await self._link.write(
            _SCRIPT,
            "append",
            rows=[self._row(each) for each in rows],
            traces=[
                {
                    "id": each.request_id,
                    "started_at": text_of(each.started_at),
                    "content": self._traces.encode_whole(each),
                }
                for each in traces
            ],
        )

    async def trace(self, cursor: UsageCursor, /) -> TraceRecord | None:
        """Return how the request of a record came to its credential, if that is still kept."""
        text = await self._link.get("GET", self._link.key("trace:") + place(*cursor))
        return None if text is None else self._traces.decode_whole(text)

    async def forget_traces(self, before: float, /, *, limit: int) -> int:
        """Forget the oldest traces from before a time; return how many."""
        return int(await self._link.write(_SCRIPT, "forget_traces", before=text_of(before), limit=limit))

    async def forget_rows(self, before: float, /, *, limit: int) -> int:
        """Forget the oldest rows from before a time; return how many. Sums stay."""
        return int(await self._link.write(_SCRIPT, "forget_rows", before=text_of(before), limit=limit))

    async def forget_sums(self, before: float, /, *, limit: int) -> int:
        """Forget the oldest sums from before a time; return how many. Blocks of days go as a whole."""
        reaches = reaches_before(kept_from(before))
        return int(await self._link.write(_SCRIPT, "forget_sums", reaches=reaches, limit=limit))

    async def summarise(
        self,
        since: int,
        until: int,
        /,
        *,
        step: int = 0,
        by: Axis | None = None,
        only: Mapping[Axis, Collection[str]] | None = None,
    ) -> tuple[UsageSum, ...]:
        """Return sums in the order of their starts, then of their names."""
        return await merged(await read_sums(self._link, since, until, step=step, by=by, only=only or {}))

    async def leading(
        self,
        since: int,
        until: int,
        /,
        *,
        by: Axis,
        limit: int,
        only: Mapping[Axis, Collection[str]] | None = None,
    ) -> tuple[str, ...]:
        """Return the names with the greatest cost, then the most requests; nothing else is read."""
        sums = await read_sums(self._link, since, until, step=0, by=by, only=only or {}, amounts=RANKED)
        return leading_of(await merged(sums), limit)

    async def search(
        self, wanted: UsageFilter, /, *, limit: int, before: UsageCursor | None = None, scanned: int = SCANNED
    ) -> UsagePage:
        """Return rows that fit, newest first, from before a cursor.

        All rows are read on the way, so that no more than half of what a database looks at is.
        """
        fitting: list[UsageRecord] = []
        cursor, left = first_cursor(wanted, before), max(1, min(scanned, _SCANNED))
        while left > 0:
            asked = min(CHUNK, left)
            rows = await self.recent(asked, cursor)
            left -= len(rows)
            for row in rows:
                if wanted.since is not None and row.started_at < wanted.since:
                    return UsagePage(tuple(fitting), None)
                cursor = row.cursor
                if fits(wanted, row):
                    fitting.append(row)
                if len(fitting) == limit:
                    return UsagePage(tuple(fitting), cursor)
            if len(rows) < asked:
                return UsagePage(tuple(fitting), None)
        return UsagePage(tuple(fitting), cursor)

    async def totals(self) -> tuple[UsageTotals, ...]:
        """Return what each credential has served so far, in the order of their ids."""
        served = await self._link.get("ZRANGE", self._link.key("served"), 0, -1)
        keys = [self._link.key("served:") + each.decode() for each in served]
        return await self._link.hashes(keys, self._totals.decode)

    async def get(self, request_id: str, /) -> UsageRecord | None:
        """Return the record of one request."""
        text = await self._link.get("GET", self._link.key("request:") + request_id)
        return None if text is None else self._codec.decode_whole(text)

    async def latest(self, request_id: str, /) -> UsageRecord | None:
        """Return the newest record of a request id, or of one that a client chose."""
        texts = await self._link.ask(_SCRIPT, "latest", id=request_id)
        found = [self._codec.decode_whole(text) for text in texts if text is not None]
        return max(found, key=lambda each: each.cursor, default=None)

    async def recent(self, limit: int, before: UsageCursor | None = None) -> tuple[UsageRecord, ...]:
        """Return the newest records, newest first."""
        high = LAST if before is None else behind(*before)
        texts = await self._link.ask(_SCRIPT, "recent", high=high, limit=limit)
        return tuple(self._codec.decode_whole(text) for text in texts)

    def _row(self, record: UsageRecord) -> dict[str, object]:
        return {
            **row_of(record, self._codec),
            "credential_id": record.credential_id,
            "input_tokens": str(record.input_tokens),
            "output_tokens": str(record.output_tokens),
            "cost_ticks": str(record.cost_ticks),
            **sums_of(record),
        }


def row_of(record: UsageRecord, codec: Codec[UsageRecord]) -> dict[str, object]:
    """Return a row of the ledger as the script takes it, without what it adds to sums."""
    return {
        "id": record.request_id,
        "started_at": text_of(record.started_at, "float"),
        "chosen": chosen_ids(record.request_id),
        "content": codec.encode_whole(record),
    }
