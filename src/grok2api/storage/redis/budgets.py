"""Money that client keys may spend: each verb is one script, so that windows and holds never part.

Must never set money aside twice for one request: an id that is there already is left as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grok2api.storage.budgets import BudgetHold, BudgetWindow
from grok2api.storage.redis.codec import Codec, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grok2api.storage.budgets import Charge
    from grok2api.storage.redis.link import Link

_SCRIPT: Final = "budgets"


class RedisBudgets:
    """What client keys with a budget have spent."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._codec = Codec(BudgetHold)

    async def reserve(
        self, hold: BudgetHold, /, *, day_limit: int, month_limit: int, now: float
    ) -> BudgetWindow | None:
        """Set money aside if neither window is full."""
        full = await self._link.write(
            _SCRIPT,
            "reserve",
            id=hold.id,
            key_id=hold.key_id,
            amount=str(hold.amount),
            limits=[
                {"window": hold.month, "limit": str(month_limit)},
                {"window": hold.day, "limit": str(day_limit)},
            ],
            now=text_of(now),
            change=self._codec.encode(hold),
        )
        return None if full is None else _window(hold.key_id.encode(), *full)

    async def settle(self, charges: Sequence[Charge], /) -> None:
        """Count what requests did cost, and give back what was set aside."""
        if charges:
            await self._link.write(_SCRIPT, "settle", charges=[self._charge(each) for each in charges])

    async def windows(self, keys: Sequence[str], names: Sequence[str], /) -> tuple[BudgetWindow, ...]:
        """Return the windows of these names that these keys have."""
        found = await self._link.ask(_SCRIPT, "windows", keys=sorted(set(keys)), names=sorted(set(names)))
        return tuple(_window(*each) for each in found)

    async def sweep(self, now: float, /, *, kept_since: float, oldest: str, limit: int) -> int:
        """Give back what ended holds set aside, and forget what is old."""
        met = await self._link.write(
            _SCRIPT, "sweep", now=text_of(now), kept_since=text_of(kept_since), oldest=oldest, limit=limit
        )
        return int(met)

    def _charge(self, charge: Charge) -> dict[str, object]:
        return {
            "id": charge.id,
            "key_id": charge.key_id,
            "day": charge.day,
            "month": charge.month,
            "ticks": str(charge.ticks),
            "change": self._codec.encode(charge.settled_hold()),
        }


def _window(key_id: bytes, name: bytes, spent: bytes, reserved: bytes) -> BudgetWindow:
    return BudgetWindow(key_id=key_id.decode(), name=name.decode(), spent=int(spent), reserved=int(reserved))
