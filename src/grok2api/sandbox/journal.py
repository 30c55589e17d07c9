"""What arrived and how it ended, for the assertions of a test.

Holds the last 10 000 requests. Must never show a whole key: the last eight characters are enough
to tell keys apart.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from grok2api.sandbox.wire import Json, Request

MAX_ENTRIES = 10_000
MAX_BODY = 1024 * 1024
SECRET_HEADERS = frozenset({"proxy-authorization", "cookie", "x-api-key", "api-key"})
LEFT_OUT = frozenset({"authorization", "host", "connection", "content-length", "transfer-encoding"})


@dataclass(slots=True)
class Entry:
    """One request; `ended` is None while the answer is under way."""

    time: float
    request: Request
    team_id: str | None
    status: int | None = None
    usage: Json | None = None
    ended: str | None = None
    events_sent: int = 0

    def row(self) -> Json:
        """Return the entry as `GET /sandbox/journal` shows it."""
        request = self.request
        token = request.token()
        body = request.body if isinstance(request.body, dict) else {}
        return {
            "time": self.time,
            "method": request.method,
            "path": request.path,
            "query": dict(request.query),
            "key": token[-8:] if token else None,
            "team_id": self.team_id,
            "model": body.get("model"),
            "stream": body.get("stream") is True,
            "status": self.status,
            "headers": _shown_headers(request),
            "body": _shown_body(request),
            "usage": self.usage,
            "ended": self.ended,
            "events_sent": self.events_sent,
        }


def _shown_headers(request: Request) -> dict[str, str]:
    return {
        name: "[hidden]" if name in SECRET_HEADERS else value
        for name, value in request.headers
        if name not in LEFT_OUT
    }


def _shown_body(request: Request) -> Any:
    if len(request.raw) > MAX_BODY or request.oversize:
        return {"omitted_bytes": len(request.raw)}
    return request.body


class Journal:
    """The requests of one sandbox, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=MAX_ENTRIES)

    def open(self, entry: Entry) -> Entry:
        """Add an entry and return it."""
        self._entries.append(entry)
        return entry

    def rows(self) -> list[Json]:
        """Return every entry."""
        return [entry.row() for entry in self._entries]

    def clear(self) -> int:
        """Forget every entry and return how many there were."""
        forgotten = len(self._entries)
        self._entries.clear()
        return forgotten
