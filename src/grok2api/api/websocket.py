"""A WebSocket on which a client asks for one turn after the other, and how it ends.

One task reads, so that a client that leaves is noticed at once; turns run one by one in the order in which
they were asked for, each in a task of its own. Events are written straight to the socket: a client that
reads slowly slows its own answer, and nothing else is held for it. Must never know what a frame says.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from starlette.types import Message, Receive, Send

from grok2api.api.inflight import InFlight
from grok2api.errors import Grok2ApiError, InvalidRequest, Overloaded, ShuttingDown

NORMAL, GOING_AWAY = 1000, 1001
_PATIENCE = 10.0
"""Seconds that a client gets to take an answer that stands outside of the line."""


class WebSocket:
    """The server's side of one socket."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._left = asyncio.Event()

    @property
    def gone(self) -> bool:
        """Whether the client has left."""
        return self._left.is_set()

    async def read(self) -> str | None:
        """Return the next message; None for one that is not text.

        Raises:
            SocketClosed: there are no more.
        """
        message = await self._receive()
        if message["type"] != "websocket.receive":
            self._left.set()
            raise SocketClosed
        text: str | None = message.get("text")
        return text

    async def say(self, text: bytes) -> None:
        """Send one text message; nothing if the client has left."""
        await self._out({"type": "websocket.send", "text": text.decode("utf-8", "replace")})

    async def close(self, code: int, reason: str) -> None:
        """Say goodbye."""
        await self._out({"type": "websocket.close", "code": code, "reason": reason})

    def give_up(self) -> None:
        """Treat the client as one that has left."""
        self._left.set()

    async def left(self) -> Message:
        """Return once the client has left, in the words of HTTP: what watches a turn waits for that."""
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _out(self, message: Message) -> None:
        try:
            await self._send(message)
        except OSError:  # how the server tells that the peer is not there any more
            self._left.set()


class SocketClosed(Exception):
    """No message will come any more."""


Turn = TypeVar("Turn")


@dataclass(frozen=True, slots=True)
class Told(Generic[Turn]):
    """What becomes of a message: a turn that takes its place in the line, or an answer at once."""

    turn: Turn | None
    answer: bytes = b""
    size: int = 0
    """Bytes that it holds while it waits."""


class Speaker(Protocol[Turn]):
    """Who knows what messages say."""

    def hear(self, text: str | None) -> Told[Turn]:
        """Return what becomes of a message; never raises for what it says."""
        ...

    async def answer(self, turn: Turn) -> None:
        """Answer one turn; every error of it is told on the socket."""
        ...

    def refusal(self, turn: Turn | None, error: Grok2ApiError) -> bytes:
        """Return what is said instead of an answer."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one socket may take."""

    waiting: int
    """Turns behind the one that runs."""
    held: int
    """Bytes of those turns."""
    seconds: float
    """From its beginning on."""
    idle_seconds: float


class Session(Generic[Turn]):
    """One socket from its acceptance to its end."""

    def __init__(
        self, socket: WebSocket, speaker: Speaker[Turn], limits: Limits, in_flight: InFlight
    ) -> None:
        self._socket = socket
        self._speaker = speaker
        self._limits = limits
        self._in_flight = in_flight
        self._line: deque[tuple[Turn, int]] = deque()
        self._held = 0
        self._news = asyncio.Event()
        self._busy = False

    async def run(self) -> None:
        """Serve until the client leaves, the socket is too old or too quiet, or the server ends."""
        async with asyncio.TaskGroup() as group:
            helpers = [group.create_task(self._listen()), group.create_task(self._await_drain())]
            try:
                await self._serve()
            finally:
                for helper in helpers:
                    helper.cancel()

    async def _listen(self) -> None:
        try:
            while True:
                told = self._speaker.hear(await self._socket.read())
                if told.turn is None:
                    await self._say_aside(told.answer)
                elif self._has_room(told.size):
                    self._line.append((told.turn, told.size))
                    self._held += told.size
                    self._news.set()
                else:
                    await self._say_aside(self._speaker.refusal(told.turn, _too_many()))
        except SocketClosed:
            self._news.set()
        except TimeoutError:  # it asks for more and takes no answer
            self._socket.give_up()
            self._news.set()

    def _has_room(self, size: int) -> bool:
        if not self._busy and not self._line:
            return True
        waiting = len(self._line) if self._busy else len(self._line) - 1
        return waiting < self._limits.waiting and self._held + size <= self._limits.held

    async def _say_aside(self, text: bytes) -> None:
        """Say something outside of the line; raises TimeoutError when the client does not take it."""
        if text:
            async with asyncio.timeout(_PATIENCE):
                await self._socket.say(text)

    async def _await_drain(self) -> None:
        await self._in_flight.drained()
        self._news.set()

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + self._limits.seconds
        idle_end = loop.time() + self._limits.idle_seconds
        while not self._socket.gone:
            if self._in_flight.draining:
                await self._end(_stopping(), "the server shuts down", tell=bool(self._line))
                return
            if loop.time() >= end:
                await self._end(_too_old(self._limits.seconds), "the connection is too old", tell=True)
                return
            if self._line:
                await self._take()
                idle_end = loop.time() + self._limits.idle_seconds
            elif loop.time() >= idle_end:
                await self._socket.close(NORMAL, "nothing was asked for a while")
                return
            else:
                await self._wait(min(end, idle_end))

    async def _wait(self, until: float) -> None:
        self._news.clear()
        try:
            async with asyncio.timeout_at(until):
                await self._news.wait()
        except TimeoutError:
            return

    async def _take(self) -> None:
        turn, size = self._line.popleft()
        self._held -= size
        self._busy = True
        try:
            # Of its own, since what interrupts a turn cancels its task, and the socket goes on.
            async with asyncio.TaskGroup() as group:
                group.create_task(self._answer(turn))
        finally:
            self._busy = False

    async def _answer(self, turn: Turn) -> None:
        await self._speaker.answer(turn)

    async def _end(self, error: Grok2ApiError, reason: str, *, tell: bool) -> None:
        """Tell those who wait, or the client itself where it needs to know, and close."""
        waiting: list[Turn | None] = [turn for turn, _ in self._line]
        for turn in waiting or ([None] if tell else []):
            await self._socket.say(self._speaker.refusal(turn, error))
        await self._socket.close(GOING_AWAY, reason)


def _too_many() -> Overloaded:
    return Overloaded(
        "Too many requests wait on this connection already. Wait for an answer, or open another connection.",
        retry_after=1,
    )


def _stopping() -> ShuttingDown:
    return ShuttingDown("The server is shutting down. Open a new connection.", retry_after=1)


def _too_old(seconds: float) -> InvalidRequest:
    return InvalidRequest(
        f"The connection has reached its limit of {seconds / 60:g} minutes. Open a new one to go on.",
        code="websocket_connection_limit_reached",
    )
