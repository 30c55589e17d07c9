"""How many requests of a client key run at a time: leased like the places of credentials, never waited for.

A worker that has no share of a limit lets one request through all the same while shared state is away:
another credential may stand in for one, but nothing for a client's key.
Must never keep a place for a request that has ended.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from grok2api.pool.slots import Slots

_KIND: Final = "key/"
"""What the names of keys begin with among all that have places."""


@dataclass(slots=True)
class _Key:
    """A client key as something that has places."""

    id: str
    max_concurrency: int
    full_until: float = 0.0


class KeyPlaces:
    """Places of client keys.

    Args:
        slots: What all workers share; None where each has its share.
        workers: Tells how many workers there are.
    """

    def __init__(self, slots: Slots | None, *, workers: Callable[[], int]) -> None:
        self._slots = slots
        self._workers = workers
        self._running: dict[str, int] = {}

    def running(self, key_id: str) -> int:
        """Return how many requests with a place this worker serves for a key."""
        return self._running.get(key_id, 0)

    async def take(self, key_id: str, limit: int) -> Callable[[], None] | None:
        """Return what gives a place back, to be called once; None if all are taken."""
        if self._slots is None:
            share = max(1, limit // self._workers())
            return None if self.running(key_id) >= share else self._taken(key_id, None)
        slots, key = self._slots, _Key(_KIND + key_id, limit)
        ticket = await slots.take(key)
        if ticket is None:
            alone = slots.away and not self.running(key_id)
            return self._taken(key_id, None) if alone else None
        return self._taken(key_id, lambda: slots.give_back(key, ticket))

    def _taken(self, key_id: str, give_back: Callable[[], None] | None) -> Callable[[], None]:
        self._running[key_id] = self.running(key_id) + 1

        def ended() -> None:
            left = self.running(key_id) - 1
            if left > 0:
                self._running[key_id] = left
            else:
                self._running.pop(key_id, None)
            if give_back is not None:
                give_back()

        return ended
