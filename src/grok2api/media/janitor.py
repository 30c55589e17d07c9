"""Keeps media within its limits, and clears away what processes that died have left.

The longest unused goes first, and never what somebody uses: a use is noted in the records, so that what
another process or host reads is known here. One process at a time cleans a place, under its own claim.
Must never delete a file that was not made here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from grok2api.errors import MediaStoreError
from grok2api.kit.clock import Clock
from grok2api.media.backends import Backend
from grok2api.media.library import IN_USE, MediaLibrary
from grok2api.media.names import BUCKETS, id_in, name_of
from grok2api.media.spool import sweep
from grok2api.media.threads import off_loop
from grok2api.observability.logging import get_logger
from grok2api.storage.records import Asset
from grok2api.storage.stores import ClaimStore

_log = get_logger("grok2api.media")

_AT_ONCE: Final = 100
_DOWN_TO: Final = 0.8
_LONGEST_TURN: Final = 600.0
LEFT_AFTER: Final = 3600.0
"""Seconds after which what has no counterpart is no longer on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CleaningRules:
    """The settings behind what goes.

    Attributes:
        enabled: Whether anything goes by itself.
        capacity: Bytes of a place; 0 is no limit.
        keep: Seconds after the last use; 0 is no limit.
    """

    enabled: bool
    capacity: int
    keep: float


class Janitor:
    """Cleans the places of a library.

    Args:
        library: Whose.
        claims: Where it is settled who cleans.
        holder: This process, among all that share the records.
        clock: Where time comes from.
        rules: The settings now in force.
    """

    def __init__(
        self,
        library: MediaLibrary,
        claims: ClaimStore,
        *,
        holder: str,
        clock: Clock,
        rules: Callable[[], CleaningRules],
    ) -> None:
        self._library = library
        self._claims = claims
        self._holder = holder
        self._clock = clock
        self._rules = rules

    async def clean(self) -> None:
        """Remove what is unused for too long, and then the longest unused of what is too much.

        Raises:
            StorageError: the records do not answer.
        """
        rules = self._rules()
        if not rules.enabled:
            return
        for host in self._library.places.backends:
            if await self._is_due(host, rules):
                async with self._alone(host, "clean") as mine:
                    if mine:
                        await self._clean(host, rules)

    async def sweep(self) -> None:
        """Clear away half files, files without a record and records without a file.

        Raises:
            StorageError: the records do not answer.
            MediaStoreError: a place does not.
        """
        before = self._clock.now() - LEFT_AFTER
        swept = await off_loop(sweep, self._library.places.root, before)
        if swept:
            _log.info("half files of media cleared away", files=swept)
        for host, backend in self._library.places.backends.items():
            async with self._alone(host, "sweep") as mine:
                if mine:
                    await self._sweep(host, backend, before)

    async def _is_due(self, host: str, rules: CleaningRules) -> bool:
        """Tell whether anything may have to go, without a claim."""
        store = self._library.store
        if rules.keep and await store.idle(host, unused_since=self._too_old(rules), limit=1):
            return True
        return bool(rules.capacity) and await store.total_size(host) > rules.capacity

    def _too_old(self, rules: CleaningRules) -> float:
        """Return the wall time of a last use before which media goes by its age."""
        return self._clock.now() - max(rules.keep, IN_USE)

    async def _clean(self, host: str, rules: CleaningRules) -> None:
        gone: list[Asset] = []
        if rules.keep:
            gone += await self._remove_idle(host, self._too_old(rules))
        total = await self._library.store.total_size(host)
        if rules.capacity and total > rules.capacity:
            excess = total - int(rules.capacity * _DOWN_TO)
            gone += await self._remove_idle(host, self._clock.now() - IN_USE, excess)
        if gone:
            _log.info("media cleaned", files=len(gone), bytes=sum(asset.size for asset in gone))

    async def _remove_idle(self, host: str, unused_since: float, excess: int | None = None) -> list[Asset]:
        """Remove what nobody has used since then, the longest unused first; return what went.

        Args:
            host: Whose.
            unused_since: Wall time of the last use.
            excess: Stop once so many bytes went.
        """
        store, after, gone, freed = self._library.store, None, list[Asset](), 0
        while page := await store.idle(host, unused_since=unused_since, limit=_AT_ONCE, after=after):
            for asset in page:
                if excess is not None and freed >= excess:
                    return gone
                if await self._remove(asset, unused_since):
                    gone.append(asset)
                    freed += asset.size
            after = page[-1].idleness
        return gone

    async def _remove(self, asset: Asset, unused_since: float) -> bool:
        """Remove one unless somebody uses it; tell whether it is gone. A file that stays is swept later."""
        if self._library.being_read(asset.id):
            return False
        try:
            return await self._library.forget(asset, unused_since=unused_since)
        except MediaStoreError as error:
            _log.warning("media not removed", reason=error.public_message)
            return True

    async def _sweep(self, host: str, backend: Backend, before: float) -> None:
        strays, lost, store = 0, 0, self._library.store
        anything = await store.total_size(host) > 0
        for bucket in BUCKETS:
            held = await backend.listed(bucket)
            if not (held or anything):
                continue
            known = {asset.id: asset for asset in await store.beginning(host, bucket)}
            files = {found: each for each in held if (found := id_in(each.name)) is not None}
            for identifier, file in files.items():
                if identifier not in known and file.changed_at < before:
                    strays += await backend.delete(file.name)
            for identifier, asset in known.items():
                if identifier not in files and asset.created_at < before:
                    lost += await self._forget_lost(backend, asset)
        if strays or lost:
            _log.info("media swept", without_record=strays, without_file=lost)

    async def _forget_lost(self, backend: Backend, asset: Asset) -> bool:
        """Forget a record without a file, which is looked for once more by its own name."""
        return await backend.size(name_of(asset)) is None and await self._library.store.delete(asset.id)

    @asynccontextmanager
    async def _alone(self, host: str, what: str) -> AsyncIterator[bool]:
        """Hold the claim to a place while the block runs; tell whether it is held."""
        claim = await self._claims.acquire(
            f"media/{what}/{host}", holder=self._holder, seconds=_LONGEST_TURN, now=self._clock.now()
        )
        try:
            yield claim is not None
        finally:
            if claim is not None:
                await self._claims.release(claim)
