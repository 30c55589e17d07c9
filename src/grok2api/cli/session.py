"""One command's stay in the store: settings, key ring and store are opened, used by one function, closed.

What a command changes reaches running servers by itself: they follow the store's revisions. Must never
leave the store open, and must never be imported for a help text alone: it brings a database along.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from grok2api.cli.options import load_settings
from grok2api.config.settings import Settings
from grok2api.kit.clock import SystemClock
from grok2api.kit.secretbox import KeyRing, SecretBox
from grok2api.server.secret_key import load_key_ring
from grok2api.storage.stores import Records

if TYPE_CHECKING:
    from grok2api.operations.pooling import PoolOperations

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Session:
    """What a command works with."""

    settings: Settings
    ring: KeyRing = field(repr=False)
    box: SecretBox = field(repr=False)
    records: Records
    now: float
    """Wall time at which the command began, in seconds."""

    @property
    def pepper(self) -> bytes:
        """Key of the credentials' fingerprints."""
        from grok2api.server.prepare import FINGERPRINT_PURPOSE  # noqa: PLC0415  brings a database along

        return self.ring.derive(FINGERPRINT_PURPOSE)

    @property
    def pool(self) -> PoolOperations:
        """What can be done to the pool."""
        from grok2api.operations.pooling import PoolOperations  # noqa: PLC0415  not needed by every command

        return PoolOperations(self.records, box=self.box, pepper=self.pepper, clock=SystemClock())


def with_store(config_file: Path | None, work: Callable[[Session], Awaitable[Result]]) -> Result:
    """Open the store of the settings, and return what `work` returns.

    Raises:
        ConfigError: the settings or the store cannot be used.
        StorageError: the store did not answer.
    """
    settings = load_settings(config_file).settings
    return asyncio.run(_with_store(settings, work))


async def _with_store(settings: Settings, work: Callable[[Session], Awaitable[Result]]) -> Result:
    from grok2api.observability.logging import configure_logging  # noqa: PLC0415  a help text must not wait
    from grok2api.server.prepare import open_store  # noqa: PLC0415  for these, least of all for a database
    from grok2api.storage.root import rooted_ring  # noqa: PLC0415

    configure_logging("error", "console")
    ring = load_key_ring(settings)
    records = await open_store(settings, ring)
    try:
        ring = await rooted_ring(ring, records.meta)
        return await work(Session(settings, ring, SecretBox(ring), records, time.time()))
    finally:
        await records.close()
