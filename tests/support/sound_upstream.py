"""An upstream that speaks and hears in ways that the sandbox does not: endless, cut, mute, or very long.

A second judge beside the sandbox: it keeps the order of a form's parts, counts bytes, and knows when its
client has left. Free of the product's own code.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from typing_extensions import override

MIB = 1024 * 1024
CHUNK = b"\x01\x02" * 16_384
CUT_AFTER = 3
LONG_BYTES = 96 * MIB
_NAMES = re.compile(rb'name="([^"]+)"(?:; filename="([^"]*)")?')


@dataclass
class SoundUpstream:
    """What it was asked, and what became of its answers."""

    url: str = ""
    said: list[dict[str, Any]] = field(default_factory=list)
    heard: list[tuple[list[str], int]] = field(default_factory=list)
    """Of each form: the names of its parts in their order, and its length."""
    left: threading.Event = field(default_factory=threading.Event)
    """Set once a client has left an answer."""
    speaking: threading.Event = field(default_factory=threading.Event)
    """Set once an answer has begun."""
    language: str | None = None
    words: list[dict[str, Any]] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)
    """What a form is answered after; set from the beginning."""

    def clear(self) -> None:
        """Forget what was."""
        self.said.clear()
        self.heard.clear()
        self.left.clear()
        self.speaking.clear()
        self.hold.set()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream: SoundUpstream

    @override
    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._json(200, {"object": "list", "data": []})

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        if self.path.endswith("/stt"):
            self._hear(length)
        elif self.path.endswith("/tts"):
            self._speak(json.loads(self.rfile.read(length)))
        else:
            self.rfile.read(length)
            self._json(404, {"code": "not-found", "error": "no such path"})

    def _hear(self, length: int) -> None:
        names: list[str] = []
        left = length
        while left:
            piece = self.rfile.read(min(left, 256 * 1024))
            left -= len(piece)
            names += [
                ":".join(each.decode() for each in found.groups() if each is not None)
                for found in _NAMES.finditer(piece)
            ]
        self.upstream.heard.append((names, length))
        self.upstream.speaking.set()
        self.upstream.hold.wait(20)
        try:
            self._json(200, {"text": "so be it", "duration": 3600.0, "words": self.upstream.words})
            if self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b"":
                self.upstream.left.set()
        except BlockingIOError:
            pass
        except OSError:
            self.upstream.left.set()

    def _speak(self, asked: dict[str, Any]) -> None:
        self.upstream.said.append(asked)
        text = asked["text"]
        if text == "in disguise":
            self._json(200, {"code": "The service is currently unavailable", "error": "Try again."})
        elif text == "mute":
            self._start("audio/mpeg", 0)
        elif text == "long":
            self._start("audio/mpeg", LONG_BYTES)
            self._write(LONG_BYTES // len(CHUNK))
        elif text == "cut":
            self._start("audio/mpeg", 100 * len(CHUNK))
            self._write(CUT_AFTER)
            self.close_connection = True
        else:
            self._start("audio/mpeg", None)
            self._write(1_000_000)

    def _start(self, kind: str, length: int | None) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        if length is None:
            self.close_connection = True
        else:
            self.send_header("content-length", str(length))
        self.end_headers()

    def _write(self, chunks: int) -> None:
        with suppress(OSError):
            for _ in range(chunks):
                self.wfile.write(CHUNK)
                self.upstream.speaking.set()
            return
        self.close_connection = True
        self.upstream.left.set()

    def _json(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    @override
    def handle_error(self, *_: Any) -> None:
        """Say nothing: clients that leave are what this server is for."""


@contextmanager
def sound_upstream() -> Iterator[SoundUpstream]:
    """Run one."""
    upstream = SoundUpstream()
    upstream.clear()
    handler = type("Handler", (_Handler,), {"upstream": upstream})
    server = _Server(("127.0.0.1", 0), handler)
    upstream.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield upstream
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
