"""Posts what operators are told to the webhook of the settings.

Must never post to an address that the settings do not allow, and must never tell that address in an error.
"""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import Final

import grok2api
from grok2api.alerts.alert import Alert, Notice
from grok2api.alerts.formats import Sender, accepted, message
from grok2api.config.live import Live
from grok2api.config.sections.alerting import Alerts
from grok2api.config.sections.fetching import Fetch
from grok2api.kit.clock import Clock
from grok2api.kit.netguard import Rules, read_opening, read_url
from grok2api.upstream.transport import Fetcher
from grok2api.upstream.transport.fetching import FetchFailed, FetchRefused

_POST_SECONDS: Final = 10.0


class NotDelivered(Exception):
    """A message did not arrive; the text says why, without the address."""


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


def _rules(said: Alerts, fetch: Fetch) -> Rules:
    """Return where the webhook may lie."""
    if not said.allow_private:
        return fetch.rules()
    target = read_url(said.webhook_url)
    host = f"[{target.host}]" if ":" in target.host else target.host
    return replace(fetch.rules(), openings=(read_opening(f"{host}:{target.port}"),))
