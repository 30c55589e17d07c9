"""The work on one video job, step by step, from wherever it stands to its end.

Each step leaves the job written down as it then is, so that another worker can go on from there. Must never
send a job again: one that was being sent when its worker died is over, and says that nobody knows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from grok2api.errors import StorageError
from grok2api.gateway.failures import fault_error
from grok2api.gateway.upstreams import Upstream
from grok2api.gateway.videos.archiving import Archive, LinkDead, NoRoom, NotKept
from grok2api.gateway.videos.asking import AccountGone, Asker, JobGone, NotNow
from grok2api.gateway.videos.ending import SUBMISSION_UNKNOWN, UNKNOWN_TEXT, Ending, Failure
from grok2api.gateway.videos.journal import Journal
from grok2api.gateway.videos.order import VideoRules
from grok2api.gateway.videos.pace import Pace
from grok2api.kit.clock import Clock
from grok2api.observability.logging import get_logger
from grok2api.storage.records import Asset, ClaimLost
from grok2api.storage.videos import VideoJob
from grok2api.upstream.xai.video_jobs import VideoStatus

_log = get_logger("grok2api.videos")

Sleep = Callable[[float], Awaitable[None]]

_ALMOST: Final = 99
_GRACE: Final = 15.0
"""Seconds for which a job, or its account, may be missing before that is believed."""
_DEAD_LINKS: Final = 3
"""How often xAI is asked for a link that works."""
STORE_FULL: Final = "media_store_full"
_KNOWN_CODES: Final = frozenset(
    {"invalid_argument", "permission_denied", "failed_precondition", "service_unavailable", "internal_error"}
)


class VideoWork:
    """Works on jobs.

    Args:
        asker: Asks how they stand.
        archive: Keeps their results.
        ending: Ends them.
        journal: Where they are written.
        upstream: Tells what its errors mean.
        clock: Where time comes from.
        rules: The settings now in force.
        expires_at: Tells from when on a result may be gone.
        sleep: Waits.
    """

    def __init__(
        self,
        *,
        asker: Asker,
        archive: Archive,
        ending: Ending,
        journal: Journal,
        upstream: Upstream,
        clock: Clock,
        rules: Callable[[], VideoRules],
        expires_at: Callable[[Asset], float | None],
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._asker = asker
        self._archive = archive
        self._ending = ending
        self._journal = journal
        self._upstream = upstream
        self._clock = clock
        self._rules = rules
        self._expires_at = expires_at
        self._sleep = sleep

    async def carry(self, job: VideoJob) -> VideoJob:
        """Bring a job that this worker holds to its end, and return it.

        Raises:
            ClaimLost: somebody else holds it by now.
        """
        progress = _Progress(job, Pace(self._rules().poll))
        while progress.job.open:
            try:
                pause = await self._step(progress)
            except Failure as failure:
                progress.failure, pause = failure, 0.0
            except StorageError as error:
                _log.warning("a video waits for the store", job=job.id, reason=error.public_message)
                pause = progress.pace.trouble()
            if pause:
                await self._sleep(pause)
        return progress.job

    async def _step(self, progress: _Progress) -> float:
        """Do what is next; return the seconds until the step after it.

        Raises:
            Failure: the job has failed.
        """
        job = progress.job
        if progress.failure is not None:
            progress.job = await self._ending.fail(job, progress.failure)
            return 0.0
        if job.state == "submitting":
            raise Failure(SUBMISSION_UNKNOWN, UNKNOWN_TEXT)
        if self._clock.now() - job.created_at > self._rules().give_up:
            raise Failure("timed_out", _late(self._rules().give_up, job))
        return await (self._ask(progress) if job.state == "running" else self._save(progress))

    async def _ask(self, progress: _Progress) -> float:
        """Ask xAI how the job stands."""
        job = progress.job
        try:
            status = await self._asker.ask(job)
        except NotNow as error:
            _log.info("a video could not be asked about", job=job.id, reason=str(error))
            return progress.pace.trouble()
        except AccountGone:
            text = "The account that makes this video was taken out of the pool."
            return self._missing(progress, Failure("account_gone", text))
        except JobGone:
            return self._missing(progress, Failure("job_lost", "xAI does not know this video any more."))
        progress.missing = None
        if status.stage == "pending":
            percent = status.progress
            if percent is not None and percent != job.progress:
                progress.job = await self._journal.change(job, {"progress": percent}, lasting=False)
            return progress.pace.next()
        progress.job = job = await self._told(job, status)
        if status.stage == "done" and not status.refused:
            return 0.0
        raise self._failure(status)

    def _missing(self, progress: _Progress, failure: Failure) -> float:
        """Wait a little before something that is missing is believed to be gone."""
        now = self._clock.monotonic()
        if progress.missing is None:
            progress.missing = now
        if now - progress.missing >= _GRACE:
            raise failure
        return progress.pace.next()

    async def _told(self, job: VideoJob, status: VideoStatus) -> VideoJob:
        """Write down what xAI said of a job that it has ended."""
        changes: dict[str, Any] = {"duration": status.duration}
        if status.cost_ticks is not None:
            changes["cost_ticks"] = status.cost_ticks
        if status.stage == "done" and not status.refused:
            link = self._journal.sealed_link(job, status.url)
            changes |= {"state": "saving", "progress": _ALMOST, "link": link}
        return await self._journal.change(job, changes)

    def _failure(self, status: VideoStatus) -> Failure:
        """Return why xAI made nothing, or gives nothing out."""
        if status.refused:
            return Failure("content_policy_violation", "The video was refused by Grok's content policy.")
        if status.stage == "expired":
            return Failure("expired", "The job expired at xAI before its video was made.")
        code = str(status.error.get("code", ""))
        error = fault_error(self._upstream.classify_event(status.error))
        return Failure(code if code in _KNOWN_CODES else "internal_error", error.public_message)

    async def _save(self, progress: _Progress) -> float:
        """Fetch and keep the result, and end the job."""
        job = progress.job
        try:
            archived = await self._archive.bring(job)
        except LinkDead:
            return await self._relink(progress)
        except NoRoom as error:
            await self._note(progress, STORE_FULL, f"{error} The video is fetched again until there is.")
            return progress.pace.trouble()
        except NotKept as error:
            _log.warning("a video could not be fetched", job=job.id, reason=str(error))
            return progress.pace.trouble()
        progress.job = archived.job
        try:
            progress.job = await self._ending.complete(
                archived.job,
                archived.asset,
                self._expires_at(archived.asset),
                with_link=self._rules().upstream_links,
            )
        except ClaimLost:
            await self._ending.disown(archived.job, archived.asset.id)
            raise
        return 0.0

    async def _relink(self, progress: _Progress) -> float:
        """Ask xAI for a new link, a few times."""
        progress.dead += 1
        if progress.dead > _DEAD_LINKS:
            raise Failure("result_lost", "xAI's link to the video died before the video could be kept.")
        progress.job = await self._journal.change(progress.job, {"state": "running", "link": ""})
        return progress.pace.trouble() if progress.dead > 1 else 0.0

    async def _note(self, progress: _Progress, code: str, message: str) -> None:
        """Tell what keeps a job from being completed."""
        job = progress.job = await self._fresh(progress.job)
        if (job.error_code, job.error_message) != (code, message):
            changes = {"error_code": code, "error_message": message}
            progress.job = await self._journal.change(job, changes, lasting=False)

    async def _fresh(self, job: VideoJob) -> VideoJob:
        return await self._journal.store.get(job.id) or job


class _Progress:
    """Where the work stands."""

    __slots__ = ("dead", "failure", "job", "missing", "pace")

    def __init__(self, job: VideoJob, pace: Pace) -> None:
        self.job = job
        self.pace = pace
        self.missing: float | None = None
        """Monotonic seconds since when the job or its account is missing."""
        self.dead = 0
        self.failure: Failure | None = None


def _late(seconds: float, job: VideoJob) -> str:
    waited = "made" if job.state == "running" else "kept"
    return f"The video was not {waited} within {seconds / 3600:g} hours (setting video.give_up_hours)."
