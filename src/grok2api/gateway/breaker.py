"""Is it upstream as a whole? Then nobody tries again, and after a while nobody is sent at all.

Failures in a row that hit a good part of the pool, with no answer between them, are not the credentials'
fault: retries stop multiplying the load. If they go on under load, the way is shut, clients are told at
once, and one request at a time finds out whether upstream is back.
Must never count a fault of a request, a credential or a proxy, nor an answer that broke off in the middle.
"""

from __future__ import annotations

from typing import Final

from grok2api.canonical.fault import Fault, FaultKind, FaultScope
from grok2api.errors import UpstreamError
from grok2api.kit.clock import Clock

_DOUBT: Final = 5
"""Failures in a row from which on retries stop."""
_MOST_HIT: Final = 50
"""Credentials of a large pool whose failing alike is enough, be they half of it or not."""
_TRIP: Final = 20
"""Failures in a row from which on requests are refused."""
LOAD: Final = 4
"""Calls under way from which on it matters that nobody waits for what fails anyhow."""
_FORGET: Final = 10.0
"""Seconds without a failure after which a row is over."""
_PROBE_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 5.0


class Breaker:
    """Counts what upstream answers, for one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._row = 0
        self._hit: set[str] = set()
        self._last = 0.0
        self._next_probe = 0.0
        self._pause = _PROBE_PAUSE

    @property
    def shut(self) -> bool:
        """Whether requests are refused."""
        return self._row >= _TRIP

    def doubts(self, pool_size: int) -> bool:
        """Tell whether retries hardly help, because too much of the pool fails alike."""
        enough = min(pool_size, max(2, min(pool_size // 2, _MOST_HIT)))
        return self._row >= _DOUBT and len(self._hit) >= enough

    def admit(self) -> None:
        """Return if a request may be sent to upstream now.

        Raises:
            UpstreamError: upstream is down; `retry_after` says when to ask again.
        """
        if not self.shut:
            return
        now = self._clock.monotonic()
        if now >= self._next_probe:
            self._next_probe = now + self._pause
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)
            return
        raise UpstreamError(
            "Upstream fails for all requests at the moment.",
            status=503,
            code="overloaded",
            retry_after=max(1.0, self._next_probe - now),
        )

    def failed(self, fault: Fault, credential_id: str, *, pool_size: int, load: int) -> None:
        """Note a failure before the answer.

        Args:
            fault: How it failed.
            credential_id: On which credential.
            pool_size: How many credentials there are to turn to.
            load: Calls to upstream under way, this one too.
        """
        if fault.scope is FaultScope.PROXY or fault.kind is FaultKind.STALE_CONNECTION:
            return
        if fault.scope is not FaultScope.UPSTREAM:
            self.answered()
            return
        now = self._clock.monotonic()
        if now > self._last + _FORGET and not self.shut:
            self._reset()
        self._last = now
        self._hit.add(credential_id)
        if self._row + 1 < _TRIP or (self.doubts(pool_size) and load >= LOAD):
            self._row += 1
            if self._row == _TRIP:
                self._next_probe = now + self._pause

    def answered(self) -> None:
        """Note that upstream answered, be it with a refusal."""
        if self._row:
            self._reset()

    def _reset(self) -> None:
        self._row, self._pause = 0, _PROBE_PAUSE
        self._hit.clear()
