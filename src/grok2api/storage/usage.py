"""The ledger as the store keeps it: what may be asked of it, and the sums that are kept beside its rows.

A sum is added to in the same moment in which its row is kept, and only if the row was not there: the sums are
those of the rows at any time, whoever writes a row again. Must never know a backend, and must never hold a
prompt, an answer or the address of a client.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Protocol

from grok2api.canonical.latency import LATENCY_BOUNDS

if TYPE_CHECKING:
    from grok2api.storage.records import TraceRecord, UsageCursor, UsageRecord, UsageTotals

HOUR: Final = 3600
DAY: Final = 24 * HOUR
_CLASSES: Final = len(LATENCY_BOUNDS) + 1
GREATEST_SUM: Final = 2**53
"""Where a sum of an hour stays: 900,000 dollars, and what sums of sums can still be made of."""
NAME_LENGTH: Final = 128
_GONE: Final = frozenset({"client_gone", "cancelled", "cancelled_by_operator"})
_FAILED: Final = frozenset({"failed", "cut"})

FIRST_BYTE_CLASSES: Final = tuple(f"first_byte_{number:02}" for number in range(_CLASSES))
TOTAL_CLASSES: Final = tuple(f"total_{number:02}" for number in range(_CLASSES))

Axis = Literal["model", "upstream_model", "key_id", "credential_id"]
"""By what sums may be parted."""


class RollupKey(NamedTuple):
    """What one sum is of. `hour` is the Unix time at which it begins."""

    hour: int
    key_id: str
    model: str
    upstream_model: str
    credential_id: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Sums of rows.

    Attributes:
        failed: Requests that ended with an error of upstream, of the pool or of ours, or in mid-answer.
        refused: Requests that were at fault themselves.
        gone: Requests that somebody ended: their client, or an operator.
        attempts: Calls to upstream.
        estimated: Requests whose usage is our own estimate.
        unmetered: Requests that were sent and whose usage nobody knows.
        saved_ticks: What the prompt cache saved, by the price list; 1 USD is 10^10.
        compared: Requests whose cost both upstream and the price list tell.
        told_ticks: What these cost by upstream.
        price_ticks: What these would cost by the price list.
    """

    requests: int = 0
    failed: int = 0
    refused: int = 0
    gone: int = 0
    attempts: int = 0
    estimated: int = 0
    unmetered: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    cost_ticks: int = 0
    saved_ticks: int = 0
    compared: int = 0
    told_ticks: int = 0
    price_ticks: int = 0

    @property
    def succeeded(self) -> int:
        """Return how many were answered, fully or up to a limit."""
        return self.requests - self.failed - self.refused - self.gone


COUNTED: Final = tuple(each.name for each in fields(Counts))
SUMMED: Final = (*COUNTED, *FIRST_BYTE_CLASSES, *TOTAL_CLASSES)
"""All that is kept of a sum, by name."""


@dataclass(frozen=True, slots=True)
class UsageSum:
    """Sums over a span of time, of all rows or of those that share a name.

    Attributes:
        start: Unix time at which the span begins.
        name: The value of the axis by which it was parted; empty if it was not.
        first_byte: How many answers began within each class of latency.
        total: How many requests ended within each class.
    """

    start: int
    name: str
    counts: Counts
    first_byte: tuple[int, ...]
    total: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class UsageFilter:
    """Which rows are meant; what is None is not asked for.

    Attributes:
        status_class: The first digit of the HTTP status.
        since: Wall time from which on a request came.
        until: Wall time before which it came.
        request_id: What its id begins with.
        cost_over: Ticks that it cost at least.
        slower_than: Milliseconds that it took at least.
    """

    key_id: str | None = None
    model: str | None = None
    credential_id: str | None = None
    operation: str | None = None
    end: str | None = None
    status_class: int | None = None
    since: float | None = None
    until: float | None = None
    request_id: str | None = None
    cost_over: int | None = None
    slower_than: float | None = None


@dataclass(frozen=True, slots=True)
class UsagePage:
    """Rows, newest first, and where to go on; None at the end.

    A page may hold fewer rows than were asked for, or none, and yet not be the last: a search looks at a
    bounded number of rows at a time.
    """

    rows: tuple[UsageRecord, ...]
    next: UsageCursor | None


SCANNED: Final = 10_000
"""Rows that one search looks at, at most."""


class UsageStore(Protocol):
    """The ledger of requests."""

    async def append(self, rows: Sequence[UsageRecord], traces: Sequence[TraceRecord] = ()) -> None:
        """Keep all rows, or none if it fails; a request id that is there already keeps its first row.

        What is new is added to the sums in the same moment.
        """
        ...

    async def trace(self, cursor: UsageCursor, /) -> TraceRecord | None:
        """Return how the request of a record came to its credential, if that is still kept."""
        ...

    async def forget_traces(self, before: float, /, *, limit: int) -> int:
        """Forget at most `limit` traces of requests that started before `before`; return how many."""
        ...

    async def forget_rows(self, before: float, /, *, limit: int) -> int:
        """Forget at most `limit` rows from before a time, the oldest first; return how many. Sums stay."""
        ...

    async def forget_sums(self, before: float, /, *, limit: int) -> int:
        """Forget at most `limit` sums from before a time; return how many.

        Blocks of thirty days go as a whole, so that the sums of days and hours always say the same.
        """
        ...

    async def totals(self) -> tuple[UsageTotals, ...]:
        """Return what each credential has served so far, in the order of their ids."""
        ...

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
        """Return sums in the order of their starts, then of their names.

        Args:
            since: Unix time of the first hour.
            until: Unix time behind the last hour.
            step: Seconds of a span, whole hours; 0 makes one span of all.
            by: The axis by which a span is parted.
            only: Values of which a row must have one, by axis.
        """
        ...

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
        """Return at most `limit` names of an axis: the greatest cost first, then the most requests."""
        ...

    async def search(
        self, wanted: UsageFilter, /, *, limit: int, before: UsageCursor | None = None, scanned: int = SCANNED
    ) -> UsagePage:
        """Return rows that fit, newest first, from before a cursor."""
        ...

    async def get(self, request_id: str, /) -> UsageRecord | None:
        """Return the record of one request."""
        ...

    async def latest(self, request_id: str, /) -> UsageRecord | None:
        """Return the newest record of a request id; one that a client chose may stand for several.

        Such a record is kept as the client's id, `#`, and something that makes it unique.
        """
        ...

    async def recent(self, limit: int, before: UsageCursor | None = None) -> tuple[UsageRecord, ...]:
        """Return the newest `limit` records, newest first, or the newest before a `cursor`."""
        ...


def key_of(row: UsageRecord) -> RollupKey:
    """Return the sum that a row belongs to.

    A refused request that no model was found for counts without one: its name is the client's, who could
    make up any number of them.
    """
    named = row.upstream_model or row.end != "refused"
    return RollupKey(
        hour=int(row.started_at // HOUR) * HOUR,
        key_id=row.key_id[:NAME_LENGTH],
        model=row.model[:NAME_LENGTH] if named else "",
        upstream_model=row.upstream_model[:NAME_LENGTH],
        credential_id=row.credential_id[:NAME_LENGTH],
    )


def amounts_of(row: UsageRecord) -> dict[str, int]:
    """Return what a row adds to its sum, by name; what it does not add to is left out."""
    amounts = {
        "requests": 1,
        "failed": row.end in _FAILED,
        "refused": row.end == "refused",
        "gone": row.end in _GONE,
        "attempts": row.attempts,
        "estimated": row.usage_source == "estimated",
        "unmetered": row.usage_source == "none" and row.attempts > 0,
        "input_tokens": row.input_tokens,
        "cached_tokens": row.cached_tokens,
        "output_tokens": row.output_tokens,
        "reasoning_tokens": row.reasoning_tokens,
        "cost_ticks": row.cost_ticks,
        "saved_ticks": row.saved_ticks,
        TOTAL_CLASSES[bisect_left(LATENCY_BOUNDS, row.total_ms)]: 1,
    }
    if row.price_ticks is not None and row.cost_source == "upstream":
        amounts |= {"compared": 1, "told_ticks": row.cost_ticks, "price_ticks": row.price_ticks}
    if row.first_byte_ms is not None:
        amounts[FIRST_BYTE_CLASSES[bisect_left(LATENCY_BOUNDS, row.first_byte_ms)]] = 1
    return {name: min(int(amount), GREATEST_SUM) for name, amount in amounts.items() if amount}


def summed(rows: Iterable[UsageRecord]) -> dict[RollupKey, dict[str, int]]:
    """Return what rows add to each sum, in the order of the keys, which is the same for every writer."""
    sums: dict[RollupKey, dict[str, int]] = {}
    for row in rows:
        into = sums.setdefault(key_of(row), {})
        for name, amount in amounts_of(row).items():
            into[name] = min(into.get(name, 0) + amount, GREATEST_SUM)
    return dict(sorted(sums.items()))


def sum_of(start: int, name: str, amounts: Mapping[str, int]) -> UsageSum:
    """Return a sum from what is kept of it by name."""
    return UsageSum(
        start=start,
        name=name,
        counts=Counts(**{each: amounts.get(each, 0) for each in COUNTED}),
        first_byte=tuple(amounts.get(each, 0) for each in FIRST_BYTE_CLASSES),
        total=tuple(amounts.get(each, 0) for each in TOTAL_CLASSES),
    )


RANKED: Final = ("cost_ticks", "requests")
"""By what the names of an axis are ranked, the first thing first."""


def leading_of(sums: Iterable[UsageSum], limit: int) -> tuple[str, ...]:
    """Return what `UsageStore.leading` promises, of sums that are in the order of their names."""
    ranked = sorted(sums, key=lambda each: [-getattr(each.counts, name) for name in RANKED])
    return tuple(each.name for each in ranked[:limit])


def fits(wanted: UsageFilter, row: UsageRecord) -> bool:
    """Tell whether a row is meant."""
    equal = (
        (wanted.key_id, row.key_id),
        (wanted.model, row.model),
        (wanted.credential_id, row.credential_id),
        (wanted.operation, row.operation),
        (wanted.end, row.end),
        (wanted.status_class, row.status // 100),
    )
    if any(value is not None and value != held for value, held in equal):
        return False
    at_least = (
        (wanted.since, row.started_at),
        (wanted.cost_over, row.cost_ticks),
        (wanted.slower_than, row.total_ms),
    )
    if any(value is not None and held < value for value, held in at_least):
        return False
    if wanted.until is not None and row.started_at >= wanted.until:
        return False
    return wanted.request_id is None or row.request_id.startswith(wanted.request_id)


def first_cursor(wanted: UsageFilter, before: UsageCursor | None) -> UsageCursor | None:
    """Return before which place a search begins; None is the newest row."""
    if wanted.until is None:
        return before
    end = (wanted.until, "")
    return end if before is None else min(before, end)
