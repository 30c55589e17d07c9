"""How the server is doing, and news for those who watch it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from grok2api.admin.desk import Desk
from grok2api.admin.events import EventHub
from grok2api.admin.gate import actor_of, admitted
from grok2api.admin.shapes import Told
from grok2api.admin.system import LedgerState, MediaState, SharedStateState, StoreState, System
from grok2api.operations.notation import moment

_HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}


class SystemView(Told):
    """The worker that answered, and what it stands on. Other workers have their own counts."""

    version: str
    python: str
    host: str
    worker: str
    pid: int
    workers: int
    """Workers of this host, by its settings."""
    started_at: str | None
    uptime_seconds: float
    draining: bool
    sandbox: bool
    """Whether requests go to the built-in sandbox."""
    leads: bool
    """Whether this worker does what is done once for all."""
    leader: str | None
    """The worker that does; null while nobody does, or the store is away."""
    degraded: list[str]
    """What the worker does without at the moment, as `/ready` says it."""
    running_requests: int
    store: StoreState
    shared_state: SharedStateState
    media: MediaState
    ledger: LedgerState


class SystemRoutes:
    """The server."""

    def __init__(self, system: System, hub: EventHub, desk: Desk) -> None:
        self._system = system
        self._hub = hub
        self._desk = desk

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(tags=["system"])
        router.add_api_route("/system", self.show, methods=["GET"], summary="Tell how the server is doing")
        router.add_api_route(
            "/events",
            self.events,
            methods=["GET"],
            summary="Follow what changes",
            response_class=StreamingResponse,
            responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
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

    async def events(self, request: Request, *, live: bool = False) -> StreamingResponse:
        """Follow what changes, as server-sent events, until the session ends.

        First `hello`, then `credentials`, `keys` and `settings` with the store's revision, `job` with a job
        that moved, `pool` with counts by status, `store` when it is away, and `end` when the session is over.
        With `live` also what runs now, as `GET /requests/live` tells it, under the name `live`.
        Each is told at most once a second; who reads slowly is told the latest of each.
        """
        signed_in, actor = admitted(request.scope).signed_in, actor_of(request.scope)

        async def welcome() -> bool:
            if signed_in is None:
                return await self._desk.tokens.valid(actor.id)
            return await self._desk.sessions.goes_on(signed_in)

        self._hub.check_room()
        frames = self._hub.follow(welcome, live=live)
        return StreamingResponse(frames, media_type="text/event-stream", headers=_HEADERS)
