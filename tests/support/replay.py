"""An upstream that says again, byte for byte, what was once recorded: a socket, and nothing of xAI's logic.

Each answer is written in the pieces that a test asks for, so that a reader meets its lines cut anywhere.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Literal

_SURFACES = ("/v1/responses", "/v1/chat/completions")


@dataclass(frozen=True, slots=True)
class Recording:
    """One answer. `cuts` seeds where it is cut; None writes it in one piece."""

    content: bytes
    content_type: str = "text/event-stream"
    cuts: int | None = None

    def pieces(self) -> Iterator[bytes]:
        """Yield the answer in pieces of 1 to 400 bytes."""
        if self.cuts is None:
            yield self.content
            return
        random, start = Random(self.cuts), 0  # noqa: S311  a test wants the same cuts again
        while start < len(self.content):
            size = random.randrange(1, 400)
            yield self.content[start : start + size]
            start += size


def framed(
    payloads: Sequence[bytes], *, end: Literal["\n", "\r\n"] = "\n", event_lines: bool = False
) -> bytes:
    """Return recorded events, one JSON text each, as a stream of bytes that ends with `[DONE]`."""
    frames = []
    for payload in payloads:
        kind = json.loads(payload).get("type") if event_lines else None
        frames.append((f"event: {kind}\n" if kind else "").encode() + b"data: " + payload + b"\n\n")
    return b"".join([*frames, b"data: [DONE]\n\n"]).replace(b"\n", end.encode())


@dataclass
class Replay:
    """The upstream; `recording` is what the next call of a model gets."""

    models: Sequence[str]
    recording: Recording = field(default_factory=lambda: Recording(b""))
    requests: list[tuple[str, bytes]] = field(default_factory=list)
    port: int = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @contextmanager
    def running(self) -> Iterator[Replay]:
        """Serve from a thread of its own for as long as the block runs."""
        loop = asyncio.new_event_loop()
        server = loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(_stop(server), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, path, _ = head.split(" ", 2)
            sizes = [line for line in head.lower().splitlines() if line.startswith("content-length:")]
            body = await reader.readexactly(int(sizes[0].partition(":")[2]) if sizes else 0)
            self.requests.append((path, body))
            if method == "POST" and path in _SURFACES:
                await _write(writer, 200, self.recording)
            elif (method, path) == ("GET", "/v1/models"):
                await _write(writer, 200, _json({"object": "list", "data": self._models()}))
            else:
                await _write(writer, 404, _json({"code": "not-found", "error": "There is nothing."}))
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    def _models(self) -> list[dict[str, object]]:
        return [{"id": name, "object": "model", "created": 1_750_000_000} for name in self.models]


async def _write(writer: asyncio.StreamWriter, status: int, recording: Recording) -> None:
    head = f"HTTP/1.1 {status} Replayed\r\nContent-Type: {recording.content_type}\r\nConnection: close\r\n"
    if recording.content_type == "application/json":
        head += f"Content-Length: {len(recording.content)}\r\n"
    writer.write(head.encode() + b"\r\n")
    for piece in recording.pieces():
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)


async def _stop(server: asyncio.Server) -> None:
    server.close()
    await server.wait_closed()


def _json(value: object) -> Recording:
    return Recording(json.dumps(value).encode(), "application/json")
