"""The part of the store in memory that knows what runs now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from grok2api.storage.live import LiveView, LiveWish

if TYPE_CHECKING:
    from support.memory_records import Revisions


class MemoryLive:
    """Views and wishes in dicts."""

    def __init__(self, revisions: Revisions) -> None:
        self._revisions = revisions
        self._views: dict[str, LiveView] = {}
        self._wishes: dict[str, LiveWish] = {}

    async def show(self, view: LiveView) -> None:
        self._revisions.reach()
        self._views[view.holder] = view

    async def views(self, since: float) -> tuple[LiveView, ...]:
        self._revisions.reach()
        return tuple(self._views[each] for each in sorted(self._views) if self._views[each].at >= since)

    async def wish(self, wishes: Sequence[LiveWish]) -> None:
        self._revisions.reach()
        self._wishes |= {each.name: each for each in wishes}

    async def wishes(self, now: float) -> tuple[LiveWish, ...]:
        self._revisions.reach()
        return tuple(self._wishes[each] for each in sorted(self._wishes) if self._wishes[each].until > now)

    async def forget(self, before: float) -> None:
        self._revisions.reach()
        self._views = {name: each for name, each in self._views.items() if each.at >= before}
        self._wishes = {name: each for name, each in self._wishes.items() if each.until >= before}
