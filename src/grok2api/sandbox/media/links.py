"""The addresses of results: no key, ranges, and nothing any more once they are dead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from grok2api.sandbox.blobs import Blob, Content
from grok2api.sandbox.wire import Answer, Json, Request
from grok2api.sandbox.world import World

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a content, from `start` up to `stop`."""

    content: Content
    start: int
    stop: int

    @property
    def length(self) -> int:
        """Return how many bytes there are."""
        return self.stop - self.start

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `stop` in pieces."""
        return self.content.read(self.start + start, min(self.start + stop, self.stop))


@dataclass(frozen=True, slots=True)
class Hollow:
    """The length of a content and none of its bytes, as HEAD is answered."""

    length: int

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield nothing."""
        return iter(())


def serve(world: World, request: Request, _parameters: Json) -> Answer:
    """Answer with what is at an address: 200, 206 for a range, 416 for one outside, 404 for a dead one."""
    link = world.links.find(request.path)
    if link is None:
        return Answer(404, b"not found\n", "text/plain")
    return ranged(request, link.content, link.content_type)


def ranged(request: Request, content: Content, content_type: str) -> Answer:
    """Return the answer with a content, or with the range of it that was asked for."""
    headers = {"accept-ranges": "bytes"}
    length = content.length
    match = _RANGE.fullmatch((request.header("range") or "").replace(" ", ""))
    if match is None or match[0] == "bytes=-":
        shown = Hollow(length) if request.method == "HEAD" else content
        return Answer(200, b"", content_type, headers, content=shown)
    if match[1]:
        start, stop = int(match[1]), min(int(match[2]) + 1 if match[2] else length, length)
    else:
        start, stop = max(0, length - int(match[2])), length
    if start >= stop:
        return Answer(416, b"", None, headers | {"content-range": f"bytes */{length}"}, content=Blob())
    headers["content-range"] = f"bytes {start}-{stop - 1}/{length}"
    return Answer(206, b"", content_type, headers, content=Section(content, start, stop))
