"""Asks once a day for the newest version, if the settings name somebody to ask; the leader alone does.

Must never tell anything of this server but that it asks, and must never ask anybody who is not named.
"""

from __future__ import annotations

from typing import Final

from grok2api.config.live import Live
from grok2api.kit.clock import Clock
from grok2api.observability.logging import get_logger
from grok2api.operations import releases
from grok2api.operations.releases import Learnt
from grok2api.server.leadership import Leadership
from grok2api.storage.stores import MetaStore
from grok2api.upstream.transport import Fetcher
from grok2api.upstream.transport.fetching import FetchFailed, FetchRefused

PERIOD: Final = 5.0
"""Seconds between two looks whether it is time."""
_DAY: Final = 86_400.0
_AGAIN: Final = 3_600.0
"""Seconds after a question without an answer."""
_PATIENCE: Final = 10.0
_REFUSED: Final = "the address may not be asked: a host that is not public has to stand in fetch.allow_hosts"

_log = get_logger("grok2api.background")


class ReleaseWatch:
    """Learns of newer versions.

    Args:
        fetcher: The way out.
        live: The settings.
        meta: Where what was learnt is kept, for all workers and over a restart.
        clock: Where time comes from.
        leadership: Whether this process is to ask.
    """

    def __init__(
        self, fetcher: Fetcher, *, live: Live, meta: MetaStore, clock: Clock, leadership: Leadership
    ) -> None:
        self._fetcher = fetcher
        self._live = live
        self._meta = meta
        self._clock = clock
        self._leadership = leadership
        self._asked = ""
        self._not_before = 0.0

    async def run(self) -> None:
        """Ask if it is time.

        Raises:
            StorageError: the store did not answer.
        """
        feed = self._live.current.releases.feed_url
        if not feed or self._leadership.claim is None:
            return
        if feed == self._asked and self._clock.monotonic() < self._not_before:
            return
        known = releases.read(await self._meta.get(releases.FACT) or "")
        rest = 0.0 if known is None or known.feed != feed else _rest(known, self._clock.now())
        if rest <= 0:
            known = await self._ask(feed, known)
            rest = _rest(known, known.asked_at)
            self._wait(feed, _AGAIN)  # in case the store does not take it: nobody is asked at every turn
            await self._meta.put(releases.FACT, releases.write(known))
        self._wait(feed, rest)

    def _wait(self, feed: str, seconds: float) -> None:
        self._asked, self._not_before = feed, self._clock.monotonic() + seconds

    async def _ask(self, feed: str, known: Learnt | None) -> Learnt:
        """Return what is known now: with the former answer, if there is none."""
        before = known.newest if known is not None and known.feed == feed else None
        now = self._clock.now()
        try:
            body = await self._fetcher.read(feed, limit=releases.MOST_BYTES, seconds=_PATIENCE)
            return Learnt(feed, now, releases.latest(body))
        except FetchRefused:
            reason = _REFUSED
        except FetchFailed as error:
            reason = error.reason
        except ValueError as error:
            reason = str(error)
        _log.warning("nobody told of the newest version", reason=reason)
        return Learnt(feed, now, before, reason)


def _rest(known: Learnt, now: float) -> float:
    """Return the seconds until the next question; a time in the future is none to wait for."""
    since = now - known.asked_at
    return (_AGAIN if known.failure else _DAY) - since if since >= 0 else 0.0
