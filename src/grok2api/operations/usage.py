"""What the ledger tells an operator of usage: sums over time, parted by a name or not.

Must never read the rows of the ledger: sums are bounded, and a year of rows is not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from grok2api.canonical.latency import quantile
from grok2api.errors import InvalidRequest
from grok2api.kit.pace import Pace
from grok2api.operations.notation import moment, usd
from grok2api.storage.usage import (
    COUNTED,
    DAY,
    HOUR,
    Axis,
    Counts,
    UsageStore,
    UsageSum,
    sum_of,
)

MOST_SPANS: Final = 1000
STEPS: Final[Mapping[str, int]] = {"hour": HOUR, "day": DAY}
"""Seconds of the spans that may be asked for; days begin at midnight UTC."""


def whole_hours(since: float, until: float, *, step: int, most: int | None = MOST_SPANS) -> tuple[int, int]:
    """Return a span of time as whole steps, at least one.

    Args:
        since: Wall time in seconds.
        until: The same.
        step: Seconds.
        most: How many steps there may be; None where nothing is cut into them.

    Raises:
        InvalidRequest: it ends before it begins, or is cut into too many pieces.
    """
    if since >= until:
        raise InvalidRequest("'from' has to lie before 'to'.", param="from")
    first, last = int(since // step) * step, -int(-until // step) * step
    if most is not None and (last - first) // step > most:
        raise InvalidRequest(
            f"That is more than {most} spans. Ask for a shorter time, or for step=day.", param="step"
        )
    return first, last


async def series(
    usage: UsageStore,
    since: int,
    until: int,
    *,
    step: int,
    by: Axis | None,
    only: Mapping[Axis, Collection[str]],
    top: int,
) -> tuple[list[UsageSum], list[UsageSum]]:
    """Return sums by span, and the same of what is not among the `top` names by cost, joined.

    Of ten thousand credentials an hour's sums alone would be ten thousand: what is read is bounded.
    """
    if by is None:
        return list(await usage.summarise(since, until, step=step, only=only)), []
    leading = await usage.leading(since, until, by=by, limit=top + 1, only=only)
    first = {**only, by: leading[:top]}
    shown = await usage.summarise(since, until, step=step, by=by, only=first) if leading else ()
    if len(leading) <= top:
        return list(shown), []
    everybody = await usage.summarise(since, until, step=step, only=only)
    by_start = dict[int, list[UsageSum]]()
    for each in shown:
        by_start.setdefault(each.start, []).append(each)
    pace, others = Pace(), list[UsageSum]()
    for each in everybody:
        others.append(_less(each, by_start.get(each.start, ())))
        if pace.due:
            await pace.rest()
    return list(shown), others


def _less(whole: UsageSum, parts: Sequence[UsageSum]) -> UsageSum:
    """Return what is left of a sum without some of its parts."""
    left = {name: getattr(whole.counts, name) for name in COUNTED}
    for part in parts:
        for name in COUNTED:
            left[name] -= getattr(part.counts, name)
    first, total = list(whole.first_byte), list(whole.total)
    for part in parts:
        first = [one - other for one, other in zip(first, part.first_byte, strict=True)]
        total = [one - other for one, other in zip(total, part.total, strict=True)]
    bare = sum_of(whole.start, "", left)
    return UsageSum(bare.start, bare.name, bare.counts, tuple(first), tuple(total))


def sum_view(told: UsageSum) -> dict[str, object]:
    """Return what a sum tells. Latencies are read off classes: right to the class."""
    counts = told.counts
    return {
        "start": moment(told.start),
        "name": told.name,
        **figures(counts),
        "first_byte_ms_p50": _rounded(quantile(told.first_byte, 0.5)),
        "first_byte_ms_p95": _rounded(quantile(told.first_byte, 0.95)),
        "total_ms_p50": _rounded(quantile(told.total, 0.5)),
        "total_ms_p95": _rounded(quantile(told.total, 0.95)),
    }


def figures(counts: Counts) -> dict[str, object]:
    """Return the counts of a sum by the names that operators know."""
    judged = counts.succeeded + counts.failed
    return {
        "requests": counts.requests,
        "succeeded": counts.succeeded,
        "failed": counts.failed,
        "refused": counts.refused,
        "gone": counts.gone,
        "success_rate": round(counts.succeeded / judged, 4) if judged else None,
        "attempts": counts.attempts,
        "input_tokens": counts.input_tokens,
        "cached_tokens": counts.cached_tokens,
        "output_tokens": counts.output_tokens,
        "reasoning_tokens": counts.reasoning_tokens,
        "cost_in_usd_ticks": counts.cost_ticks,
        "cost_usd": usd(counts.cost_ticks),
        "cache_savings_in_usd_ticks": counts.saved_ticks,
        "estimated": counts.estimated,
        "unmetered": counts.unmetered,
    }


async def whole_sum(
    usage: UsageStore, since: int, until: int, only: Mapping[Axis, Collection[str]]
) -> UsageSum:
    """Return one sum over a span, of zeros if nothing happened."""
    found = await usage.summarise(since, until, only=only)
    return found[0] if found else sum_of(since, "", {})


def _rounded(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds, 1)
