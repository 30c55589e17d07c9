"""Long work: what runs, how far it is, and its end on request.

The events of a job are read from the store, so that any worker can tell of any job. Must never hold up the
server's own end: a stream of events ends with the first look after draining has begun.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import StreamingResponse

from grok2api.admin.audited import Noting
from grok2api.admin.event_streams import DESCRIBED, event_stream
from grok2api.admin.events import SILENCE
from grok2api.admin.jobs import BEAT_SECONDS, JobRunner, has_ended
from grok2api.admin.shapes import JobList, JobView, job_view
from grok2api.admin.subjects import subject
from grok2api.errors import NotFound, StorageError
from grok2api.kit.sse import KEEP_ALIVE, write_frame
from grok2api.storage.records import JobRecord


class JobRoutes:
    """Everybody's jobs.

    Args:
        jobs: Carries them out and looks them up.
        draining: Tells whether the server is about to end.
    """

    def __init__(self, jobs: JobRunner, draining: Callable[[], bool]) -> None:
        self._jobs = jobs
        self._draining = draining

    def router(self) -> APIRouter:
        """Return the routes."""
        router = subject("jobs")
        router.add_api_route("/jobs", self.recent, methods=["GET"], summary="List the newest jobs")
        router.add_api_route("/jobs/{job_id}", self.show, methods=["GET"], summary="Show a job")
        router.add_api_route("/jobs/{job_id}", self.cancel, methods=["DELETE"], summary="Cancel a job")
        router.add_api_route(
            "/jobs/{job_id}/events",
            self.events,
            methods=["GET"],
            summary="Follow a job",
            response_class=StreamingResponse,
            responses=DESCRIBED,
        )
        return router

    async def recent(self, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> JobList:
        """List the newest jobs, newest first, without what came of them."""
        return JobList(data=[job_view(each, with_result=False) for each in await self._jobs.recent(limit)])

    async def show(self, job_id: str) -> JobView:
        """Show a job, with what came of it."""
        return job_view(await self._jobs.get(job_id))

    async def cancel(self, job_id: str, note: Noting) -> JobView:
        """Ask for a job's end. What it has done stays done; a job that has ended stays as it is."""
        before = await self._jobs.get(job_id)
        asked = await self._jobs.cancel(job_id)
        note.before, note.after = _told(before), {"cancel_requested": asked.cancel_requested}
        return job_view(asked)

    async def events(self, job_id: str, request: Request) -> StreamingResponse:
        """Follow a job: `snapshot`, then `progress`, then `done`, `failed` or `cancelled`, and the end.

        The events carry the job without its `result`, which is there with the job itself.
        """
        return event_stream(self._follow(await self._jobs.get(job_id)))

    async def _follow(self, first: JobRecord) -> AsyncIterator[bytes]:
        yield _event("snapshot", first)
        last, silence = first, 0.0
        while not has_ended(last.state) and not self._draining():
            await asyncio.sleep(BEAT_SECONDS)
            present = await self._look(last)
            if present is None:
                return
            if _content(present) != _content(last):
                silence = 0.0
                if not has_ended(present.state):
                    yield _event("progress", present)
            elif (silence := silence + BEAT_SECONDS) >= SILENCE:
                silence = 0.0
                yield KEEP_ALIVE
            last = present
        if has_ended(last.state):
            yield _event(last.state, last)

    async def _look(self, last: JobRecord) -> JobRecord | None:
        """Return the job as it stands; as it stood while the store is away, None once it is forgotten."""
        try:
            return await self._jobs.get(last.id)
        except StorageError:
            return last
        except NotFound:
            return None


def _content(record: JobRecord) -> tuple[object, ...]:
    """Return what a watcher wants to hear of: everything but the mere sign of life."""
    return (record.state, record.done, record.failed, record.total, record.message, record.cancel_requested)


def _told(record: JobRecord) -> dict[str, object]:
    """Return what the audit is told of a job; what came of it may be large, and may be a secret."""
    return {"kind": record.kind, "state": record.state, "done": record.done, "total": record.total}


def _event(name: str, record: JobRecord) -> bytes:
    """Return an event; what came of the job may be large and is left to whoever asks for the job."""
    return write_frame(name.encode(), job_view(record, with_result=False).model_dump_json().encode())
