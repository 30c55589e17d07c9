"""A gateway whose clients send and want pictures, clips and sounds, and what they send."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from typing_extensions import override

from support.plain_server import plain_server
from support.processes import CLIENT_KEY, Gateway, Sandbox

OTHER_KEY = "sk-test-other-key-0123456789"
KEYS = ("xai-sandbox-alice", "xai-sandbox-bob")

Json = dict[str, Any]


class _Page(BaseHTTPRequestHandler):
    pages: dict[str, bytes]

    def do_GET(self) -> None:
        content = self.pages.get(self.path)
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


@dataclass(frozen=True, slots=True)
class MediaHouse:
    """The gateway, its upstream, and a plain web server that it may fetch from."""

    gateway: Gateway
    sandbox: Sandbox
    web: str
    """Address of the web server."""
    pages: dict[str, bytes]

    def speech(self, words: str) -> bytes:
        """Return words as a sound."""
        status, _, answer = self.gateway.post(
            "/audio/speech", {"model": "tts", "input": words, "voice": "alloy", "response_format": "wav"}
        )
        assert status == 200, answer
        return answer

    def sent(self, path: str) -> list[Json]:
        """Return the bodies that reached upstream at a path, the latest last."""
        return [call["body"] for call in self.sandbox.calls(path)]


@contextmanager
def media_house(directory: Path, sandbox: Sandbox, **environment: str) -> Iterator[MediaHouse]:
    """Run a gateway with two client keys that asks about clips often."""
    pages: dict[str, bytes] = {}
    with ExitStack() as stack:
        web = stack.enter_context(plain_server(type("Page", (_Page,), {"pages": pages})))
        settings = {
            "GROK2API_APP__API_KEY": f"{CLIENT_KEY},{OTHER_KEY}",
            "GROK2API_FETCH__ALLOW_HOSTS": web.removeprefix("http://"),
            "GROK2API_VIDEO__POLL_SECONDS": "0.1",
            "GROK2API_LEDGER__FLUSH_MS": "10",
        }
        gateway = Gateway.start(
            directory, upstream=sandbox.base_url, keys=KEYS, environment=settings | environment
        )
        stack.callback(gateway.stop)
        yield MediaHouse(gateway, sandbox, web, pages)


def data_url(content: bytes, mime: str) -> str:
    """Return content as a data URL."""
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


def content_of(url: str) -> bytes:
    """Return what a data URL holds."""
    return base64.b64decode(url.partition(",")[2])
