"""How fast a client key may go on: exact over all workers where they share state, else each with its share.

Must never let more through than this worker's share while shared state cannot be asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from grok2api.storage.state import Rate, SharedState, StateAway, Verdict

_MINUTE: Final = 60.0


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent of a rate, and where.

    Args:
        limit: The whole limit for a minute, whatever this worker's share is.
        cost: Units that were asked for.
        verdict: What the rate says.
        settle: Puts right how many units it was.
    """

    limit: int
    cost: int
    verdict: Verdict
    settle: Callable[[int], None]


class KeyRates:
    """Units for a minute, by name; all of them may be spent at once.

    Args:
        shared: What all workers share; the worker's own state where they share none.
        own: The worker's own state, which stands in while the shared one is away.
        workers: Tells how many workers there are.
        alone: Whether `shared` is this worker's only.
    """

    def __init__(
        self, shared: SharedState, own: SharedState, *, workers: Callable[[], int], alone: bool
    ) -> None:
        self._shared = shared
        self._own = own
        self._workers = workers
        self._alone = alone

    async def spend(self, name: str, limit: int, cost: int) -> Spent:
        """Spend units, if the limit allows that now; more than the limit counts as all of it.

        Args:
            name: Whose limit it is.
            limit: Units for a minute, 1 or more.
            cost: Units; 0 only asks.
        """
        if not self._alone:
            try:
                return await self._spend(self._shared, name, limit, limit, cost)
            except StateAway:
                pass
        share = max(1, limit // self._workers())
        return await self._spend(self._own, name, limit, share, cost)

    async def _spend(self, state: SharedState, name: str, limit: int, share: int, cost: int) -> Spent:
        rate, cost = Rate(count=share, period=_MINUTE, burst=share), min(cost, share)
        verdict = await state.spend(name, rate, cost)

        def settle(true: int) -> None:
            if verdict.receipt is not None and true != cost:
                state.correct(name, rate, verdict.receipt, cost=cost, true=true)

        return Spent(limit, cost, verdict, settle)
