"""The order of turns on a socket, and its ends, with messages in memory in place of a connection."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from grok2api.api.inflight import InFlight
from grok2api.api.websocket import Limits, Session, Told, WebSocket
from grok2api.errors import Grok2ApiError

pytestmark = pytest.mark.anyio
ROOMY = Limits(waiting=4, held=1000, seconds=3600, idle_seconds=3600)


class Line:
    """Both directions of a socket; `stalled` stands for a client that does not read."""

    def __init__(self) -> None:
        self.coming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.went: list[str] = []
        self.news = asyncio.Event()
        self.broken = False

    def put(self, *texts: str) -> None:
        for text in texts:
            self.coming.put_nowait({"type": "websocket.receive", "text": text})

    def hang_up(self) -> None:
        self.coming.put_nowait({"type": "websocket.disconnect", "code": 1005})

    async def receive(self) -> dict[str, Any]:
        return await self.coming.get()

    async def send(self, message: Any) -> None:
        if self.broken:
            raise OSError
        self.went.append(message.get("text") or f"close {message['code']}")
        self.news.set()

    async def until(self, count: int) -> list[str]:
        async with asyncio.timeout(10):
            while len(self.went) < count:
                self.news.clear()
                await self.news.wait()
        return self.went


class Parrot:
    """Repeats what it hears, once it may; a turn named `cancelled` is interrupted, as a shutdown does it."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self.gate = asyncio.Event()
        self.gate.set()
        self.begun: list[str] = []
        self.began = asyncio.Event()

    def hear(self, text: str | None) -> Told[str]:
        if text == "aside":
            return Told(None, b"at once")
        return Told(text or "binary", size=len(text or ""))

    async def answer(self, turn: str) -> None:
        self.begun.append(turn)
        self.began.set()
        if turn == "cancelled":
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
            await asyncio.sleep(0)
        await self.gate.wait()
        await self.socket.say(turn.encode())

    def refusal(self, turn: str | None, error: Grok2ApiError) -> bytes:
        return f"{turn}: {error.code}".encode()


class Held:
    """A session with its two ends."""

    def __init__(self, limits: Limits = ROOMY) -> None:
        self.line, self.in_flight = Line(), InFlight()
        self.socket = WebSocket(self.line.receive, self.line.send)
        self.parrot = Parrot(self.socket)
        self.session = Session(self.socket, self.parrot, limits, self.in_flight)

    async def run(self) -> list[str]:
        async with asyncio.timeout(20):
            await self.session.run()
        return self.line.went


async def test_turns_are_answered_in_their_order_and_one_at_a_time() -> None:
    held = Held()
    held.parrot.gate.clear()
    held.line.put("one", "two", "aside", "three")
    async with asyncio.TaskGroup() as group:
        group.create_task(held.run())
        assert await held.line.until(1) == ["at once"]
        await held.parrot.began.wait()
        assert held.parrot.begun == ["one"]
        held.parrot.gate.set()
        assert await held.line.until(4) == ["at once", "one", "two", "three"]
        held.line.hang_up()


async def test_a_turn_that_is_interrupted_is_not_the_end() -> None:
    held = Held()
    held.line.put("cancelled", "one")
    async with asyncio.TaskGroup() as group:
        group.create_task(held.run())
        assert await held.line.until(1) == ["one"]
        held.line.hang_up()


@pytest.mark.parametrize(
    ("limits", "refused"),
    [
        (Limits(waiting=1, held=1000, seconds=3600, idle_seconds=3600), "cc: rate_limit_exceeded"),
        (Limits(waiting=9, held=3, seconds=3600, idle_seconds=3600), "cc: rate_limit_exceeded"),
    ],
    ids=["number", "bytes"],
)
async def test_more_than_may_wait_is_refused_at_once(limits: Limits, refused: str) -> None:
    held = Held(limits)
    held.parrot.gate.clear()
    async with asyncio.TaskGroup() as group:
        group.create_task(held.run())
        held.line.put("a")
        await held.parrot.began.wait()
        held.line.put("bb", "cc")
        assert await held.line.until(1) == [refused]
        held.parrot.gate.set()
        assert await held.line.until(3) == [refused, "a", "bb"]
        held.line.hang_up()


async def test_a_large_turn_is_taken_when_nothing_waits() -> None:
    held = Held(Limits(waiting=0, held=1, seconds=3600, idle_seconds=3600))
    held.line.put("larger than what may wait")
    async with asyncio.TaskGroup() as group:
        group.create_task(held.run())
        await held.line.until(1)
        held.line.hang_up()


async def test_a_drain_tells_those_that_wait_and_lets_the_turn_finish() -> None:
    held = Held()
    held.parrot.gate.clear()
    held.line.put("one", "two")
    async with asyncio.TaskGroup() as group:
        group.create_task(held.run())
        await held.parrot.began.wait()
        held.in_flight.drain()
        await asyncio.sleep(0)
        assert held.line.went == []
        held.parrot.gate.set()
    assert held.line.went == ["one", "two: server_shutting_down", "close 1001"]


async def test_a_drain_closes_an_idle_socket() -> None:
    held = Held()
    held.in_flight.drain()
    assert await held.run() == ["close 1001"]


async def test_age_and_quiet_end_a_socket() -> None:
    old = Held(Limits(waiting=1, held=1, seconds=0.01, idle_seconds=3600))
    assert await old.run() == ["None: websocket_connection_limit_reached", "close 1001"]
    quiet = Held(Limits(waiting=1, held=1, seconds=3600, idle_seconds=0.01))
    assert await quiet.run() == ["close 1000"]


async def test_a_client_that_left_is_told_nothing() -> None:
    held = Held()
    held.line.broken = True
    held.line.put("one")
    assert await held.run() == []
    assert await held.socket.left() == {"type": "http.disconnect"}
