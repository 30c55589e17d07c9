"""What runs now on the workers of all hosts, and how an operator ends one of these requests.

Each worker knows its own. While somebody looks, each puts what it sees into the store, where all find it; a
wish to end a request goes the same way, to whoever has it. A worker that serves nothing asks for no wishes,
and one that is alone with its store needs none of this. Must never make a request wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec

from grok2api.accounting.running import Running, Seen, Sight, Survey
from grok2api.api.inflight import InFlight
from grok2api.canonical.request_ids import is_of
from grok2api.errors import CancelledByOperator
from grok2api.gateway.runs.background import BackgroundRuns
from grok2api.kit.clock import Clock
from grok2api.storage.live import LiveStore, LiveView, LiveWish

PERIOD: Final = 0.8
"""Seconds between two questions for wishes."""
_WATCHED: Final = 10.0
"""Seconds for which workers show what they see after somebody looked."""
_BELIEVED: Final = 4.0
"""Seconds after which a view is not believed any more."""
_WISHED: Final = 30.0
_FIRST_LOOK: Final = 1.5
"""Seconds in which every worker has seen that somebody looks."""
_WATCH: Final = "watch"
_CANCEL: Final = "cancel/"
_MOST: Final = 1000
"""Requests that one worker shows, the oldest first."""


class _Shown(msgspec.Struct, frozen=True):
    """What a worker shows to the others."""

    sights: list[Sight]
    begun: int


class LiveRequests:
    """This worker's part in what runs now.

    Args:
        running: Its requests.
        in_flight: Interrupts those that a client waits for.
        runs: Ends those in the background.
        store: Where workers tell each other.
        clock: Where time comes from.
        holder: This worker, among all that share the store.
        alone: Whether no other worker can share the store.
    """

    def __init__(
        self,
        *,
        running: Running,
        in_flight: InFlight,
        runs: BackgroundRuns,
        store: LiveStore,
        clock: Clock,
        holder: str,
        alone: bool,
    ) -> None:
        self._running = running
        self._in_flight = in_flight
        self._runs = runs
        self._store = store
        self._clock = clock
        self._holder = holder
        self._alone = alone
        self._shown = False
        """Whether others may still believe that something runs here."""
        self._told = 0
        """How many requests had begun when this worker last showed what it sees."""

    async def run(self) -> None:
        """Do once what others wish: show what runs here, end what is to be ended.

        Raises:
            StorageError: the store did not answer.
        """
        if self._alone or not (self._running or self._shown or self._running.begun != self._told):
            return
        now = self._clock.now()
        wishes = {each.name for each in await self._store.wishes(now)}
        for name in wishes:
            if name.startswith(_CANCEL):
                self._end(name.removeprefix(_CANCEL))
        if _WATCH in wishes:
            await self._show(now)
        else:
            self._shown, self._told = False, self._running.begun

    async def look(self) -> Survey:
        """Return what runs on all workers; the first look waits until all have answered.

        Raises:
            StorageError: the store did not answer.
        """
        begun = {self._holder: self._running.begun}
        seen = [Seen(sight, self._holder, 0.0) for sight in self._running]
        if not self._alone:
            now = self._clock.now()
            fresh = any(each.name == _WATCH for each in await self._store.wishes(now))
            await self._store.wish([LiveWish(name=_WATCH, until=now + _WATCHED)])
            if not fresh:
                await asyncio.sleep(_FIRST_LOOK)
                now = self._clock.now()
            for view in await self._store.views(now - _BELIEVED):
                if view.holder != self._holder:
                    shown = _read(view)
                    begun[view.holder] = shown.begun
                    seen += [Seen(sight, view.holder, max(0.0, now - view.at)) for sight in shown.sights]
        seen.sort(key=lambda each: each.sight.age_ms + each.seen_ago * 1000, reverse=True)
        return Survey(seen, begun)

    async def cancel(self, request_id: str) -> Sequence[Sight]:
        """End a request, here or wherever it runs; return what was seen of each that is known by this id.

        Elsewhere it ends when its worker asks for wishes, within a second.

        Raises:
            StorageError: the store did not answer.
        """
        ended = self._end(request_id)
        if ended or self._alone:
            return ended
        known = {each.sight.id: each.sight for each in (await self.look()).seen}
        meant = [sight for name, sight in known.items() if is_of(name, request_id)]
        until = self._clock.now() + _WISHED
        await self._store.wish([LiveWish(name=_CANCEL + each.id, until=until) for each in meant])
        return meant

    def _end(self, request_id: str) -> list[Sight]:
        """End a request of this worker; return what was seen of it, nothing if there is none."""
        ended = list[Sight]()
        for found in self._running.find(request_id):
            sight, reason = found.account.sight(), CancelledByOperator("An operator ended this request.")
            if self._in_flight.stop_task(found.task, reason) or self._runs.stop_request(
                found.account.request_id, reason
            ):
                ended.append(sight)
        return ended

    async def _show(self, now: float) -> None:
        sights = sorted(self._running, key=lambda each: each.age_ms, reverse=True)[:_MOST]
        self._shown, self._told = bool(sights), self._running.begun
        content = msgspec.json.encode(_Shown(sights, self._told)).decode()
        await self._store.show(LiveView(holder=self._holder, at=now, content=content))


def _read(view: LiveView) -> _Shown:
    """Return what another worker sees; one of another version may say it in other words."""
    try:
        return msgspec.json.decode(view.content, type=_Shown)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return _Shown([], 0)
