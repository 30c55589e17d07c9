"""A whole worker in the test's own process, on a real port and over a real store; its jobs are run by hand.

For tests that have to look at what a worker is made of. Everything else starts the real program.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

import aiohttp

from grok2api.admin.entrance import create_admin
from grok2api.errors import ShuttingDown
from grok2api.server.administration import build_administration
from grok2api.server.app import create_app
from grok2api.server.lifespan import ended
from grok2api.server.metering import open_metering
from grok2api.server.options import StartOptions
from grok2api.server.periodic import Job, jobs, keep_running
from grok2api.server.prepare import prepare
from grok2api.server.services import Services, build_services
from grok2api.server.websocket_protocol import GuardedWebSocketProtocol
from support.admin_server import serving

ENDLESS = frozenset(
    {
        *("refresh sign-ins", "write the ledger", "write transcripts", "write contents", "write health"),
        *("watch the event loop", "listen to other workers", "follow news"),
    }
)
"""Jobs whose one turn never ends."""


@dataclass
class WorkerHere:
    """A worker that runs."""

    services: Services
    url: str
    http: aiohttp.ClientSession
    jobs: list[Job]

    @classmethod
    @asynccontextmanager
    async def running(cls, options: StartOptions) -> AsyncIterator[Self]:
        """Give a worker that is ready to serve."""
        await prepare(options.load().settings)
        with open_metering(None, "worker here") as metering:
            async with build_services(options, None, metering) as services:
                operator, all_jobs = build_administration(services), jobs(services, lambda: None)
                app = create_app(services, create_admin(operator.admin))
                async with (
                    asyncio.TaskGroup() as group,
                    serving(app, ws=GuardedWebSocketProtocol) as url,
                    aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
                ):
                    tasks = [group.create_task(keep_running(job)) for job in all_jobs if job.name in ENDLESS]
                    try:
                        yield cls(services, url, http, by_hand(all_jobs))
                    finally:
                        await services.background.runs.close(ShuttingDown("The test is over."), seconds=0)
                        await services.videos.jobs.keeper.close(seconds=0)
                        await operator.close()
                        await ended(tasks)
                        await services.refresher.close()
                        await services.ledger.close()

    async def look_after(self) -> None:
        """Run each periodic job once, and first the one that decides who leads."""
        for job in self.jobs:
            await job.run()

    async def until(self, found: Callable[[], Any], what: str) -> None:
        """Run the jobs until something has come true."""
        for _ in range(600):
            if found():
                return
            await self.look_after()
            await asyncio.sleep(0.02)
        raise AssertionError(f"{what} did not come true")

    async def send(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Send a request; return the status and the body."""
        sent: dict[str, Any] = {"data" if isinstance(body, bytes | aiohttp.FormData) else "json": body}
        async with self.http.request(
            method, self.url + path, headers=headers, allow_redirects=False, **({} if body is None else sent)
        ) as answer:
            return answer.status, await answer.read()


def by_hand(found: list[Job]) -> list[Job]:
    """Return the jobs that end, in such an order that who leads is settled before that is asked."""
    return sorted((each for each in found if each.name not in ENDLESS), key=lambda each: each.name != "lead")
