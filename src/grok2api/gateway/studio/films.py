"""Clips as the answer of a conversation: a job like any other, followed to its end.

The job has an account of its own and goes on whatever becomes of the conversation: whoever leaves finds the
clip under /v1/videos. Must never ask for a clip twice, nor give out a link to one that is not kept.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from typing import Final
from urllib.parse import quote

from grok2api.canonical.dispatch import Lease
from grok2api.canonical.plan import Target
from grok2api.canonical.usage import Usage
from grok2api.config.settings import Settings
from grok2api.dialects.videos.ids import seal_video
from grok2api.errors import ContentRefused, Grok2ApiError, UpstreamError
from grok2api.gateway.orders import Order
from grok2api.gateway.studio.sitting import Sitting
from grok2api.gateway.studio.takes import Progress, Result, Take
from grok2api.gateway.studio.wishes import clip_format, clip_wish
from grok2api.gateway.videos.jobs import VideoJobs
from grok2api.gateway.videos.ordering import Asked
from grok2api.kit.clock import Clock
from grok2api.kit.sealedid import SealedIds
from grok2api.media.links import Links
from grok2api.storage.videos import VideoJob

_REFUSED: Final = "content_policy_violation"
_OF_LINKS: Final = "%:/?#[]@!$&'()*+,;=~"
"""What stays in a link within an attribute: its `&`, too, for clients that only look for links."""


class FilmStudio:
    """Answers with clips.

    Args:
        jobs: Has them made.
        ids: Seals the ids of jobs.
        links: Makes the links.
        sandboxed: Tells whether the sandbox serves now.
        clock: Where time comes from.
    """

    def __init__(
        self,
        *,
        jobs: VideoJobs,
        ids: SealedIds,
        links: Links,
        sandboxed: Callable[[], bool],
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._ids = ids
        self._links = links
        self._sandboxed = sandboxed
        self._clock = clock

    async def take(self, order: Order, sitting: Sitting, where: str) -> Take:
        """Return an answer that is being made: xAI has its job.

        Raises:
            Grok2ApiError: xAI did not take it, or nobody knows; the conversation is not settled yet.
        """
        call, form = order.call, clip_format(order.call, order.settings)
        wish = clip_wish(sitting, call, where, self._ids)
        request_id = f"{call.request_id[:96]}.video.{secrets.token_hex(4)}"
        asked = Asked(
            request_id=request_id,
            caller=call.caller,
            received_at=call.received_at,
            settlement=order.settlement.part(request_id),  # a job has a row of its own once xAI has it
            settings=order.settings,
        )
        job = (await self._jobs.submit(await self._jobs.ordering.order(wish, asked))).job
        return Take(
            target=Target(job.upstream_model, surface="videos"),
            lease=Lease(
                credential_id=job.credential_id,
                account_id=job.account_id,
                token="",
                base_url="",
                sandbox=self._sandboxed(),
            ),
            dropped=wish.dropped,
            pieces=self._pieces(job, order, form),
        )

    async def _pieces(self, begun: VideoJob, order: Order, form: str) -> AsyncIterator[Progress | Result]:
        yield Progress(self._began(begun))
        job, told = begun, 0
        async for job in self._jobs.follow(begun.id):
            if job.open and job.progress > told:
                told = job.progress
                yield Progress(f"{told} %\n")
        if job.state != "completed":
            raise _failure(job)
        link = self._link(job, order.settings, order.view.address)
        yield Result(_written(link, form), Usage(cost_ticks=job.cost_ticks))

    def _began(self, job: VideoJob) -> str:
        public_id = seal_video(
            self._ids, form=job.dialect, account=job.account_id, owner=job.key_id, job_id=job.id
        )
        return (
            f"Filming {job.seconds} seconds as {public_id}. The clip is made in any case: GET /v1/videos/"
            f"{public_id} tells how far it is.\n"
        )

    def _link(self, job: VideoJob, settings: Settings, address: str) -> str:
        theirs = self._jobs.journal.link(job) if settings.media.links == "upstream" else ""
        return theirs or self._links.link(address, job.asset_id, now=self._clock.now())


def _written(link: str, form: str) -> str:
    if form == "html":
        return f'<video controls preload="metadata" src="{quote(link, safe=_OF_LINKS)}"></video>'
    return f"[video]({link})" if form == "markdown" else link


def _failure(job: VideoJob) -> Grok2ApiError:
    if job.error_code == _REFUSED:
        return ContentRefused(job.error_message)
    return UpstreamError(job.error_message or "The clip could not be made.", code="upstream_error")
