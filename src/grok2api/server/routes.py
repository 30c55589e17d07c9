"""The table of routes. Each is closed unless it is wrapped in `Open`; a test walks it.

Paths are grouped by what they serve. Must never hold a rule of its own: what a path does is its endpoint's.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from grok2api.admin.console.serving import ADDRESS
from grok2api.api.auth import Closed, Open
from grok2api.api.context import Endpoint
from grok2api.api.health import Health, Ready, Root
from grok2api.api.metrics import Metrics
from grok2api.api.recorded import Recorded
from grok2api.api.v1.counting import CountEndpoint
from grok2api.api.v1.files import CreateFile, DeleteFile, FileContent, ListFiles, RetrieveFile
from grok2api.api.v1.hearing import (
    NATIVE_LISTENER,
    OPENAI_LISTENER,
    HearingEndpoint,
    RefuseTranslation,
)
from grok2api.api.v1.images import ImagesEndpoint
from grok2api.api.v1.media import MediaEndpoint, MediaServices
from grok2api.api.v1.models import ListModels, RetrieveModel
from grok2api.api.v1.openapi.document import OpenApiDocument
from grok2api.api.v1.speech import NATIVE_SPEAKER, OPENAI_SPEAKER, SpeechEndpoint
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
from grok2api.api.v1.voices import VoicesEndpoint
from grok2api.canonical.limits import FAMILIES, Family
from grok2api.dialects.messages.counting import counted_body
from grok2api.dialects.responses.counting import input_tokens_body
from grok2api.observability.metrics.page import CONTENT_TYPE
from grok2api.server.readiness import lacking
from grok2api.server.services import Services

_FAMILIES: Final[Mapping[str, Family]] = MappingProxyType(
    {**dict(zip(FAMILIES, FAMILIES, strict=True)), "tts": "audio", "stt": "audio"}
)
"""By the first part of a path."""
_ENTERING: Final = (
    TurnEndpoint,
    ImagesEndpoint,
    CountEndpoint,
    SpeechEndpoint,
    HearingEndpoint,
    CreateVideo,
    GenerateVideo,
    ChangeVideo,
    RemixVideo,
)
"""Endpoints that let requests of limited keys in by themselves, once they know what is asked for."""
_RECORDED: Final = tuple(each for each in _ENTERING if each is not CountEndpoint)
"""Endpoints whose requests are kept for client keys whose words an operator wants kept."""

Endpoints = Mapping[str, Endpoint]
"""What serves a path, by method."""
Table = Mapping[str, Endpoints]
"""What serves a group of paths, by path."""


def routes(services: Services) -> list[Route]:
    """Return every route, the busiest first; where two patterns fit a path, the first one serves it."""
    closed = {
        **_turns(services),
        **_pictures(services),
        **_models(services),
        **_counts(services),
        **_stored(services),
        **_sounds(services),
        **_videos(services),
        **_files(services),
        "/v1/openapi.json": {"GET": OpenApiDocument()},
    }
    return [
        *(_closed(path, endpoints, services) for path, endpoints in closed.items()),
        *(Route(path, endpoint=Open(one), methods=["GET", "HEAD"]) for path, one in _open(services).items()),
    ]


def _closed(path: str, endpoints: Endpoints, services: Services) -> Route:
    closed = {
        method: Closed(
            Recorded(endpoint, services.contents) if isinstance(endpoint, _RECORDED) else endpoint,
            services.authenticator,
            services.turns.gate,
            family_of(path),
            enters=isinstance(endpoint, _ENTERING),
        )
        for method, endpoint in endpoints.items()
    }
    one: Endpoint = next(iter(closed.values())) if len(closed) == 1 else ByMethod(closed)
    return Route(path, endpoint=one, methods=list(endpoints))


def family_of(path: str) -> Family | None:
    """Return the family that a route of `/v1` belongs to; None for one that every key may use."""
    first = path.split("/")[2]
    return _FAMILIES.get(first)


def _open(services: Services) -> Mapping[str, Endpoint]:
    """What needs no key."""
    media = MediaServices(
        library=services.media.library,
        links=services.media.links,
        delivery=services.media.delivery,
        authenticator=services.authenticator,
        clock=services.clock,
    )
    return {
        "/v1/media/{media_id}": MediaEndpoint(media),
        "/": Root(ADDRESS),
        "/health": Health(),
        "/ready": Ready(services.in_flight, lacking=lacking(services)),
        "/metrics": Metrics(
            services.metering.page,
            lambda: services.live.current.metrics.token,
            content_type=CONTENT_TYPE,
        ),
    }


def _turns(services: Services) -> Table:
    dialects, turns = services.dialects, services.turns
    return {
        "/v1/chat/completions": {"POST": TurnEndpoint(dialects.chat, turns)},
        "/v1/responses": {"POST": TurnEndpoint(dialects.responses, turns)},
        "/v1/messages": {"POST": TurnEndpoint(dialects.messages, turns)},
        "/v1/responses/compact": {"POST": TurnEndpoint(dialects.compact, turns, operation="compact")},
    }


def _pictures(services: Services) -> Table:
    return {
        "/v1/images/generations": {"POST": ImagesEndpoint(services.images, edits=False)},
        "/v1/images/edits": {"POST": ImagesEndpoint(services.images, edits=True)},
    }


def _models(services: Services) -> Table:
    return {
        "/v1/models": {"GET": ListModels(services.models)},
        "/v1/models/{model:path}": {"GET": RetrieveModel(services.models, services.live)},
    }


def _counts(services: Services) -> Table:
    messages, responses = services.dialects.message_tokens, services.dialects.input_tokens
    counting = services.counting
    return {
        "/v1/messages/count_tokens": {
            "POST": CountEndpoint(messages, counting, render=counted_body, operation="count_tokens")
        },
        "/v1/responses/input_tokens": {
            "POST": CountEndpoint(responses, counting, render=input_tokens_body, operation="input_tokens")
        },
    }


def _stored(services: Services) -> Table:
    stored = services.stored
    return {
        "/v1/responses/{response_id}": {"GET": RetrieveResponse(stored), "DELETE": DeleteResponse(stored)},
        "/v1/responses/{response_id}/input_items": {"GET": ListInputItems(stored)},
        "/v1/responses/{response_id}/cancel": {"POST": CancelResponse(stored)},
    }


def _sounds(services: Services) -> Table:
    sound = services.sound
    return {
        "/v1/audio/speech": {"POST": SpeechEndpoint(OPENAI_SPEAKER, sound)},
        "/v1/audio/transcriptions": {"POST": HearingEndpoint(OPENAI_LISTENER, sound)},
        "/v1/audio/translations": {"POST": RefuseTranslation(sound)},
        "/v1/tts": {"POST": SpeechEndpoint(NATIVE_SPEAKER, sound)},
        "/v1/tts/voices": {"GET": VoicesEndpoint(sound)},
        "/v1/tts/voices/{voice_id}": {"GET": VoicesEndpoint(sound)},
        "/v1/stt": {"POST": HearingEndpoint(NATIVE_LISTENER, sound)},
    }


def _videos(services: Services) -> Table:
    """Those with a name of their own come before those with an id."""
    videos = services.videos
    return {
        "/v1/videos": {"POST": CreateVideo(videos), "GET": ListVideos(videos)},
        "/v1/videos/generations": {"POST": GenerateVideo(videos)},
        "/v1/videos/edits": {"POST": ChangeVideo(videos, "edits")},
        "/v1/videos/extensions": {"POST": ChangeVideo(videos, "extensions")},
        "/v1/videos/{video_id}": {"GET": RetrieveVideo(videos), "DELETE": DeleteVideo(videos)},
        "/v1/videos/{video_id}/content": {"GET": VideoContent(videos)},
        "/v1/videos/{video_id}/remix": {"POST": RemixVideo(videos)},
    }


def _files(services: Services) -> Table:
    files = services.files
    return {
        "/v1/files": {"GET": ListFiles(files), "POST": CreateFile(files)},
        "/v1/files/{file_id}": {"GET": RetrieveFile(files), "DELETE": DeleteFile(files)},
        "/v1/files/{file_id}/content": {"GET": FileContent(files)},
    }


class ByMethod:
    """An endpoint per method of one path. Two routes with one path would each know half of `Allow`."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; HEAD is a GET whose body the server leaves out."""
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        await self._endpoints[method](scope, receive, send)
