"""How video jobs end: settled first, then told, then forgotten if their owner wished it so.

The order makes every step safe to repeat by whoever takes over. Must never end a job twice: the second one to
try has lost its hold.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final, Protocol

from grok2api.errors import MediaStoreError, StorageError
from grok2api.gateway.videos.books import Books
from grok2api.gateway.videos.journal import Journal
from grok2api.kit.clock import Clock
from grok2api.observability.logging import get_logger
from grok2api.storage.records import Asset
from grok2api.storage.videos import VideoJob

_log = get_logger("grok2api.videos")

_WHOLE: Final = 100


class Shelf(Protocol):
    """Where results are kept; the media library is the one there is."""

    async def delete(self, asset_id: str) -> bool:
        """Forget a result."""
        ...


class Failure(Exception):
    """A job has failed for good.

    Args:
        code: For programs.
        message: For whoever asked for the job.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


SUBMISSION_UNKNOWN: Final = "submission_unknown"
UNKNOWN_TEXT: Final = (
    "It is not known whether xAI took this job: the connection or the server ended before xAI's answer was "
    "written down. It is not sent again by itself, because it could be paid for twice."
)


class Ending:
    """Ends jobs that this worker holds.

    Args:
        journal: Where jobs are written.
        books: Where they are settled.
        shelf: Where results are kept.
        clock: Where time comes from.
    """

    def __init__(self, journal: Journal, books: Books, shelf: Shelf, clock: Clock) -> None:
        self._journal = journal
        self._books = books
        self._shelf = shelf
        self._clock = clock

    async def complete(
        self, job: VideoJob, asset: Asset, expires_at: float | None, *, with_link: bool = False
    ) -> VideoJob:
        """End a job whose result is kept, and forget xAI's own link to it unless that is wanted.

        Raises:
            ClaimLost: somebody else holds it by now.
            StorageError: the store did not answer; it can be said again.
        """
        await self._books.settle(job, end="completed")
        changes = {
            "state": "completed",
            "progress": _WHOLE,
            "asset_id": asset.id,
            "expires_at": expires_at,
            "error_code": "",
            "error_message": "",
        }
        return await self._over(job, changes if with_link else {**changes, "link": ""})

    async def fail(self, job: VideoJob, failure: Failure) -> VideoJob:
        """End a job that has failed. Raises as `complete`."""
        if job.asset_id:
            await self.drop(job.asset_id)
        refused = failure.code == "content_policy_violation"
        await self._books.settle(job, end="refused" if refused else "failed", error_code=failure.code)
        _log.info("video failed", job=job.id, code=failure.code, request_id=job.request_id)
        changes = {
            "state": "failed",
            "asset_id": "",
            "link": "",
            "error_code": failure.code,
            "error_message": failure.message,
        }
        return await self._over(job, changes)

    async def disown(self, job: VideoJob, asset_id: str) -> None:
        """Forget a result that was kept for a job which somebody else holds by now, unless that one uses it.

        Raises:
            StorageError: the store did not answer.
        """
        now = await self._journal.store.get(job.id)
        if now is None or now.asset_id != asset_id:
            await self.drop(asset_id)

    async def drop(self, asset_id: str) -> None:
        """Forget a result; what cannot be forgotten now is cleaned away with the oldest ones."""
        with suppress(MediaStoreError, StorageError):
            await self._shelf.delete(asset_id)

    async def _over(self, job: VideoJob, changes: dict[str, Any]) -> VideoJob:
        kept = await self._journal.change(job, {**changes, "completed_at": self._clock.now()})
        if kept.forgotten:
            if kept.asset_id:
                await self.drop(kept.asset_id)
            await self._journal.store.discard(kept)
        return kept
