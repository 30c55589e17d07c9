"""The ways to upstream: which proxies are in use, who uses them, and whether upstream is reached.

Must never show a proxy's login, and must never connect to anything but what calls use already.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from grok2api.admin.audited import Noting
from grok2api.admin.names import Names
from grok2api.admin.network import Egress, Rest, Way, WayKind
from grok2api.admin.shapes import Told
from grok2api.admin.subjects import subject
from grok2api.errors import NotFound

_SHOWN = 50
"""Users of one way that are named."""
WayId = Annotated[str, Path(max_length=64, pattern=r"^[a-z0-9]+$")]


class Passenger(Told):
    """A credential that goes a way."""

    id: str
    """Id of a credential."""
    name: str
    """What the credential is called; its id where no name is known."""


class WayView(Told):
    """One way to upstream."""

    id: str
    """What the way is called where it is tried out; tells nothing of the proxy."""
    kind: WayKind
    """`direct` without a proxy, `shared` through that of the settings, `own` through a credential's own."""
    proxy: str
    """Scheme, host and port; empty without a proxy."""
    login: bool
    """Whether the proxy is signed in to."""
    used_by: int
    """How many credentials go this way."""
    users: list[Passenger]
    """The first of them."""
    rest: Rest | None
    """Why nothing goes this way now, as `worker` sees it; null while all is well."""


class NetworkView(Told):
    """The ways to `target` as one worker sees them."""

    worker: str
    """The worker that answered."""
    target: str
    """What all ways lead to."""
    data: list[WayView]
    """The ways in use: that of the settings, then those that credentials have of their own."""


class Attempt(Told):
    """What came of trying a way: a connection to upstream through it, and nothing sent."""

    reached: bool
    """Whether a connection to upstream came about."""
    latency_ms: float
    """How long the attempt took, in milliseconds, whatever came of it."""
    reason: str
    """Why upstream was not reached; empty if it was."""


class NetworkRoutes:
    """Ways to upstream.

    Args:
        egress: Tells and tries them.
        names: Tells what credentials are called.
    """

    def __init__(self, egress: Egress, names: Names) -> None:
        self._egress = egress
        self._names = names

    def router(self) -> APIRouter:
        """Return the routes."""
        router = subject("network")
        router.add_api_route("/network", self.show, methods=["GET"], summary="List the ways to upstream")
        router.add_api_route("/network/{way_id}/test", self.test, methods=["POST"], summary="Try a way out")
        return router

    async def show(self) -> NetworkView:
        """List the ways that credentials go: without a proxy, through that of the settings, or their own."""
        names = await self._names.of_credentials()
        ways = sorted(self._egress.ways(), key=lambda each: (each.kind == "own", each.proxy, each.id))
        rows = [_view(each, [(one, names.get(one, one)) for one in each.credentials]) for each in ways]
        return NetworkView(worker=self._egress.worker, target=self._egress.target(), data=rows)

    async def test(self, way_id: WayId, note: Noting) -> Attempt:
        """Open a connection to upstream by a way, within ten seconds; nothing is sent on it.

        A way that works again is used again at once by the worker that answers.
        """
        tried = await self._egress.attempt(way_id)
        if tried is None:
            raise NotFound("There is no such way to upstream any more.")
        note.after = {"reached": not tried.trouble, "reason": tried.trouble}
        return Attempt(reached=not tried.trouble, latency_ms=round(tried.latency_ms, 1), reason=tried.trouble)


def _view(way: Way, users: list[tuple[str, str]]) -> WayView:
    named = sorted(users, key=lambda each: each[1])[:_SHOWN]
    return WayView(
        id=way.id,
        kind=way.kind,
        proxy=way.proxy,
        login=way.login,
        used_by=len(users),
        users=[Passenger(id=identifier, name=name) for identifier, name in named],
        rest=way.rest,
    )
