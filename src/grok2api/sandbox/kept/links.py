"""Addresses of results that need no key and die after a while, as those of imgen.x.ai and vidgen.x.ai do."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from grok2api.kit.clock import Clock
from grok2api.sandbox.blobs import Content

LIFETIME = 3_600.0
MAX_LINKS = 2_000


@dataclass(frozen=True, slots=True)
class Link:
    """One address: what is there, and until when (monotonic seconds)."""

    content: Content
    content_type: str
    expires: float


class Links:
    """Every address of one sandbox."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._links: OrderedDict[str, Link] = OrderedDict()

    def publish(self, path: str, content: Content, content_type: str, lifetime: float = LIFETIME) -> None:
        """Put a content at a path for `lifetime` seconds."""
        self._links[path] = Link(content, content_type, self._clock.monotonic() + lifetime)
        while len(self._links) > MAX_LINKS:
            self._links.popitem(last=False)

    def find(self, path: str) -> Link | None:
        """Return what is at a path, or None when nothing is or it has died."""
        link = self._links.get(path)
        return link if link is not None and link.expires > self._clock.monotonic() else None

    def forget(self, beginning: str) -> int:
        """Let the addresses that begin so die now and return how many lived."""
        now = self._clock.monotonic()
        found = [path for path in self._links if path.startswith(beginning)]
        return sum(self._links.pop(path).expires > now for path in found)

    def kill(self) -> int:
        """Let every address die now and return how many lived."""
        return self.forget("")
