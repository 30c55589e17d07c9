"""Brings a finished video home before xAI's link to it dies.

It streams from the link into the media library; which id it gets there is written down first, so that whoever
takes over after a crash finds it instead of fetching it twice. Must never tell a client of xAI's own link.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

from grok2api.errors import MediaStoreError, MediaStoreFull, StorageError, UnusableMedia
from grok2api.gateway.videos.ending import Failure
from grok2api.gateway.videos.journal import Journal
from grok2api.kit.netguard import origin_of
from grok2api.media.library import MediaLibrary
from grok2api.media.names import new_asset_id
from grok2api.storage.records import Asset
from grok2api.storage.videos import VideoJob
from grok2api.upstream.transport import Fetched, Fetcher, FetchFailed

_SECONDS: Final = 3600.0
"""How long one download may take."""
_LIMIT: Final = 2**40
"""How large a result may be is for the library to say."""
_DEAD: Final = frozenset({401, 403, 404, 410})


class LinkDead(Exception):
    """There is nothing behind a link any more."""


class NotKept(Exception):
    """A result could not be fetched or kept now; later it may."""


class NoRoom(NotKept):
    """There is no room for it."""


@dataclass(frozen=True, slots=True)
class Archived:
    """A result that is kept, and the job that it belongs to as it stands now."""

    job: VideoJob
    asset: Asset


class Archive:
    """Keeps results.

    Args:
        fetcher: Fetches them.
        library: Keeps them.
        journal: Where it is written under which id.
        upstream_url: Tells the address of xAI's API as it is now, whose own links may lie anywhere.
    """

    def __init__(
        self,
        *,
        fetcher: Fetcher,
        library: MediaLibrary,
        journal: Journal,
        upstream_url: Callable[[], str],
    ) -> None:
        self._fetcher = fetcher
        self._library = library
        self._journal = journal
        self._upstream_url = upstream_url

    async def bring(self, job: VideoJob) -> Archived:
        """Fetch and keep the result of a job that this worker holds.

        Raises:
            LinkDead: there is nothing behind its link any more.
            NotKept: it failed now; NoRoom if there is no room.
            Failure: it can never be kept.
            ClaimLost: somebody else holds the job by now.
            StorageError: the store did not answer.
        """
        if job.asset_id and (kept := await self._found(job.asset_id)) is not None:
            return Archived(job, kept)
        link = self._journal.link(job)
        if not link:
            raise LinkDead
        fetched = await self._opened(link)
        try:
            job = await self._journal.change(job, {"asset_id": new_asset_id()})
            return Archived(job, await self._kept(job, fetched))
        finally:
            fetched.close()

    async def _found(self, asset_id: str) -> Asset | None:
        """Return a result that was kept before its job could be ended."""
        asset = await self._library.find(asset_id)
        return asset if asset is not None and await self._library.present(asset) else None

    async def _opened(self, link: str) -> Fetched:
        try:
            trusted = {origin_of(self._upstream_url())}
            return await self._fetcher.open(link, limit=_LIMIT, seconds=_SECONDS, trusted_origins=trusted)
        except FetchFailed as error:
            if error.status in _DEAD:
                raise LinkDead from error
            raise NotKept(error.reason) from error

    async def _kept(self, job: VideoJob, fetched: Fetched) -> Asset:
        try:
            return await self._library.keep(
                _pieces(fetched),
                owner=job.key_id,
                kind="video",
                declared=fetched.content_type,
                asset_id=job.asset_id,
            )
        except FetchFailed as error:
            raise NotKept(error.reason) from error
        except MediaStoreFull as error:
            raise NoRoom(error.public_message) from error
        except (MediaStoreError, StorageError) as error:
            raise NotKept(error.public_message) from error
        except UnusableMedia as error:
            raise Failure(error.code, error.public_message) from error


async def _pieces(fetched: Fetched) -> AsyncIterator[bytes]:
    while piece := await fetched.chunk():
        yield piece
