"""What runs now, as workers tell each other: a view of each worker while somebody looks, and wishes to it.

Nothing here outlasts its moment: a view is believed for seconds only, and a wish has an end. Must never hold
a prompt, an answer or the address of a client.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveView:
    """What runs on one worker.

    Attributes:
        holder: The worker, among all that share the store.
        at: Wall time at which it looked.
        content: What runs, as JSON text.
    """

    holder: str
    at: float
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveWish:
    """What somebody wants of every worker that it concerns.

    Attributes:
        name: Such as `watch`, or `cancel/` and a request id.
        until: Wall time at which it is over.
    """

    name: str
    until: float


class LiveStore(Protocol):
    """What workers tell each other of what runs now."""

    async def show(self, view: LiveView, /) -> None:
        """Keep what a worker sees, in place of what it saw before."""
        ...

    async def views(self, since: float, /) -> tuple[LiveView, ...]:
        """Return what workers saw at a wall time or later, in the order of their names."""
        ...

    async def wish(self, wishes: Sequence[LiveWish], /) -> None:
        """Keep wishes, in place of those with the same names."""
        ...

    async def wishes(self, now: float, /) -> tuple[LiveWish, ...]:
        """Return the wishes that are not over, in the order of their names."""
        ...

    async def forget(self, before: float, /) -> None:
        """Forget views from before a wall time, and wishes that were over by then."""
        ...
