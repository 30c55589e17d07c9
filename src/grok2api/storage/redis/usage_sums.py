"""The sums of the ledger in Redis: where each lies, what a row adds to them, and how they are read.

Each is one hash, found by its place in an ordered set: `rollups` by hour and names, `spans` by axis, step,
start and name. Must never read the hashes of sums that are not asked for: their places tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grok2api.storage.redis.codec import text_of
from grok2api.storage.redis.places import FIRST, place, time_of
from grok2api.storage.usage import SUMMED, RollupKey, amounts_of, key_of
from grok2api.storage.usage_spans import GRAINS, Part, SpanKey, axis_for, parts, span_keys

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from grok2api.storage.records import UsageRecord
    from grok2api.storage.redis.link import Link
    from grok2api.storage.usage import Axis

    Found = tuple[int, str, dict[str, int]]

_NAMES: Final[tuple[Axis, ...]] = ("key_id", "model", "upstream_model", "credential_id")
"""The names of a rollup, in the order of its place."""
_BETWEEN: Final = "\0"
_TIME: Final = len(place(0))


def place_of(key: RollupKey | SpanKey) -> str:
    """Return the place of a sum in its index."""
    if isinstance(key, SpanKey):
        return _line(key.axis, key.step) + place(key.start, key.name)
    return place(key.hour, _BETWEEN.join(key[1:]))


def sums_of(record: UsageRecord) -> dict[str, object]:
    """Return which sums a row belongs to, and what it adds to them if it is new, for the script."""
    key, amounts = key_of(record), amounts_of(record)
    told = {name: str(amount) for name, amount in amounts.items()}
    return {
        "rollup": {**_place(key), "amounts": told},
        "spans": [_place(each) for each in span_keys(key)],
    }


def reaches_before(last: int) -> list[tuple[str, str, str]]:
    """Return which sums lie before a time: their kind, and bounds of their places."""
    reaches = [("sum", FIRST, "(" + place(last))]
    for axis, steps in GRAINS.items():
        reaches += [("span", *_bounds(axis, Part(step, 0, last))) for step in steps]
    return reaches


async def read_sums(
    link: Link,
    since: int,
    until: int,
    *,
    step: int,
    by: Axis | None,
    only: Mapping[Axis, Collection[str]],
    amounts: Sequence[str] = SUMMED,
) -> list[Found]:
    """Return the sums of some hours, each with the start of its span and its name; several may be of one.

    Args:
        link: Where they are.
        since: Unix time of the first hour.
        until: Unix time behind the last hour.
        step: Seconds of a span; 0 makes one span of all.
        by: Of what the name is.
        only: Values of which a row must have one, by axis.
        amounts: What of a sum is read.
    """
    axis = axis_for(by, only)
    found: list[Found] = []
    for part in parts(axis, since, until, step):
        spans = axis if part.step is not None else None
        index, one = ("rollups", "rollup:") if spans is None else ("spans", "span:")
        members = await link.get("ZRANGEBYLEX", link.key(index), *_bounds(spans, part))
        told = [(member, *_read(member, spans)) for member in map(bytes.decode, members)]
        meant = [each for each in told if all(each[2][name] in values for name, values in only.items())]
        held = await link.columns([link.key(one + member) for member, _, _ in meant], amounts)
        for (_, start, names), values in zip(meant, held, strict=True):
            if any(values):
                begin = start - start % step if step else since
                sums = {name: int(value) for name, value in zip(amounts, values, strict=True) if value}
                found.append((begin, names[by] if by else "", sums))
    return found


def _place(key: RollupKey | SpanKey) -> dict[str, object]:
    return {"place": place_of(key), "key": {name: text_of(each) for name, each in key._asdict().items()}}


def _line(axis: Axis, step: int) -> str:
    """Return what the places of all sums of one length along an axis begin with."""
    return f"{axis}:{step}:"


def _bounds(axis: Axis | None, part: Part) -> tuple[str, str]:
    """Return between which bounds the places of a part lie; without an axis, those of rollups."""
    line = "" if axis is None or part.step is None else _line(axis, part.step)
    return f"[{line}{place(part.since)}", f"({line}{place(part.until)}"


def _read(member: str, axis: Axis | None) -> tuple[int, Mapping[Axis, str]]:
    """Return when a sum begins, and its names, from its place."""
    if axis is None:
        values = member[_TIME:].split(_BETWEEN)
        return time_of(member[:_TIME]), dict(zip(_NAMES, values, strict=True))
    behind = member.index(":", len(axis) + 1) + 1
    return time_of(member[behind : behind + _TIME]), {axis: member[behind + _TIME :]}
