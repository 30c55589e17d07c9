"""What runs beside the requests: named jobs, each with its period. The lifespan owns their tasks.

A job that fails is logged and tried again at its next turn; none may end the process. Must never do what a
request waits for.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from grok2api.errors import ConfigError, Grok2ApiError, StorageError
from grok2api.gateway.videos.keeper import PERIOD as VIDEO_PERIOD
from grok2api.kit.secretbox import SecretBox
from grok2api.observability.logging import get_logger
from grok2api.operations.setting_values import overrides_of
from grok2api.pool.slots import BEAT_SECONDS
from grok2api.server.alerting import PERIOD as ALERT_PERIOD
from grok2api.server.alerting import build_alerts
from grok2api.server.audit_care import PERIOD as AUDIT_CARE
from grok2api.server.audit_care import AuditCare
from grok2api.server.budget_watch import PERIOD as BUDGET_PERIOD
from grok2api.server.budget_watch import BudgetWatch
from grok2api.server.care import RUN_TIDYING, Housekeeping, ProxyWatch, RunCare, SignInCare
from grok2api.server.leadership import RENEWAL
from grok2api.server.ledger_care import PERIOD as LEDGER_CARE
from grok2api.server.ledger_care import LedgerCare
from grok2api.server.live import PERIOD as LIVE_PERIOD
from grok2api.server.rules import pool_rules, refresh_rules
from grok2api.server.services import Services
from grok2api.server.telemetry import PERIOD as TELLING
from grok2api.storage.records import Changes

_log = get_logger("grok2api.background")

_EARLIEST = 0.9
"""Part of its period after which a job may begin again."""
_TENDING = 2.0
_WATCHING = 2.0
_TIDYING = 60.0
_KEEPING = 0.25
_SWEEPING = 3600.0
_BREATH = 0.02
"""Between two looks that news gave reason for: a thousand changes in a row are not a thousand looks."""


@dataclass(frozen=True, slots=True)
class Job:
    """One periodic job."""

    name: str
    run: Callable[[], Awaitable[None]]
    period: Callable[[], float]


def jobs(services: Services, on_live: Callable[[], None]) -> list[Job]:
    """Return the jobs of a worker.

    Args:
        on_live: Called once when the first real credential takes over from the sandbox.
    """
    follow, tend = Follower(services, on_live), SignInCare(services)
    watch, tidy = ProxyWatch(services), Housekeeping(services)
    care = LedgerCare(services)
    budgets = BudgetWatch(
        services.records, services.clock, leads=lambda: services.leadership.claim is not None
    )
    settings = services.live.current
    between_questions = settings.server.workers / settings.pool.checks_per_second / _EARLIEST
    return [
        Job("follow the store", follow.run, lambda: services.live.current.pool.poll_seconds),
        Job("lead", services.leadership.run, lambda: RENEWAL),
        Job("ask about credentials", services.examiner.run, lambda: between_questions),
        Job("refresh sign-ins", services.desk.run, lambda: 1.0),
        Job("tend sign-ins", tend.run, lambda: _TENDING),
        Job("watch proxies", watch.run, lambda: _WATCHING),
        Job("tidy up", tidy.run, lambda: _TIDYING),
        Job("clean media", services.media.janitor.clean, lambda: _TIDYING),
        Job("sweep media", services.media.janitor.sweep, lambda: _SWEEPING),
        Job("keep background responses", services.background.writer.run, lambda: _KEEPING),
        Job("tidy background responses", RunCare(services).run, lambda: RUN_TIDYING),
        Job("work on videos", services.videos.jobs.keeper.run, lambda: VIDEO_PERIOD),
        Job("write the ledger", services.ledger.run, lambda: 1.0),
        Job("write transcripts", services.transcripts.run, lambda: 1.0),
        Job("write contents", services.contents.run, lambda: 1.0),
        Job("write health", services.pooling.health.run, lambda: 1.0),
        Job("watch for alerts", build_alerts(services, care, budgets).run, lambda: ALERT_PERIOD),
        Job("tidy up the ledger", care.run, lambda: LEDGER_CARE),
        Job("tidy up the audit", AuditCare(services).run, lambda: AUDIT_CARE),
        Job("watch budgets", budgets.run, lambda: BUDGET_PERIOD),
        Job("tell what runs", services.live_requests.run, lambda: LIVE_PERIOD),
        Job("note metrics", _noting(services), lambda: 1.0),
        Job("watch the event loop", services.metering.watch_the_loop, lambda: 1.0),
        *_sharing(services, follow),
        *_telling(services),
    ]


def _noting(services: Services) -> Callable[[], Awaitable[None]]:
    metering = services.metering

    async def note() -> None:
        metering.note_ledger(services.ledger)
        await metering.note(services.pool, services.in_flight, services.sharing)

    return note


def _telling(services: Services) -> list[Job]:
    """Return the job of a worker that tells a collector what it did."""
    telemetry = services.metering.telemetry
    return [] if telemetry is None else [Job("tell the collector", telemetry.run, lambda: TELLING)]


def _sharing(services: Services, follow: Follower) -> list[Job]:
    """Return the jobs of a worker that shares limits and news with others."""
    sharing = services.sharing
    if sharing.slots is None:
        return []
    return [
        Job("share limits", lambda: sharing.beat(services.pool.limited), lambda: BEAT_SECONDS),
        Job("listen to other workers", partial(sharing.listen, services.pool), lambda: 1.0),
        Job("follow news", follow.on_news, lambda: _BREATH),
    ]


async def keep_running(job: Job) -> None:
    """Run a job for ever."""
    while True:
        try:
            await job.run()
        except Grok2ApiError as error:
            _log.warning("job failed", job=job.name, reason=error.public_message)
        except Exception:  # noqa: BLE001  the background edge: a job that fails must not end the process
            _log.exception("job failed", job=job.name)
        await asyncio.sleep(job.period() * random.uniform(_EARLIEST, 1.1))  # noqa: S311  jitter is no secret


class Follower:
    """Follows what other processes change in the store: credentials and client keys."""

    def __init__(self, services: Services, on_live: Callable[[], None]) -> None:
        self._services = services
        self._on_live = on_live
        self._revision = services.view.revision
        self._looking = asyncio.Lock()

    async def on_news(self) -> None:
        """Wait until the store is worth a look before its time, and look."""
        news = self._services.sharing.news
        await news.wait()
        news.clear()
        await self.run()

    async def run(self) -> None:
        """Take over what changed since the last time, and tell who does not know yet."""
        view = self._services.view
        async with self._looking:
            try:
                await self._follow()
            except StorageError:
                view.lost = True
                raise
        view.lost = False
        self._services.sharing.moved(self._revision)

    async def _follow(self) -> None:
        changes: Changes = await self._services.records.changes_since(self._revision)
        was_sandboxed = self._services.pool.practising
        if changes.revision != self._revision or changes.reset:
            await self._services.view.absorb(changes)
            self._services.keys.apply(changes)
            self._services.models.apply(changes)
            if changes.settings or changes.deleted_settings:
                await self._reload()
            self._revision = changes.revision
        if was_sandboxed and not self._services.pool.practising:
            self._on_live()

    async def _reload(self) -> None:
        """Put the settings in force that the store now holds; wrong ones are refused whole."""
        services = self._services
        try:
            rows = await services.records.settings.list()
            loaded = services.options.load(overrides_of(rows, SecretBox(services.ring)))
        except (ConfigError, ValueError) as error:
            _log.error("settings refused", reason=str(error))
            return
        restart = services.live.replace(loaded)
        services.pool.rules = pool_rules(loaded.settings)
        services.desk.rules = refresh_rules(loaded.settings)
        _log.info("settings changed", need_restart=list(restart))
