"""Tells operators what needs them: a look every few seconds, and a message for what is new.

The process that leads does it. What stands is in the store, so that another process that takes over tells
nothing twice. While the store is away nobody can lead; then the process that led last goes on by itself,
since that the store is away is what has to be told. Must never do what a request waits for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from grok2api.alerts import book as books
from grok2api.alerts.alert import Alert, Notice
from grok2api.alerts.conditions import Seen, pool_alerts, store_alerts
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
class AlertSources:
    """Where it is learnt what is wrong.

    Attributes:
        credentials: Gives all credentials.
        lacking: Gives what the server works without, in the words of `/ready`.
        more: Give what else is wrong.
    """

    credentials: Callable[[], Iterable[Seen]]
    lacking: Callable[[], Iterable[str]]
    more: tuple[Callable[[], Iterable[Alert]], ...] = ()

    async def present(self) -> list[Alert]:
        """Return all that is wrong now; a large pool is looked through in pieces."""
        pace, enabled = Pace(), list[Seen]()
        for each in self.credentials():
            if each.enabled:
                enabled.append(each)
            if pace.due:
                await pace.rest()
        found = [*store_alerts(self.lacking()), *pool_alerts(enabled)]
        for source in self.more:
            found.extend(source())
        return found


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
        self._pause = 0.0
        self._not_before = 0.0

    async def run(self) -> None:
        """Look once."""
        said = self._live.current.alerts
        if not await self._is_ours():
            return
        present = [each for each in await self._sources.present() if each.kind not in said.mute]
        turn = books.look(self._book or {}, present, self._clock.now(), remind_after=said.remind_hours * 3600)
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
        if self._leadership.claim is None:
            if self._book is not None and "store" in self._sources.lacking():
                return True
            self._book = None
            return False
        if self._book is None:
            self._kept = await self._meta.get(books.FACT) or ""
            self._book = books.read(self._kept)
        return True

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

    async def _keep(self) -> None:
        """Store the book, if anything but the time of the last look is new."""
        book = self._book or {}
        text = books.write(book)
        if _without_times(book) == _without_times(books.read(self._kept)):
            return
        try:
            await self._meta.put(books.FACT, text)
        except StorageError:
            return  # it is told again at worst, by whoever leads next
        self._kept = text


def _about(notice: Notice) -> dict[str, str]:
    return {"kind": notice.alert.kind, "subject": notice.alert.subject, "what": notice.event}


def _without_times(book: books.Book) -> dict[str, tuple[float, float | None]]:
    return {key: (each.since, each.told) for key, each in book.items()}
