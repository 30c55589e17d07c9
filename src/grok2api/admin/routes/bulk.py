"""Many credentials at a time, and what asks xAI: tests and refreshes.

Must never hold a request for as long as many of them take: what lasts becomes a job.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Body, Response

from grok2api.admin.audited import Noting
from grok2api.admin.bulk import Ask, BulkWork
from grok2api.admin.credential_shapes import BulkBody, BulkResult, RefreshAnswer, TestAnswer
from grok2api.admin.jobs import JobProgress, JobRunner
from grok2api.admin.services import PoolServices
from grok2api.admin.shapes import Started, job_view
from grok2api.admin.subjects import subject
from grok2api.admin.views import CredentialViews
from grok2api.operations.refreshing import refresh_one
from grok2api.operations.testing import probe
from grok2api.storage.records import Credential

DIRECT: Final = 500
"""Up to so many credentials are changed before the answer; more become a job."""
MOST_TOLD: Final = 500
"""Up to so many ids are told to the audit."""


class BulkRoutes:
    """Actions for many, and checks.

    Args:
        pool: Changes and refreshes credentials.
        ask: Opens a way to test them.
        jobs: Carries out what lasts.
        views: Shows credentials.
    """

    def __init__(self, pool: PoolServices, ask: Ask, jobs: JobRunner, views: CredentialViews) -> None:
        self._pool = pool
        self._ask = ask
        self._jobs = jobs
        self._views = views

    def router(self) -> APIRouter:
        """Return the routes."""
        router = subject("credentials")
        router.add_api_route(
            "/credentials/bulk",
            self.bulk,
            methods=["POST"],
            summary="Do something to many credentials",
            responses={202: {"model": Started, "description": "It has begun as a job"}},
        )
        router.add_api_route(
            "/credentials/{credential_id}/test", self.test, methods=["POST"], summary="Test a credential"
        )
        router.add_api_route(
            "/credentials/{credential_id}/refresh",
            self.refresh,
            methods=["POST"],
            summary="Refresh a sign-in",
        )
        return router

    async def bulk(
        self, sent: Annotated[BulkBody, Body()], response: Response, note: Noting
    ) -> BulkResult | Started:
        """Do something to many credentials. Tests and refreshes, and changes of over 500, become a job."""
        work = BulkWork(self._pool, self._ask, sent.action, sent.edit().checked())
        chosen = await self._pool.operations.choose(sent.wanted())
        note.after = told_of(sent, chosen)
        if work.changes and len(chosen) <= DIRECT:
            return await work.change(chosen, JobProgress())
        job = await self._jobs.start(sent.action, partial(work.run, chosen), total=len(chosen))
        response.status_code = 202
        note.after = {**note.after, "job": job.id}
        return Started(job=job_view(job))

    async def test(self, credential_id: str, note: Noting) -> TestAnswer:
        """Ask xAI whether a credential works; nothing is spent and nothing is changed."""
        credential = await self._pool.operations.one(credential_id)
        async with self._ask() as asking:
            told = await probe(credential, asking)
        models = [each.id for each in told.models]
        note.after = {"ok": told.ok, "message": told.message}
        return TestAnswer(
            id=credential.id, name=credential.name, ok=told.ok, message=told.message, models=models
        )

    async def refresh(self, credential_id: str, note: Noting) -> RefreshAnswer:
        """Get new tokens for a sign-in now, fresh or not."""
        credential = await self._pool.operations.one(credential_id)
        told = await refresh_one(credential, self._pool.refresher)
        present = await self._pool.operations.one(credential_id)
        note.after = {"ok": told.ok, "message": told.message, "generation": present.generation}
        return RefreshAnswer(
            id=present.id,
            name=present.name,
            ok=told.ok,
            message=told.message,
            credential=await self._views.one(present),
        )


def told_of(sent: BulkBody, chosen: Sequence[Credential]) -> dict[str, object]:
    """Return what the audit is told of an action for many."""
    changes = sent.edit().shown()
    ids = [each.id for each in chosen[:MOST_TOLD]]
    return {"action": sent.action, "credentials": len(chosen), "ids": ids, "changes": changes}
