"""Copies of the store over the admin API: made, downloaded and deleted by an owner, each in the audit.

Must never take a path, nor give out a key that opens a copy's secrets.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response
from starlette.responses import StreamingResponse

from grok2api.admin.audited import Noting
from grok2api.admin.backups import Backup, Backups
from grok2api.admin.jobs import JobProgress, JobRunner
from grok2api.admin.shapes import Started, Told, job_view
from grok2api.admin.subjects import subject
from grok2api.errors import InvalidRequest, NotFound
from grok2api.operations.notation import moment

Name = Annotated[str, Path(max_length=64, pattern=r"^grok2api-[0-9]{8}-[0-9]{6}\.db$")]


class BackupView(Told):
    """One copy."""

    name: str
    """Its file name, such as `grok2api-20270131-120000.db`."""
    bytes: int
    """How large it is, in bytes."""
    made_at: str | None
    """When it was made, UTC in ISO 8601; null only for a time that no calendar holds."""


class BackupList(Told):
    """The copies on the host of the worker that answers, the newest first."""

    command: str
    """What makes a copy in a terminal, where the server cannot; empty if it can."""
    host: str
    """Name of the host that answered."""
    data: list[BackupView]
    """The copies on it, the newest first."""


class BackupRoutes:
    """Copies of the store.

    Args:
        backups: Makes, reads and deletes them.
        jobs: Carries out the making.
    """

    def __init__(self, backups: Backups, jobs: JobRunner) -> None:
        self._backups = backups
        self._jobs = jobs

    def router(self) -> APIRouter:
        """Return the routes."""
        router = subject("system")
        one = "/backups/{name}"
        router.add_api_route("/backups", self.list, methods=["GET"], summary="List copies of the store")
        router.add_api_route(
            "/backups", self.make, methods=["POST"], status_code=202, summary="Copy the store now"
        )
        router.add_api_route(one, self.delete, methods=["DELETE"], status_code=204, summary="Delete a copy")
        router.add_api_route(
            f"{one}/download",
            self.download,
            methods=["POST"],
            summary="Download a copy",
            response_class=StreamingResponse,
            responses={200: {"content": {"application/vnd.sqlite3": {"schema": {"type": "string"}}}}},
        )
        return router

    async def list(self) -> BackupList:
        """List the copies on this host, and the command where the store is copied by its own tools."""
        copies = [_view(each) for each in await self._backups.all()]
        return BackupList(command=self._backups.command, host=self._backups.host, data=copies)

    async def make(self, note: Noting) -> Started:
        """Copy a SQLite store while it serves, as a job. Its secrets are sealed; keep the key apart."""
        if self._backups.command:
            raise InvalidRequest(f"This store is copied by its own tools: {self._backups.command}")

        async def work(_progress: JobProgress) -> object:
            return _view(await self._backups.make()).model_dump()

        job = await self._jobs.start("backup", work)
        note.after = {"job": job.id}
        return Started(job=job_view(job))

    async def download(self, name: Name, note: Noting) -> StreamingResponse:
        """Give out a copy, which holds all that the store held, its secrets sealed."""
        note.after = await self._known(name)
        pieces = await self._backups.read(name)
        if pieces is None:
            raise NotFound("There is no such copy on this host.")
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(pieces, media_type="application/vnd.sqlite3", headers=headers)

    async def delete(self, name: Name, note: Noting) -> Response:
        """Delete a copy."""
        note.before = await self._known(name)
        if not await self._backups.delete(name):
            raise NotFound("There is no such copy on this host.")
        return Response(status_code=204)

    async def _known(self, name: str) -> dict[str, object]:
        """Return what the audit is told of a copy; nothing if it is not there."""
        found = (_view(each) for each in await self._backups.all() if each.name == name)
        return next((each.model_dump(exclude={"name"}) for each in found), {})


def _view(backup: Backup) -> BackupView:
    return BackupView(name=backup.name, bytes=backup.bytes, made_at=moment(backup.made_at))
