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

from grok2api.errors import Grok2ApiError
from grok2api.gateway.videos.keeper import PERIOD as VIDEO_PERIOD
from grok2api.observability.logging import get_logger
from grok2api.pool.slots import BEAT_SECONDS
from grok2api.server.alert_watch import PERIOD as ALERT_PERIOD
from grok2api.server.alerting import build_alerts
from grok2api.server.audit_care import PERIOD as AUDIT_CARE
from grok2api.server.audit_care import AuditCare
from grok2api.server.budget_watch import BudgetWatch
from grok2api.server.following import Follower
from grok2api.server.housekeeping import RUN_TIDYING, Housekeeping, RunCare
from grok2api.server.leadership import RENEWAL
from grok2api.server.ledger_care import LedgerCare
from grok2api.server.live import PERIOD as LIVE_PERIOD
from grok2api.server.pool_care import ProxyWatch, SignInCare
from grok2api.server.release_watch import PERIOD as RELEASES
from grok2api.server.release_watch import ReleaseWatch
from grok2api.server.services import Services
from grok2api.server.telemetry import PERIOD as TELLING

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
    budgets = BudgetWatch(services.records, services.clock, services.leadership)
    settings = services.live.current
    between_questions = settings.server.workers / settings.pool.checks_per_second / _EARLIEST
    return [
        Job("follow the store", follow.run, lambda: services.live.current.pool.poll_seconds),
        Job("lead", services.leadership.run, lambda: RENEWAL),
        Job("ask about credentials", services.examiner.run, lambda: between_questions),
        Job("refresh sign-ins", services.refresher.run, lambda: 1.0),
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
        Job("tidy up the ledger", care.run, lambda: care.period),
        Job("tidy up the audit", AuditCare(services).run, lambda: AUDIT_CARE),
        Job("watch budgets", budgets.run, lambda: budgets.period),
        Job("watch for releases", _releases(services).run, lambda: RELEASES),
        Job("tell what runs", services.live_requests.run, lambda: LIVE_PERIOD),
        Job("note metrics", _noting(services), lambda: 1.0),
        Job("watch the event loop", services.metering.watch_the_loop, lambda: 1.0),
        *_sharing(services, follow),
        *_telling(services),
    ]


def _noting(services: Services) -> Callable[[], Awaitable[None]]:
    metering = services.metering

    async def note() -> None:
        metering.note_kept(services.ledger, services.contents)
        await metering.note(services.pool, services.in_flight, services.sharing)

    return note


def _releases(services: Services) -> ReleaseWatch:
    return ReleaseWatch(
        services.fetcher,
        live=services.live,
        meta=services.records.meta,
        clock=services.clock,
        leadership=services.leadership,
    )


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
