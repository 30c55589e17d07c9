"""Which proxies are out of order: they rest, and the credentials behind them stay blameless.

A proxy is tried again when its rest is over, or as soon as a health check reaches it. Must never print
a proxy's address: it may hold a password.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from grok2api.kit.clock import Clock

_MOST_DOUBLINGS: Final = 8


@dataclass(frozen=True, slots=True)
class ProxyRest:
    """One proxy that is out of order."""

    failures: int
    until: float
    """Monotonic seconds."""
    reason: str


class Proxies:
    """The health of the ways to upstream; None is that of credentials without a proxy of their own."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._resting: dict[str | None, ProxyRest] = {}
        self._until: dict[str | None, float] = {}

    @property
    def until(self) -> Mapping[str | None, float]:
        """Return until when each proxy that is out of order rests; empty while all is well."""
        return self._until

    @property
    def resting(self) -> Mapping[str | None, ProxyRest]:
        """Return the proxies that have failed and were not seen well since."""
        return self._resting

    def failed(self, proxy: str | None, reason: str, *, rest: float, cap: float) -> None:
        """Let a proxy rest, longer each time; calls that failed together count once."""
        now = self._clock.monotonic()
        known = self._resting.get(proxy)
        if known is not None and known.until > now:
            return
        failures = known.failures + 1 if known else 1
        seconds = min(cap, rest * 2.0 ** min(failures - 1, _MOST_DOUBLINGS))
        self._resting[proxy] = ProxyRest(failures, now + seconds, reason)
        self._until[proxy] = now + seconds

    def well(self, proxy: str | None) -> bool:
        """Note that a proxy works; tell whether it was out of order."""
        self._until.pop(proxy, None)
        return self._resting.pop(proxy, None) is not None
