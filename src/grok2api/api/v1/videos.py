"""Video jobs: POST, GET and DELETE under /v1/videos, as OpenAI's clients and as xAI's own speak.

The route decides in what a job is asked for, the kind of its id in what it is told. Once xAI may have a job,
a client that leaves loses nothing but the answer. Must never tell of another key's job.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.types import Receive, Scope, Send

from grok2api.accounting.settlement import Settlement
from grok2api.api.admission import Admission
from grok2api.api.auth import caller_of
from grok2api.api.context import RequestContext, context_of, send_json
from grok2api.api.delivery import AssetDelivery
from grok2api.api.streaming import ClientWatch, Headers
from grok2api.api.v1.turns import Account, Place, TurnServices, interruption
from grok2api.api.v1.video_forms import VideoBody, video_body
from grok2api.api.v1.video_views import Viewer
from grok2api.canonical.call import Caller
from grok2api.config.settings import Settings
from grok2api.dialects.dropped import told_shortly
from grok2api.dialects.fields import FieldTable
from grok2api.dialects.videos.answers import (
    deleted_body,
    list_body,
    request_body,
    status_body,
)
from grok2api.dialects.videos.answers import (
    video_body as object_body,
)
from grok2api.dialects.videos.fields import (
    EDIT_FIELDS,
    EXTENSION_FIELDS,
    GENERATION_FIELDS,
    REMIX_FIELDS,
    VIDEO_FIELDS,
)
from grok2api.dialects.videos.ids import OpenedId, open_video
from grok2api.dialects.videos.request import Known, read_change, read_generation, read_remix, read_video
from grok2api.dialects.videos.wish import Operation, VideoWish
from grok2api.errors import InvalidRequest, Overloaded, Unsupported
from grok2api.gateway.settling import dropped
from grok2api.gateway.videos.books import OPERATION
from grok2api.gateway.videos.jobs import VideoJobs
from grok2api.gateway.videos.order import VideoOrder
from grok2api.gateway.videos.ordering import Asked, no_video
from grok2api.gateway.videos.submitting import submission_unknown
from grok2api.kit.sealedid import SealedIds
from grok2api.storage.videos import VideoJob

_LONGEST_KEY = 256
_USUAL_PAGE = 20
_MOST = 100
_DAY = 86_400.0
_LONGEST_WORK = 2.5 * 3600.0
"""Seconds for each hour of `video.give_up_hours`, after which nobody settles a job any more: it may take so
long to be made, and so long again to be fetched."""
_VARIANTS = ("thumbnail", "spritesheet")


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoServices:
    """What the endpoints work with."""

    turns: TurnServices
    jobs: VideoJobs
    ids: SealedIds
    viewer: Viewer
    delivery: AssetDelivery
    admission: Admission


Reader = Callable[[VideoBody, Caller, SealedIds], VideoWish]


class _Endpoint:
    """Finds the job behind the id in the path, for its owner only."""

    def __init__(self, services: VideoServices) -> None:
        self._services = services

    async def _job(self, scope: Scope) -> tuple[VideoJob, OpenedId]:
        public_id, caller = scope["path_params"]["video_id"], caller_of(scope)
        opened = open_video(self._services.ids, public_id, caller)
        job = None if opened is None else await self._services.jobs.get(opened.job_id, caller.key_id)
        if opened is None or job is None:
            raise no_video(public_id)
        return job, opened


class _Making(_Endpoint):
    """Asks for a job."""

    async def _make(
        self, scope: Scope, receive: Receive, send: Send, table: FieldTable, read: Reader
    ) -> None:
        """Answer one request for a job."""
        services, context, caller = self._services, context_of(scope), caller_of(scope)
        settings = services.turns.live.current
        account = Account(services.turns, OPERATION, context, caller)
        with account as settlement:
            async with video_body(context, receive, settings, table) as sent:
                wish = read(sent, caller, services.ids)
                asked = self._asked(context, caller, settlement, settings, sent)
                order = await services.jobs.ordering.order(wish, asked)
                await account.enter(
                    lambda: services.turns.estimator.video(order),
                    lasting=_LONGEST_WORK * settings.video.give_up_hours,
                )
                context.mark("read")
                account.hand_over()
                try:
                    job = await self._submitted(order, receive)
                finally:
                    account.leave()
        if job is not None:
            context.mark("upstream")
            await self._told(send, order, job)

    @staticmethod
    def _asked(
        context: RequestContext, caller: Caller, settlement: Settlement, settings: Settings, sent: VideoBody
    ) -> Asked:
        key = context.header(b"idempotency-key")
        if len(key) > _LONGEST_KEY:
            raise InvalidRequest(f"An Idempotency-Key has {_LONGEST_KEY} characters at most.")
        return Asked(
            request_id=context.ledger_id,
            caller=caller,
            received_at=context.started,
            settlement=settlement,
            settings=settings,
            idempotency_key=key,
            sent=sent.sent,
        )

    async def _submitted(self, order: VideoOrder, receive: Receive) -> VideoJob | None:
        """Return the job once xAI has it; None if the client did not wait for that."""
        services, settings, entered = self._services, order.settings, False
        with services.turns.in_flight.flight() as flight:
            async with ClientWatch(receive, deadline=settings.grok.deadline) as watch:
                try:
                    async with _place(services.admission, settings):
                        entered = True
                        return (await services.jobs.submit(order)).job
                except Overloaded as error:
                    order.settlement.close(end="refused", status=error.status, error_code=error.code)
                    raise
                except asyncio.CancelledError:
                    if not entered:
                        order.settlement.close(end="client_gone", status=499)
                    reason = interruption(watch, flight, settings)
                    if reason is not None:
                        raise (submission_unknown() if entered else reason) from None
        return None

    async def _told(self, send: Send, order: VideoOrder, job: VideoJob) -> None:
        headers: Headers = [(b"x-grok2api-upstream-model", job.upstream_model.encode("latin-1", "replace"))]
        if names := told_shortly(dropped(order.call, order.plan)):
            headers.append((b"x-grok2api-dropped-params", ",".join(names).encode("ascii", "replace")))
        viewer = self._services.viewer
        if order.wish.form == "xai":
            await send_json(send, 200, request_body(viewer.public_id(job, "xai")), headers)
        else:
            await send_json(send, 200, object_body(viewer.view(job)), headers)


def _place(admission: Admission, settings: Settings) -> Place:
    """Return a place among the requests for media that this worker serves at once."""
    rules = settings.performance
    return admission.place(limit=rules.media_max_concurrent, length=rules.queue_length, wait=rules.queue_wait)


class CreateVideo(_Making):
    """POST /v1/videos."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._make(
            scope, receive, send, VIDEO_FIELDS, lambda sent, caller, ids: read_video(sent.body, caller, ids)
        )


class GenerateVideo(_Making):
    """POST /v1/videos/generations."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._make(
            scope,
            receive,
            send,
            GENERATION_FIELDS,
            lambda sent, caller, ids: read_generation(sent.body, caller, ids),
        )


class ChangeVideo(_Making):
    """POST /v1/videos/edits and /v1/videos/extensions, of either dialect."""

    def __init__(self, services: VideoServices, operation: Operation) -> None:
        super().__init__(services)
        self._operation = operation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. A form is OpenAI's: xAI's own clients send none."""

        def read(sent: VideoBody, caller: Caller, ids: SealedIds) -> VideoWish:
            return read_change(sent.body, self._operation, caller, ids, form="openai" if sent.form else None)

        table = EXTENSION_FIELDS if self._operation == "extensions" else EDIT_FIELDS
        await self._make(scope, receive, send, table, read)


class RemixVideo(_Making):
    """POST /v1/videos/{id}/remix: an edit of a finished video."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        job, _ = await self._job(scope)
        public_id = self._services.viewer.public_id(job, "openai")
        await self._services.jobs.ordering.result(job, public_id)
        source = Known(public_id, max(1, round(job.duration or job.seconds)), job.size)
        await self._make(
            scope,
            receive,
            send,
            REMIX_FIELDS,
            lambda sent, caller, ids: read_remix(sent.body, source, caller, ids),
        )


class RetrieveVideo(_Endpoint):
    """GET /v1/videos/{id}: the kind of the id decides the dialect."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the job as it stands."""
        job, opened = await self._job(scope)
        viewer, headers = self._services.viewer, self._poll_headers(job)
        if opened.form == "xai":
            status, body = status_body(await viewer.linked(job, scope))
            await send_json(send, status, body, headers)
        else:
            await send_json(send, 200, object_body(viewer.view(job)), headers)

    def _poll_headers(self, job: VideoJob) -> Headers:
        """Return when it makes sense to ask again; OpenAI's SDKs go by it."""
        if not job.open:
            return []
        seconds = self._services.turns.live.current.video.poll_seconds
        return [(b"openai-poll-after-ms", b"%d" % max(100, seconds * 1000))]


class DeleteVideo(_Endpoint):
    """DELETE /v1/videos/{id}."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Delete a job and its content; one in the making is not told of any more, but costs all the same."""
        public_id = scope["path_params"]["video_id"]
        job, _ = await self._job(scope)
        if not await self._services.jobs.forget(job.id, caller_of(scope).key_id):
            raise no_video(public_id)
        await send_json(send, 200, deleted_body(public_id))


class VideoContent(_Endpoint):
    """GET and HEAD /v1/videos/{id}/content."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the clip, or with a range of it."""
        variant = _query(scope).get("variant", "video")
        if variant in _VARIANTS:
            raise Unsupported(f"There is no {variant} of a video of Grok's.", param="variant")
        if variant != "video":
            raise InvalidRequest("'variant' must be 'video'.", param="variant")
        job, _ = await self._job(scope)
        asset = await self._services.jobs.ordering.result(job, scope["path_params"]["video_id"])
        await self._services.delivery(scope, receive, send, asset, seconds=_DAY)


class ListVideos(_Endpoint):
    """GET /v1/videos: one's own, in OpenAI's form, whatever they were asked for in."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a page of jobs."""
        query, caller = _query(scope), caller_of(scope)
        limit = query.get("limit", str(_USUAL_PAGE))
        if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= _MOST):
            raise InvalidRequest(f"'limit' must be a whole number from 1 to {_MOST}.", param="limit")
        order = query.get("order", "desc")
        if order not in {"asc", "desc"}:
            raise InvalidRequest("'order' must be 'asc' or 'desc'.", param="order")
        after = None
        if "after" in query:
            opened = open_video(self._services.ids, query["after"], caller)
            last = None if opened is None else await self._services.jobs.get(opened.job_id, caller.key_id)
            if last is None:
                raise InvalidRequest("'after' is not the id of a video of this list.", param="after")
            after = last.cursor
        page = await self._services.jobs.list(
            caller.key_id, int(limit) + 1, after=after, ascending=order == "asc"
        )
        views = [self._services.viewer.view(job) for job in page[: int(limit)]]
        await send_json(send, 200, list_body(views, has_more=len(page) > int(limit)))


def _query(scope: Scope) -> dict[str, str]:
    parsed = parse_qs(scope["query_string"].decode("latin-1"))
    return {name: values[0] for name, values in parsed.items()}
