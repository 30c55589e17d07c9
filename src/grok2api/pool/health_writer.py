"""Tells the store what happened to a credential, behind the requests' back.

Only the newest state of each credential waits, so that what waits is bounded by the pool's size. A store
that is away is tried again; nothing is lost but order that no longer matters.
Must never be awaited by a request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from grok2api.errors import StorageError
from grok2api.pool.health import Status
from grok2api.storage.records import Conflict, Missing
from grok2api.storage.stores import CredentialStore

_FIRST_PAUSE: Final = 0.25
_LONGEST_PAUSE: Final = 30.0


@dataclass(frozen=True, slots=True)
class HealthChange:
    """A credential's new state, as the store keeps it; times are wall seconds."""

    credential_id: str
    status: str
    reason: str
    cooldown_until: float | None
    at: float
    """When it came to this."""

    @property
    def fields(self) -> dict[str, object]:
        """Return what changes in the record: the health, and what an empty purse says of the allowance."""
        exhausted = self.status == Status.EXHAUSTED.value
        return {
            "status": self.status,
            "reason": self.reason,
            "cooldown_until": self.cooldown_until,
            "quota_left": 0.0 if exhausted else None,
            "quota_source": "xAI's refusal" if exhausted else "",
            "quota_at": self.at if exhausted else None,
        }


class HealthWriter:
    """Holds changes until the store has them.

    Args:
        store: Where they go.
        first_pause: Seconds after which a store that was away is tried again.
        written: Told after the store has taken all that waited.
    """

    def __init__(
        self,
        store: CredentialStore,
        *,
        first_pause: float = _FIRST_PAUSE,
        written: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._written = written
        self._first_pause = first_pause
        self._waiting: dict[str, HealthChange] = {}
        self._news = asyncio.Event()
        self._writing = asyncio.Lock()

    @property
    def waiting(self) -> int:
        """How many credentials have news that the store lacks."""
        return len(self._waiting)

    def put(self, change: HealthChange) -> None:
        """Take a change, in place of an older one of the same credential."""
        self._waiting[change.credential_id] = change
        self._news.set()

    async def run(self) -> None:
        """Write changes as they come, until cancelled."""
        pause = self._first_pause
        while True:
            await self._news.wait()
            try:
                await self.flush()
                pause = self._first_pause
            except StorageError:
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def flush(self) -> None:
        """Write what waits now.

        Raises:
            StorageError: the store did not answer; what it lacks still waits.
        """
        async with self._writing:
            self._news.clear()
            try:
                for change in tuple(self._waiting.values()):
                    await self._write(change)
                self._written()
            finally:
                if self._waiting:
                    self._news.set()

    async def _write(self, change: HealthChange) -> None:
        with suppress(Missing, Conflict):  # gone, or an operator has ended its rests since
            await self._store.change(change.credential_id, change.fields, uncleared_since=change.at)
        if self._waiting.get(change.credential_id) is change:
            del self._waiting[change.credential_id]
