"""The ledger of the store in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from grok2api.storage.records import TraceRecord, UsageCursor, UsageRecord, UsageTotals
from grok2api.storage.usage import (
    SCANNED,
    Axis,
    RollupKey,
    UsageFilter,
    UsagePage,
    UsageSum,
    first_cursor,
    fits,
    leading_of,
    sum_of,
    summed,
)
from grok2api.storage.usage_spans import kept_from

if TYPE_CHECKING:
    from support.memory_records import Revisions


class MemoryUsage:
    """Usage rows, traces and sums in dicts, the first of a request id kept."""

    def __init__(self, revisions: Revisions) -> None:
        self._revisions = revisions
        self.rows: dict[str, UsageRecord] = {}
        self.summed = 0
        """How often sums were asked for."""
        self.traces: dict[str, TraceRecord] = {}
        self.batches: list[int] = []
        self._served: dict[str, UsageTotals] = {}
        self._sums: dict[RollupKey, dict[str, int]] = {}

    async def append(self, rows: Sequence[UsageRecord], traces: Sequence[TraceRecord] = ()) -> None:
        self._revisions.reach()
        self.batches.append(len(rows))
        for row in rows:
            if row.request_id not in self.rows:
                self.rows[row.request_id] = row
                self._add(row)
        for trace in traces:
            self.traces.setdefault(trace.request_id, trace)

    def _add(self, row: UsageRecord) -> None:
        for key, amounts in summed([row]).items():
            into = self._sums.setdefault(key, {})
            for name, amount in amounts.items():
                into[name] = into.get(name, 0) + amount
        if not row.credential_id:
            return
        nothing = UsageTotals(
            credential_id=row.credential_id,
            requests=0,
            input_tokens=0,
            output_tokens=0,
            cost_ticks=0,
            last_used_at=0.0,
        )
        held = self._served.get(row.credential_id, nothing)
        self._served[row.credential_id] = UsageTotals(
            credential_id=row.credential_id,
            requests=held.requests + 1,
            input_tokens=held.input_tokens + row.input_tokens,
            output_tokens=held.output_tokens + row.output_tokens,
            cost_ticks=held.cost_ticks + row.cost_ticks,
            last_used_at=max(held.last_used_at, row.started_at),
        )

    async def trace(self, cursor: UsageCursor) -> TraceRecord | None:
        self._revisions.reach()
        return self.traces.get(cursor[1])

    async def forget_traces(self, before: float, *, limit: int) -> int:
        self._revisions.reach()
        old = [each for each in self.traces.values() if each.started_at < before]
        forgotten = sorted(old, key=lambda each: each.started_at)[:limit]
        for each in forgotten:
            del self.traces[each.request_id]
        return len(forgotten)

    async def forget_rows(self, before: float, *, limit: int) -> int:
        self._revisions.reach()
        old = sorted(row.cursor for row in self.rows.values() if row.started_at < before)[:limit]
        for _, request_id in old:
            del self.rows[request_id]
        return len(old)

    async def forget_sums(self, before: float, *, limit: int) -> int:
        self._revisions.reach()
        old = sorted(key for key in self._sums if key.hour < kept_from(before))[:limit]
        for key in old:
            del self._sums[key]
        return len(old)

    async def totals(self) -> tuple[UsageTotals, ...]:
        self._revisions.reach()
        return tuple(self._served[each] for each in sorted(self._served))

    async def summarise(
        self,
        since: int,
        until: int,
        *,
        step: int = 0,
        by: Axis | None = None,
        only: Mapping[Axis, Collection[str]] | None = None,
    ) -> tuple[UsageSum, ...]:
        self._revisions.reach()
        self.summed += 1
        hours = [(key, amounts) for key, amounts in self._sums.items() if since <= key.hour < until]
        return joined(hours, since=since, step=step, by=by, only=only)

    async def leading(
        self,
        since: int,
        until: int,
        *,
        by: Axis,
        limit: int,
        only: Mapping[Axis, Collection[str]] | None = None,
    ) -> tuple[str, ...]:
        return leading_of(await self.summarise(since, until, by=by, only=only), limit)

    async def search(
        self,
        wanted: UsageFilter,
        *,
        limit: int,
        before: UsageCursor | None = None,
        scanned: int = SCANNED,
    ) -> UsagePage:
        self._revisions.reach()
        start = first_cursor(wanted, before)
        ordered = sorted(self.rows.values(), key=lambda row: row.cursor, reverse=True)
        reached = [row for row in ordered if start is None or row.cursor < start]
        looked = reached[:scanned]
        rows = tuple(row for row in looked if fits(wanted, row))[:limit]
        if len(rows) == limit:
            return UsagePage(rows, rows[-1].cursor)
        return UsagePage(rows, looked[-1].cursor if len(reached) > len(looked) else None)

    async def get(self, request_id: str) -> UsageRecord | None:
        self._revisions.reach()
        return self.rows.get(request_id)

    async def latest(self, request_id: str) -> UsageRecord | None:
        self._revisions.reach()
        meant = [
            row for key, row in self.rows.items() if key == request_id or key.startswith(f"{request_id}#")
        ]
        return max(meant, key=lambda row: row.started_at, default=None)

    async def recent(self, limit: int, before: UsageCursor | None = None) -> tuple[UsageRecord, ...]:
        self._revisions.reach()
        ordered = sorted(self.rows.values(), key=lambda row: row.cursor, reverse=True)
        return tuple(row for row in ordered if before is None or row.cursor < before)[:limit]


def joined(
    sums: Iterable[tuple[RollupKey, Mapping[str, int]]],
    *,
    since: int,
    step: int,
    by: Axis | None,
    only: Mapping[Axis, Collection[str]] | None,
) -> tuple[UsageSum, ...]:
    """Return what `UsageStore.summarise` promises, of the sums of the hours that are meant."""
    spans: dict[tuple[int, str], dict[str, int]] = {}
    for key, amounts in sums:
        if only and any(getattr(key, axis) not in values for axis, values in only.items()):
            continue
        start = key.hour - key.hour % step if step else since
        into = spans.setdefault((start, getattr(key, by) if by else ""), {})
        for name, amount in amounts.items():
            into[name] = into.get(name, 0) + amount
    return tuple(sum_of(start, name, amounts) for (start, name), amounts in sorted(spans.items()))
