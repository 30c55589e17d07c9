"""The routes. Each is closed unless it is wrapped in `Open`; a test walks this table."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from grok2api.admin.app import PREFIX
from grok2api.api.auth import Closed, Open
from grok2api.api.context import Endpoint
from grok2api.api.health import Check, Health, Ready, Root
from grok2api.api.v1.counting import CountEndpoint
from grok2api.api.v1.files import CreateFile, DeleteFile, FileContent, ListFiles, RetrieveFile
from grok2api.api.v1.media import MediaEndpoint, MediaServices
from grok2api.api.v1.models import ListModels, RetrieveModel
from grok2api.api.v1.openapi import OpenApiDocument
from grok2api.api.v1.socket import ResponsesSpeaker
from grok2api.api.v1.stored import (
    CancelResponse,
    DeleteResponse,
    ListInputItems,
    RetrieveResponse,
)
from grok2api.api.v1.turns import TurnEndpoint
from grok2api.api.v1.videos import (
    ChangeVideo,
    CreateVideo,
    DeleteVideo,
    GenerateVideo,
    ListVideos,
    RemixVideo,
    RetrieveVideo,
    VideoContent,
)
from grok2api.dialects.messages.counting import counted_body
from grok2api.dialects.responses.conversations import Room
from grok2api.dialects.responses.counting import input_tokens_body
from grok2api.errors import NotFound, StorageError
from grok2api.server.cors import CorsPolicy
from grok2api.server.edge import Edge
from grok2api.server.services import Services
from grok2api.server.socket_edge import BySocket, SocketEdge
from grok2api.storage.stores import Records

_BASE_URLS = frozenset({"/v1", "/v1/"})
"""What clients are given as their base URL, beside the root."""
ClosedRoute = Callable[[str, dict[str, Endpoint]], Route]
"""Makes the route of a path, with an endpoint for each of its methods."""


def routes(services: Services) -> list[Route]:
    """Return every route, the busiest first."""

    def closed(path: str, method: str, endpoint: Endpoint) -> Route:
        return Route(path, endpoint=Closed(endpoint, services.authenticator), methods=[method])

    def closed_by_method(path: str, endpoints: dict[str, Endpoint]) -> Route:
        return Route(
            path, endpoint=Closed(ByMethod(endpoints), services.authenticator), methods=list(endpoints)
        )

    def opened(path: str, methods: list[str], endpoint: Endpoint) -> Route:
        return Route(path, endpoint=Open(endpoint), methods=methods)

    return [
        closed("/v1/chat/completions", "POST", TurnEndpoint(services.dialects.chat, services.turns)),
        closed("/v1/responses", "POST", TurnEndpoint(services.dialects.responses, services.turns)),
        closed("/v1/messages", "POST", TurnEndpoint(services.dialects.messages, services.turns)),
        closed("/v1/models", "GET", ListModels(services.models)),
        closed("/v1/models/{model:path}", "GET", RetrieveModel(services.models, services.live)),
        closed(
            "/v1/messages/count_tokens",
            "POST",
            CountEndpoint(
                services.dialects.message_tokens,
                services.counting,
                render=counted_body,
                operation="count_tokens",
            ),
        ),
        closed(
            "/v1/responses/compact",
            "POST",
            TurnEndpoint(services.dialects.compact, services.turns, operation="compact"),
        ),
        closed(
            "/v1/responses/input_tokens",
            "POST",
            CountEndpoint(
                services.dialects.input_tokens,
                services.counting,
                render=input_tokens_body,
                operation="input_tokens",
            ),
        ),
        *_stored_routes(services, closed_by_method),
        opened("/v1/media/{media_id}", ["GET", "HEAD"], MediaEndpoint(_media(services))),
        *_video_routes(services, closed_by_method),
        *_file_routes(services, closed_by_method),
        closed("/v1/openapi.json", "GET", OpenApiDocument()),
        opened("/", ["HEAD", "GET"], Root()),
        opened("/health", ["GET", "HEAD"], Health()),
        opened(
            "/ready", ["GET", "HEAD"], Ready({"store": _store_check(services.records)}, services.in_flight)
        ),
    ]


def _stored_routes(services: Services, closed: ClosedRoute) -> list[Route]:
    """Return the routes of stored responses."""
    stored = services.stored
    return [
        closed(
            "/v1/responses/{response_id}",
            {"GET": RetrieveResponse(stored), "DELETE": DeleteResponse(stored)},
        ),
        closed("/v1/responses/{response_id}/input_items", {"GET": ListInputItems(stored)}),
        closed("/v1/responses/{response_id}/cancel", {"POST": CancelResponse(stored)}),
    ]


def _video_routes(services: Services, closed: ClosedRoute) -> list[Route]:
    """Return the routes of videos; those with a name of their own come before those with an id."""
    videos = services.videos
    return [
        closed("/v1/videos", {"POST": CreateVideo(videos), "GET": ListVideos(videos)}),
        closed("/v1/videos/generations", {"POST": GenerateVideo(videos)}),
        closed("/v1/videos/edits", {"POST": ChangeVideo(videos, "edits")}),
        closed("/v1/videos/extensions", {"POST": ChangeVideo(videos, "extensions")}),
        closed("/v1/videos/{video_id}", {"GET": RetrieveVideo(videos), "DELETE": DeleteVideo(videos)}),
        closed("/v1/videos/{video_id}/content", {"GET": VideoContent(videos)}),
        closed("/v1/videos/{video_id}/remix", {"POST": RemixVideo(videos)}),
    ]


def _file_routes(services: Services, closed: ClosedRoute) -> list[Route]:
    files = services.files
    return [
        closed("/v1/files", {"GET": ListFiles(files), "POST": CreateFile(files)}),
        closed("/v1/files/{file_id}", {"GET": RetrieveFile(files), "DELETE": DeleteFile(files)}),
        closed("/v1/files/{file_id}/content", {"GET": FileContent(files)}),
    ]


class ByMethod:
    """An endpoint per method of one path. Two routes with one path would each know half of `Allow`."""

    def __init__(self, endpoints: dict[str, Endpoint]) -> None:
        self._endpoints = endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; HEAD is a GET whose body the server leaves out."""
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        await self._endpoints[method](scope, receive, send)


def create_app(services: Services, admin: ASGIApp) -> BySocket:
    """Return the application; `admin` is the admin API, which has a gate of its own."""
    table = routes(services)
    router = Router([*table, Mount(PREFIX, app=admin)], redirect_slashes=False, default=_no_route)
    cors = CorsPolicy(services.live)
    return BySocket(Edge(BusyRoutes(table, router), cors=cors), _sockets(services, cors))


def _media(services: Services) -> MediaServices:
    """Return what serves links to media."""
    return MediaServices(
        library=services.media.library,
        links=services.media.links,
        delivery=services.media.delivery,
        authenticator=services.authenticator,
        clock=services.clock,
    )


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
    """Finds the routes without parameters by one look-up; all others, and all refusals, are the router's."""

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


def _store_check(records: Records) -> Check:
    async def answers() -> bool:
        try:
            await records.ping()
        except StorageError:
            return False
        return True

    return answers
