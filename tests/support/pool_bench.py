"""A pool over a store in memory, on a clock that stands still."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from grok2api.kit.clock import ManualClock
from grok2api.kit.secretbox import SecretBox
from grok2api.pool.health_writer import HealthWriter
from grok2api.pool.importing import new_credential
from grok2api.pool.pool import Pool
from grok2api.pool.roster import Roster
from grok2api.pool.status import CredentialStatus, status_of
from grok2api.pool.view import View
from grok2api.storage.records import Credential
from support.memory_records import MemoryRecords

PEPPER = b"pepper"


@dataclass
class Bench:
    """A pool and all that it stands on."""

    box: SecretBox
    records: MemoryRecords = field(default_factory=MemoryRecords)
    clock: ManualClock = field(default_factory=ManualClock)

    def __post_init__(self) -> None:
        self.writer = HealthWriter(self.records.credentials, first_pause=0.0)
        roster = Roster("https://api.x.ai/v1")
        self.wanted: list[tuple[str, int | None]] = []
        self.pool = Pool(
            roster,
            clock=self.clock,
            persist=self.writer.put,
            want_token=lambda *wish: self.wanted.append(wish),
        )
        self.view = View(roster, self.box, self.clock, changed=self.pool.stir)

    async def add(self, key: str, **changes: Any) -> Credential:
        """Store a key and let the pool see it."""
        made = new_credential(key, box=self.box, pepper=PEPPER, now=self.clock.now())
        kept = await self.records.credentials.add(replace(made, **changes))
        await self.view.refresh(self.records)
        return kept

    def status(self, credential_id: str) -> CredentialStatus:
        """Return how one credential fares."""
        return next(row for row in self.rows() if row.id == credential_id)

    def rows(self) -> list[CredentialStatus]:
        """Return how every credential fares."""
        return status_of(self.pool, self.clock)
