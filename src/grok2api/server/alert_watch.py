"""Tells operators what needs them: a look every few seconds, and a message for what is new.

The process that leads does it. What stands is in the store, so that another process that takes over tells
nothing twice. While the store is away nobody can lead; then the process that led last goes on by itself,
since that the store is away is what has to be told, and leaves in the store what it told as soon as it can.
Must never do what a request waits for, nor give the all-clear for what it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from grok2api.alerts import book as books
from grok2api.alerts.alert import Alert, Kind, Notice
from grok2api.alerts.conditions import Seen, pool_alerts, pool_unknown, store_alerts
from grok2api.config.live import Live
from grok2api.errors import StorageError
from grok2api.kit.clock import Clock
from grok2api.kit.pace import Pace
from grok2api.observability.logging import get_logger
from grok2api.server.alert_post import AlertPost, NotDelivered
from grok2api.server.leadership import Leadership
from grok2api.storage.stores import MetaStore

_log = get_logger("grok2api.alerts")

PERIOD: Final = 5.0
_AT_ONCE: Final = 10
_LONGEST_PAUSE: Final = 300.0


@dataclass(frozen=True, slots=True)
class Sight:
    """What one look found.

    Attributes:
        present: All that is wrong now.
        unknown: Kinds of which it is not known now.
        filled: Whether there is any credential.
    """

    present: list[Alert]
    unknown: frozenset[Kind]
    filled: bool


@dataclass(frozen=True, slots=True)
class AlertSources:
    """Where it is learnt what is wrong.

    Attributes:
        credentials: Gives all credentials.
        practising: Tells whether the sandbox answers in their place.
        lacking: Gives what the server works without, in the words of `/ready`.
        more: Give what else is wrong, by its kind; None while that is not known.
    """

    credentials: Callable[[], Iterable[Seen]]
    practising: Callable[[], bool]
    lacking: Callable[[], Iterable[str]]
    more: Mapping[Kind, Callable[[], Iterable[Alert] | None]]

    async def look(self, *, was_filled: bool) -> Sight:
        """Return what is wrong now; a large pool is looked through in pieces.

        Args:
            was_filled: Whether there was any credential before.
        """
        pace, pool, practising = Pace(), list[Seen](), self.practising()
        for each in self.credentials():
            pool.append(each)
            if pace.due:
                await pace.rest()
        emptied = was_filled and not pool
        present = [
            *store_alerts(self.lacking()),
            *pool_alerts(pool, practising=practising, emptied=emptied),
        ]
        unknown = set(pool_unknown(pool, practising=practising, emptied=emptied))
        for kind, source in self.more.items():
            found = source()
            if found is None:
                unknown.add(kind)
            else:
                present.extend(found)
        return Sight(present, frozenset(unknown), filled=bool(pool))


class AlertWatch:
    """Looks what is wrong, and tells it.

    Args:
        sources: What is looked at.
        post: Who delivers.
        live: The settings.
        clock: Where time comes from.
        leadership: Who does it.
        meta: Where the book is kept.
    """

    def __init__(
        self,
        *,
        sources: AlertSources,
        post: AlertPost,
        live: Live,
        clock: Clock,
        leadership: Leadership,
        meta: MetaStore,
    ) -> None:
        self._sources = sources
        self._post = post
        self._live = live
        self._clock = clock
        self._leadership = leadership
        self._meta = meta
        self._book: books.Book | None = None
        self._kept = ""
        self._was_filled = False
        self._pause = 0.0
        self._not_before = 0.0

    async def run(self) -> None:
        """Look once."""
        said = self._live.current.alerts
        if not await self._is_ours():
            return
        sight = await self._sources.look(was_filled=self._was_filled)
        self._was_filled = self._was_filled or sight.filled
        turn = books.look(
            {key: each for key, each in (self._book or {}).items() if each.kind not in said.mute},
            [each for each in sight.present if each.kind not in said.mute],
            self._clock.now(),
            unknown=sight.unknown,
            remind_after=said.remind_hours * 3600,
        )
        self._book = turn.book
        if said.webhook_url:
            for notice in turn.due[:_AT_ONCE]:
                if not await self._told(notice):
                    break
        else:
            self._call_off(turn.due)
        await self._keep()

    async def _is_ours(self) -> bool:
        """Tell whether this process is to look, and know what stood before it did."""
        if self._leadership.claim is not None:
            if self._book is None:
                await self._catch_up()
            elif "store" not in self._sources.lacking():
                with suppress(StorageError):  # what is known here has to do
                    await self._catch_up()
            return True
        if self._leadership.lapsed:
            return self._book is not None and "store" in self._sources.lacking()
        if self._book is not None and await self._keep():
            self._book = None
        return False

    async def _catch_up(self) -> None:
        """Take in what another process has left in the store."""
        stored = await self._meta.get(books.FACT) or ""
        if self._book is None:
            self._book = books.taken_over(books.read(stored), self._clock.now())
        elif stored != self._kept:
            both = books.merged(self._book, books.read(self._kept), books.read(stored))
            self._book = books.taken_over(both, self._clock.now())
        self._kept = stored

    async def _told(self, notice: Notice) -> bool:
        if self._clock.monotonic() < self._not_before:
            return False
        try:
            await self._post.deliver(notice)
        except NotDelivered as error:
            self._pause = min(max(PERIOD, self._pause * 2), _LONGEST_PAUSE)
            self._not_before = self._clock.monotonic() + self._pause
            _log.warning("alert not delivered", **_about(notice), reason=str(error))
            return False
        self._pause = 0.0
        self._book = books.delivered(self._book or {}, notice)
        _log.info("alert delivered", **_about(notice))
        return True

    def _call_off(self, due: Iterable[Notice]) -> None:
        """Forget what is right again, while nobody is to be told."""
        for notice in due:
            if notice.event == "resolved":
                self._book = books.delivered(self._book or {}, notice)

    async def _keep(self) -> bool:
        """Store the book, if anything but the time of the last look is new; tell whether the store has it."""
        if not self._is_news():
            return True
        try:
            await self._catch_up()
            if self._is_news():
                text = books.write(self._book or {})
                await self._meta.put(books.FACT, text)
                self._kept = text
        except StorageError:
            return False
        return True

    def _is_news(self) -> bool:
        return books.marks(self._book or {}) != books.marks(books.read(self._kept))


def _about(notice: Notice) -> dict[str, str]:
    return {"kind": notice.alert.kind, "subject": notice.alert.subject, "what": notice.event}
