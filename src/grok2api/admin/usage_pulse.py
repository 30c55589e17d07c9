"""What is used at this moment: the requests that ended within the last seconds, on all workers together.

It is the difference between two looks at the sums of the ledger, which every worker adds to: no request is
slowed down by it, and while nobody looks there is nothing to do. Must never read the rows of the ledger.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from grok2api.kit.clock import Clock
from grok2api.operations.notation import moment
from grok2api.storage.usage import HOUR, Counts, UsageStore

WINDOW: Final = 10.0
"""Seconds that are looked back."""
_HOURS_BACK: Final = 3
"""A request counts in the hour in which it came: one that ran for longer than this is missed here."""
_COUNTED: Final = ("requests", "failed", "refused", "gone", "input_tokens", "output_tokens", "cost_ticks")


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageTick:
    """What was used within the last `seconds`.

    Attributes:
        at: When that was.
        ended: How many requests have ended since the look before.
    """

    at: str
    seconds: float
    ended: int
    requests: int
    failed: int
    refused: int
    gone: int
    input_tokens: int
    output_tokens: int
    cost_in_usd_ticks: int
    requests_per_second: float

    def same(self, other: UsageTick | None) -> bool:
        """Tell whether this says nothing that the one before did not: nothing ended, then as now."""
        return other is not None and not (self.ended or self.requests or other.requests)


@dataclass(frozen=True, slots=True)
class _Look:
    """The sums of each hour at one moment, from an hour on."""

    at: float
    since: int
    hours: Mapping[int, Counts]

    def gained(self, before: _Look, name: str) -> int:
        """Return by how much a count has grown since an earlier look, in the hours that both know."""
        found = 0
        for start, counts in self.hours.items():
            if start >= before.since:
                earlier = before.hours.get(start)
                found += getattr(counts, name) - (0 if earlier is None else getattr(earlier, name))
        return max(0, found)


class UsagePulse:
    """Looks at the sums of the ledger again and again.

    Args:
        usage: Where the sums are.
        clock: Where time comes from.
    """

    def __init__(self, usage: UsageStore, clock: Clock) -> None:
        self._usage = usage
        self._clock = clock
        self._looks: deque[_Look] = deque()

    def rest(self) -> None:
        """Forget what was seen: nobody looks for a while."""
        self._looks.clear()

    async def look(self) -> UsageTick | None:
        """Look again; None for the first look, which there is nothing to compare with.

        Raises:
            StorageError: the store did not answer.
        """
        now = self._clock.now()
        hour = int(now // HOUR) * HOUR
        since = hour - _HOURS_BACK * HOUR
        sums = await self._usage.summarise(since, hour + 2 * HOUR, step=HOUR)
        look = _Look(self._clock.monotonic(), since, {each.start: each.counts for each in sums})
        latest = self._looks[-1] if self._looks else None
        self._looks.append(look)
        while len(self._looks) > 2 and look.at - self._looks[1].at >= WINDOW:
            self._looks.popleft()
        if latest is None:
            return None
        first = self._looks[0]
        seconds = look.at - first.at
        gained = {name: look.gained(first, name) for name in _COUNTED}
        return UsageTick(
            at=moment(now) or "",
            seconds=round(seconds, 1),
            ended=look.gained(latest, "requests"),
            requests=gained["requests"],
            failed=gained["failed"],
            refused=gained["refused"],
            gone=gained["gone"],
            input_tokens=gained["input_tokens"],
            output_tokens=gained["output_tokens"],
            cost_in_usd_ticks=gained["cost_ticks"],
            requests_per_second=round(gained["requests"] / seconds, 2) if seconds > 0 else 0.0,
        )
