"""The pool as the store has it, kept at hand for lists: every look asks the store only for what has changed.

Reading ten thousand records anew for each page would hold up the requests that this worker serves. What a
change by this or any other process did is seen by the next look. Must never be what a change is based on:
those read the store.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Final

from grok2api.kit.clock import Clock
from grok2api.kit.secretbox import SecretBox
from grok2api.operations.filters import told_of
from grok2api.operations.views import status_of, unopened
from grok2api.storage.records import Credential, UsageTotals
from grok2api.storage.stores import Records

_PLACE: Final = attrgetter("created_at", "id")
"""What `standing` says, for thousands at once."""
_TOTALS_SECONDS: Final = 5.0
"""How old the totals of the ledger may be."""


class PoolSnapshot:
    """All credentials, the oldest first, and what each has served.

    Args:
        records: Where they are.
        box: Tells whether a secret opens.
        clock: Where time comes from.
    """

    def __init__(self, records: Records, box: SecretBox, clock: Clock) -> None:
        self._records = records
        self._box = box
        self._clock = clock
        self._looking = asyncio.Lock()
        self._summing = asyncio.Lock()
        self._revision = 0
        self._by_id: dict[str, Credential] = {}
        self._ordered: tuple[Credential, ...] = ()
        self._names: Mapping[str, str] = {}
        self._told: dict[str, tuple[Credential, str]] = {}
        self._opens: dict[str, tuple[Credential, bool]] = {}
        self._totals: Mapping[str, UsageTotals] = {}
        self._summed_at: float | None = None

    async def credentials(self) -> Sequence[Credential]:
        """Return all credentials as they are now."""
        async with self._looking:
            changes = await self._records.changes_since(self._revision)
            if changes.revision != self._revision or changes.reset:
                if changes.reset:
                    self._by_id, self._told, self._opens = {}, {}, {}
                for identifier in changes.deleted_credentials:
                    for held in (self._by_id, self._told, self._opens):
                        held.pop(identifier, None)
                self._take(changes.credentials)
                self._revision = changes.revision
            return self._ordered

    def _take(self, changed: Sequence[Credential]) -> None:
        """Put changed records in the places of the old ones; only what is new or gone moves others."""
        known = len(self._by_id)
        self._by_id |= {each.id: each for each in changed}
        self._names = {identifier: each.name for identifier, each in self._by_id.items()}
        if len(self._by_id) == known == len(self._ordered):
            self._ordered = tuple(self._by_id[each.id] for each in self._ordered)
        else:
            self._ordered = tuple(sorted(self._by_id.values(), key=_PLACE))

    @property
    def names(self) -> Mapping[str, str]:
        """What credentials are called, by id, as of the last look."""
        return self._names

    def told(self, credential: Credential) -> str:
        """Return what a search looks through, made once for each record."""
        held = self._told.get(credential.id)
        if held is None or held[0] is not credential:
            held = self._told[credential.id] = (credential, told_of(credential))
        return held[1]

    def status(self, credential: Credential, now: float) -> str:
        """Return how a credential stands at wall time `now`; its secret is tried once for each record."""
        return status_of(credential, now, opens=self._opens_here(credential)).value

    def _opens_here(self, credential: Credential) -> bool:
        held = self._opens.get(credential.id)
        if held is None or held[0] is not credential:
            held = self._opens[credential.id] = (credential, not unopened(credential, self._box))
        return held[1]

    async def totals(self) -> Mapping[str, UsageTotals]:
        """Return what credentials have served, by id, as of a few seconds ago at most."""
        async with self._summing:
            now = self._clock.monotonic()
            if self._summed_at is None or now - self._summed_at >= _TOTALS_SECONDS:
                totals = await self._records.usage.totals()
                self._totals = {each.credential_id: each for each in totals}
                self._summed_at = now
            return self._totals


def standing(credential: Credential) -> tuple[float, str]:
    """Return where a credential stands in a list."""
    return (credential.created_at, credential.id)
