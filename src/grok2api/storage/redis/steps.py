"""What brings the keys of an older version up to date.

A step may be repeated from its beginning: it puts what it makes in the place of what is there. Must never
change how a step works once a version with it was released.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grok2api.storage.records import UsageRecord
from grok2api.storage.redis.codec import Codec
from grok2api.storage.redis.holdings import TIME_DIGITS, indexed
from grok2api.storage.redis.places import LAST, behind, place
from grok2api.storage.redis.sums import SPANS, SUMS
from grok2api.storage.transfer.families import KeptSpan, KeptSum
from grok2api.storage.usage import GREATEST_SUM, HOUR, SUMMED, RollupKey, summed
from grok2api.storage.usage_spans import SpanKey, span_keys

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from grok2api.storage.redis.link import Link

    Step = Callable[[Link], Awaitable[None]]

_PAGE: Final = 500


async def to_version_2(link: Link) -> None:
    """Make the sums of rows that are older than sums were, those along one axis, and indexes of media."""
    await _sum_old_rows(link)
    await _make_spans(link)
    async for members in indexed(link, "assets:age", _PAGE):
        await link.write("assets", "index", ids=[member[TIME_DIGITS:] for member in members])


STEPS: Final[Mapping[int, Step]] = {2: to_version_2}
"""What brings a store to each version from the one before."""


async def _sum_old_rows(link: Link) -> None:
    """Sum up the rows of the hours before the first sum, the newest hour first.

    The sums of the first hour itself may lack some of its rows, and take the greater of both. Going back in
    time leaves a step that breaks off with the first sum where the next one has to go on.
    """
    first = await _first_hour(link)
    hour, rows = None, list[UsageRecord]()
    async for row in _rows_back(link, before=None if first is None else first + HOUR):
        begun = int(row.started_at // HOUR) * HOUR
        if begun != hour:
            await _keep_hour(link, rows)
            hour, rows = begun, []
        rows.append(row)
    await _keep_hour(link, rows)


async def _first_hour(link: Link) -> int | None:
    async for page in SUMS.pages(link, 1):
        return int(page[0].hour)
    return None


async def _rows_back(link: Link, *, before: float | None) -> AsyncIterator[UsageRecord]:
    """Give the rows from before a time, the newest first."""
    codec = Codec(UsageRecord)
    high = LAST if before is None else "(" + place(before)
    while texts := await link.ask("usage", "recent", high=high, limit=_PAGE):
        rows = [codec.decode_whole(text) for text in texts]
        for row in rows:
            yield row
        high = behind(*rows[-1].cursor)


async def _keep_hour(link: Link, rows: Sequence[UsageRecord]) -> None:
    sums = summed(rows)
    held = {
        RollupKey(*(getattr(each, name) for name in RollupKey._fields)): each
        for each in await SUMS.some(link, list(sums))
    }
    kept = [
        KeptSum(
            **key._asdict(),
            **{name: max(amounts.get(name, 0), getattr(held.get(key), name, 0)) for name in SUMMED},
        )
        for key, amounts in sums.items()
    ]
    for start in range(0, len(kept), _PAGE):
        await SUMS.load(link, kept[start : start + _PAGE])


async def _make_spans(link: Link) -> None:
    """Make the sums along one axis of those of the hours, which come in their order; what is over is kept."""
    spans: dict[SpanKey, dict[str, int]] = {}
    async for page in SUMS.pages(link, _PAGE):
        for each in page:
            key = RollupKey(*(getattr(each, name) for name in RollupKey._fields))
            for span in span_keys(key):
                into = spans.setdefault(span, dict.fromkeys(SUMMED, 0))
                for name in SUMMED:
                    into[name] = min(into[name] + getattr(each, name), GREATEST_SUM)
        await _keep_spans(link, spans, before=page[-1].hour)
    await _keep_spans(link, spans, before=None)


async def _keep_spans(link: Link, spans: dict[SpanKey, dict[str, int]], *, before: int | None) -> None:
    """Keep the spans that end before a time, or all, and let go of them."""
    over = [key for key in spans if before is None or key.start + key.step <= before]
    kept = [KeptSpan(**key._asdict(), **spans.pop(key)) for key in over]
    for start in range(0, len(kept), _PAGE):
        await SPANS.load(link, kept[start : start + _PAGE])
