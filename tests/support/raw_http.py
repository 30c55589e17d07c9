"""HTTP without a client's good manners: bytes as written, bytes as read.

A client library would join duplicate headers, refuse bad bodies and hide where one write ends; the edge of
the server is judged by exactly those.
"""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from support.witness import judge

Headers = Sequence[tuple[str, str]]
ENVELOPE = {"message", "type", "param", "code"}


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; header names are in lower case, repeated ones are kept."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the one value of a header, or None; a header sent twice fails the test."""
        values = self.headers_named(name)
        assert len(values) < 2, (name, values)
        return values[0] if values else None

    def headers_named(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    def json(self) -> Any:
        return json.loads(self.body)

    def error(self) -> dict[str, Any]:
        """Return the error, after checking that it has the form that errors of /v1 have."""
        whole = self._refusal()
        assert set(whole) == {"error"}, whole
        error: dict[str, Any] = whole["error"]
        assert set(error) == ENVELOPE, error
        assert isinstance(error["message"], str)
        assert error["message"]
        assert isinstance(error["type"], str)
        assert all(error[name] is None or isinstance(error[name], str) for name in ("param", "code"))
        return error

    def anthropic_error(self) -> dict[str, Any]:
        """Return the error, after checking that it has the form that clients of Anthropic read."""
        whole = self._refusal()
        assert set(whole) == {"type", "error", "request_id"}, whole
        assert whole["type"] == "error"
        assert whole["request_id"] == self.header("request-id") == self.header("x-request-id")
        error: dict[str, Any] = whole["error"]
        assert set(error) == {"type", "message"}, error
        assert error["message"]
        return error

    def _refusal(self) -> dict[str, Any]:
        assert self.header("content-type") == "application/json", self
        assert self.header("x-request-id"), self
        assert (self.header("openai-processing-ms") or "").isdigit(), self
        assert "total;dur=" in (self.header("server-timing") or ""), self
        whole: dict[str, Any] = self.json()
        return whole


def message(method: str, target: str, headers: Headers = (), body: bytes = b"") -> bytes:
    """Return a request as bytes; Host and Content-Length are added where they are missing."""
    names = {name.lower() for name, _ in headers}
    added = [] if "host" in names else [("Host", "gateway")]
    if body and not names & {"content-length", "transfer-encoding"}:
        added.append(("Content-Length", str(len(body))))
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in [*added, *headers])]
    return "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n" + body


@contextmanager
def connected(url: str, *, seconds: float = 20) -> Iterator[socket.socket]:
    """Connect to the server of a URL."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=seconds) as connection:
        yield connection


def receive(connection: socket.socket, method: str = "GET") -> Reply:
    """Read one answer from a connection."""
    answer = http.client.HTTPResponse(connection, method=method)
    with answer:
        answer.begin()
        headers = [(name.lower(), value) for name, value in answer.getheaders()]
        return Reply(answer.status, headers, answer.read())


def send(url: str, content: bytes, *, method: str | None = None) -> Reply:
    """Send bytes over a connection of their own, and read one answer."""
    with connected(url) as connection:
        connection.sendall(content)
        reply = receive(connection, method or content[:4].decode("latin-1").strip())
    _judge(content, reply)
    return reply


@dataclass(frozen=True, slots=True)
class Stream:
    """A streamed answer: each element of `writes` is what the server sent in one go."""

    reply: Reply
    writes: list[bytes]


def stream(url: str, content: bytes) -> Stream:
    """Send bytes and read a chunked answer, chunk by chunk."""
    with connected(url) as connection, connection.makefile("rb") as lines:
        connection.sendall(content)
        status = int(lines.readline().split()[1])
        headers = []
        while line := lines.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers.append((name.strip().lower(), value.strip()))
        writes = []
        while size := int(lines.readline(), 16):
            writes.append(lines.read(size))
            assert lines.readline() == b"\r\n"
        reply = Reply(status, headers, b"".join(writes))
    _judge(content, reply)
    return Stream(reply, writes)


def _judge(content: bytes, reply: Reply) -> None:
    """Have an answer judged like those of all other clients of the suite."""
    words = content.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    if len(words) == 3:
        judge(words[1], words[0], reply.status, dict(reply.headers), reply.body)


def ended_by_server(connection: socket.socket) -> bytes:
    """Return what the server still sends until it closes the connection."""
    pieces = []
    while piece := connection.recv(65_536):
        pieces.append(piece)
    return b"".join(pieces)
