"""The library of media: keeps what is made, finds it again, and gives it out piece by piece.

What is known of an asset is in the records, its bytes in a place: this host's disk, or object storage. The
bytes come first and go last, so that a record never promises what is not there. Must never hold a whole asset
in memory, except where the caller asks for a small one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from grok2api.errors import MediaStoreError, NotFound, StorageError, UnusableMedia
from grok2api.kit.clock import Clock
from grok2api.media.backends import Backend, Gone
from grok2api.media.formats import Format, recognise
from grok2api.media.names import is_asset_id, name_of, new_asset_id
from grok2api.media.spool import Source, spooled
from grok2api.observability.logging import get_logger
from grok2api.storage.records import Asset, AssetKind
from grok2api.storage.stores import AssetStore

_log = get_logger("grok2api.media")

USE_NOTED_EVERY: Final = 60.0
"""Seconds between two notes that an asset is in use."""
IN_USE: Final = 600.0
"""Seconds after the last note for which an asset counts as in use, in whatever process."""
_LARGEST_WHOLE: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRules:
    """The settings behind what is taken in."""

    limit: int
    """Bytes of one asset."""
    spare: int
    """Bytes that stay free on the disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where bytes lie.

    Attributes:
        root: The folder of the local disk; what comes in passes through it.
        host: Who holds what is kept from now on; empty is object storage.
        backends: The places by who holds them: this host's disk, and object storage if there is one.
    """

    root: Path
    host: str
    backends: Mapping[str, Backend]


class MediaLibrary:
    """The media of this server.

    Args:
        store: What is known of them.
        places: Where their bytes lie.
        clock: Where time comes from.
        rules: The settings now in force.
    """

    def __init__(
        self, store: AssetStore, places: Places, clock: Clock, *, rules: Callable[[], MediaRules]
    ) -> None:
        self.store = store
        self.places = places
        self._clock = clock
        self._rules = rules
        self._reading: Counter[str] = Counter()

    async def keep(
        self, source: Source, *, owner: str, kind: AssetKind, declared: str = "", asset_id: str = ""
    ) -> Asset:
        """Keep what comes, and return what is known of it.

        Args:
            source: The bytes, or pieces of them; what is refused is left unread.
            owner: The id of the client key that it was made for.
            kind: What it has to be.
            declared: The type that its sender gave; only noted where the content shows another.
            asset_id: An id of `new_asset_id` that was used for nothing yet; a new one if it is not given.

        Raises:
            UnusableMedia: it is of no format that is kept, not of this kind, or over the limit.
            MediaStoreFull: there is no room.
            MediaStoreError: the place cannot be written.
            StorageError: the records cannot be written.
        """
        rules, found = self._rules(), _Recognised(kind)
        try:
            async with spooled(
                source, self.places.root, limit=rules.limit, spare=rules.spare, accept=found
            ) as file:
                now = self._clock.now()
                asset = Asset(
                    id=asset_id or new_asset_id(),
                    owner=owner,
                    kind=kind,
                    mime=found.mime,
                    size=file.size,
                    etag=file.etag,
                    created_at=now,
                    last_used_at=now,
                    host=self.places.host,
                )
                await self._put(asset, file.path)
        except MediaStoreError as error:
            _log.error("media not kept", code=error.code, kind=kind)
            raise
        _note_difference(declared, asset)
        return asset

    async def find(self, asset_id: str) -> Asset | None:
        """Return what is known of an asset, and keep it from being cleaned away for some minutes."""
        if not is_asset_id(asset_id):
            return None
        asset = await self.store.get(asset_id)
        return asset if asset is None or await self._noted(asset) else None

    def elsewhere(self, asset: Asset) -> bool:
        """Tell whether the bytes lie where this server cannot read them."""
        return asset.host not in self.places.backends

    async def present(self, asset: Asset) -> bool:
        """Tell whether the bytes are where they should be."""
        backend = self.places.backends.get(asset.host)
        return backend is not None and await backend.size(name_of(asset)) == asset.size

    async def read(self, asset: Asset, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        """Yield bytes from `start` up to `end`, or to the last one, in pieces of at most 256 KiB.

        Raises:
            NotFound: the bytes are on another host, or are gone; told before the first piece.
            MediaStoreError: the place cannot be read.
        """
        backend = self.places.backends.get(asset.host)
        if backend is None:
            raise away_error(asset)
        self._reading[asset.id] += 1
        try:
            async with aclosing(self._pieces(backend, asset, start, end)) as pieces:
                async for piece in pieces:
                    yield piece
        except Gone:
            raise gone_error() from None
        finally:
            self._reading[asset.id] -= 1
            if not self._reading[asset.id]:
                del self._reading[asset.id]

    async def content(self, asset: Asset) -> bytes:
        """Return all bytes of a small asset. Raises as `read`.

        Raises:
            UnusableMedia: it is over 64 MiB.
        """
        if asset.size > _LARGEST_WHOLE:
            raise UnusableMedia("This is too large to be taken whole; it can be had piece by piece.")
        return b"".join([piece async for piece in self.read(asset)])

    async def delete(self, asset_id: str) -> bool:
        """Forget an asset, bytes and all; tell whether it was there."""
        asset = await self.store.get(asset_id) if is_asset_id(asset_id) else None
        return asset is not None and await self.forget(asset)

    async def forget(self, asset: Asset, *, unused_since: float | None = None) -> bool:
        """Forget an asset, if given only where nobody has used it after that; tell whether it was forgotten.

        What lies on another host is swept away there.
        """
        if not await self.store.delete(asset.id, unused_since=unused_since):
            return False
        backend = self.places.backends.get(asset.host)
        if backend is not None:
            await backend.delete(name_of(asset))
        return True

    def being_read(self, asset_id: str) -> bool:
        """Tell whether this process reads it now."""
        return asset_id in self._reading

    async def _put(self, asset: Asset, path: Path) -> None:
        """Put the bytes in their place, then the record; where the record fails, the bytes go again."""
        backend, name = self.places.backends[asset.host], name_of(asset)
        try:
            await backend.take(path, name)
            await self.store.add(asset)
        except BaseException:
            with suppress(MediaStoreError):
                await backend.delete(name)
            raise

    async def _pieces(
        self, backend: Backend, asset: Asset, start: int, end: int | None
    ) -> AsyncGenerator[bytes, None]:
        stop = asset.size if end is None else min(end, asset.size)
        noted = self._clock.monotonic()
        async with aclosing(backend.read(name_of(asset), start, stop)) as pieces:
            async for piece in pieces:
                start += len(piece)
                yield piece
                if self._clock.monotonic() - noted >= USE_NOTED_EVERY:
                    noted = self._clock.monotonic()
                    await self._noted(replace(asset, last_used_at=0.0))
        if start < stop:
            raise MediaStoreError("The file is shorter than it was when it was kept.")

    async def _noted(self, asset: Asset) -> bool:
        """Note that it is used, unless that was noted a moment ago; tell whether it is still there.

        A store that cannot be written, perhaps because its disk is full, keeps nobody from reading.
        """
        now = self._clock.now()
        if now - asset.last_used_at < USE_NOTED_EVERY:
            return True
        try:
            return await self.store.touch(asset.id, now=now)
        except StorageError:
            return True


def away_error(asset: Asset) -> NotFound:
    """Return the error for bytes that this server cannot reach."""
    if asset.host:
        return NotFound(
            "This file is on another host of this service, where it was made. Hosts share media when they "
            "keep it in object storage (setting media.store_url)."
        )
    return NotFound(
        "This file is in object storage, which this server is not set up for (setting media.store_url)."
    )


def gone_error() -> NotFound:
    """Return the error for a record without its bytes."""
    return NotFound("This file is not there any more. Ask for the result again.")


class _Recognised:
    """Looks at the beginning of what comes, and remembers its type."""

    def __init__(self, kind: AssetKind) -> None:
        self._kind = kind
        self.mime = ""

    def __call__(self, head: bytes) -> None:
        found: Format | None = recognise(head)
        if found is None:
            raise UnusableMedia("The result is no picture, clip or sound of a format that is known here.")
        if self._kind not in found.mimes:
            first = next(iter(found.mimes.values()))
            raise UnusableMedia(f"The result should be of the kind '{self._kind}', but it is {first}.")
        self.mime = found.mimes[self._kind]


def _note_difference(declared: str, asset: Asset) -> None:
    told = declared.partition(";")[0].strip().lower()
    if told and told != asset.mime:
        _log.debug("media of another type than declared", declared=told[:80], found=asset.mime)
