"""A list of releases in the form of GitHub's API, as a test would have it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from typing_extensions import override

from support.plain_server import plain_server

PAGE = "https://example.com/releases/v99.1.0"


@dataclass
class ReleaseFeed:
    """What it says next, and what it was asked with.

    Attributes:
        url: Its address.
        host: As `fetch.allow_hosts` takes it.
        version: The newest; empty answers with 503.
        asked: The headers of every question.
    """

    url: str = ""
    host: str = ""
    version: str = "99.1.0"
    asked: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def release_feed() -> Iterator[ReleaseFeed]:
    """Serve for as long as the block runs."""
    feed = ReleaseFeed()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            feed.asked.append({name.lower(): value for name, value in self.headers.items()})
            told = {"tag_name": f"v{feed.version}", "html_url": PAGE, "draft": False}
            body = json.dumps(told).encode() if feed.version else b"away"
            self.send_response(200 if feed.version else 503)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, format: str, *args: object) -> None:
            pass

    with plain_server(Handler) as address:
        feed.url, feed.host = f"{address}/repos/OWNER/NAME/releases/latest", address.removeprefix("http://")
        yield feed
