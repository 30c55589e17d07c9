"""What keeps the pool in shape beside the requests: sign-ins, proxies, and what is kept only for a while.

Each is one turn of a periodic job. Must never do what a request waits for.
"""

from __future__ import annotations

import asyncio

from grok2api.errors import StorageError
from grok2api.observability.logging import get_logger
from grok2api.operations.contents import forget_contents
from grok2api.pool.health import Status
from grok2api.pool.refresh.rules import over
from grok2api.pool.view import LOST
from grok2api.server.services import Services
from grok2api.storage.records import Conflict, Credential, Missing
from grok2api.upstream.transport import reachable

_log = get_logger("grok2api.care")

_DAY = 86_400.0
_TRACES_AT_ONCE = 2000
_TRANSCRIPTS_AT_ONCE = 500
_CONTENTS_AT_ONCE = 500
_FILES_AT_ONCE = 500
_MOST_ROUNDS = 100
_JOBS_KEPT = 7 * _DAY
RUN_TIDYING = 4.0
_LATEST = 1.5
"""Part of its period after which a look has come again, the time that it takes itself included."""
_PROXY_TIMEOUT = 5.0
_PROXIES_AT_ONCE = 8


class SignInCare:
    """Has sign-ins refreshed ahead of their end, and gives up those that only a new sign-in helps."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def run(self) -> None:
        """Look at every sign-in once."""
        services = self._services
        settings = services.live.current
        if settings.oauth.enabled and settings.token.auto_refresh:
            services.desk.schedule(services.view.records)
        services.view.check_sign_ins()
        for record in [each for each in services.view.records if self._is_lost(each)]:
            changes = {
                "status": Status.EXPIRED.value,
                "reason": record.refresh_error or LOST,
                "cooldown_until": None,
            }
            try:
                kept = await services.records.credentials.change(
                    record.id, changes, generation=record.generation
                )
            except (Missing, Conflict):
                continue
            services.view.taken(kept)

    def _is_lost(self, record: Credential) -> bool:
        """Tell whether only a new sign-in helps this one, and the store does not say so yet."""
        if not record.refresh_dead or record.status == Status.EXPIRED.value:
            return False
        member = self._services.pool.roster.members.get(record.id)
        known = member is not None and member.health.status is Status.EXPIRED
        return known or over(record, self._services.clock.now())


class ProxyWatch:
    """Looks whether proxies that were out of order can be reached again."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def run(self) -> None:
        """Ask each resting proxy for a way to upstream; nothing is sent on it."""
        pool, gate = self._services.pool, asyncio.Semaphore(_PROXIES_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for proxy in tuple(pool.proxies.resting):
                group.create_task(self._look(proxy, gate))

    async def _look(self, proxy: str | None, gate: asyncio.Semaphore) -> None:
        settings = self._services.live.current
        address = proxy or settings.grok.proxy_url
        if not address or not self._is_used(proxy):
            self._services.pool.proxy_well(proxy)
            return
        async with gate:
            trouble = await reachable(address, settings.grok.base_url, timeout=_PROXY_TIMEOUT)
        if trouble is None:
            _log.info("a proxy is back")
            self._services.pool.proxy_well(proxy)

    def _is_used(self, proxy: str | None) -> bool:
        """Tell whether some credential still goes that way."""
        return any(member.proxy == proxy for member in self._services.pool.roster.members.values())


class RunCare:
    """Ends background responses whose worker died, and forgets old ones in time; the leader alone does it."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def run(self) -> None:
        """Look once; what may not be kept until the next look is forgotten now."""
        if self._services.leadership.claim is None:
            return
        background = self._services.background
        try:
            await background.archive.tidy(ahead=_LATEST * RUN_TIDYING, carried=background.writer.carried)
        except StorageError as error:
            _log.warning("background responses not tidied up", reason=error.public_message)


class Housekeeping:
    """Forgets what is kept for a while only; the leader alone does it."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def run(self) -> None:
        """Forget what is too old by now."""
        if self._services.leadership.claim is None:
            return
        records, now = self._services.records, self._services.clock.now()
        try:
            days = self._services.live.current.ledger.trace_days
            for _ in range(_MOST_ROUNDS):
                if not await records.usage.forget_traces(now - days * _DAY, limit=_TRACES_AT_ONCE):
                    break
            await self._forget_transcripts(now)
            await self._forget_contents(now)
            for _ in range(_MOST_ROUNDS):
                if not await records.files.forget(now - _DAY, limit=_FILES_AT_ONCE):
                    break
            await records.sessions.delete_ended(now)
            await records.jobs.forget(now - _JOBS_KEPT)
            await self._services.turns.gate.budgets.sweep()
            await self._services.videos.jobs.tidy()
        except StorageError as error:
            _log.warning("not tidied up", reason=error.public_message)

    async def _forget_transcripts(self, now: float) -> None:
        """Forget what has expired, and what was still written while its key was revoked or switched off."""
        records = self._services.records
        for _ in range(_MOST_ROUNDS):
            if not await records.transcripts.delete_ended(now, limit=_TRANSCRIPTS_AT_ONCE):
                break
        for key_id in await records.transcripts.owners():
            key = await records.keys.get(key_id)
            if key is None or not key.rescue_seconds:
                await records.transcripts.delete_of(key_id)

    async def _forget_contents(self, now: float) -> None:
        """Forget words whose time is over, and those of keys that are gone or of which nothing is kept."""
        records = self._services.records
        for _ in range(_MOST_ROUNDS):
            if not await records.contents.delete_ended(now, limit=_CONTENTS_AT_ONCE):
                break
        for key_id in await records.contents.owners():
            key = await records.keys.get(key_id)
            if key is None or key.never_log:
                await forget_contents(records.contents, key_id)
