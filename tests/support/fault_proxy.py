"""A TCP proxy that breaks connections on purpose, with the verbs that Toxiproxy made known.

It knows nothing of HTTP. A verb applies to the connections made after it was set, or with `now=True` to the
open ones too. `fault_proxy` runs in a test's own loop; `threaded_fault_proxy` beside tests that drive real
processes without one.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from anyio.from_thread import BlockingPortal, start_blocking_portal

_HOST = "127.0.0.1"
_PIECE = 65_536
_SECONDS = 10.0
_RESET_AT_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """What is done to a connection. Made by the functions below."""

    refuse: bool = False
    delay: float = 0.0
    rate: int = 0
    slice: int = 0
    close_after: int | None = None
    reset_after: int | None = None
    silent_after: int | None = None
    idle: float = 0.0
    once: bool = False
    reset: bool = False
    linger: float = 0.0


def passing() -> Verb:
    """Pass everything on."""
    return Verb()


def refuse() -> Verb:
    """Listen no more: connecting is refused, and the port stays ours."""
    return Verb(refuse=True)


def latency(milliseconds: float) -> Verb:
    """Hold bytes back, both ways."""
    return Verb(delay=milliseconds / 1000)


def bandwidth(bytes_a_second: int) -> Verb:
    """Pass on so many bytes a second, each way."""
    return Verb(rate=bytes_a_second)


def slicer(size: int) -> Verb:
    """Pass on in pieces of at most `size` bytes."""
    return Verb(slice=size)


def limit_data(count: int) -> Verb:
    """End the connection in good order after `count` bytes of the answer."""
    return Verb(close_after=count)


def reset_peer(after: int = 0) -> Verb:
    """Reset the connection (RST) after `after` bytes of the answer."""
    return Verb(reset_after=after)


def blackhole() -> Verb:
    """Accept, pass nothing on, never close."""
    return Verb(silent_after=0)


def half_open(after: int = 0) -> Verb:
    """Drop what comes from both ends after `after` bytes of the answer; say nothing about it.

    Open connections fall silent at once when it is set with `now=True` and `after` is passed already.
    """
    return Verb(silent_after=after)


def close_idle(seconds: float) -> Verb:
    """Close connections over which nothing went for so long, in a race with the next request."""
    return Verb(idle=seconds)


def close_on_reuse(*, reset: bool = False) -> Verb:
    """Lose that race every time: end a connection when a second request comes over it, and answer nothing."""
    return Verb(once=True, reset=reset)


def slow_close(seconds: float) -> Verb:
    """Pass the end of either side on so much later."""
    return Verb(linger=seconds)


@dataclass(slots=True, eq=False)
class _Link:
    """One connection, from accept to the end of both sides."""

    proxy: FaultProxy
    verb: Verb
    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None
    answered: int = 0
    touched: float = 0.0
    over: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def apply(self, verb: Verb) -> None:
        """Go on with another verb; ends the connection at once if that is due."""
        self.verb = verb
        self.changed.set()
        if verb.refuse:
            self.reset()
        self.end_if_due()

    def end_if_due(self) -> bool:
        """End the connection if the answer is long enough for that; tell whether it is over."""
        if self.verb.reset_after is not None and self.answered >= self.verb.reset_after:
            self.reset()
        elif self.verb.close_after is not None and self.answered >= self.verb.close_after:
            self.close()
        return self.over.is_set()

    @property
    def silent(self) -> bool:
        return self.verb.silent_after is not None and self.answered >= self.verb.silent_after

    @property
    def rest_of_answer(self) -> int:
        """How many bytes of the answer may still pass."""
        limits = (self.verb.close_after, self.verb.reset_after, self.verb.silent_after)
        return min((limit - self.answered for limit in limits if limit is not None), default=_PIECE)

    def reset(self) -> None:
        held: socket.socket | None = self.client.get_extra_info("socket")
        with suppress(OSError):
            if held is not None:
                held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
        self.client.transport.abort()
        self._end()

    def close(self) -> None:
        self.client.close()
        self._end()

    def _end(self) -> None:
        if self.server is not None:
            self.server.transport.abort()
        self.over.set()
        self.changed.set()

    async def rest(self, seconds: float) -> None:
        """Wait, but not beyond the end of the connection."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.over.wait(), seconds)

    async def run(self, calls: asyncio.StreamReader) -> None:
        """Carry bytes until either side ends."""
        answers, self.server = await asyncio.open_connection(*self.proxy.target)
        self.touched = asyncio.get_running_loop().time()
        if self.end_if_due():
            return
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(self._watch_idle())
            there = group.create_task(self._carry(calls, self.server, answer=False))
            back = group.create_task(self._carry(answers, self.client, answer=True))
            await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
            if self.verb.linger:
                await self.rest(self.verb.linger)
            self.close()
            watch.cancel()

    async def _watch_idle(self) -> None:
        now = asyncio.get_running_loop().time
        while not self.over.is_set():
            self.changed.clear()
            idle = self.verb.idle
            left = self.touched + idle - now() if idle else None
            if left is not None and left <= 0:
                self.close()
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self.changed.wait(), left)

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answer: bool
    ) -> None:
        try:
            while piece := await reader.read(_PIECE):
                self.touched = asyncio.get_running_loop().time()
                if not answer and self.verb.once and self.answered:
                    self.reset() if self.verb.reset else self.close()
                for part in self._parts(piece):
                    await self._pass_on(part, writer, answer=answer)
                    if self.over.is_set():
                        return
        except OSError:
            self.reset()

    def _parts(self, piece: bytes) -> Iterator[bytes]:
        sizes = [size for size in (self.verb.slice, self.verb.rate // 20) if size]
        size = min(sizes) if sizes else max(1, self.verb.rate or len(piece))
        return (piece[start : start + size] for start in range(0, len(piece), size))

    async def _pass_on(self, part: bytes, writer: asyncio.StreamWriter, *, answer: bool) -> None:
        if self.verb.delay:
            await self.rest(self.verb.delay)
        if self.verb.rate:
            await self.rest(len(part) / self.verb.rate)
        if self.silent or self.over.is_set() or writer.is_closing():
            return
        if answer:
            part = part[: self.rest_of_answer]
            self.answered += len(part)
            self.proxy.answered += len(part)
        else:
            self.proxy.sent += len(part)
        writer.write(part)
        await writer.drain()
        if answer:
            self.end_if_due()


@dataclass(slots=True, eq=False)
class FaultProxy:
    """A running proxy. `url` stands for the upstream's own URL."""

    target: tuple[str, int]
    url: str = ""
    port: int = 0
    connections: int = 0
    """Accepted so far."""
    sent: int = 0
    """Bytes passed on to upstream."""
    answered: int = 0
    """Bytes passed on to clients."""
    _verb: Verb = field(default_factory=passing)
    _links: set[_Link] = field(default_factory=set)
    _running: set[asyncio.Task[object]] = field(default_factory=set)
    _server: asyncio.Server | None = None
    _moved: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def open_now(self) -> int:
        """How many connections are open."""
        return len(self._links)

    async def set(self, verb: Verb, *, now: bool = False) -> None:
        """Do this to connections from now on; to the open ones too if `now`."""
        self._verb = verb
        if verb.refuse and self._server is not None:
            self._server.close()
            self._server = None
        elif not verb.refuse and self._server is None:
            await self._listen()
        if now:
            for link in tuple(self._links):
                link.apply(verb)

    async def until(self, true: Callable[[FaultProxy], bool], *, seconds: float = _SECONDS) -> None:
        """Wait until something is true of the connections; it is asked whenever one begins or ends."""
        async with asyncio.timeout(seconds), self._moved:
            await self._moved.wait_for(lambda: true(self))

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, _HOST, self.port, reuse_port=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        link = _Link(self, self._verb, writer)
        self.connections += 1
        self._links.add(link)
        await self._tell()
        try:
            with suppress(OSError):
                await link.run(reader)
        finally:
            link.close()
            self._links.discard(link)
            await self._tell()

    async def _tell(self) -> None:
        async with self._moved:
            self._moved.notify_all()

    async def stop(self) -> None:
        """End everything."""
        await self.set(refuse(), now=True)
        if self._running:
            await asyncio.wait(self._running, timeout=_SECONDS)


@asynccontextmanager
async def fault_proxy(upstream: str) -> AsyncIterator[FaultProxy]:
    """Stand before `upstream`, an http(s) URL, for as long as the block runs."""
    parts = urlsplit(upstream)
    proxy = FaultProxy((parts.hostname or _HOST, parts.port or (443 if parts.scheme == "https" else 80)))
    with socket.socket() as held:  # bound and not listening: it keeps the port while we refuse
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind((_HOST, 0))
        proxy.port = held.getsockname()[1]
        proxy.url = parts._replace(netloc=f"{_HOST}:{proxy.port}").geturl()
        await proxy.set(passing())
        try:
            yield proxy
        finally:
            await proxy.stop()


@dataclass(frozen=True, slots=True)
class ThreadedFaultProxy:
    """The same for tests without a loop; `proxy` has the counters."""

    proxy: FaultProxy
    _portal: BlockingPortal

    @property
    def url(self) -> str:
        return self.proxy.url

    def set(self, verb: Verb, *, now: bool = False) -> None:
        """See `FaultProxy.set`; the verb is in force when this returns."""
        self._portal.call(lambda: self.proxy.set(verb, now=now))

    def until(self, true: Callable[[FaultProxy], bool], *, seconds: float = _SECONDS) -> None:
        """See `FaultProxy.until`."""
        self._portal.call(lambda: self.proxy.until(true, seconds=seconds))


@contextmanager
def threaded_fault_proxy(upstream: str) -> Iterator[ThreadedFaultProxy]:
    """Stand before `upstream` in a thread of its own, for as long as the block runs."""
    with start_blocking_portal("asyncio") as portal:
        made = portal.wrap_async_context_manager(fault_proxy(upstream))
        with made as proxy:
            yield ThreadedFaultProxy(proxy, portal)
