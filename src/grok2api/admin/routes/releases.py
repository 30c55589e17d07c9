"""Which version is the newest. Must never ask for it: what is told is what the leader has learnt."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter

from grok2api.admin.shapes import Told
from grok2api.admin.subjects import subject
from grok2api.admin.system import ReleaseState
from grok2api.operations.notation import moment


class ReleaseView(Told):
    """The version that runs, and the newest one that is known."""

    version: str
    """Version of this server."""
    asks: bool
    """Whether anybody is asked for newer ones (releases.feed_url)."""
    newest: str | None
    """The newest version; null while unknown."""
    newer: bool
    """Whether that one comes after this server's."""
    url: str
    """Where people read about the newest version; empty if that is not told."""
    asked_at: str | None
    """When it was last asked, UTC in ISO 8601; null until then."""
    failure: str
    """Why the last question had no answer; empty if it had."""


class ReleaseRoutes:
    """News of releases.

    Args:
        state: Tells what is known.
    """

    def __init__(self, state: Callable[[], Awaitable[ReleaseState]]) -> None:
        self._state = state

    def router(self) -> APIRouter:
        """Return the routes."""
        router = subject("system")
        router.add_api_route("/release", self.show, methods=["GET"], summary="Tell of the newest version")
        return router

    async def show(self) -> ReleaseView:
        """Tell whether there is a newer version, if the settings have somebody asked for it once a day."""
        state = await self._state()
        return ReleaseView(
            version=state.version,
            asks=state.asks,
            newest=None if state.newest is None else state.newest.version,
            newer=state.newer,
            url="" if state.newest is None else state.newest.url,
            asked_at=moment(state.asked_at),
            failure=state.failure,
        )
