"""How far one kind of failure may spread: what looks the same on many credentials is seldom theirs.

Must never hold more than a minute of failures.
"""

from __future__ import annotations

from typing import Final

from grok2api.kit.clock import Clock

_WINDOW: Final = 60.0
_MOST_SIGNATURES: Final = 256


class BlastRadius:
    """Counts the credentials that each failure has made rest within the last minute."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._hit: dict[str, dict[str, float]] = {}
        """By failure: when each credential was hit last, the longest ago first."""

    def admits(self, signature: str, credential_id: str, *, share: float, size: int) -> bool:
        """Tell whether this failure may make this credential rest, and count it if it may.

        Args:
            signature: What makes two failures the same.
            credential_id: Who would rest.
            share: The part of the pool that may rest for the same failure, 0 to 1.
            size: Credentials in the pool; one of them may always rest.
        """
        now = self._clock.monotonic()
        hit = self._hit.setdefault(signature, {})
        while hit and hit[oldest := next(iter(hit))] <= now - _WINDOW:
            del hit[oldest]
        if len(hit) - (credential_id in hit) >= max(1, int(share * size)):
            return False
        hit.pop(credential_id, None)
        hit[credential_id] = now
        if len(self._hit) > _MOST_SIGNATURES:
            self._forget(now)
        return True

    def _forget(self, now: float) -> None:
        recent = {name: hit for name, hit in self._hit.items() if hit and max(hit.values()) > now - _WINDOW}
        self._hit = dict(list(recent.items())[-_MOST_SIGNATURES:])
