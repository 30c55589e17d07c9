"""How the server is doing, and news for those who watch it.

Must never go on telling somebody whose session or token has ended.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from grok2api.admin.access import Access
from grok2api.admin.admitted import actor_of, admitted
from grok2api.admin.event_streams import DESCRIBED, event_stream
from grok2api.admin.events import EventHub, PoolCounts
from grok2api.admin.shapes import Told
from grok2api.admin.subjects import subject
from grok2api.admin.system import LedgerState, MediaState, SharedStateState, StoreState, System
from grok2api.operations.notation import moment
from grok2api.storage.access import Role


class SystemView(Told):
    """The worker that answered, and what it stands on. Other workers have their own counts."""

    version: str
    """Version of this server."""
    python: str
    """Version of Python that it runs on."""
    host: str
    """Name of the host that it runs on."""
    worker: str
    """What the worker is called among all that share the store."""
    pid: int
    """Id of its process."""
    workers: int
    """Workers of this host, by its settings."""
    started_at: str | None
    """When the worker started, UTC in ISO 8601; null only for a time that no calendar holds."""
    uptime_seconds: float
    """Seconds since the worker started."""
    draining: bool
    """Whether it takes no new work because it is about to stop."""
    sandbox: bool
    """Whether requests go to the built-in sandbox."""
    leads: bool
    """Whether this worker does what is done once for all."""
    leader: str | None
    """The worker that does; null while nobody does, or the store is away."""
    degraded: list[str]
    """What the worker does without at the moment, as `/ready` says it."""
    running_requests: int
    """Requests that this worker has in hand now."""
    store: StoreState
    """How the store is doing."""
    shared_state: SharedStateState
    """How Redis is doing, through which workers share."""
    media: MediaState
    """How much media is kept."""
    ledger: LedgerState
    """How many usage rows wait for the store."""


class PoolView(Told):
    """How the pool stands, as the worker that answers sees it."""

    total: int
    """How many credentials there are."""
    by_status: dict[str, int]
    """How many have each status: `active`, `cooling`, `exhausted`, `expired`, `blocked`, `disabled`."""
    usable: int
    """How many could take a request now: short rests that are not stored count too."""
    in_flight: int
    """Calls that this worker has under way."""
    waiting: int
    """Requests that wait for a credential."""
    sandbox: bool
    """Whether the built-in sandbox answers; its own credentials are in `usable` only."""


class SystemRoutes:
    """The server.

    Args:
        system: Tells how it is doing.
        counts: Tells how the pool stands.
        hub: Tells what changes.
        access: Knows whether who follows that is still signed in.
    """

    def __init__(
        self, system: System, counts: Callable[[], PoolCounts], hub: EventHub, access: Access
    ) -> None:
        self._system = system
        self._counts = counts
        self._hub = hub
        self._access = access

    def router(self) -> APIRouter:
        """Return the routes."""
        router = subject("system")
        router.add_api_route("/system", self.show, methods=["GET"], summary="Tell how the server is doing")
        router.add_api_route("/pool", self.pool, methods=["GET"], summary="Tell how the pool stands")
        router.add_api_route(
            "/events",
            self.events,
            methods=["GET"],
            summary="Follow what changes",
            response_class=StreamingResponse,
            responses=DESCRIBED,
        )
        return router

    async def show(self) -> SystemView:
        """Tell of the worker that answers: its version, its store, and what it does without."""
        state = await self._system()
        return SystemView(
            version=state.version,
            python=state.python,
            host=state.host,
            worker=state.worker,
            pid=state.pid,
            workers=state.workers,
            started_at=moment(state.started_at),
            uptime_seconds=round(state.uptime, 1),
            draining=state.draining,
            sandbox=state.sandbox,
            leads=state.leads,
            leader=state.leader,
            degraded=list(state.degraded),
            running_requests=state.running_requests,
            store=state.store,
            shared_state=state.shared_state,
            media=state.media,
            ledger=state.ledger,
        )

    async def pool(self) -> PoolView:
        """Count the credentials by status, without reading the store: what `/events` tells as `pool`."""
        return PoolView.model_validate(asdict(self._counts()))

    async def events(self, request: Request, *, live: bool = False) -> StreamingResponse:
        """Follow what changes, as server-sent events, until the session ends.

        First `hello`, then `credentials`, `keys`, `models`, `prices` and `settings` with the store's
        revision, `alerts` when others stand, `usage` with what ended within the last ten seconds on all
        workers, `job` with a job that moved, `pool` with counts by status, `store` when it is away, and `end`
        when the session is over. With `live` also what runs now, as `GET /requests/live` tells it, under the
        name `live`. Each is told at most once a second, `usage` every two while requests end; who reads
        slowly is told the latest of each. An event comes only to those whose role may ask for what it is
        about.
        """
        signed_in, actor = admitted(request.scope).signed_in, actor_of(request.scope)

        async def welcome() -> Role | None:
            if signed_in is None:
                token = await self._access.tokens.valid(actor.id)
                return None if token is None else token.role
            now = await self._access.sessions.again(signed_in)
            if now is None or await self._access.lacks_second_factor(now.account):
                return None
            return now.account.role

        self._hub.check_room()
        return event_stream(self._hub.follow(actor.role, welcome, live=live))
