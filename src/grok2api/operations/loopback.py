"""Receives the one redirect of a browser sign-in on this machine.

The port is the one that is registered for the client id, so it cannot be chosen. Only a GET of the callback
that names this address as its host is handed on; everything else gets a short answer and changes nothing.
Must never listen on more than the loopback interface, and must never repeat what came in.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final
from urllib.parse import urlsplit

HOST: Final = "127.0.0.1"
PORT: Final = 56121
CALLBACK: Final = "/callback"
REDIRECT_URI: Final = f"http://{HOST}:{PORT}{CALLBACK}"
_LARGEST_HEAD: Final = 16 * 1024
_SECONDS: Final = 10.0

_BROKEN: Final = (TimeoutError, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)

Callback = Callable[[str], bool]
"""Gets the query of a redirect; tells whether it belongs to a sign-in that is under way."""


class PortTaken(Exception):
    """Another program listens where the browser is to come back to."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"port {port} on {HOST} is in use by another program: end that one, or sign in by pasting "
            "the address that the browser ends up at"
        )


@asynccontextmanager
async def loopback(came: Callback, *, port: int = PORT) -> AsyncIterator[int]:
    """Listen for redirects for the length of the block; give the port.

    Args:
        came: Gets what a redirect brings.
        port: Where to listen; 0 for any.

    Raises:
        PortTaken: somebody else listens there.
    """
    connections: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(writer)
        try:
            with suppress(*_BROKEN):
                async with asyncio.timeout(_SECONDS):
                    head = await reader.readuntil(b"\r\n\r\n")
                    writer.write(_answer(head, came))
                    await writer.drain()
        finally:
            connections.discard(writer)
            writer.close()

    try:
        server = await asyncio.start_server(serve, HOST, port, limit=_LARGEST_HEAD)
    except OSError as error:
        raise PortTaken(port) from error
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in tuple(connections):
            writer.close()
        await server.wait_closed()


def _answer(head: bytes, came: Callback) -> bytes:
    """Return the answer to a request, and hand on what it brings."""
    line, *fields = head.decode("latin-1").split("\r\n")
    words = line.split(" ")
    if len(words) != 3 or words[0] != "GET":
        return _page(405, "Method Not Allowed", "Only a browser's redirect is taken here.")
    target = urlsplit(words[1])
    hosts = [field.partition(":")[2].strip() for field in fields if field.lower().startswith("host:")]
    if target.path != CALLBACK or target.netloc or len(hosts) != 1 or not _is_here(hosts[0]):
        return _page(404, "Not Found", "There is nothing here.")
    if not came(target.query):
        return _page(400, "Bad Request", "This sign-in is not under way, or it was started elsewhere.")
    return _page(200, "OK", "You may close this page and go back to grok2api.")


def _is_here(host: str) -> bool:
    """Tell whether a request names this address: a page elsewhere may have been made to point here."""
    return host.rpartition(":")[0] in {HOST, "localhost"}


def _page(status: int, phrase: str, words: str) -> bytes:
    body = f"<!doctype html><meta charset=utf-8><title>grok2api</title><p>{words}</p>\n".encode()
    head = (
        f"HTTP/1.1 {status} {phrase}\r\nContent-Type: text/html; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body
