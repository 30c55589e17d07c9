"""Follows what other processes change in the store: credentials, client keys, models, settings.

Must never put settings in force of which a part is wrong: such are refused whole, and the former ones stay.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from grok2api.errors import ConfigError, StorageError
from grok2api.kit.secretbox import SecretBox
from grok2api.observability.logging import get_logger
from grok2api.operations.setting_values import overrides_of
from grok2api.server.rules import pool_rules, refresh_rules
from grok2api.server.services import Services

_log = get_logger("grok2api.background")


class Follower:
    """Keeps a worker abreast of the store.

    Args:
        services: The worker.
        on_live: Called once when the first real credential takes over from the sandbox.
    """

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
        changes = await self._services.records.changes_since(self._revision)
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
        services.refresher.rules = refresh_rules(loaded.settings)
        _log.info("settings changed", need_restart=list(restart))
