"""Bringing an answer to the socket, and breaking it on the way when a fault says so.

Watches the connection all the while, so that a client that hangs up is seen at once. Must never look
at what an answer means.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from starlette.types import Receive, Send

from grok2api.sandbox import sse
from grok2api.sandbox.blobs import Content
from grok2api.sandbox.faults import Fault
from grok2api.sandbox.journal import Entry
from grok2api.sandbox.wire import Answer

TRANSPORT = "grok2api.sandbox.transport"
NO_FAULT = Fault("")
SETTLE = 0.02
GIVE_UP = 5.0
SPLIT_PAUSE = 0.001
DELAYS = {"slow_first_byte": 1.0, "trickle": 0.05, "hang": 30.0}


class HungUpError(Exception):
    """The client is gone."""


class BrokenOffError(Exception):
    """The fault has ended the connection; `how` is cut or reset."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


class Link:
    """One connection, as an answer sees it."""

    def __init__(self, receive: Receive, send: Send, transport: asyncio.Transport | None) -> None:
        self._receive = receive
        self._send = send
        self._transport = transport
        self._gone = asyncio.Event()

    async def watch(self) -> None:
        """Wait until the other side is gone."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone.set()

    async def start(self, answer: Answer, headers: list[tuple[bytes, bytes]]) -> None:
        """Send the status and the headers."""
        await self._send({"type": "http.response.start", "status": answer.status, "headers": headers})

    async def write(self, data: bytes, *, more: bool = True) -> None:
        """Send a part of the body. Raises: HungUpError."""
        await asyncio.sleep(0)
        if self._gone.is_set():
            raise HungUpError
        await self._send({"type": "http.response.body", "body": data, "more_body": more})

    async def rest(self, seconds: float) -> None:
        """Wait. Raises: HungUpError as soon as the client is gone."""
        try:
            await asyncio.wait_for(self._gone.wait(), seconds)
        except TimeoutError:
            return
        raise HungUpError

    async def break_off(self, how: str) -> None:
        """End the connection: `cut` closes it, `reset` sends a TCP reset. Raises: BrokenOffError."""
        transport = self._transport
        if transport is not None:
            await asyncio.sleep(SETTLE)
            if how == "reset":
                _linger_not(transport)
                transport.abort()
            else:
                transport.close()
            try:
                await asyncio.wait_for(self._gone.wait(), GIVE_UP)
            except TimeoutError:
                transport.abort()
        raise BrokenOffError(how)


def _linger_not(transport: asyncio.Transport) -> None:
    held = transport.get_extra_info("socket")
    with socket.socket(fileno=socket.dup(held.fileno())) as same:
        same.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@dataclass(slots=True)
class Delivery:
    """One answer on its way; `pace` is the pause between events in seconds."""

    link: Link
    answer: Answer
    fault: Fault
    entry: Entry
    headers: list[tuple[bytes, bytes]]
    pace: float = 0.0

    async def run(self) -> None:
        """Send the answer and note in the journal how it ended."""
        self.entry.status = self.answer.status
        self.entry.usage = self.answer.usage
        self.entry.account = self.answer.account or self.entry.account
        self.entry.note = self.answer.note
        async with asyncio.TaskGroup() as group:
            watcher = group.create_task(self.link.watch())
            try:
                await self._send()
                self.entry.ended = "completed"
            except HungUpError:
                self.entry.ended = "cancelled"
            except BrokenOffError as broken:
                self.entry.ended = broken.how
            finally:
                self.entry.ended = self.entry.ended or "dropped"
                watcher.cancel()

    async def _send(self) -> None:
        name = self.fault.name
        if self.answer.delay:
            await self.link.rest(self.answer.delay)
        if name == "slow_first_byte":
            await self.link.rest(self._delay())
        if name == "drop" or self.answer.drop:
            await self.link.break_off("cut")
        if name == "reset" and self.fault.after_events is None:
            await self.link.break_off("reset")
        await self.link.start(self.answer, self.headers)
        if name == "hang":
            await self.link.rest(self._delay())
        if self.answer.content is not None:
            await self._send_content(self.answer.content)
        elif self.answer.events is None:
            await self._send_body()
        else:
            await self._send_events()

    def _delay(self) -> float:
        return DELAYS[self.fault.name] if self.fault.delay is None else self.fault.delay

    async def _send_events(self) -> None:
        name, events = self.fault.name, self.answer.events or []
        newline = "\r\n" if name == "crlf" else "\n"
        stop = self.fault.position(len(events)) if name in ("cut", "reset") else -1
        for index, event in enumerate(events):
            frame = sse.encode(event, event_lines=name != "no_event_lines", newline=newline)
            if index == stop:
                if name == "cut":
                    await self.link.write(frame[: len(frame) // 2])
                await self.link.break_off(name)
            await self._send_parts(frame)
            self.entry.events_sent += 1
            if self.pace and name != "trickle":
                await self.link.rest(self.pace)
        await self.link.write(b"", more=False)

    async def _send_parts(self, frame: bytes) -> None:
        pause = self._delay() if self.fault.name == "trickle" else SPLIT_PAUSE
        if self.fault.name == "trickle" and not self.fault.byte_wise:
            await self.link.write(frame)
            await self.link.rest(pause)
            return
        if self.fault.name not in ("trickle", "split_utf8"):
            await self.link.write(frame)
            return
        for part in _split(frame, byte_wise=self.fault.byte_wise):
            await self.link.write(part)
            await self.link.rest(pause)

    async def _send_content(self, content: Content) -> None:
        broken = self.fault.name in ("cut", "reset")
        for piece in content.read(0, content.length // 2 if broken else content.length):
            await self.link.write(piece)
            if self.fault.name == "trickle":
                await self.link.rest(self._delay())
        if broken:
            await self.link.break_off(self.fault.name)
        await self.link.write(b"", more=False)

    async def _send_body(self) -> None:
        body, name = self.answer.body, self.fault.name
        if name in ("cut", "reset"):
            await self.link.write(body[: len(body) // 2])
            await self.link.break_off(name)
        if name in ("trickle", "split_utf8") and body:
            pause = self._delay() if name == "trickle" else SPLIT_PAUSE
            for part in _split(body, byte_wise=self.fault.byte_wise):
                await self.link.write(part)
                await self.link.rest(pause)
            body = b""
        await self.link.write(body, more=False)


def _split(data: bytes, *, byte_wise: bool) -> Iterator[bytes]:
    """Yield parts of `data`, with a border inside every multi-byte character and one in the middle."""
    if byte_wise:
        borders = list(range(1, len(data)))
    else:
        inside = [
            index for index, byte in enumerate(data) if byte & 0xC0 == 0x80 and data[index - 1] & 0xC0 == 0xC0
        ]
        borders = sorted({len(data) // 2, *inside} - {0})
    start = 0
    for border in [*borders, len(data)]:
        yield data[start:border]
        start = border
