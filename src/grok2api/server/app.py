"""The application: routes behind the edge, and sockets beside them.

Must never name a path of the API: that is the table's (`server.routes`).
"""

from __future__ import annotations

from functools import partial

from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from grok2api.admin.console.serving import ADDRESS, Console
from grok2api.admin.gate import PREFIX
from grok2api.api.health import Root
from grok2api.api.v1.socket import ResponsesSpeaker
from grok2api.dialects.responses.conversations import Room
from grok2api.errors import NotFound
from grok2api.server.cors import CorsPolicy
from grok2api.server.edge import Edge
from grok2api.server.routes import routes
from grok2api.server.services import Services
from grok2api.server.sharing import Announcing
from grok2api.server.socket_edge import BySocket, SocketEdge

_BASE_URLS = frozenset({"/v1", "/v1/"})
"""What clients are given as their base URL, beside the root."""


def create_app(services: Services, admin: ASGIApp) -> BySocket:
    """Return the application; `admin` is the admin API, which has a gate of its own."""
    table = routes(services)
    console = Console()
    router = Router(
        [
            *table,
            Mount(PREFIX, app=Announcing(admin, services.sharing)),
            Route(ADDRESS, endpoint=console),
            Route(ADDRESS + "/{page:path}", endpoint=console),
        ],
        redirect_slashes=False,
        default=_no_route,
    )
    cors = CorsPolicy(services.live)
    edge = Edge(
        BusyRoutes(table, router),
        cors=cors,
        count=services.metering.request,
        ending=lambda: services.in_flight.draining,
        began=None if services.metering.telemetry is None else services.metering.telemetry.began,
        over_https=_over_https(services.live.started.server.hsts_days),
    )
    return BySocket(edge, _sockets(services, cors))


def _over_https(days: int) -> list[tuple[bytes, bytes]]:
    """Return what binds browsers that came over https to it (RFC 6797), if the settings want that."""
    return [(b"strict-transport-security", b"max-age=%d" % (days * 86_400))] if days else []


def _sockets(services: Services, cors: CorsPolicy) -> SocketEdge:
    """Return what serves WebSockets."""
    return SocketEdge(
        partial(
            ResponsesSpeaker,
            dialect=services.dialects.responses,
            services=services.turns,
            authenticator=services.authenticator,
            room=Room(),
        ),
        live=services.live,
        authenticator=services.authenticator,
        in_flight=services.in_flight,
        cors=cors,
    )


class BusyRoutes:
    """Finds the routes without parameters by one look-up; all others, and all refusals, are the router's.

    Args:
        table: All routes.
        router: Finds the others.
    """

    def __init__(self, table: list[Route], router: Router) -> None:
        self._router = router
        self._exact = {
            (method, route.path): route.app
            for route in table
            if "{" not in route.path
            for method in route.methods or ()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._exact.get((scope["method"], scope["path"]), self._router)(scope, receive, send)


async def _no_route(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer what no route does: a probe of a client's base URL, which is none itself; else 404."""
    if scope["method"] == "HEAD" and scope["path"] in _BASE_URLS:
        return await Root()(scope, receive, send)
    raise NotFound(f"There is no route {scope['method']} {scope['path'][:200]}.")
