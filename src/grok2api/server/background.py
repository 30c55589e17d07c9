"""What runs beside the requests: named jobs, each with its period. The lifespan owns their tasks.

A job that fails is logged and tried again at its next turn; none may end the process. Must never do what a
request waits for.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from grok2api.errors import ConfigError, Grok2ApiError
from grok2api.observability.logging import get_logger
from grok2api.server.options import overrides_of
from grok2api.server.services import Services, pool_rules
from grok2api.storage.records import Changes

_log = get_logger("grok2api.background")

_DISCOVERY_PERIOD = 600.0
_DISCOVERY_RETRY = 15.0


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
    follow = Follower(services, on_live)
    discover = Discovery(services)
    return [
        Job("follow the store", follow.run, lambda: services.live.current.pool.poll_seconds),
        Job("discover models", discover.run, lambda: services.live.current.pool.poll_seconds),
        Job("write the ledger", services.ledger.run, lambda: 1.0),
        Job("write health", services.health.run, lambda: 1.0),
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
        await asyncio.sleep(job.period() * random.uniform(0.9, 1.1))  # noqa: S311  jitter is no secret


class Follower:
    """Follows what other processes change in the store: credentials and client keys."""

    def __init__(self, services: Services, on_live: Callable[[], None]) -> None:
        self._services = services
        self._on_live = on_live
        self._revision = services.view.revision

    async def run(self) -> None:
        """Take over what changed since the last time."""
        changes: Changes = await self._services.records.changes_since(self._revision)
        was_sandboxed = self._services.pool.practising
        if changes.revision != self._revision or changes.reset:
            self._services.view.apply(changes)
            self._services.keys.apply(changes)
            if changes.settings or changes.deleted_settings:
                await self._reload()
            self._revision = changes.revision
        if was_sandboxed and not self._services.pool.practising:
            self._on_live()

    async def _reload(self) -> None:
        """Put the settings in force that the store now holds; wrong ones are refused whole."""
        services = self._services
        try:
            loaded = services.options.load(overrides_of(await services.records.settings.list()))
        except (ConfigError, ValueError) as error:
            _log.error("settings refused", reason=str(error))
            return
        restart = services.live.replace(loaded)
        services.pool.rules = pool_rules(loaded.settings)
        _log.info("settings changed", need_restart=list(restart))


class Discovery:
    """Keeps the list of upstream's models fresh."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._seen: tuple[int, bool] | None = None
        self._last = self._due = -math.inf

    @property
    def _was_practising(self) -> bool | None:
        return None if self._seen is None else self._seen[1]

    async def run(self) -> None:
        """Ask every account for its models: when the pool changed, now and then, soon if nobody answered."""
        now = asyncio.get_running_loop().time()
        pool = (self._services.view.revision, self._services.pool.practising)
        changed = pool != self._seen and now >= self._last + _DISCOVERY_RETRY
        if not changed and now < self._due and self._was_practising == pool[1]:
            return
        found = await self._services.models.discover()
        self._seen, self._last = pool, now
        self._due = now + (_DISCOVERY_PERIOD if found else _DISCOVERY_RETRY)
