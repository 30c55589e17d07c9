"""What arrived and how it ended, for the assertions of a test.

Holds the last 10 000 requests, fewer when they are large. Must never show a whole key: the last
eight characters are enough to tell keys apart.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Any

from grok2api.sandbox.wire import Json, Request

MAX_ENTRIES = 10_000
MAX_BODY = 256 * 1024
MAX_BYTES = 128 * 1024 * 1024
KEPT_FIELDS = ("model", "stream", "prompt")
SECRET_HEADERS = frozenset({"proxy-authorization", "cookie", "x-api-key", "api-key"})
LEFT_OUT = frozenset({"authorization", "host", "connection", "content-length", "transfer-encoding"})


@dataclass(slots=True)
class Entry:
    """One request; `ended` is None while the answer is under way."""

    time: float
    request: Request
    team_id: str | None
    account: str | None = None
    size: int = 0
    status: int | None = None
    usage: Json | None = None
    ended: str | None = None
    events_sent: int = 0
    note: Json | None = None

    def row(self) -> Json:
        """Return the entry as `GET /sandbox/journal` shows it."""
        request = self.request
        token = request.token()
        body = request.body if isinstance(request.body, dict) else {}
        row: Json = {
            "time": self.time,
            "method": request.method,
            "path": request.path,
            "query": dict(request.query),
            "key": token[-8:] if token else None,
            "team_id": self.team_id,
            "account": self.account,
            "model": body.get("model"),
            "stream": body.get("stream") is True,
            "status": self.status,
            "headers": _shown_headers(request),
            "body": request.body,
            "usage": self.usage,
            "ended": self.ended,
            "events_sent": self.events_sent,
        }
        return row if self.note is None else row | {"oauth": self.note}


def _shown_headers(request: Request) -> dict[str, str]:
    return {
        name: "[hidden]" if name in SECRET_HEADERS else value
        for name, value in request.headers
        if name not in LEFT_OUT
    }


def slim(request: Request) -> Request:
    """Return a request without its bytes, and without its body when that is large."""
    body: Any = request.body
    if request.parts is not None:
        return replace(request, parts=None)
    if request.oversize or len(request.raw) > MAX_BODY:
        known = body if isinstance(body, dict) else {}
        body = {name: known[name] for name in KEPT_FIELDS if name in known}
        body["omitted_bytes"] = len(request.raw)
    return replace(request, raw=b"", body=body)


class Journal:
    """The requests of one sandbox, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque()
        self._bytes = 0

    def open(self, time: float, request: Request, team_id: str | None, account: str | None) -> Entry:
        """Add a request that arrived at `time` and return its entry."""
        entry = Entry(time, slim(request), team_id, account, min(len(request.raw), MAX_BODY))
        self._entries.append(entry)
        self._bytes += entry.size
        while len(self._entries) > MAX_ENTRIES or self._bytes > MAX_BYTES:
            self._bytes -= self._entries.popleft().size
        return entry

    def rows(self) -> list[Json]:
        """Return every entry."""
        return [entry.row() for entry in self._entries]

    def clear(self) -> int:
        """Forget every entry and return how many there were."""
        forgotten = len(self._entries)
        self._entries.clear()
        self._bytes = 0
        return forgotten
