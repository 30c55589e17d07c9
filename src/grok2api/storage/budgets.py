"""Money that client keys may spend: what is asked of a store that keeps count of it, exactly.

A request reserves what it may cost before it is sent, under the condition that the window is not full, and is
settled afterwards with what it did cost. A hold has an end, so that a process that was killed blocks nothing
for long. Money is whole ticks; 1 USD is 10^10.
Must never know a backend, and must never count a request twice: the first settlement of an id stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetHold:
    """Money that is set aside for one request.

    Attributes:
        id: The request's id in the ledger.
        day: Name of the day that it counts to, such as `2026-11-26`, in UTC.
        month: Name of the month that it counts to, such as `2026-11`.
        amount: Ticks that are set aside; 0 once they were given back.
        until: Wall time in seconds at which they are given back if nobody has settled.
        settled: Whether the request's cost was counted.
    """

    id: str
    key_id: str
    day: str
    month: str
    amount: int
    until: float
    settled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetWindow:
    """What a client key has spent and set aside in one day or month."""

    key_id: str
    name: str
    spent: int
    reserved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What one request did cost; day and month are those of its beginning, where it has no hold.

    Attributes:
        at: Wall time in seconds of its beginning.
    """

    id: str
    key_id: str
    day: str
    month: str
    ticks: int
    at: float

    def settled_hold(self) -> BudgetHold:
        """Return what is kept of a request that set nothing aside, so that it is counted once."""
        return BudgetHold(
            id=self.id,
            key_id=self.key_id,
            day=self.day,
            month=self.month,
            amount=0,
            until=self.at,
            settled=True,
        )


class BudgetStore(Protocol):
    """What client keys with a budget have spent."""

    async def reserve(
        self, hold: BudgetHold, /, *, day_limit: int, month_limit: int, now: float
    ) -> BudgetWindow | None:
        """Set money aside if neither window is full; else return the one that is, and change nothing.

        A window is full when what was spent and what is set aside reach its limit, so that one request at
        most goes beyond it. Holds of the key that have ended make room first.

        Args:
            hold: What to set aside.
            day_limit: Ticks for the day; 0 is no limit.
            month_limit: Ticks for the month; 0 is no limit.
            now: Wall time in seconds.
        """
        ...

    async def settle(self, charges: Sequence[Charge], /) -> None:
        """Count what requests did cost, and give back what was set aside; a settled id changes nothing.

        One that set nothing aside is counted too, unless it cost nothing.
        """
        ...

    async def windows(self, keys: Sequence[str], names: Sequence[str], /) -> tuple[BudgetWindow, ...]:
        """Return the windows of these names that these keys have, in the order of keys and names."""
        ...

    async def sweep(self, now: float, /, *, kept_since: float, oldest: str, limit: int) -> int:
        """Give back what ended holds set aside, and forget what is old; return how many holds were met.

        Args:
            now: Wall time in seconds.
            kept_since: Holds that ended before this wall time are forgotten.
            oldest: Windows whose names are less than this are forgotten.
            limit: Most holds of either sort.
        """
        ...
