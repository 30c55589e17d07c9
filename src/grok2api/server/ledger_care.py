"""What keeps the ledger in shape: old rows and sums are forgotten, and prices are held against upstream's.

The leader alone does it. Must never do much at once: others write to the same tables meanwhile.
"""

from __future__ import annotations

from typing import Final

from grok2api.accounting.drift import drifts
from grok2api.errors import StorageError
from grok2api.observability.logging import get_logger
from grok2api.observability.metrics import families
from grok2api.server.forgetting import forget_in_pieces
from grok2api.server.leadership import SOON
from grok2api.server.services import Services
from grok2api.storage.usage import DAY, HOUR

PERIOD: Final = 60.0
_AT_ONCE: Final = 1000

_log = get_logger("grok2api.ledger")


class LedgerCare:
    """Forgets what is too old, and tells of prices that are off.

    Args:
        services: The worker.
        piece: Rows that are forgotten at once.
    """

    def __init__(self, services: Services, *, piece: int = _AT_ONCE) -> None:
        self._services = services
        self._piece = piece
        self.off: dict[str, float] | None = None
        """By which part of it each price that is not right differs from what upstream asks; None while that
        is not known here."""

    @property
    def period(self) -> float:
        """Return the seconds until the next look."""
        return SOON if self._services.leadership.claim is None else PERIOD

    async def run(self) -> None:
        """Look once; what was seen last stands while the store is away."""
        leadership = self._services.leadership
        if leadership.claim is None:
            if not leadership.lapsed:
                self._note({})
                self.off = None
            return
        try:
            await self._forget()
            await self._compare()
        except StorageError as error:
            _log.warning("the ledger was not tidied up", reason=error.public_message)

    async def _forget(self) -> None:
        rules, usage = self._services.live.current.ledger, self._services.records.usage
        now = self._services.clock.now()
        if rules.keep_days:
            before = now - rules.keep_days * DAY
            await forget_in_pieces(lambda limit: usage.forget_rows(before, limit=limit), size=self._piece)
        if rules.keep_rollups_days:
            oldest = now - rules.keep_rollups_days * DAY
            await forget_in_pieces(lambda limit: usage.forget_sums(oldest, limit=limit), size=self._piece)
        await self._services.records.live.forget(now - HOUR)

    async def _compare(self) -> None:
        until = int(self._services.clock.now()) + HOUR
        sums = await self._services.records.usage.summarise(until - DAY, until, by="upstream_model")
        found = {each.model: each for each in drifts(sums)}
        for model in found.keys() - (self.off or {}).keys():
            drift = found[model]
            _log.warning(
                "a price is not what upstream asks; set ledger.prices",
                model=model,
                percent=round(drift.ratio * 100, 1),
                requests=drift.compared,
            )
        self._note({model: drift.ratio for model, drift in found.items()})

    def _note(self, ratios: dict[str, float]) -> None:
        """Show what is off; a price that is right again is shown as such."""
        board = self._services.metering.board
        for model in (self.off or {}).keys() | ratios.keys():
            board.set(families.PRICE_DRIFT, abs(ratios.get(model, 0.0)), (("model", model),))
        self.off = ratios
