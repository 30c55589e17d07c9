"""Who may open a WebSocket: the bound holds for handshakes that come together, too."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import msgspec
from starlette.types import Message

from grok2api.api.auth import Authenticator
from grok2api.api.context import RequestContext
from grok2api.api.inflight import InFlight
from grok2api.api.v1.socket import PATH, ResponsesSpeaker
from grok2api.api.websocket import WebSocket
from grok2api.canonical.call import Caller
from grok2api.config.live import Live
from grok2api.config.settings import Settings
from grok2api.server.cors import CorsPolicy
from grok2api.server.socket_edge import SocketEdge


def speaker(_socket: WebSocket, _context: RequestContext, _address: object) -> ResponsesSpeaker:
    return cast(ResponsesSpeaker, SimpleNamespace(turns=0, close=lambda: None))


def edge_for(most: int) -> SocketEdge:
    settings = Settings()
    rules = msgspec.structs.replace(settings.websocket, max_connections=most)
    live = cast(Live, SimpleNamespace(current=msgspec.structs.replace(settings, websocket=rules)))
    anybody = Authenticator(cast(Any, None), anonymous=Caller("key_1", "test"))
    return SocketEdge(speaker, live=live, authenticator=anybody, in_flight=InFlight(), cors=CorsPolicy(live))


class Client:
    """One handshake whose answer stays unread for as long as is wanted; then the client leaves."""

    def __init__(self, edge: SocketEdge) -> None:
        self.reads = asyncio.Event()
        self.heard: list[Message] = []
        self._edge = edge
        self._said = iter(("websocket.connect", "websocket.disconnect"))

    async def open(self) -> None:
        scope = {"type": "websocket", "path": PATH, "headers": []}
        await self._edge(scope, self._receive, self._send)

    async def _receive(self) -> Message:
        return {"type": next(self._said)}

    async def _send(self, message: Message) -> None:
        self.heard.append(message)
        if message["type"] == "websocket.accept":
            await self.reads.wait()


async def test_handshakes_that_come_together_do_not_pass_the_bound() -> None:
    edge = edge_for(1)
    slow, refused, later = Client(edge), Client(edge), Client(edge)
    async with asyncio.TaskGroup() as group:
        group.create_task(slow.open())
        await asyncio.sleep(0)
        await refused.open()
        slow.reads.set()
    later.reads.set()
    await later.open()
    assert slow.heard[0]["type"] == "websocket.accept"
    assert (refused.heard[0]["type"], refused.heard[0]["status"]) == ("websocket.http.response.start", 429)
    assert later.heard[0]["type"] == "websocket.accept"
