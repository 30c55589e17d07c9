"""What keeps the pool in shape beside the requests: sign-ins renewed in time, and proxies that are back.

Each is one turn of a periodic job. Must never do what a request waits for.
"""

from __future__ import annotations

import asyncio
from typing import Final

from grok2api.observability.logging import get_logger
from grok2api.pool.health import Status
from grok2api.pool.refresh.rules import over
from grok2api.pool.view import LOST
from grok2api.server.services import Services
from grok2api.storage.records import Conflict, Credential, Missing
from grok2api.upstream.transport import reachable

_log = get_logger("grok2api.care")

_PROXY_TIMEOUT: Final = 5.0
_PROXIES_AT_ONCE: Final = 8


class SignInCare:
    """Has sign-ins refreshed ahead of their end, and gives up those that only a new sign-in helps.

    Args:
        services: The worker.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    async def run(self) -> None:
        """Look at every sign-in once."""
        services = self._services
        settings = services.live.current
        if settings.oauth.enabled and settings.token.auto_refresh:
            services.refresher.schedule(services.view.records)
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
    """Looks whether proxies that were out of order can be reached again.

    Args:
        services: The worker.
    """

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
