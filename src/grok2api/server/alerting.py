"""Tells operators what needs them: a look every few seconds, and a POST for what is new.

The process that leads does it. What stands is in the store, so that another process that takes over tells
nothing twice. While the store is away nobody can lead; then the process that led last goes on by itself,
since that the store is away is what has to be told. Must never do what a request waits for.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import grok2api
from grok2api.alerts import book as books
from grok2api.alerts.alert import Alert, Notice
from grok2api.alerts.conditions import Seen, pool_alerts, store_alerts
from grok2api.alerts.formats import Sender, accepted, message
from grok2api.config.live import Live
from grok2api.config.sections.alerting import Alerts
from grok2api.config.sections.fetching import Fetch
from grok2api.errors import StorageError
from grok2api.kit.clock import Clock
from grok2api.kit.netguard import Rules, read_opening, read_url
from grok2api.observability.logging import get_logger
from grok2api.server.budget_watch import BudgetWatch
from grok2api.server.leadership import Leadership
from grok2api.server.ledger_care import LedgerCare
from grok2api.server.readiness import lacking
from grok2api.server.services import Services
from grok2api.storage.stores import MetaStore
from grok2api.upstream.transport import Fetcher
from grok2api.upstream.transport.fetching import FetchFailed, FetchRefused

_log = get_logger("grok2api.alerts")

PERIOD: Final = 5.0
_POST_SECONDS: Final = 10.0
_AT_ONCE: Final = 10
_LONGEST_PAUSE: Final = 300.0


class NotDelivered(Exception):
    """A message did not arrive; the text says why, without the address."""


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

    def present(self) -> Iterator[Alert]:
        """Yield all that is wrong now."""
        yield from store_alerts(self.lacking())
        yield from pool_alerts(self.credentials())
        for source in self.more:
            yield from source()


class AlertPost:
    """Posts messages to the webhook of the settings.

    Args:
        fetcher: The way out.
        live: The settings.
        clock: Where time comes from.
    """

    def __init__(self, fetcher: Fetcher, live: Live, clock: Clock) -> None:
        self._fetcher = fetcher
        self._live = live
        self._clock = clock

    async def test(self) -> str:
        """Post a test message, and return why it did not arrive; empty if it did."""
        if not self._live.current.alerts.webhook_url:
            return "alerts.webhook_url is empty"
        now = self._clock.now()
        try:
            await self.deliver(Notice("test", Alert("store.degraded"), now, now))
        except NotDelivered as error:
            return str(error)
        return ""

    async def deliver(self, notice: Notice) -> None:
        """Post one message.

        Raises:
            NotDelivered: it did not arrive, or was not taken.
        """
        settings = self._live.current
        said = settings.alerts
        sender = Sender(settings.app.app_url or socket.gethostname(), grok2api.__version__)
        built = message(
            notice,
            sender,
            style=said.format,
            language=said.language,
            secret=said.secret,
            now=self._clock.now(),
        )
        joint = "&" if "?" in said.webhook_url else "?"
        url = f"{said.webhook_url}{joint}{built.query}" if built.query else said.webhook_url
        try:
            status, body = await self._fetcher.post(
                url,
                built.body,
                headers={"Content-Type": "application/json", **built.headers},
                seconds=_POST_SECONDS,
                rules=_rules(said, settings.fetch),
            )
        except FetchRefused as error:
            said_why = f"the address may not be posted to: {error.reason} (alerts.allow_private)"
            raise NotDelivered(said_why) from None
        except FetchFailed as error:
            raise NotDelivered(error.reason) from None
        if not accepted(said.format, status, body):
            raise NotDelivered(f"the receiver answered {status} and did not take it")


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
        present = [each for each in self._sources.present() if each.kind not in said.mute]
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


def build_alerts(services: Services, care: LedgerCare, budgets: BudgetWatch) -> AlertWatch:
    """Return the watch of a worker.

    Args:
        services: The worker.
        care: Knows which prices are off.
        budgets: Knows which budgets are spent.
    """

    def drifts() -> Iterator[Alert]:
        for model, ratio in care.off.items():
            yield Alert("price.drift", model, {"name": model, "percent": f"{abs(ratio) * 100:.1f} %"})

    def credentials() -> Iterator[Seen]:
        for each in services.view.records:
            yield Seen(
                each.id,
                each.name or each.hint,
                each.kind,
                each.enabled,
                each.status,
                each.reason,
                services.view.opens(each.id),
            )

    checks = lacking(services)

    def away() -> list[str]:
        return [name for name, lacks in checks.items() if lacks()]

    return AlertWatch(
        AlertSources(credentials, away, (drifts, lambda: budgets.spent)),
        alert_post(services),
        services.live,
        services.clock,
        services.leadership,
        services.records.meta,
    )


def alert_post(services: Services) -> AlertPost:
    """Return who delivers for a worker."""
    return AlertPost(services.fetcher, services.live, services.clock)


def _about(notice: Notice) -> dict[str, str]:
    return {"kind": notice.alert.kind, "subject": notice.alert.subject, "what": notice.event}


def _without_times(book: books.Book) -> dict[str, tuple[float, float | None]]:
    return {key: (each.since, each.told) for key, each in book.items()}


def _rules(said: Alerts, fetch: Fetch) -> Rules:
    """Return where the webhook may lie."""
    if not said.allow_private:
        return fetch.rules()
    target = read_url(said.webhook_url)
    host = f"[{target.host}]" if ":" in target.host else target.host
    return replace(fetch.rules(), openings=(read_opening(f"{host}:{target.port}"),))
