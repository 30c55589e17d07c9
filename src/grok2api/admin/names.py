"""Names beside the ids of the ledger and the audit: what things are called now.

One that was deleted has an id and no name any more. Must never be what anything is decided by.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from grok2api.admin.snapshot import PoolSnapshot
from grok2api.kit.clock import Clock
from grok2api.storage.stores import Records

_SECONDS: Final = 5.0


class Names:
    """Looks names up; those of keys may be a few seconds old.

    Args:
        records: Where keys are.
        snapshot: Where credentials are at hand.
        clock: Tells how old names are.
    """

    def __init__(self, records: Records, snapshot: PoolSnapshot, clock: Clock) -> None:
        self._records = records
        self._snapshot = snapshot
        self._clock = clock
        self._keys: Mapping[str, str] = {}
        self._read_at: float | None = None

    async def of_keys(self) -> Mapping[str, str]:
        """Return the names of client keys by id."""
        now = self._clock.monotonic()
        if self._read_at is None or now - self._read_at >= _SECONDS:
            self._keys = {each.id: each.name for each in await self._records.keys.list()}
            self._read_at = now
        return self._keys

    async def of_all(self) -> Mapping[str, str]:
        """Return the names of whatever the audit tells of: of accounts and API tokens too."""
        people = {each.id: each.name for each in await self._records.operators.list()}
        tokens = {each.id: each.name for each in await self._records.tokens.list()}
        return {**await self.of_credentials(), **await self.of_keys(), **people, **tokens}

    async def of_credentials(self) -> Mapping[str, str]:
        """Return the names of credentials by id."""
        await self._snapshot.credentials()
        return self._snapshot.names
