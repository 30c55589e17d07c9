"""Sums of the ledger along one axis: by hour, by day and by thirty days, so that long spans are few rows.

The sums of an hour that know every name of a request (`RollupKey`) grow with the rows themselves once there
are thousands of credentials: a year of them is as long as the ledger. What is asked for is nearly always
parted by one name only, and is answered from here. Both are added to in the same moment, and say the same.
Must never know a backend, and must never be of a name that `RollupKey` does not hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from grok2api.kit.pace import Pace
from grok2api.storage.usage import DAY, GREATEST_SUM, HOUR, RollupKey, UsageSum, sum_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from grok2api.storage.usage import Axis

BLOCK: Final = 30 * DAY
GRAINS: Final[Mapping[Axis, tuple[int, ...]]] = {
    "credential_id": (DAY, BLOCK),
    "key_id": (HOUR, DAY),
    "model": (HOUR, DAY),
    "upstream_model": (HOUR, DAY),
}
"""How long the sums of each axis are, in seconds, the shortest first; each is a multiple of the one before.

Credentials may be ten thousand, each request another one: their sums of an hour would be the rollups again.
"""
WHOLE: Final[Axis] = "upstream_model"
"""The axis that is read where nobody asks for names: it has the fewest."""


class SpanKey(NamedTuple):
    """What one sum is of: rows with this name on this axis that began in `step` seconds from `start` on."""

    axis: Axis
    step: int
    start: int
    name: str


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a span of time, and which sums it is read from.

    Attributes:
        step: Seconds of each sum; None stands for the rollups of its hours.
        since: Unix time of its first second.
        until: Unix time behind its last.
    """

    step: int | None
    since: int
    until: int


def spanned(sums: Mapping[RollupKey, Mapping[str, int]]) -> dict[SpanKey, dict[str, int]]:
    """Return what new rollups add to each span, in one order, which is the same for every writer."""
    spans: dict[SpanKey, dict[str, int]] = {}
    for axis, (short, long) in GRAINS.items():
        shorter: dict[SpanKey, dict[str, int]] = {}
        for key, amounts in sums.items():
            _join(shorter, SpanKey(axis, short, key.hour - key.hour % short, getattr(key, axis)), amounts)
        spans |= shorter
        for span, amounts in shorter.items():
            _join(spans, SpanKey(axis, long, span.start - span.start % long, span.name), amounts)
    return dict(sorted(spans.items()))


def span_keys(key: RollupKey) -> Iterator[SpanKey]:
    """Give all sums along one axis that a rollup is a part of."""
    for axis, steps in GRAINS.items():
        for step in steps:
            yield SpanKey(axis, step, key.hour - key.hour % step, getattr(key, axis))


def axis_for(by: Axis | None, only: Mapping[Axis, Collection[str]]) -> Axis | None:
    """Return the axis whose sums tell what is asked for; None if only the rollups do."""
    asked = {*only, by} - {None}
    if len(asked) > 1:
        return None
    return asked.pop() if asked else WHOLE


def parts(axis: Axis | None, since: int, until: int, step: int) -> tuple[Part, ...]:
    """Return the pieces of a span of time, each read from the longest sums that fit, in their order.

    Args:
        axis: By what rows are told apart; None if by more than one name.
        since: Unix time of the first hour.
        until: Unix time behind the last hour.
        step: Seconds of which an answer's sums are; 0 is one sum of all.
    """
    first, last = -(-since // HOUR) * HOUR, -(-until // HOUR) * HOUR
    grains = () if axis is None else GRAINS[axis]
    fitting = [each for each in grains if not step or step % each == 0]
    return tuple(_cut(first, last, fitting[::-1]))


async def merged(rows: Iterable[tuple[int, str, Mapping[str, int]]]) -> tuple[UsageSum, ...]:
    """Return sums from what was found of them in several parts: their starts, names and amounts.

    A year of several names is thousands of them, so it is done in pieces.
    """
    pace, whole = Pace(), dict[tuple[int, str], dict[str, int]]()
    for start, name, amounts in rows:
        into = whole.setdefault((start, name), {})
        for each, amount in amounts.items():
            into[each] = into.get(each, 0) + amount
        if pace.due:
            await pace.rest()
    sums = list[UsageSum]()
    for (start, name), amounts in sorted(whole.items()):
        sums.append(sum_of(start, name, amounts))
        if pace.due:
            await pace.rest()
    return tuple(sums)


def kept_from(before: float) -> int:
    """Return from where on sums are kept when those from before a time may go: whole blocks go at once."""
    return int(before // BLOCK) * BLOCK


def _cut(first: int, last: int, steps: list[int]) -> Iterator[Part]:
    if first >= last:
        return
    if not steps:
        yield Part(None, first, last)
        return
    step, *shorter = steps
    low, high = -(-first // step) * step, last // step * step
    if low >= high:
        yield from _cut(first, last, shorter)
        return
    yield from _cut(first, low, shorter)
    yield Part(step, low, high)
    yield from _cut(high, last, shorter)


def _join(into: dict[SpanKey, dict[str, int]], key: SpanKey, amounts: Mapping[str, int]) -> None:
    held = into.get(key)
    if held is None:
        into[key] = dict(amounts)
        return
    for name, amount in amounts.items():
        held[name] = min(held.get(name, 0) + amount, GREATEST_SUM)
