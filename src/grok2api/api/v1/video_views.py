"""From a video job as it is written down to what its owner is told.

Must never give a link to a result that is not kept any more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from starlette.types import Scope

from grok2api.api.public_address import public_address
from grok2api.config.settings import Settings
from grok2api.dialects.videos.answers import State, VideoView
from grok2api.dialects.videos.ids import seal_video
from grok2api.dialects.videos.wish import Form
from grok2api.gateway.videos.journal import Journal
from grok2api.kit.clock import Clock
from grok2api.kit.sealedid import SealedIds
from grok2api.media.library import MediaLibrary
from grok2api.media.links import Links
from grok2api.storage.videos import VideoJob

_ENDS: Final[dict[str, State]] = {"completed": "completed", "failed": "failed", "saving": "in_progress"}


class Viewer:
    """Shows jobs.

    Args:
        ids: Seals their ids.
        journal: Opens what is sealed in them.
        library: Has their results.
        links: Makes links to these.
        settings: Tells the settings now in force.
        clock: Where time comes from.
    """

    def __init__(
        self,
        *,
        ids: SealedIds,
        journal: Journal,
        library: MediaLibrary,
        links: Links,
        settings: Callable[[], Settings],
        clock: Clock,
    ) -> None:
        self._ids = ids
        self._journal = journal
        self._library = library
        self._links = links
        self._settings = settings
        self._clock = clock

    def public_id(self, job: VideoJob, form: Form) -> str:
        """Return the id under which a job is told in a dialect."""
        return seal_video(self._ids, form=form, account=job.account_id, owner=job.key_id, job_id=job.id)

    def view(self, job: VideoJob) -> VideoView:
        """Return what is told of a job, but for a link."""
        done = job.state == "completed" and job.duration is not None
        return VideoView(
            id=self.public_id(job, "openai"),
            state=_state(job),
            model=job.model,
            prompt=self._journal.prompt(job),
            progress=job.progress,
            created_at=job.created_at,
            completed_at=job.completed_at if job.state == "completed" else None,
            expires_at=job.expires_at,
            seconds=max(1, round(job.duration)) if done and job.duration else job.seconds,
            size=job.size,
            remixed_from=job.source_id or None,
            error_code=job.error_code,
            error_message=job.error_message,
            duration=job.duration,
            cost_ticks=job.cost_ticks,
        )

    async def linked(self, job: VideoJob, scope: Scope) -> VideoView:
        """Return what is told of a job, with a link to its result; one that is not kept has expired.

        Raises:
            StorageError: the store did not answer.
        """
        view, settings = self.view(job), self._settings()
        if view.state != "completed":
            return view
        if settings.media.links == "upstream" and (link := self._journal.link(job)):
            return replace(view, url=link)
        if await self._library.find(job.asset_id) is None:
            return replace(view, state="expired")
        base = public_address(scope, settings)
        return replace(view, url=self._links.link(base, job.asset_id, now=self._clock.now()))


def _state(job: VideoJob) -> State:
    if job.state == "failed" and job.error_code == "expired":
        return "expired"
    return _ENDS.get(job.state, "in_progress" if job.progress else "queued")
