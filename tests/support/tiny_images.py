"""An upstream of pictures of our own beside the sandbox: strict about what xAI takes, told what to do wrong.

It knows the API by the fact sheet and not by the sandbox, so that an error has to be made twice to go
unseen. What is ordered with `next` meets the next calls, one order each.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Final

from PIL import Image
from typing_extensions import override

from support.plain_server import plain_server

TICKS: Final = 200_000_000
TEXT_MODELS: Final = ("grok-4.7", "grok-4.3")
FIELDS: Final = {"model", "prompt", "n", "aspect_ratio", "resolution", "quality", "response_format", "user"}
RATIOS: Final = {
    *("1:1", "3:4", "4:3", "9:16", "16:9", "2:3", "3:2", "1:2", "2:1", "9:19.5", "19.5:9", "9:20", "20:9"),
    *("21:9", "5:2", "auto"),
}
_MODELS: Final = {"grok-imagine-image", "grok-imagine-image-2.0"}


@dataclass(frozen=True, slots=True)
class Ask:
    """One call for pictures, as it arrived."""

    path: str
    key: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Do:
    """What meets one call in place of pictures."""

    status: int = 0
    """An error answer; 0 is none."""
    error: str = "out of order"
    content: bytes | None = None
    """A whole answer with status 200."""
    hang_up: bool = False
    """Close the connection once the request was read."""
    wait: threading.Event | None = None
    """Answer only when this is set."""
    as_links: str = ""
    """Answer with links, whatever was asked for: `alive` or `dead`."""
    items: list[dict[str, Any]] | None = None
    """The `data` of the answer."""
    usage: dict[str, Any] | None = None


def painted(words: str, place: int = 0, size: tuple[int, int] = (48, 32)) -> bytes:
    """Return a PNG in a colour that depends on the words and the place."""
    red, green, blue = hashlib.sha256(f"{words} {place}".encode()).digest()[:3]
    out = io.BytesIO()
    Image.new("RGB", size, (red, green, blue)).save(out, "PNG")
    return out.getvalue()


@dataclass
class TinyImages:
    """The upstream; `base_url` is what `grok.base_url` is set to."""

    base_url: str = ""
    asked: list[Ask] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)
    """Set when a client hung up on a call that waits."""
    links: dict[str, bytes] = field(default_factory=dict)
    models: tuple[str, ...] = TEXT_MODELS
    _orders: deque[Do] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, *orders: Do) -> None:
        """Have the next calls meet these, one each."""
        with self._lock:
            self._orders.extend(orders)

    def clear(self) -> None:
        with self._lock:
            self._orders.clear()
        self.asked.clear()
        self.left.clear()

    def take(self, ask: Ask) -> Do:
        with self._lock:
            self.asked.append(ask)
            return self._orders.popleft() if self._orders else Do()

    @property
    def origin(self) -> str:
        return self.base_url.removesuffix("/v1")


@contextmanager
def tiny_images() -> Iterator[TinyImages]:
    """Run the upstream in threads of its own."""
    tiny = TinyImages()

    class Handler(_Handler):
        upstream = tiny

    with plain_server(Handler) as address:
        tiny.base_url = f"{address}/v1"
        yield tiny


class _Handler(BaseHTTPRequestHandler):
    upstream: TinyImages
    protocol_version = "HTTP/1.1"

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        if self.path == "/v1/models":
            listed = [{"id": name, "object": "model", "created": 1} for name in self.upstream.models]
            self._send(200, {"object": "list", "data": listed})
        elif (content := self.upstream.links.get(self.path)) is not None:
            self._send(200, content)
        else:
            self._send(404, {"code": "not-found", "error": "no such thing"})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.path.startswith("/v1/images/"):
            self._send(404, {"code": "not-found", "error": "no such thing"})
            return
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        ask = Ask(self.path.removeprefix("/v1"), key, json.loads(raw))
        order = self.upstream.take(ask)
        if order.hang_up:
            self.close_connection = True
            return
        if order.wait is not None and not self._waited(order.wait):
            return
        wrong = self._wrong(ask)
        if wrong:
            self._send(400, {"code": "invalid-argument", "error": wrong})
        elif order.status:
            self._send(order.status, {"code": "some-code", "error": order.error})
        else:
            self._send(200, order.content if order.content is not None else self._drawn(ask, order))

    def _waited(self, event: threading.Event) -> bool:
        """Wait for an event; return False if the client left before it."""
        self.connection.settimeout(0.05)
        while not event.is_set():
            try:
                if self.connection.recv(1) == b"":
                    self.upstream.left.set()
                    self.close_connection = True
                    return False
            except TimeoutError:
                continue
        self.connection.settimeout(None)
        return True

    def _wrong(self, ask: Ask) -> str:
        """Return what xAI would turn down in a body."""
        body, edits = ask.body, ask.path == "/images/edits"
        allowed = FIELDS | ({"image", "images"} if edits else set())
        unknown = sorted(set(body) - allowed)
        given = [body["image"]] if "image" in body else body.get("images", [])
        checks = (
            (self.headers.get_all("Content-Type") != ["application/json"], "content type"),
            (bool(unknown), f"Argument not supported: {', '.join(unknown)}"),
            (body.get("model") not in _MODELS, f"the model {body.get('model')} does not exist"),
            (not body.get("prompt"), "prompt"),
            (body.get("n", 1) not in range(1, 11), "n"),
            (body.get("aspect_ratio", "auto") not in RATIOS, "aspect_ratio"),
            ("quality" in body and body["model"] == "grok-imagine-image", "Argument not supported: quality"),
            (edits and not 1 <= len(given) <= 5, "images"),
            (edits and "image" in body and "images" in body, "image and images"),
            (not all(_fits(each) for each in given), "an image cannot be read"),
        )
        return next((said for wrong, said in checks if wrong), "")

    def _drawn(self, ask: Ask, order: Do) -> dict[str, Any]:
        count = ask.body.get("n", 1)
        usage = {"cost_in_usd_ticks": TICKS * count} if order.usage is None else order.usage
        if order.items is not None:
            return {"data": order.items, "usage": usage}
        pictures = [painted(ask.body["prompt"], place) for place in range(count)]
        linked = order.as_links or (ask.body.get("response_format", "url") == "url" and "alive")
        if not linked:
            items = [{"b64_json": base64.b64encode(each).decode()} for each in pictures]
            return {"data": items, "usage": usage}
        items = []
        for content in pictures:
            path = f"/imgen/{hashlib.sha256(content).hexdigest()[:16]}.png"
            if linked == "alive":
                self.upstream.links[path] = content
            items.append({"url": self.upstream.origin + path})
        return {"data": items, "usage": usage}

    def _send(self, status: int, content: bytes | dict[str, Any]) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header(
            "Content-Type", "application/json" if not isinstance(content, bytes) else "image/png"
        )
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _fits(picture: Any) -> bool:
    """Tell whether xAI could read a picture that is given."""
    if not isinstance(picture, dict) or ("url" in picture) == ("file_id" in picture):
        return False
    if "file_id" in picture:
        return str(picture["file_id"]).startswith("file_")
    url = str(picture["url"])
    if url.startswith("https://"):
        return True
    head, _, text = url.partition(";base64,")
    content = base64.b64decode(text, validate=True)
    kinds = {"data:image/png": b"\x89PNG", "data:image/jpeg": b"\xff\xd8", "data:image/webp": b"RIFF"}
    return content.startswith(kinds.get(head, b"\0never"))
